"""One-time codes from a phone (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds), and printed recovery codes. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP = 30
DIGITS = 6
SKEW = 1
"""Steps a phone's clock may be early or late."""
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def make_secret() -> str:
    """160 random bits in base32, the length RFC 4226 section 4 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of one 30-second step (RFC 4226 section 5.3)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(secret: str, code: str, moment: float, after: int = -1) -> int | None:
    """The step whose code this is, near `moment` (seconds since 1970) and later than `after`; else None.

    Keeping the step as the next `after` makes every code good for one use (RFC 6238 section 5.2).
    """
    now, found = int(moment) // STEP, None
    for step in range(now - SKEW, now + SKEW + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def uri(secret: str, name: str, issuer: str) -> str:
    """What the QR code of an enrolment says: the key address that authenticator programs read."""
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{urlencode({'secret': secret, 'issuer': issuer})}"


def make_recovery_codes() -> list[str]:
    """Codes to print, each good once: 49 bits, no look-alike characters."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code. Random codes need no slow hash."""
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
