"""What the metadata of a SIARD archive says: tables, their columns, and where rows and large objects stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.snapshots.source import Table

SHORT = 64
"""Binary values of at most so many bytes are keys, digests and flags: they are read as the text the source shows."""

_BINARY = re.compile(r"\s*(?:BINARY|VARBINARY|BINARY VARYING)\s*(?:\(\s*(\d+)\s*\))?\s*", re.IGNORECASE)
_LARGE = re.compile(r"\s*(?:BLOB|BINARY LARGE OBJECT|DATALINK)\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """A column, or an attribute or element inside one.

    `name` is the column of the row it fills; "" for text inside a column, which is part of the column's JSON text.
    `label` is its own name, the key in that JSON text. `within` maps the XML names u1, a1 … to what is inside.
    `folders` are its lobFolders, outermost first.
    """

    name: str
    label: str = ""
    type: str = ""
    media_type: str = ""
    folders: tuple[str, ...] = ()
    within: Mapping[str, Field] = field(default_factory=dict)

    @property
    def binary(self) -> bool:
        return is_binary(self.type) and not self.within


def is_binary(type_name: str) -> bool:
    """Are its values content (bytes to be read in place) rather than text?"""
    if _LARGE.fullmatch(type_name):
        return True
    short = _BINARY.fullmatch(type_name)
    if not short:
        return False
    varying = "var" in type_name.lower()
    return int(short[1]) > SHORT if short[1] else varying


@dataclass(frozen=True)
class Stored:
    """A table and where it stands: `member` is its XML in the store, `names` are those of its root and of a row there,
    `cells` maps the names c1, c2 … inside a row to columns."""

    table: Table
    member: str
    cells: Mapping[str, Field]
    names: tuple[str, str] = ("table", "row")


@dataclass(frozen=True)
class Layout:
    """`version` as the archive states it; `digest` is (algorithm, hexadecimal digest) over its primary data.

    `repaired` names what was there twice and got another name.
    """

    version: str
    tables: tuple[Stored, ...]
    digest: tuple[str, str] = ("", "")
    repaired: tuple[str, ...] = ()


class Names:
    """Gives each name once: what is there already gets ~2, ~3 … behind it, and what has no name `default`."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self.twice: list[str] = []

    def claim(self, name: str, default: str) -> str:
        wanted = free = name or default
        while free in self._taken:
            self._taken[wanted] += 1
            free = f"{wanted}~{self._taken[wanted]}"
        self._taken[free] = 1
        if free != name:
            self.twice.append(free)
        return free
