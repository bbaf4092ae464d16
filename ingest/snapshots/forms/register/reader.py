"""A register file, or a folder with registers and the files they name, as a Source (source.py).

In a folder the registers are the files with a register's heading at the highest level that has any; the same farther
down is taken for an attachment, and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

from archive.errors import SourceRefused
from archive.model import Finding
from ingest.snapshots.forms import old_text
from ingest.snapshots.forms.folders import TABLES, levels
from ingest.snapshots.forms.register import delimited, layout, old_workbook, workbook
from ingest.snapshots.forms.register.days import Days
from ingest.snapshots.forms.register.lines import Sheet
from ingest.snapshots.forms.register.numbering import Numbering
from ingest.snapshots.forms.register.rows import Seen, entries
from ingest.snapshots.forms.register.table import Register, cells, converted
from ingest.snapshots.source import Row, Table

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Registers:
    """The Source. Findings of a table are those of its last complete reading."""

    kind = "register"

    def __init__(self, registers: list[Register], found: list[Finding]) -> None:
        self._registers, self._found = registers, found
        self._of_table: dict[str, list[Finding]] = {}

    def __enter__(self) -> Registers:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing stays open between two readings."""

    def tables(self) -> tuple[Table, ...]:
        return tuple(register.table for register in self._registers)

    def rows(self) -> Iterator[Row]:
        for register in self._registers:
            yield from self._rows(register)

    def findings(self) -> tuple[Finding, ...]:
        return (*self._found, *(each for found in self._of_table.values() for each in found))

    def encodings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.rule or each.sheet.encoding for each in self._registers))

    def _rows(self, register: Register) -> Iterator[Row]:
        seen, numbers = Seen(), Numbering(register.name, register.layout.year)
        days = Days(register.name, register.layout)
        by_key = {key: field.index for key, field in register.layout.keys.items()}
        lines = register.lines()
        for number, entry in enumerate(entries(lines, register.layout, register.sheet.merged, seen), 1):
            numbers.add(number, {key: entry.cells[at] for key, at in by_key.items() if at in entry.cells})
            days.add(entry)
            locator = f"{register.sheet.file}#{register.name}/{number}"
            yield Row(register.name, number, cells(register, entry), locator)
        file = register.sheet.file
        self._of_table[register.name] = [
            *_noted(register, seen),
            *days.findings(file),
            *numbers.findings(file),
        ]


_NOTES = {
    "cut": "error",
    "broken": "error",
    "undecodable": "error",
    "unknown": "warning",
    "between": "info",
    "repeated": "info",
    "serial": "info",
    "short_year": "info",
}


def _noted(register: Register, seen: Seen) -> Iterator[Finding]:
    for what, severity in _NOTES.items():
        if times := seen.counts[what]:
            places = ", ".join(map(str, seen.lines[what])) + (" …" if times > len(seen.lines[what]) else "")
            values = {"table": register.name, "count": str(times), "lines": places}
            yield Finding(f"snapshot.register_{what}", severity, register.sheet.file, values=values)
    if register.rule:
        values = {"table": register.name, "rule": register.rule}
        yield Finding("snapshot.register_legacy", "info", register.sheet.file, values=values)


# --------------------------------------------------------------------------- opening


def takes(path: Path, head: bytes) -> bool:
    """A workbook or text with a register's heading, or a folder that holds one; an old or locked one, to say what to do."""
    if path.is_dir():
        return any(True for _ in _at_highest_level(path, []))
    if path.suffix.lower() in (".xls", ".xlsx", ".xlsm") and head.startswith(_OLE):
        return True
    return bool(_readable_registers(path, path.name, []))


def opened(path: Path) -> Registers:
    """Raises SourceRefused: a very old, a locked or damaged workbook, no register's heading."""
    found: list[Finding] = []
    if path.is_dir():
        registers = list(_at_highest_level(path, found))
    else:
        registers = _registers_of(path, path.name, found)
    if not registers:
        raise SourceRefused("refused.register_no_heading")
    return Registers(_named(registers), found)


def _at_highest_level(folder: Path, found: list[Finding]) -> Iterator[Register]:
    """Registers of the highest level that has any. Old workbooks beside them and registers beneath are told."""
    level = None
    for path, depth in ((path, depth) for depth, files in enumerate(levels(folder)) for path in files):
        file = path.relative_to(folder).as_posix()
        passed: list[Finding] = []
        registers = _readable_registers(path, file, passed)
        if registers and level in (None, depth):
            level = depth
            found += passed
            yield from registers
        elif registers:
            found.append(Finding("snapshot.register_deeper", file=file, values={"file": file}))
        elif depth <= (level or 0) and path.suffix.lower() in TABLES:
            found.append(Finding("snapshot.register_passed", file=file, values={"file": file}))


def _registers_of(path: Path, file: str, found: list[Finding]) -> list[Register]:
    """The registers in a file; sheets beside them that say something and are none are told. Raises SourceRefused."""
    sheets = [(sheet, _register(sheet)) for sheet in _sheets(path, file)]
    registers = [register for _, register in sheets if register]
    for sheet, register in sheets if registers else ():
        if register is None and (count := sum(bool(line.said) for line in sheet.lines())):
            values = {"file": file, "sheet": sheet.name, "count": str(count)}
            found.append(Finding("snapshot.register_sheet", file=file, values=values))
    return registers


def _readable_registers(path: Path, file: str, found: list[Finding]) -> list[Register]:
    """The same; a file that cannot be read has none."""
    try:
        return _registers_of(path, file, found)
    except SourceRefused:
        return []


def _sheets(path: Path, file: str) -> list[Sheet]:
    with path.open("rb") as source:
        head = source.read(8)
    if head.startswith(_OLE):
        return old_workbook.sheets(path, file) if path.suffix.lower() in (".xls", ".xlsx", ".xlsm") else []
    if head.startswith(_ZIP):
        return workbook.sheets(path, file) if path.suffix.lower() in (".xlsx", ".xlsm") else []
    return [delimited.sheet(path, file)] if path.suffix.lower() in (".csv", ".tsv", ".txt") else []


def _register(sheet: Sheet) -> Register | None:
    raw = list(islice(sheet.lines(), 4 * layout.DEPTH))
    rule = sheet.encoding if sheet.encoding in delimited.LEGACY else ""
    rule = rule or old_text.rule_of(said for line in raw for said in line.said.values())
    head = list(converted(iter(raw), rule))
    above = Path(sheet.file)
    found = layout.find(head, sheet.merged, sheet.name, above.stem, *(each.name for each in above.parents))
    if not found:
        return None
    stem = f"{above.stem} - {sheet.name}" if sheet.name else above.stem
    return Register(re.sub("[/#|]", "-", stem), sheet, found, rule)


def _named(registers: list[Register]) -> list[Register]:
    """The same with names made unique."""
    found: dict[str, Register] = {}
    for register in registers:
        tries = (register.name if number == 1 else f"{register.name} ({number})" for number in count(1))
        name = next(each for each in tries if each not in found)
        found[name] = replace(register, name=name)
    return list(found.values())
