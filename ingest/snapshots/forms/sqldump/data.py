"""The two statements that hold rows: INSERT … VALUES and COPY … FROM stdin. Both give lists of cells, streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archive.holdings.locator import Locator
from ingest.snapshots.forms.sqldump.lexer import Lexer
from ingest.snapshots.forms.sqldump.stream import LITERAL
from ingest.snapshots.forms.sqldump.texts import Texts
from ingest.snapshots.forms.sqldump.tokens import TOKENS, Token
from ingest.snapshots.forms.sqldump.values import Located, Values, use_of
from ingest.snapshots.source import Blob, Cell

_NEXT_ROW = re.compile(rb"\s*+,\s*+(?=\()")
_NEXT_STATEMENT = {
    False: re.compile(rb"\s*+;\s*+"),
    True: re.compile(rb"[ \t]*+;?\s*?\n(?:GO[ \t]*+\r?\n)?\s*+", re.IGNORECASE),
}
"""What stands between two INSERTs; True: where GO ends a batch."""

_NEAR = 4096
_COPY_END = re.compile(rb"(?:^|(?<=\n))\\\.\r?(?:\n|\Z)")
_FIELD_END = re.compile(rb"[\t\n]")
_COPY_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_COPY_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Inserted:
    """The rows of one INSERT and of those after it that begin with the same `header`; the window is at the "(" of the
    first. `unfinished`: the dump ends inside it."""

    def __init__(
        self, lexer: Lexer, texts: Texts, types: Sequence[str], located: Located, header: bytes
    ) -> None:
        self._next = header if lexer.delimiter == b";" else None
        self._lexer, self._texts, self._located = lexer, texts, located
        self._values = Values(lexer.dialect, texts, [use_of(kind, lexer.dialect) for kind in types])
        self.unfinished = False

    @property
    def odd(self) -> int:
        """Expressions that were kept as written."""
        return self._values.odd

    def line(self, _: int) -> int:
        """The line where the row that was just read ends."""
        return self._lexer.window.line()

    def rows(self) -> Iterator[list[Cell]]:
        window = self._lexer.window
        for row in self._raw():
            if isinstance(row, int):
                extent = window.data[row : window.pos - 1]
                self._texts.look(extent)
                yield self._values.cells(extent, row, window, self._located)
            else:
                yield self._values.of_tokens(row, self._located)

    def pass_over(self) -> int:
        """Go to the end; the number of values of the first row."""
        count = 0
        for place, row in enumerate(self._raw()):
            if not place and isinstance(row, int):
                count = len(self._values.parts(self._lexer.window.data[row : self._lexer.window.pos - 1]))
            elif not place:
                count = len(row)
        return count

    def _raw(self) -> Iterator[int | list[list[Token]]]:
        """For each row where it starts in the window (it ends before `pos`), or its tokens."""
        while (row := self._row()) is not None:
            yield row
            if not self._goes_on():
                return
        self.unfinished = True

    def _row(self) -> int | list[list[Token]] | None:
        lexer, window = self._lexer, self._lexer.window
        while True:
            start = window.pos + 1
            end = lexer.patterns.extent.match(window.data, start).end()
            stopped = window.data[end : end + 1]
            if stopped == b")":
                window.pos = end + 1
                return start
            near = len(window.data) - end < _NEAR or stopped == b"'"
            if not near or window.left > LITERAL or not window.more():
                return self._tokens()

    def _tokens(self) -> list[list[Token]] | None:
        """A row that is long, deep or has comments in it: its values token by token."""
        self._lexer.window.pos += 1
        values, depth, count = [[]], 1, 0
        while token := self._lexer.token():
            if token.kind == "open":
                return None
            depth += token.says(b"(") - token.says(b")")
            if depth == 0:
                return [value for value in values if value]
            if depth == 1 and token.says(b","):
                values.append([])
            elif count < TOKENS:
                values[-1].append(token)
            count += 1
        return None

    def _goes_on(self) -> bool:
        """Is there another row? Else the window is behind the statement."""
        lexer, window = self._lexer, self._lexer.window
        if found := _NEXT_ROW.match(window.data, window.pos):
            window.pos = found.end()
            return True
        found = _NEXT_STATEMENT[lexer.dialect.go].match(window.data, window.pos)
        if found and self._next and window.data.startswith(self._next + b"(", found.end()):
            window.pos = found.end() + len(self._next)
            return True
        lexer.skip()
        if window.data[window.pos : window.pos + 1] == b",":
            window.pos += 1
            lexer.skip()
            return window.data[window.pos : window.pos + 1] == b"("
        if not lexer.dialect.go:  # there a statement needs no end
            self.unfinished = not lexer.statement().ended
        return False


class Copied:
    """The rows of one COPY; the window is behind its ";". `unfinished`: no line \\. ends it."""

    odd = 0

    def __init__(self, lexer: Lexer, texts: Texts, types: Sequence[str], located: Located) -> None:
        self._window, self._texts, self._located = lexer.window, texts, located
        self._blobs = [use_of(kind, lexer.dialect) == "blob" for kind in types]
        self.unfinished = False
        self._window.find(re.compile(rb"\n"), 1)
        self._window.pos += 1 if self._window.left else 0
        self._line = self._window.line()

    def line(self, number: int) -> int:
        """The line of a row of this COPY, from 1."""
        return self._line + number - 1

    def pass_over(self) -> int:
        found = self._window.find(_COPY_END, 6)
        self._window.pos += len(found[0]) if found else 0
        self.unfinished = not found
        return 0

    def rows(self) -> Iterator[list[Cell]]:
        window = self._window
        while True:
            end = window.data.rfind(b"\n", window.pos) + 1
            if end > window.pos:
                last = _COPY_END.search(window.data, window.pos, end)
                stop = last.start() if last else end
                yield from self._lines(window.pos, stop)
                window.pos = last.end() if last else end
                if last:
                    return
            elif window.left > LITERAL:
                yield self._long_line()
            elif not window.more():
                break
        last = _COPY_END.match(window.data, window.pos)
        self.unfinished = not last
        window.pos = len(window.data)

    def _lines(self, start: int, stop: int) -> Iterator[list[Cell]]:
        raw = self._window.data[start:stop]
        if any(self._blobs):
            yield from self._lines_with_blobs(raw, start)
            return
        for line in self._texts.decode_lines(raw):
            cells = line.split("\t")
            if "\\" in line:
                yield [None if cell == "\\N" else copied(cell) if "\\" in cell else cell for cell in cells]
            else:
                yield cells

    def _lines_with_blobs(self, raw: bytes, start: int) -> Iterator[list[Cell]]:
        for line in raw.split(b"\n")[:-1]:
            cells, at = [], start
            for place, cell in enumerate(line.removesuffix(b"\r").split(b"\t")):
                cells.append(self._cell(cell, at, place))
                at += len(cell) + 1
            yield cells
            start += len(line) + 1

    def _cell(self, raw: bytes, at: int, place: int) -> Cell:
        if raw == b"\\N":
            return None
        if place < len(self._blobs) and self._blobs[place]:
            hexadecimal = raw.startswith(b"\\\\x")
            first, last = self._window.raw(at + 3 * hexadecimal), self._window.raw(at + len(raw))
            found = self._located(first, last)
            return Blob(str(found.then("hex")), (last - first) // 2) if hexadecimal else _escaped_bytea(found)
        return copied(self._texts.decode(raw))

    def _long_line(self) -> list[Cell]:
        """A line that is too long to be held: its long fields are left in the file."""
        window, cells = self._window, []
        while True:
            cell = self._field(len(cells))
            ends = window.data[window.pos : window.pos + 1]
            window.pos += 1 if ends else 0
            cells.append(cell)
            if ends != b"\t":
                return cells

    def _field(self, place: int) -> Cell:
        window = self._window
        while (
            not (found := _FIELD_END.search(window.data, window.pos))
            and window.left <= LITERAL
            and window.more()
        ):
            pass
        if found:
            raw, at = window.data[window.pos : found.start()], window.pos
            window.pos = found.start()
            return self._cell(raw, at, place)
        first = window.raw(window.pos)
        window.find(_FIELD_END, 1)
        locator = self._located(first, window.raw(window.pos))
        if place < len(self._blobs) and self._blobs[place]:
            return _escaped_bytea(locator)
        return Blob(str(locator.then("unescape", "copy")))


def _escaped_bytea(found: Locator) -> Blob:
    return Blob(str(found.then("unescape", "copy").then("bytea")))


def copied(text: str) -> str:
    """A field of COPY without its backslash escapes."""
    return _COPY_ESCAPE.sub(_plain, text) if "\\" in text else text


def _plain(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "01234567":
        return chr(int(code, 8))
    return chr(int(code[1:], 16)) if code[0] == "x" and len(code) > 1 else _COPY_LETTERS.get(code, code)
