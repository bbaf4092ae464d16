"""Checks an export with nothing but itself: every entry against manifest and certificate, and the certificate's seal.

Works on the ZIP as written and on the unpacked folder. A bag proves by itself that it is whole and of one key; that the key
is the archive's is proved by a head or a key's id that somebody held outside (`held`, `keys`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive.audit.heads import Head, Keyring, parse_head, parse_key, parse_seal
from archive.errors import KhoError, UsageError
from archive.export import bag, certificate
from archive.export.zipping import Entry, Scan, ZipStream, crc32, even
from archive.model import Finding

MOST = 256 << 20
"""Bytes of a list or certificate at most: each is read whole."""


@dataclass(frozen=True)
class Seen:
    size: int
    sha256: str
    content: bytes | None = None
    """Of what stands beside the payload."""


@dataclass
class Verified:
    """`files` and `bytes` are those that were read; sound when nothing was found."""

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    certificate: dict = field(default_factory=dict)
    key: str = ""
    anchored: bool = False

    def fault(self, kind: str, file: str = "", **values: object) -> None:
        told = {name: str(value) for name, value in values.items()}
        self.findings.append(Finding(f"export.found.{kind}", "error", file, values=told))


class Source(Protocol):
    """Where entries come from; names are relative to the bag's folder."""

    def entries(self, found: Verified) -> Iterator[tuple[str, Seen]]: ...


def verify(path: Path, held: Sequence[Head] = (), keys: Sequence[str] = ()) -> Verified:
    """Everything there is to be found. Raises UsageError when there is no bag at all."""
    found = Verified()
    seen: dict[str, Seen] = {}
    with _opened(path) as source:
        for name, entry in source.entries(found):
            if name in seen:
                found.fault("twice", name)
            seen[name] = entry
            found.files, found.bytes = found.files + 1, found.bytes + entry.size
    if not seen:
        raise UsageError("export.no_bag", path=path)
    _check(seen, found)
    _check_seal(seen, found, held, keys)
    if isinstance(source, ZipBag):
        source.check_frame(found)
    return found


# --------------------------------------------------------------------------- against the lists


def _check(seen: dict[str, Seen], found: Verified) -> None:
    payload = _listed(seen, bag.MANIFEST, found)
    tags = _listed(seen, bag.TAG_MANIFEST, found)
    _against(seen, {name: digest for name, digest in payload.items() if name.startswith("data/")}, found)
    _against(seen, tags, found)
    for name in payload:
        if not name.startswith("data/"):
            found.fault("list_damaged", bag.MANIFEST, line=name)
    for name in sorted(seen.keys() - payload.keys() - tags.keys() - {bag.TAG_MANIFEST}):
        found.fault("extra", name)
    info = _content(seen, bag.INFO).decode("utf-8", "replace").splitlines()
    sizes = [entry.size for name, entry in seen.items() if name.startswith("data/")]
    if f"Payload-Oxum: {sum(sizes)}.{len(sizes)}" not in info:
        found.fault("oxum", bag.INFO)
    if _content(seen, bag.DECLARATION) != bag.DECLARED:
        found.fault("changed", bag.DECLARATION)


def _against(seen: dict[str, Seen], listed: dict[str, str], found: Verified) -> None:
    known = {one.file for one in found.findings}
    for name, digest in listed.items():
        if name in known:
            continue
        if name not in seen:
            found.fault("missing", name)
        elif seen[name].sha256 != digest:
            found.fault("changed", name)


def _listed(seen: dict[str, Seen], name: str, found: Verified) -> dict[str, str]:
    """Name -> digest of a manifest; its lines must be just as they are written."""
    if name not in seen:
        found.fault("missing", name)
        return {}
    rows: dict[str, str] = {}
    for line in _content(seen, name).decode("utf-8", "replace").splitlines(keepends=True):
        digest, gap, rest = line[:64], line[64:66], line[66:]
        entry = rest.removesuffix("\n")
        whole = gap == "  " and rest.endswith("\n") and not set(digest) - set("0123456789abcdef")
        if not (whole and entry) or entry in rows:
            found.fault("list_damaged", name, line=line[:80].strip())
        rows.setdefault(entry, digest)
    return rows


def _content(seen: dict[str, Seen], name: str) -> bytes:
    return (seen[name].content or b"") if name in seen else b""


# --------------------------------------------------------------------------- the certificate and its seal


def _check_seal(seen: dict[str, Seen], found: Verified, held: Sequence[Head], keys: Sequence[str]) -> None:
    content = _content(seen, certificate.JSON)
    try:
        told = certificate.loads(content)
        ring = Keyring(parse_key(line) for line in _text(seen, certificate.KEYS).splitlines())
        seal, head = parse_seal(_text(seen, certificate.SEAL)), parse_head(told["log"]["head"])
        files, manifest = dict(told["files"]), told["manifest"]
    except (KhoError, ValueError, KeyError, TypeError) as error:
        found.fault("certificate_unreadable", certificate.JSON, reason=error)
        return
    found.certificate, found.key = told, seal.key
    if seal.digest != certificate.digest(content) or _text(seen, certificate.SEAL) != f"{seal.text}\n":
        found.fault("not_sealed", certificate.JSON)
    elif not ring.signed(seal):
        found.fault("seal_false", certificate.SEAL, key=seal.key)
    if not ring.signed(head):
        found.fault("head_false", certificate.JSON)
    for key in ring.doubtful:
        found.fault("key_doubtful", certificate.KEYS, key=key.id)
    _against(seen, files, found)
    for name in sorted(seen.keys() - files.keys() - {certificate.JSON, certificate.SEAL, bag.TAG_MANIFEST}):
        if not name.startswith("data/"):
            found.fault("not_certified", name)
    if seen.get(bag.MANIFEST) and seen[bag.MANIFEST].sha256 != manifest:
        found.fault("not_certified", bag.MANIFEST)
    _check_anchor(found, ring, head, held, keys)


def _check_anchor(
    found: Verified, ring: Keyring, head: Head, held: Sequence[Head], keys: Sequence[str]
) -> None:
    """Is the key that sealed it one that somebody outside vouches for?"""
    for one in held:
        if one.log != head.log or not ring.signed(one):
            found.fault("other_archive", certificate.KEYS, size=one.size)
    for key in keys:
        if key not in ring.keys:
            found.fault("other_key", certificate.KEYS, key=key)
    found.anchored = bool(held or keys) and not any(
        one.code in ("export.found.other_archive", "export.found.other_key") for one in found.findings
    )


def _text(seen: dict[str, Seen], name: str) -> str:
    return _content(seen, name).decode("utf-8", "replace")


# --------------------------------------------------------------------------- where entries come from


@contextmanager
def _opened(path: Path) -> Iterator[Source]:
    if path.is_dir():
        yield FolderBag(path)
        return
    try:
        with path.open("rb") as file:
            yield ZipBag(file)
    except OSError as error:
        raise UsageError("export.no_bag", path=path) from error


class FolderBag:
    """An unpacked bag: the folder itself, or a folder with nothing but it."""

    def __init__(self, folder: Path) -> None:
        inside = [one for one in folder.iterdir() if one.is_dir()]
        alone = len(inside) == 1 and (inside[0] / bag.DECLARATION).is_file()
        self._folder = inside[0] if alone and not (folder / bag.DECLARATION).is_file() else folder

    def entries(self, found: Verified) -> Iterator[tuple[str, Seen]]:
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if path.is_symlink():
                found.fault("link", name)
            elif path.is_file():
                with path.open("rb") as file:
                    yield name, _seen(name, iter(lambda: file.read(1 << 20), b""))


class ZipBag:
    """The ZIP as it was written: also every byte between the contents is checked (`check_frame`)."""

    def __init__(self, file) -> None:
        self._scan = Scan(file)
        self._entries: list[Entry] = []
        self._rest = b""
        self._outside: list[str] = []

    def entries(self, found: Verified) -> Iterator[tuple[str, Seen]]:
        base = ""
        for entry in self._scan.entries():
            self._entries.append(entry)
            folder, slash, name = entry.name.partition("/")
            base = base or folder
            name = name if slash and folder == base else entry.name
            yield name, self._read(entry, name, found)
        self._rest = b"".join(self._scan.rest())

    def _read(self, entry: Entry, name: str, found: Verified) -> Seen:
        crc = 0

        def passed() -> Iterator[bytes]:
            nonlocal crc
            for chunk in self._scan.content(entry):
                crc = crc32(chunk, crc)
                yield chunk

        seen = _seen(name, passed())
        if crc != entry.crc:
            found.fault("changed", name)
        return seen

    def check_frame(self, found: Verified) -> None:
        """Headers, order and directory of the ZIP: each byte is what the entries and the time of the export make it."""
        for place in self._scan.strange:
            found.fault("frame", place=place)
        began, base = found.certificate.get("began"), found.certificate.get("base")
        try:
            when = datetime.fromisoformat(began)
        except (TypeError, ValueError):
            return
        expected = ZipStream(when)
        for entry in self._entries:
            if entry.when != even(when) or not entry.name.startswith(f"{base}/"):
                found.fault("frame", entry.name, place=entry.place)
            expected.entry(entry.name, entry.size, entry.crc)
        if not self._scan.strange and self._rest != expected.end():
            found.fault("frame", place=self._entries[-1].end)


def _seen(name: str, chunks: Iterator[bytes]) -> Seen:
    """Digest and size; the content too of what stands beside the payload."""
    digest, size, content = hashlib.sha256(), 0, bytearray()
    keep = not name.startswith("data/")
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if keep and size <= MOST:
            content += chunk
    return Seen(size, digest.hexdigest(), bytes(content) if keep else None)
