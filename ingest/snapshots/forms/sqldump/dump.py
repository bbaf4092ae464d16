"""A dump as a Source: one pass gathers the tables, each call of `rows` is another that gives the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.model import Finding
from ingest.snapshots.forms.sqldump.data import Copied, Inserted
from ingest.snapshots.forms.sqldump.dialects import Dialect
from ingest.snapshots.forms.sqldump.drafts import Draft
from ingest.snapshots.forms.sqldump.large_objects import Written
from ingest.snapshots.forms.sqldump.notes import FileNotes, Notes
from ingest.snapshots.forms.sqldump.schema import Schema
from ingest.snapshots.forms.sqldump.session import Session
from ingest.snapshots.forms.sqldump.stream import Bytes
from ingest.snapshots.source import Cell, Row, Table


class SqlDump:
    """The files of one dump in the order they are read; `folder` is what their locators are relative to."""

    def __init__(self, folder: Path, files: Sequence[Path], dialect: Dialect) -> None:
        self._folder, self._files, self._dialect = folder, tuple(files), dialect
        self.kind = dialect.kind
        self._schema: Schema | None = None
        self._notes, self._row_notes = Notes(), Notes()
        self._encodings: dict[str, None] = {}

    def __enter__(self) -> SqlDump:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open between passes."""

    def tables(self) -> tuple[Table, ...]:
        return self._gathered().tables()

    def findings(self) -> tuple[Finding, ...]:
        return (*self._notes.findings(), *self._row_notes.findings())

    def encodings(self) -> tuple[str, ...]:
        return tuple(self._encodings)

    def rows(self) -> Iterator[Row]:
        schema, self._row_notes = self._gathered(), Notes()
        numbers: Counter[str] = Counter()
        for session in self._sessions(schema, Notes()):
            notes = self._row_notes.of(session.name)
            for draft, names, data in session.data():
                before = data.odd
                yield from _rows(draft, names, data, session, numbers, notes)
                if data.odd > before:
                    notes.add(
                        "snapshot.sql_expression",
                        table=draft.name,
                        count=data.odd - before,
                        line=session.line,
                    )
            self._said(session, notes)

    def _gathered(self) -> Schema:
        """All statements read once; rows are only passed over."""
        if self._schema is None:
            schema = Schema(self._dialect)
            for session in self._sessions(schema, self._notes):
                for draft, _, data in session.data():
                    count = data.pass_over()
                    if count and not draft.columns:
                        schema.met(draft.name, [f"column_{place}" for place in range(1, count + 1)])
                session.conclude()
            for draft in schema.undeclared():
                self._notes.of(self._files[0].name).add("snapshot.sql_undeclared", table=draft.name)
            self._schema = schema
        return self._schema

    def _sessions(self, schema: Schema, notes: Notes) -> Iterator[Session]:
        for path in self._files:
            name = path.relative_to(self._folder).as_posix()
            stream = Bytes(path)
            try:
                yield Session(name, stream, self._dialect, schema, notes.of(name))
            finally:
                stream.close()

    def _said(self, session: Session, notes: FileNotes) -> None:
        for name in (*session.encodings, *session.texts.used):
            self._encodings.setdefault(name)
        for name, count in session.texts.used.items():
            notes.add("snapshot.sql_encoding", encoding=name, count=count)
        if legacy := session.texts.legacy():
            self._encodings.setdefault(legacy)
            notes.add("snapshot.sql_legacy", encoding=legacy)
        if session.packed and session.blobs:
            notes.add("snapshot.sql_gz", "info", count=session.blobs)


def _rows(
    draft: Draft,
    names: Sequence[str],
    data: Inserted | Copied | Written,
    session: Session,
    numbers: Counter[str],
    notes: FileNotes,
) -> Iterator[Row]:
    """The rows of one statement. One with too few or too many values is counted, but cannot be told apart: it is left out."""
    table, file = draft.name, session.name
    columns = tuple(draft.columns)
    whole = len(names) == len(columns)
    number = numbers[table]
    for cells in data.rows():
        number += 1
        if len(cells) != len(names):
            line = data.line(number - numbers[table])
            notes.add("snapshot.sql_row", "error", table=table, count=1, line=line, row=number)
            continue
        held: dict[str, Cell] = dict(zip(names, cells, strict=True))
        yield Row(
            table, number, held if whole else {**dict.fromkeys(columns), **held}, f"{file}#{table}/{number}"
        )
    numbers[table] = number
    if data.unfinished:
        notes.add("snapshot.sql_rows_unfinished", "error", table=table, line=session.line, count=1)
