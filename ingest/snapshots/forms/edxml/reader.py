"""edXML files, alone, in a folder or in a zip, as a Source (source.py). Rows of all tables come message by message."""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.errors import IntegrityError, SourceRefused
from archive.holdings import locator
from archive.holdings.locator import Locator
from archive.model import Finding
from ingest.snapshots.forms.edxml import fields, payload, skeleton
from ingest.snapshots.forms.edxml.message import Cells, Message, parse
from ingest.snapshots.forms.edxml.places import LOOKED_AT, MAX_FILE, begins, is_message, messages
from ingest.snapshots.forms.folders import leads
from ingest.snapshots.source import Blob, Cell, Row, Table

_PLACES = 10


class Exchange:
    """The Source. `files` are locators from the snapshot's folder."""

    kind = "edxml"

    def __init__(self, folder: Path, files: list[Locator]) -> None:
        self._folder, self._files = folder, files
        self._found: dict[tuple[str, str], list[str]] = {}

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing stays open between two messages."""

    def tables(self) -> tuple[Table, ...]:
        return fields.TABLES

    def encodings(self) -> tuple[str, ...]:
        return ("utf-8",)

    def findings(self) -> tuple[Finding, ...]:
        return tuple(
            Finding(
                code,
                severity,
                files[0],
                values={
                    "count": str(len(files)),
                    "files": ", ".join(files[:_PLACES]) + (" …" if len(files) > _PLACES else ""),
                },
            )
            for (code, severity), files in self._found.items()
        )

    def rows(self) -> Iterator[Row]:
        self._found.clear()
        numbers, seen = Counter(), _Seen()
        for place in self._files:
            for table, cells in self._file_rows(place, seen):
                numbers[table] += 1
                at = f"{place}#{table}/{numbers[table]}"
                yield Row(
                    table, numbers[table], {name: cells.get(name) for name in fields.COLUMNS[table]}, at
                )

    def _note(self, what: str, severity: str, place: Locator) -> None:
        self._found.setdefault((f"snapshot.edxml_{what}", severity), []).append(str(place))

    def _file_rows(self, place: Locator, seen: _Seen) -> Iterator[tuple[str, dict[str, Cell]]]:
        digest = hashlib.sha256()
        try:
            with locator.opened(self._folder, str(place), MAX_FILE) as stream:
                found = skeleton.read(_Hashed(stream, digest))
                while stream.read(1 << 18):
                    pass
        except IntegrityError:
            return self._note("unreadable", "error", place)
        if found.declares or found.too_large:
            return self._note("hostile", "error", place)
        found_messages, repairs = parse(found)
        for what, severity, true in (
            ("garbage", "info", found.garbage),
            ("repaired", "info", repairs),
            ("cut", "warning", found.cut),
            ("empty", "error", not found_messages),
        ):
            if true:
                self._note(what, severity, place)
        for number, message in enumerate(found_messages):
            yield from self._message_rows(message, place, digest.hexdigest() + str(number), seen)

    def _message_rows(
        self, message: Message, place: Locator, digest: str, seen: _Seen
    ) -> Iterator[tuple[str, dict[str, Cell]]]:
        stated = _stated_id(message)
        if message.document is not None:
            key, same = seen.key(stated or str(place), digest)
            if same:
                return self._note("twice", "warning", place)
            if key != (stated or str(place)):
                self._note("same_id", "info", place)
            if not stated:
                self._note("no_id", "warning", place)
            yield "document", {**message.document, "@id": key, "@file": str(place)}
        else:
            key = stated
        for row in message.rows.pop("status", ()):
            answered = row.get("ResponseFor.DocumentId") or key
            yield "status", {**row, "@document": _safe(answered or ""), "@file": str(place)}
        for table, rows in message.rows.items():
            for number, row in enumerate(rows, 1):
                yield table, {**row, "@document": key or None, "@number": str(number)}
        yield from self._attachment_rows(message, place, key)

    def _attachment_rows(
        self, message: Message, place: Locator, key: str
    ) -> Iterator[tuple[str, dict[str, Cell]]]:
        number = 0
        for part in message.parts:
            found = payload.found(self._folder, place, part)
            if found.problem:
                self._note(found.problem, "warning", place)
            for content in found.blobs or (None,):
                number += 1
                yield "attachment", _attachment(part, content, key, number)


def _attachment(part, content: Blob | None, key: str, number: int) -> dict[str, Cell]:
    inner = locator.parse(content.locator).steps[-1] if content else ("", "")
    return {
        "@document": key or None,
        "@number": str(number),
        "name": part.name or None,
        "description": part.description or None,
        "content_type": part.content_type or None,
        "content_id": part.content_id or None,
        "content": content,
        "inner_name": inner[1] if inner[0] == "zip" else None,
        "size": str(content.size) if content and content.size is not None else None,
    }


def _stated_id(message: Message) -> str:
    """DocumentId in either of its shapes; without one what the second shape is made of, when that is stated."""
    cells: Cells = message.document or {}
    if said := cells.get("DocumentId") or cells.get("Bussiness.DocumentId"):
        return _safe(said)
    parts = [
        cells.get("From.OrganId"),
        cells.get("PromulgationInfo.PromulgationDate"),
        "/".join(filter(None, (cells.get("Code.CodeNumber"), cells.get("Code.CodeNotation")))),
    ]
    return _safe(",".join(map(str, parts))) if all(parts) else ""


def _safe(key: str) -> str:
    """Without the sign that stands between the parts of a key."""
    return " ".join(key.replace("|", "/").split())


class _Seen:
    """Ids given so far: the same id with the same bytes is the same message, with others it gets a number."""

    def __init__(self) -> None:
        self._digests: dict[str, list[str]] = {}

    def key(self, stated: str, digest: str) -> tuple[str, bool]:
        """(the id of this message, is it one that came before?)"""
        digests = self._digests.setdefault(stated, [])
        if digest in digests:
            return stated, True
        digests.append(digest)
        return (stated if len(digests) == 1 else f"{stated} ({len(digests)})"), False


class _Hashed:
    """Passes a stream on and takes the digest of it from the first "<" on: what stands before does not count."""

    def __init__(self, stream: BinaryIO, digest) -> None:
        self._stream, self._digest, self._begun = stream, digest, False

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        start = 0 if self._begun else chunk.find(b"<")
        if start >= 0:
            self._begun = True
            self._digest.update(chunk[start:])
        return chunk


# --------------------------------------------------------------------------- opening


def takes(path: Path, head: bytes) -> bool:
    """edXML in the bytes, or in a file of the zip or of the folder that is not beneath a register."""
    if path.is_dir():
        return leads(path, begins)
    if head.startswith(b"PK\x03\x04"):
        try:
            return next(messages(path, LOOKED_AT), None) is not None
        except SourceRefused:
            return False
    return is_message(head)


def opened(path: Path) -> Exchange:
    """Raises SourceRefused: no message, no zip."""
    folder = path if path.is_dir() else path.parent
    if path.is_dir() or zipfile.is_zipfile(path):
        files = list(messages(path, None))
    else:
        files = [Locator(path.name)]
        with path.open("rb") as source:
            found = skeleton.read(source)
        if found.declares or found.too_large:
            raise SourceRefused("refused.edxml_hostile")
        if not parse(found)[0]:
            files = []
    if not files:
        raise SourceRefused("refused.edxml_none")
    return Exchange(folder, files)
