"""JSON files as a Source (source.py): the pages of one list make one table."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from archive.errors import SourceRefused
from archive.holdings.locator import Locator
from archive.model import Finding
from ingest.snapshots.forms.folders import leads
from ingest.snapshots.forms.jsonexport.flatten import ROW, Flattener, Schema, id_name
from ingest.snapshots.forms.jsonexport.scan import Held
from ingest.snapshots.forms.jsonexport.shapes import Record, records
from ingest.snapshots.source import Blob, Cell, Column, Row, Table

_NAMES = (".json", ".jsonl", ".ndjson", ".geojson")
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*[\[{\]\"\d]|\{\s*[\"}])")
_PAGE = re.compile(r"^(.+?)[-_. ]*(?:page|trang|part|phan|p)?[-_. ]*\d+$", re.IGNORECASE)
_SHOWN, _HEAD = 10, 4096
_SEVERITIES = {
    "deep": "error", "large": "error", "truncated": "error", "broken": "error", "encoding": "error",
    "undecodable": "warning", "duplicate_keys": "warning", "surrogates": "warning", "many_columns": "warning",
    "many_tables": "warning", "not_a_number": "info",
}  # fmt: skip


class Export:
    """The Source. The whole is read once to learn tables and columns."""

    kind = "json"

    def __init__(self, folder: Path, files: list[str]) -> None:
        self._folder, self._files = folder, files
        self._tables_of = _tables_of(files)
        self._schema: Schema | None = None
        self._counts: Counter[str] = Counter()
        self._places: dict[str, dict[str, None]] = {}

    def __enter__(self) -> Export:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing stays open between two files."""

    def tables(self) -> tuple[Table, ...]:
        return tuple(_table(name, list(columns)) for name, columns in self._learnt().tables.items())

    def rows(self) -> Iterator[Row]:
        self._learnt()
        yield from self._read(Schema(), complete=True)

    def findings(self) -> tuple[Finding, ...]:
        self._learnt()
        return tuple(
            Finding(
                f"snapshot.json_{what}",
                _SEVERITIES[what],
                next(iter(self._places[what])).partition(":")[0],
                values={"count": str(count), "places": _list(list(self._places[what]), count)},
            )
            for what, count in self._counts.items()
        )

    def encodings(self) -> tuple[str, ...]:
        return ("utf-8",)

    # ----------------------------------------------------------------- reading

    def _learnt(self) -> Schema:
        if self._schema is None:
            schema = Schema()
            for _ in self._read(schema, complete=False):
                pass
            self._schema = schema
        return self._schema

    def _read(self, schema: Schema, complete: bool) -> Iterator[Row]:
        """Every row; `complete`: with a cell for every column, which must have been learnt."""
        self._counts.clear(), self._places.clear()
        flattener = Flattener(schema, lambda _: None)
        for file in self._files:
            for record in self._records(file):
                self._note(record, file)
                if record.problem:
                    continue
                flattener.blob = _Blobs(file, record.held)
                before = schema.notes.copy()
                for flat in flattener.rows(self._table(file, record), record.data):
                    cells = dict.fromkeys(self._schema.tables[flat.table]) if complete else {}
                    yield Row(
                        flat.table, flat.number, cells | flat.cells, f"{file}#{flat.table}/{flat.number}"
                    )
                for what in (schema.notes - before).elements():
                    self._place(what, file, record.at)

    def _records(self, file: str) -> Iterator[Record]:
        with (self._folder / file).open("rb") as source:
            head = source.read(_HEAD)
            source.seek(0)
            if b"\x00" in head[:64]:
                yield Record(0, problem="encoding")
            elif head.strip() and not _BEGINS.match(head):
                yield Record(0, problem="broken")
            else:
                yield from records(source)

    def _table(self, file: str, record: Record) -> str:
        inner = re.sub("[#|/]", "-", record.table)
        return f"{self._tables_of[file]}.{inner}" if inner else self._tables_of[file]

    def _note(self, record: Record, file: str) -> None:
        for what in filter(None, (record.problem, *sorted(record.notes))):
            self._place(what, file, record.at)

    def _place(self, what: str, file: str, at: int) -> None:
        self._counts[what] += 1
        if len(places := self._places.setdefault(what, {})) < _SHOWN:
            places[f"{file}:{at}"] = None


class _Blobs:
    """What stands for a marker: the bytes in place."""

    def __init__(self, file: str, held: dict[str, Held]) -> None:
        self._file, self._held = file, held

    def __call__(self, said: str) -> Cell:
        found = self._held.get(said[said.find("\ue000") :]) if "\ue000" in said else None
        if found is None:
            return None
        place = Locator(self._file).then("range", f"{found.start}-{found.end}")
        place = place.then("unescape", "json") if found.escaped else place
        return Blob(str(place.then("base64")), media_type=found.media_type)


def _table(name: str, columns: list[str]) -> Table:
    """JSON states no keys: the id a record has, or else its first value, is what others most likely name it by.

    @parent_id is known as <parent>_id, too, as databases call such a column.
    """
    parent = name.rpartition(".")[0]
    own = [column for column in columns if not column.startswith("@")]
    key = id_name(own) or (own[0] if own and "@parent" not in columns else ROW)
    notes = {"@parent_id": f"{parent.rpartition('.')[2]}_id"}
    return Table(
        name,
        tuple(Column(column, note=notes.get(column, "")) for column in columns),
        key=(key,),
        foreign={"@parent": (parent, ROW)} if "@parent" in columns else {},
    )


def _list(places: list[str], count: int) -> str:
    return ", ".join(places) + (" …" if count > len(places) else "")


# --------------------------------------------------------------------------- opening


def takes(path: Path, head: bytes) -> bool:
    """JSON by its first signs, or a folder that has such files under a name of JSON, not beneath a register."""
    if path.is_dir():
        return leads(path, lambda file: file.suffix.lower() in _NAMES and _begins(file))
    return bool(_BEGINS.match(head))


def opened(path: Path) -> Export:
    """Raises SourceRefused: nothing in it begins as JSON, or it is in another encoding than UTF-8."""
    files = list(_files(path)) if path.is_dir() else [path.name]
    folder = path if path.is_dir() else path.parent
    if not path.is_dir():
        with path.open("rb") as source:
            head = source.read(_HEAD)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:64]:
            raise SourceRefused("refused.json_encoding")
        files = files if _BEGINS.match(head) else []
    elif not any(_begins(path / file) for file in files):
        files = []
    if not files:
        raise SourceRefused("refused.json_none")
    return Export(folder, files)


def _files(folder: Path) -> Iterator[str]:
    for inner, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names, key=_natural):
            path = Path(inner, name)
            if path.suffix.lower() in _NAMES and path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _begins(path: Path) -> bool:
    with path.open("rb") as source:
        return bool(_BEGINS.match(source.read(_HEAD)))


def _natural(name: str) -> list[tuple[int, str]]:
    """page-2 before page-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", name)]


def _tables_of(files: list[str]) -> dict[str, str]:
    """File -> the table its records go to: its name without a page number, with its folder where two would be the same."""
    found = {}
    for file in files:
        folder, _, name = file.rpartition("/")
        stem = re.sub(r"\.(json|jsonl|ndjson|geojson)$", "", name, flags=re.IGNORECASE)
        page = _PAGE.match(stem)
        stem = page[1] if page else (folder.rpartition("/")[2] or stem) if stem.isdigit() else stem
        found[file] = (folder, re.sub("[#|/]", "-", stem))
    folders = {}
    for folder, stem in found.values():
        folders.setdefault(stem, set()).add(folder)
    return {
        file: stem if len(folders[stem]) == 1 else f"{folder.replace('/', '.')}.{stem}".lstrip(".")
        for file, (folder, stem) in found.items()
    }
