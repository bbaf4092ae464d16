"""The XML of one table -> rows, streamed with expat. Memory holds one chunk of rows, whatever the size of the table.

Binary content written inside the XML is not read: the bytes where its digits stand become its locator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ingest.snapshots.forms.siard import hardened
from ingest.snapshots.forms.siard.hardened import Malformed, local_name
from ingest.snapshots.forms.siard.layout import Field
from ingest.snapshots.forms.siard.lobs import Problem
from ingest.snapshots.forms.siard.notes import Notes
from ingest.snapshots.source import Blob, Cell

MAX_ROW = 16 << 20
"""Bytes of one row in the XML, binary content not counted."""
_HEX = re.compile(r"[0-9A-Fa-f\s]*")
_ROW, _CELL = 2, 3


@dataclass(frozen=True)
class Cells:
    """How the cells of one table are read: `names` of root and row, `fields` by XML name, `plain` resolves escapes, `lob` follows file="…",
    `inline` gives the locator of digits from one byte of the XML to another."""

    names: tuple[str, str]
    fields: Mapping[str, Field]
    plain: Callable[[str], str]
    lob: Callable[[Field, Mapping[str, str]], tuple[Cell, list[Problem]]]
    inline: Callable[[int, int], str]


@dataclass
class _Node:
    """An open element: a cell that is not plain text, or something inside one."""

    name: str
    field: Field
    attributes: Mapping[str, str]
    within: dict[str, Any] = field(default_factory=dict)


class TableReader:
    """One parse. `rows` has the rows completed since it was last emptied, as column -> value; NULL is left out."""

    def __init__(self, cells: Cells, notes: Notes) -> None:
        self._how, self._notes = cells, notes
        self._simple = {
            name: each.name for name, each in cells.fields.items() if not (each.binary or each.within)
        }
        self.rows: list[dict[str, Cell]] = []
        self.encoding = "utf-8"
        self._number, self._depth, self._row_begins = 0, 0, 0
        self._row: dict[str, Cell] = {}
        self._cell = ""
        self._nodes: list[_Node] = []
        self._parts: list[str] = []
        self._digits: tuple[int, int] | None = None
        self._expat = hardened.parser()
        self._expat.XmlDeclHandler = self._declared
        self._expat.StartElementHandler, self._expat.EndElementHandler = self._start, self._end
        self._expat.CharacterDataHandler = self._parts.append

    def read(self, stream: BinaryIO) -> Iterator[None]:
        """One step for each chunk. Raises hardened.UNREADABLE."""
        for read in hardened.parsed(self._expat, stream):
            if self._digits is None and read - self._row_begins > MAX_ROW + hardened.CHUNK:
                raise Malformed(f"row longer than {MAX_ROW} bytes")
            yield

    def _declared(self, *declaration: Any) -> None:
        self.encoding = hardened.known_encoding(*declaration)

    # ----------------------------------------------------------------- elements

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._parts.clear()
        if self._depth == _CELL and not attributes and name in self._simple:
            self._cell = name
        elif self._depth >= _CELL:
            self._open(name, attributes)
        elif local_name(name) != (expected := self._how.names[self._depth - 1]):
            raise Malformed(f"<{name[:40]}> instead of <{expected}>")
        elif self._depth == _ROW:
            self._row, self._row_begins = {}, self._expat.CurrentByteIndex

    def _end(self, name: str) -> None:
        if self._nodes:
            self._close()
        elif self._depth == _CELL:
            self._put(self._simple[name], self._text())
        elif self._depth == _ROW:
            self._number += 1
            self.rows.append(self._row)
        self._depth -= 1

    def _text(self) -> str:
        text = self._parts[0] if len(self._parts) == 1 else "".join(self._parts)
        return self._how.plain(text) if "\\" in text else text

    def _put(self, column: str, value: Cell) -> None:
        if column in self._row:
            self._note("snapshot.siard_cell", "", column)
        self._row[column] = value

    def _note(self, code: str, column: str, detail: str = "") -> None:
        self._notes.add(code, column, self._number + 1, detail)

    # ----------------------------------------------------------------- cells that are not plain text

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._depth > hardened.MAX_DEPTH:
            raise Malformed(f"nested deeper than {hardened.MAX_DEPTH}")
        if self._depth > _CELL and not self._nodes:
            self._note("snapshot.siard_cell", "", name)
            self._nodes.append(_Node(self._cell, self._how.fields[self._cell], {}))
        self._as_text()
        known = self._nodes[-1].field.within if self._nodes else self._how.fields
        name = name if name in known else local_name(name)
        found = known.get(name) or known.get(name[:1], Field(""))
        self._nodes.append(_Node(name, found, attributes))
        if found.binary and "file" not in attributes:
            self._expat.buffer_text = False
            self._expat.CharacterDataHandler = self._first_digits

    def _close(self) -> None:
        node = self._nodes.pop()
        value = self._value(node)
        self._as_text()
        if not self._nodes:
            self._fill(node, value)
            return
        parent = self._nodes[-1]
        if isinstance(value, Blob):
            self._inner_blob(node, value)
            value = value.locator
        parent.within[node.name] = value

    def _value(self, node: _Node) -> Any:
        if any(
            value in ("true", "1") and local_name(name) == "nil" for name, value in node.attributes.items()
        ):
            return None
        if "file" in node.attributes:
            value, problems = self._how.lob(node.field, node.attributes)
            for problem in problems:
                self._note(problem.code, self._column(node), str(problem))
            return value
        if node.within:
            return _shaped(node)
        return self._inline() if self._digits else self._text()

    def _fill(self, node: _Node, value: Any) -> None:
        if not node.field.name:
            self._note("snapshot.siard_cell", "", node.name)
        elif isinstance(value, dict | list):
            self._put(node.field.name, json.dumps(value, ensure_ascii=False))
        elif value is not None:
            self._put(node.field.name, value)

    def _inner_blob(self, node: _Node, value: Blob) -> None:
        if node.field.name:
            self._put(node.field.name, value)
        else:
            self._note("snapshot.siard_inner_lob", self._column(node), value.locator)

    def _column(self, node: _Node) -> str:
        return node.field.name or (self._nodes[0].field.name if self._nodes else "")

    # ----------------------------------------------------------------- digits

    def _as_text(self) -> None:
        if not self._expat.buffer_text:
            self._expat.buffer_text = True
            self._expat.CharacterDataHandler = self._parts.append
            self._digits = None

    def _first_digits(self, text: str) -> None:
        if _HEX.fullmatch(text):
            self._digits = (self._expat.CurrentByteIndex, 0)
            self._expat.CharacterDataHandler = self._more_digits
            self._more_digits(text)
        else:
            self._as_text()
            self._parts.append(text)

    def _more_digits(self, text: str) -> None:
        self._digits = (self._digits[0], self._digits[1] + len("".join(text.split())))

    def _inline(self) -> Blob:
        (begin, digits), end = self._digits, self._expat.CurrentByteIndex
        self._row_begins += end - begin
        return Blob(self._how.inline(begin, end), digits // 2)


def _shaped(node: _Node) -> list | dict:
    """Elements of an array as a list with null for what is missing, unless most is; the rest by their names."""
    numbers = [int(name[1:]) if re.fullmatch(r"a[1-9][0-9]{0,8}", name) else 0 for name in node.within]
    if all(numbers) and max(numbers) <= 4 * len(numbers) + 4:
        return [node.within.get(f"a{number}") for number in range(1, max(numbers) + 1)]
    labels = ((node.field.within.get(name), value) for name, value in node.within.items())
    return {
        (known.label if known and known.label else name): value
        for (known, value), name in zip(labels, node.within, strict=True)
    }
