"""Takes rights away from this very process, for good: Landlock, the kernel's self-restriction (Linux 5.13 and newer).

After `confine` the process opens only what it was allowed, runs no program and connects to nobody over TCP, whatever
it is made to try. Where the kernel lacks it, `confine` says so and the login's own rights are all there is.
Numbers: linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from archive.errors import HomeError

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_PATH, _PORT = 1, 2
_NO_NEW_PRIVILEGES = 38

_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_FILE_ONLY = 1 | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_BIND, _CONNECT = 1, 2
_SIGNALS_AND_ABSTRACT_SOCKETS = 3
READ = _READ_FILE | _READ_DIR
_NEW_BITS = ((1, 13), (2, 14), (3, 15), (5, 16))
"""ABI -> how many kinds of access to files it knows."""
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE, _MAKE_LINK, _REFER = (1 << n for n in (4, 5, 7, 8, 12, 13))
CHANGE = (
    READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MAKE_LINK | _REFER
)
"""Reading and writing files; making, moving and removing files, folders and symbolic links; nothing else."""


def abi() -> int:
    """The version of Landlock this kernel speaks; 0 when it has none or it is switched off."""
    return max(0, _call(_CREATE, None, 0, _ASK_VERSION))


def threads() -> int:
    """How many threads this process has now, those of libraries included."""
    return len(os.listdir("/proc/self/task"))


def confine(read: Iterable[Path], change: Iterable[Path] = (), listen: int = 0) -> int:
    """Leave this thread, and all begun after it, only these paths and one TCP port to listen on.

    Paths that are not there are passed over. Call it before other threads begin. Returns `abi()`: with 0 nothing
    was restricted. Raises HomeError when the kernel can and yet refuses, or another thread is there already.
    """
    version = abi()
    if not version:
        return 0
    if threads() > 1:  # it would go on with all its rights
        raise HomeError("error.confine", reason="another thread has begun already")
    handled = (1 << next(bits for known, bits in reversed(_NEW_BITS) if known <= version)) - 1
    ruleset = _ruleset(version, handled)
    try:
        for path, rights in [*((path, READ) for path in read), *((path, CHANGE) for path in change)]:
            _allow(ruleset, path, rights & handled)
        if listen and version >= 4:
            _checked(_ADD, ruleset, _PORT, struct.pack("QQ", _BIND, listen), 0)
        _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _checked(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _ruleset(version: int, handled: int) -> int:
    fields = [handled]
    if version >= 4:
        fields.append(_BIND | _CONNECT)
    if version >= 6:
        fields.append(_SIGNALS_AND_ABSTRACT_SOCKETS)
    packed = struct.pack(f"{len(fields)}Q", *fields)
    return _checked(_CREATE, packed, len(packed), 0)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _FILE_ONLY
        _checked(_ADD, ruleset, _PATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


def _checked(number: int, *arguments: object) -> int:
    outcome = _call(number, *arguments)
    if outcome < 0:
        raise HomeError("error.confine", reason=os.strerror(ctypes.get_errno()))
    return outcome


def _call(number: int, *arguments: object) -> int:
    as_long = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _libc().syscall(ctypes.c_long(number), *as_long)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
