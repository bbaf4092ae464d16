"""The private key that signs heads: made once, kept where the web account cannot read it, replaced by a vouched one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archive import durable, settings
from archive.audit.heads import KEYS_FILE, Head, PublicKey, Seal, encoded, key_id
from archive.audit.log import segments
from archive.errors import HomeError, UsageError

KEY_FILE, NEXT, LOCK_FILE = "audit.key", "audit.key.next", "audit.lock"


class Signer:
    """Signs heads and further keys with one private key. `lock`: beside it, where only the log's writers get at it."""

    def __init__(self, private: Ed25519PrivateKey, keys: Path) -> None:
        self._private = private
        self.lock = keys / LOCK_FILE
        self.public = private.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def head(self, size: int, root: bytes, last: str, log: str) -> Head:
        unsigned = Head(size, root.hex(), last, settings.now().isoformat(), log, self.id, "")
        return replace(unsigned, signature=self._sign(unsigned.signed))

    def seal(self, digest: str) -> Seal:
        """The signature under a certificate with this SHA-256 (64 hex digits). Raises UsageError for anything else."""
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise UsageError("error.keeper_request")
        unsigned = Seal(digest, settings.now().isoformat(), self.id, "")
        return replace(unsigned, signature=self._sign(unsigned.signed))

    def vouch(self, public: bytes) -> PublicKey:
        unsigned = PublicKey(key_id(public), encoded(public), settings.now().isoformat(), self.id, "")
        return replace(unsigned, signature=self._sign(unsigned.signed))

    def _sign(self, text: str) -> str:
        return encoded(self._private.sign(text.encode()))


def load(keys: Path) -> Signer:
    """The key in the folder `keys`. Raises HomeError when it is absent, unreadable or no Ed25519 key."""
    path = keys / KEY_FILE
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HomeError("audit.key_absent", path=path, reason=error) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise HomeError("audit.key_absent", path=path, reason=type(private).__name__)
    return Signer(private, keys)


def make(keys: Path, audit: Path) -> Signer:
    """The signer of a home; its key is made before the log begins. Raises HomeError when the key of a log is gone."""
    if (keys / KEY_FILE).exists() or segments(audit):
        return load(keys)
    signer = _fresh(keys)
    durable.write_file(audit / KEYS_FILE, f"{signer.vouch(signer.public).text}\n".encode(), 0o640)
    durable.rename(keys / NEXT, keys / KEY_FILE)
    return signer


def rotate(keys: Path, audit: Path) -> Signer:
    """A new key in place of the one in use, which vouches for it and is gone afterwards."""
    old, new = load(keys), _fresh(keys)
    known = (audit / KEYS_FILE).read_bytes()
    durable.write_file(audit / KEYS_FILE, known + f"{old.vouch(new.public).text}\n".encode(), 0o640)
    durable.rename(keys / NEXT, keys / KEY_FILE)
    return new


def _fresh(keys: Path) -> Signer:
    """A new key, waiting to be put in its place once the log knows its public part."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    durable.make_folder(keys)
    keys.chmod(0o700)
    durable.write_file(keys / NEXT, pem, 0o600)
    return Signer(private, keys)
