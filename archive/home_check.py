"""The files of a home beside packages, page readings and generations, as `kho verify` checks them. Changes nothing.

What each proves itself by: digests in their names (register), in themselves (accounts, secrets, restrictions, identity),
chain and signed heads (access log), sealed lines (memory of heads and checks). Sessions, `work/` and `run/` pass away
and are not checked; a change of `kho.toml` is told, since people edit it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archive import home_identity, sealed, serial
from archive.audit import heads as audit_heads
from archive.audit import signer
from archive.audit import verify as audit_verify
from archive.errors import KhoError
from archive.holdings import heads, ledger
from archive.keeper import credentials
from archive.model import Finding
from archive.people import blocked
from archive.people.accounts import SECRET_FILE, Accounts
from archive.rights import restrictions
from archive.settings import Settings
from archive.units import store

CONFIG = "kho.toml"


def check(settings: Settings) -> Iterator[Finding]:
    """Errors are damage, the others notes."""
    yield from _identity(settings)
    yield from _sealed(settings)
    yield from _secret_key(settings)
    yield from _register(settings)
    yield from _log(settings)
    yield from _signing_key(settings)
    yield from _memory(settings)


def config_digest(settings: Settings) -> str:
    """SHA-256 of kho.toml; "" without one."""
    path = settings.home / CONFIG
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _damaged(settings: Settings, path: Path, code: str = "fixity.home_file") -> Finding:
    return Finding(code, "error", path.relative_to(settings.home).as_posix())


def _identity(settings: Settings) -> Iterator[Finding]:
    """`home_identity.check` has read them; here every byte counts."""
    folders = home_identity.data_folders(settings)
    paths = [
        settings.home / home_identity.IDENTITY,
        *(folder / home_identity.FOLDER_IDENTITY for folder in folders),
    ]
    for path in paths:
        content = path.read_bytes()
        if content != serial.dumps(serial.loads(dict, content)):
            yield _damaged(settings, path)


def _sealed(settings: Settings) -> Iterator[Finding]:
    """Accounts, secrets, restrictions: files with their digest inside."""
    accounts = Accounts(settings.accounts)
    paths = [settings.accounts / f"{name}.json" for name in accounts.names()]
    paths += sorted((settings.home / credentials.FOLDER).glob("*.json"))
    paths += [
        path
        for path in (settings.accounts / blocked.FILE, settings.restrictions / restrictions.FILE)
        if path.exists()
    ]
    if settings.restrictions.is_dir() and not (settings.restrictions / restrictions.FILE).exists():
        yield _damaged(settings, settings.restrictions / restrictions.FILE, "fixity.home_missing")
    unsealed = 0
    for path in paths:
        try:
            content = path.read_bytes()
            unsealed += content.startswith(b"[") or not sealed.is_sealed(content)
        except (OSError, ValueError):
            yield _damaged(settings, path)
    if unsealed:
        yield Finding("fixity.unsealed", "info", values={"count": str(unsealed)})
    yield from _paired(settings, accounts)


def _paired(settings: Settings, accounts: Accounts) -> Iterator[Finding]:
    """Every account has what it is known by, and every secret its account: one of the two may have vanished."""
    folder = settings.home / credentials.FOLDER
    known = {path.stem for path in folder.glob("*.json")}
    names = set(accounts.names())
    for name in sorted(known - names):
        yield _damaged(settings, settings.accounts / f"{name}.json", "fixity.home_missing")
    for name in sorted(names - known) if known else ():
        yield _damaged(settings, folder / f"{name}.json", "fixity.home_missing")


def _secret_key(settings: Settings) -> Iterator[Finding]:
    path = settings.accounts / SECRET_FILE
    if path.exists():
        try:
            secret = Accounts(settings.accounts).secret()
            lines = path.read_bytes().split(b"\n")
            sound = lines[0] == secret and lines[2:] in ([], [b""])
        except KhoError:
            sound = False
        if not sound:
            yield _damaged(settings, path)


def _register(settings: Settings) -> Iterator[Finding]:
    """The history by the digests in its names, every file it names by its own."""
    try:
        entries = store.history(settings.register)
    except KhoError as error:
        path = Path(error.values.get("file") or error.values["folder"])
        yield _damaged(settings, path)
        return
    named = {entry.file for entry in entries if entry.file}
    for name in sorted(named):
        path = settings.register / "files" / name
        if not path.is_file():
            yield _damaged(settings, path, "fixity.home_missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
            yield _damaged(settings, path)


def _log(settings: Settings) -> Iterator[Finding]:
    """The access log, and those that a restore without the key has closed."""
    for folder in [settings.audit, *sorted(settings.home.glob("audit-closed-*"))]:
        if (folder / audit_heads.KEYS_FILE).is_file():
            result = audit_verify.verify(folder)
            yield from result.findings


def _signing_key(settings: Settings) -> Iterator[Finding]:
    """The private key is written as we write keys, and the log knows its public part."""
    path = settings.keys / signer.KEY_FILE
    if not path.exists() or not (settings.audit / audit_heads.KEYS_FILE).is_file():
        return
    try:
        content = path.read_bytes()
        private = load_pem_private_key(content, None)
        exact = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) == content
        ids = {key.id for key in audit_heads.read_keys(settings.audit)}
        sound = exact and signer.load(settings.keys).id in ids
    except (KhoError, ValueError, TypeError, OSError, UnsupportedAlgorithm):
        sound = False
    if not sound:
        yield _damaged(settings, path)


def _memory(settings: Settings) -> Iterator[Finding]:
    folder = settings.home / heads.FOLDER
    for number in heads.Heads(folder / heads.FILE).refresh().damaged:
        yield Finding("fixity.memory", "error", f"{heads.FOLDER}/{heads.FILE}", values={"line": str(number)})
    kept = ledger.load(folder)
    yield from kept.damaged
    told = [run for run in kept.runs if run.ended]
    if told and told[-1].settings != config_digest(settings):
        yield Finding("fixity.settings_changed", "info", CONFIG, values={"since": told[-1].ended})
