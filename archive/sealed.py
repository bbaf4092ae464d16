"""A small JSON file that proves itself: its key "sha256" is the digest of everything else in it.

Files of earlier versions have no such key; they are read, and `kho verify` says so.
"""

from __future__ import annotations

import hashlib
import json
import re

KEY = "sha256"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def dumps(plain: dict) -> bytes:
    """The bytes to keep: sorted keys, indented, one final line feed."""
    return _written({**plain, KEY: digest(plain)})


def digest(plain: dict) -> str:
    return hashlib.sha256(_written(plain)).hexdigest()


def _written(plain: dict) -> bytes:
    return (json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def loads(content: bytes) -> dict:
    """What was kept, without its digest. Raises ValueError when it is not what its digest says, or no object."""
    plain = json.loads(content)
    if not isinstance(plain, dict):
        raise ValueError(type(plain).__name__)
    stated = plain.pop(KEY, None)
    if stated is None and any(isinstance(value, str) and _DIGEST.match(value) for value in plain.values()):
        raise ValueError("a digest under another name")
    if stated is not None and stated != digest(plain):
        raise ValueError(KEY)
    return plain


def is_sealed(content: bytes) -> bool:
    """True when every byte is as it was written, False for a file without a digest. Raises ValueError otherwise."""
    plain = loads(content)
    if content == dumps(plain):
        return True
    if KEY in json.loads(content):
        raise ValueError("bytes")
    return False
