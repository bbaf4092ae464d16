"""A .csv file as one sheet: its encoding and separator are found out, every line is read, memory stays flat."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from archive.errors import SourceRefused
from ingest.catalogue.columns import heading, register_names
from ingest.recognition.syllables import judge
from ingest.snapshots.forms import old_text
from ingest.snapshots.forms.register.lines import MAX_COLUMNS, Line, Sheet, link_of, plain

_SEPARATORS = ";,\t|"
LEGACY = ("tcvn3", "vni")
_SAMPLE, _CHUNK, MAX_LINE = 1 << 18, 1 << 20, 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def sheet(path: Path, file: str) -> Sheet:
    """Raises SourceRefused when the file is no text."""
    with path.open("rb") as source:
        head = source.read(_SAMPLE)
        encoding, start = _encoding(head, source)
    codec = "latin-1" if encoding in LEGACY else encoding
    sample = head[start:].decode(codec, "replace")
    if sample.count("\x00") > len(sample) // 100:
        raise SourceRefused("refused.register_broken", file=file)
    read = partial(_lines, path, codec, start, _separator(sample, encoding))
    return Sheet(file, "", read, (), encoding)


def _encoding(head: bytes, source: io.BufferedReader) -> tuple[str, int]:
    """(name of the encoding, length of the byte order mark)."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    if head.count(0) > len(head) // 8:
        return ("utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"), 0
    if _is_utf8(head, source):
        return "utf-8", 0
    return _legacy(head), 0


def _is_utf8(head: bytes, source: io.BufferedReader) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while chunk := source.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(head: bytes) -> str:
    """One of the encodings with a byte for each letter: that in which most words are Vietnamese."""
    windows = judge(unicodedata.normalize("NFC", head.decode("cp1258", "replace")))
    rule = old_text.rule_of([head.decode("latin-1")])
    if not rule:
        return "cp1258"
    found = judge(old_text.converted(head.decode("latin-1"), rule))
    return rule if found.good > windows.good else "cp1258"


def _separator(sample: str, encoding: str) -> str:
    """That with which a line names most headings of a register, or else makes most cells."""
    lines = sample.splitlines()[:60] or [""]
    if lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    if encoding in LEGACY:
        lines = [old_text.converted(line, encoding) for line in lines]
    return max(_SEPARATORS, key=partial(_fitness, lines))


def _fitness(lines: list[str], separator: str) -> tuple[int, int]:
    cells = [line.split(separator) for line in lines]
    known = [len({name for cell in row if (name := register_names().get(heading(cell)))}) for row in cells]
    return max(known), sum(len(row) - 1 for row in cells)


def _lines(path: Path, codec: str, start: int, separator: str) -> Iterator[Line]:
    with path.open("rb") as source:
        source.seek(start)
        text = io.TextIOWrapper(source, codec, errors="replace", newline="")
        feed = _Feed(text)
        rows = csv.reader(feed, delimiter=separator)
        while True:
            first = feed.number + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield Line(first, (), problem="broken")
                continue
            if first == 1 and len(row) <= 2 and "".join(row).lower().startswith("sep="):
                continue
            yield Line(first, (), problem="broken") if feed.cut else _line(first, row)
            feed.cut = False


class _Feed:
    """The lines of a text, none longer than MAX_LINE: the rest of a longer one is passed over and `cut` says so."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self.number, self.cut = text, 0, False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        while len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            self.cut = True
            rest = self._text.readline(MAX_LINE)
            if len(rest) < MAX_LINE or rest.endswith(("\n", "\r")):
                return "\n"
        return line


def _line(number: int, row: list[str]) -> Line:
    if any(row[MAX_COLUMNS:]):
        return Line(number, (), problem="broken")
    links, cells = {}, row[:MAX_COLUMNS]
    for column, cell in enumerate(cells):
        if cell.startswith("=") and (link := link_of(cell)):
            links[column], cells[column] = link
        elif cell.startswith('="') and cell.endswith('"'):
            cells[column] = cell[2:-1]
    return Line(number, tuple(map(plain, cells)), links)
