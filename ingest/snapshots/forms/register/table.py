"""One sheet that is a register, as a table: its columns, the lines in Unicode, the cells of a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.snapshots.forms import old_text
from ingest.snapshots.forms.register.layout import Field, Layout, letter
from ingest.snapshots.forms.register.lines import Line, Sheet
from ingest.snapshots.forms.register.rows import Entry
from ingest.snapshots.source import Column, Table

OWN = ("@id", "@title", "@unit", "@year", "@direction", "@section", "@file")
"""@file is where the row's files are: the target of a link, else what the column of files says, ";" between several."""


@dataclass(frozen=True)
class Register:
    """One sheet that is a register. `rule` is the legacy encoding of its text, or ""."""

    name: str
    sheet: Sheet
    layout: Layout
    rule: str

    def lines(self) -> Iterator[Line]:
        return converted(self.sheet.lines(), self.rule)

    @cached_property
    def _columns(self) -> tuple[set[int], set[int]]:
        """Columns in which cells lead somewhere, and all that say something; the whole sheet is read for it."""
        linked, telling = set(), set()
        for line in self.sheet.lines():
            if line.number > self.layout.last:
                linked |= line.links.keys()
                telling |= {column for column, cell in enumerate(line.cells) if cell is not None}
        return linked, telling

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The columns of the heading, and those without one that have cells."""
        named = {field.index for field in self.layout.fields}
        beyond = (Field(column, f"@{letter(column)}") for column in sorted(self._columns[1] - named))
        return (*self.layout.fields, *beyond)

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Names of the columns that say where cells lead."""
        return tuple(f"{field.name}@link" for field in self.fields if field.index in self._columns[0])

    @property
    def table(self) -> Table:
        columns = [field.column for field in self.fields]
        return Table(self.name, (*columns, *map(Column, self.links), *map(Column, OWN)), key=("@id",))


def cells(register: Register, entry: Entry) -> dict[str, str | None]:
    cells: dict[str, str | None] = {}
    for field in register.fields:
        cells[field.name] = entry.cells.get(field.index)
        if (link := f"{field.name}@link") in register.links:
            cells[link] = entry.links.get(field.index)
    found = register.layout
    own = (
        f"{register.name}:{entry.line}",
        found.title,
        found.unit,
        found.year,
        found.direction,
        entry.section,
        _files_of(register, entry),
    )
    return cells | {name: said or None for name, said in zip(OWN, own, strict=True)}


def _files_of(register: Register, entry: Entry) -> str:
    column = register.layout.keys.get("file")
    if column and (said := entry.links.get(column.index) or entry.cells.get(column.index)):
        return ";".join(filter(None, (part.strip() for part in said.splitlines())))
    return next(iter(entry.links.values()), "")


def converted(lines: Iterator[Line], rule: str) -> Iterator[Line]:
    for line in lines:
        if rule:
            line = replace(line, cells=tuple(cell and old_text.converted(cell, rule) for cell in line.cells))
        yield line
