"""Signed heads: what the log was at one moment, in one line of text that fits on paper and in a QR code.

`kho-head/1 <size> <root> <digest of the last line> <time> <log id> <key id> <signature>`; a public key is
`kho-key/1 <key id> <public key> <time> <key id of the signer> <signature>`. Signatures are Ed25519 over everything
before the last blank, digests hex, keys and signatures base64url. A seal under a certificate is
`kho-seal/1 <digest of the certificate> <time> <key id> <signature>`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive.errors import IntegrityError

HEAD, KEY, SEAL = "kho-head/1", "kho-key/1", "kho-seal/1"
SIZE = re.compile(r"[1-9][0-9]{0,14}")
HEADS_FILE, KEYS_FILE = "heads.txt", "keys.txt"
HEAD_ENTRIES, HEAD_SECONDS = 1000, 300
"""A head is signed when as many entries, or the oldest of them for as long, are not covered by one."""


@dataclass(frozen=True)
class Head:
    """`size` entries had this Merkle `root`; `last` is the digest of entry number `size`. `text` is the whole line."""

    size: int
    root: str
    last: str
    time: str
    log: str
    key: str
    signature: str

    @property
    def signed(self) -> str:
        return f"{HEAD} {self.size} {self.root} {self.last} {self.time} {self.log} {self.key}"

    @property
    def text(self) -> str:
        return f"{self.signed} {self.signature}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Seal:
    """The signature under a certificate of what left the archive: `digest` is the certificate's SHA-256."""

    digest: str
    time: str
    key: str
    signature: str

    @property
    def signed(self) -> str:
        return f"{SEAL} {self.digest} {self.time} {self.key}"

    @property
    def text(self) -> str:
        return f"{self.signed} {self.signature}"


@dataclass(frozen=True)
class PublicKey:
    """A key of the log, vouched for by the one before it (the first by itself)."""

    id: str
    public: str
    time: str
    by: str
    signature: str

    @property
    def signed(self) -> str:
        return f"{KEY} {self.id} {self.public} {self.time} {self.by}"

    @property
    def text(self) -> str:
        return f"{self.signed} {self.signature}"


def parse_head(text: str) -> Head:
    """A head from its line. Raises IntegrityError."""
    words = text.split()
    if len(words) != 8 or words[0] != HEAD or not SIZE.fullmatch(words[1]):
        raise IntegrityError("audit.head_unreadable", text=text.strip()[:60])
    return Head(int(words[1]), *words[2:])


IN_TEXT = re.compile(
    rf"{HEAD}([1-9]\d{{0,14}})([0-9a-f]{{64}})([0-9a-f]{{64}})([\d-]{{10}}T[\d:]{{8}}\+07:00)([0-9a-f-]{{36}})([0-9a-f]{{16}})([\w=-]{{88}})"
)
"""A head without its blanks: every part but the size has a fixed length, so none is lost by wrapping lines."""


def heads_in(text: str) -> list[Head]:
    """Every head in a text, e.g. a saved daily statement, however its lines are wrapped. Raises IntegrityError."""
    found = IN_TEXT.findall("".join(text.split()))
    if not found:
        raise IntegrityError("audit.head_unreadable", text=text.strip()[:60])
    return [Head(int(size), *parts) for size, *parts in found]


def parse_key(text: str) -> PublicKey:
    words = text.split()
    if len(words) != 6 or words[0] != KEY:
        raise IntegrityError("audit.key_unreadable", text=text.strip()[:60])
    return PublicKey(*words[1:])


def parse_seal(text: str) -> Seal:
    """Raises IntegrityError."""
    words = text.split()
    if len(words) != 5 or words[0] != SEAL:
        raise IntegrityError("audit.seal_unreadable", text=text.strip()[:60])
    return Seal(*words[1:])


def read_heads(folder: Path) -> list[Head]:
    """All heads kept beside the log, in order; a line cut short at the end was never relied on."""
    return [parse_head(line) for line in whole_lines(folder / HEADS_FILE)]


def newest_head(folder: Path) -> Head | None:
    """The last head kept beside the log; the others are not looked at."""
    lines = whole_lines(folder / HEADS_FILE)
    return parse_head(lines[-1]) if lines else None


def read_keys(folder: Path) -> list[PublicKey]:
    return [parse_key(line) for line in whole_lines(folder / KEYS_FILE)]


def whole_lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return path.read_bytes().decode("utf-8", "replace").split("\n")[:-1]


class Keyring:
    """The public keys that may sign heads of this log, each vouched for by an earlier one."""

    def __init__(self, keys: Iterable[PublicKey] = ()) -> None:
        self.keys: dict[str, PublicKey] = {}
        self.doubtful: list[PublicKey] = []
        for key in keys:
            if self._vouched(key):
                self.keys[key.id] = key
            else:
                self.doubtful.append(key)

    def _vouched(self, key: PublicKey) -> bool:
        voucher = self.keys.get(key.by) if self.keys else key
        ours = key.id == key_id(decoded(key.public)) and (bool(self.keys) or key.by == key.id)
        return ours and voucher is not None and _holds(voucher.public, key.signed, key.signature)

    def signed(self, head: Head | Seal) -> bool:
        """Was this head or seal signed by a key of ours?"""
        key = self.keys.get(head.key)
        return key is not None and _holds(key.public, head.signed, head.signature)


def _holds(public: str, signed: str, signature: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(decoded(public)).verify(decoded(signature), signed.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii")


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        return b""
