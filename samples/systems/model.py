"""What an invented system's database holds, before any form is chosen for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Kept = str | int | bool | None | bytes | date | datetime


@dataclass(frozen=True)
class MadeTable:
    """`columns`: name -> integer, text, date, timestamp, boolean or blob. `foreign`: column -> (table, column)."""

    columns: Mapping[str, str]
    rows: list[tuple[Kept, ...]]
    key: tuple[str, ...] = ()
    foreign: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """`files`: path beside the data -> bytes."""

    tables: Mapping[str, MadeTable]
    files: Mapping[str, bytes] = field(default_factory=dict)
