"""Where a sheet's heading is, how its columns are named, and what the lines above say of the register. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count, zip_longest

from archive import text
from ingest.catalogue.columns import data, heading, register_names, register_titles
from ingest.snapshots.forms.register.lines import MAX_COLUMNS, Area, Line
from ingest.snapshots.source import Column

DEPTH = 40
"""The heading is looked for in so many lines."""
BETWEEN_LEVELS = " / "


@dataclass(frozen=True)
class Field:
    """A column of the sheet: its name as written, its key in data/register_columns.toml or ""."""

    index: int
    name: str
    key: str = ""

    @property
    def column(self) -> Column:
        return Column(self.name, note=register_titles().get(self.key, ""))


@dataclass(frozen=True)
class Layout:
    """`first` and `last` are the lines of the heading; `title` has the lines above it, one a line."""

    first: int
    last: int
    fields: tuple[Field, ...]
    title: str = ""
    unit: str = ""
    year: str = ""
    direction: str = ""

    @property
    def keys(self) -> dict[str, Field]:
        """The first column of each key."""
        return {field.key: field for field in reversed(self.fields) if field.key}


def find(head: Sequence[Line], merged: Sequence[Area], *names: str) -> Layout | None:
    """The layout of a register, None when the sheet is none. `names`: of sheet, file and folders, nearest first."""
    found = max(_headings(head[:DEPTH], merged), key=lambda each: len(_keys(each[2])), default=None)
    rules = data_once()["register"]
    if not found or len(_keys(found[2]) & set(rules["keys"])) < rules["least"]:
        return None
    first, last, fields = found
    lines = _lines_above(head, merged, first)
    keys = _keys(fields)
    return Layout(
        first,
        last,
        fields,
        "\n".join(lines),
        _unit(lines),
        _year([*lines, *names]),
        _direction([*lines, *names], keys),
    )


@cache
def data_once() -> dict:
    return data("register")


def _keys(fields: Sequence[Field]) -> set[str]:
    return {field.key for field in fields if field.key}


# --------------------------------------------------------------------------- heading


def _headings(head: Sequence[Line], merged: Sequence[Area]) -> Iterator[tuple[int, int, tuple[Field, ...]]]:
    """(first line, last line, fields) of every line that may be a heading, alone or with the one beneath."""
    for line, beneath in zip_longest(head, head[1:]):
        yield line.number, line.number, _fields({index: [said] for index, said in line.said.items()})
        if beneath and (levels := _two_levels(line, beneath, merged)):
            yield line.number, beneath.number, _fields(levels)


def _two_levels(top: Line, low: Line, merged: Sequence[Area]) -> dict[int, list[str]]:
    """Column -> what stands over it in a heading of two lines; {} when these are none.

    Each name of the upper line stands alone or over several of the lower line; over one only, that is a row of data.
    """
    levels, groups, known = {index: [said] for index, said in low.said.items()}, 0, False
    for start, end in _spans(top, merged):
        beneath = [index for index in low.said if start <= index < end]
        if len(beneath) == 1:
            return {}
        groups += bool(beneath)
        known |= not beneath and heading(top.said[start]) in register_names()
        levels |= {index: [top.said[start], low.said[index]] for index in beneath} or {
            start: [top.said[start]]
        }
    return levels if groups and known else {}


def _spans(line: Line, merged: Sequence[Area]) -> list[tuple[int, int]]:
    """(from, to) of the columns each cell is over: its merged area, else up to the next cell."""
    ends = {left: right + 1 for top, _, left, right in merged if top == line.number}
    starts = sorted(line.said)
    return [
        (start, ends.get(start, following))
        for start, following in zip(starts, [*starts, MAX_COLUMNS][1:], strict=True)
    ]


def _fields(levels: dict[int, list[str]]) -> tuple[Field, ...]:
    """Columns in order, names unique; gaps between them have the sheet's letter for a name."""
    found: list[Field] = []
    for index in range(min(levels, default=0), max(levels, default=-1) + 1):
        said = [" ".join(each.split()) for each in dict.fromkeys(levels.get(index, ()))]
        name = _free(BETWEEN_LEVELS.join(said) or f"@{letter(index)}", {each.name for each in found})
        key = next(filter(None, (register_names().get(heading(each)) for each in _spellings(said))), "")
        found.append(Field(index, name, "" if key in {each.key for each in found} else key))
    return tuple(found)


def _spellings(said: list[str]) -> list[str]:
    """What a column of a heading in levels may be called: "Văn bản đến" over "Số" is "Số văn bản đến", too."""
    return [" ".join(said), " ".join(reversed(said)), *reversed(said)]


def letter(index: int) -> str:
    """A, B, … Z, AA as a sheet calls its columns."""
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(free for number in count(2) if (free := f"{name} ({number})") not in taken)


# --------------------------------------------------------------------------- title


def _lines_above(head: Sequence[Line], merged: Sequence[Area], first: int) -> list[str]:
    """The title: one line for each cell, in the order of the columns (issuer left, motto right)."""
    cells = sorted(
        (column, line.number, said)
        for line in head
        if line.number < first
        for column, said in line.said.items()
    )
    return [" ".join(part.split()) for _, _, said in cells for part in said.splitlines() if part.strip()]


def _unit(lines: Sequence[str]) -> str:
    """The lowest unit named above the register's own title: "UBND TỈNH …" over "UBND HUYỆN …" is the latter."""
    rules = data_once()["title"]
    names = [_before_register(line) for line in lines]
    units = [name for name in names if _begins(name, rules["unit"]) and not _begins(name, rules["never"])]
    return units[-1] if units else ""


def _before_register(line: str) -> str:
    """The part of a title line before the word sổ: "UBND HUYỆN A SỔ VĂN BẢN ĐẾN" -> "UBND HUYỆN A"."""
    return (
        re.split(r"\s*[-–:]?\s*\bsổ\b", line, maxsplit=1, flags=re.IGNORECASE)[0]
        .removeprefix("Đơn vị: ")
        .strip()
    )


def _begins(said: str, words: Sequence[str]) -> bool:
    return any(f"{heading(said)} ".startswith(f"{heading(word)} ") for word in words)


def _year(said: Sequence[str]) -> str:
    """The year that is told after the word năm, else the only one that is told."""
    folded = [text.fold(text.clean(each)) for each in said]
    for each in folded:
        if found := re.search(r"\bnam\s*:?\s*((?:19|20)\d\d)\b", each):
            return found[1]
    for each in folded:
        years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", each))
        if len(years) == 1:
            return years.pop()
    return ""


def _direction(said: Sequence[str], keys: set[str]) -> str:
    for each in map(heading, said):
        for rule in data_once()["direction"]:
            if any(_tells(each, heading(word)) for word in rule["words"]):
                return rule["value"]
    for rule in data_once()["direction"]:
        if keys & set(rule.get("columns", ())):
            return rule["value"]
    return ""


def _tells(said: str, word: str) -> bool:
    """A single word ("đến") must be all that is said: "từ ngày … đến ngày …" tells no direction."""
    return f" {word} " in f" {said} " if " " in word else said == word
