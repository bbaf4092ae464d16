"""Organisation ids (mã định danh cơ quan) in both shapes that are in use, and the province codes in them.

`reversed`: QCVN 102:2016/BTTTT, `XXX.YY.ZZ.Mnn`, level 1 at the right, zeros where a level is absent.
`forward`: Quyết định 20/2020/QĐ-TTg, level 1 first, at most 35 characters.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

_TOP = re.compile(r"[A-Z]\d{2}\Z")
_PIECE = re.compile(r"[A-Z0-9]+\Z")
_LONGEST = 35


@dataclass(frozen=True)
class OrganId:
    """An id as written, its shape and its levels from the top: ("H62", "12")."""

    text: str
    shape: Literal["reversed", "forward"]
    levels: tuple[str, ...]

    @property
    def top(self) -> str:
        return self.levels[0]


def parse(value: str) -> OrganId | None:
    """The id, or None when it has neither shape.

    "000.00.12.H62" -> reversed, H62 > 12; "H37.DN.002" -> forward, H37 > DN > 002; "H26" -> forward.
    """
    pieces = value.strip().upper().split(".")
    if len(value.strip()) > _LONGEST or not all(map(_PIECE.match, pieces)):
        return None
    if _TOP.match(pieces[0]):
        return OrganId(value, "forward", tuple(pieces))
    if _TOP.match(pieces[-1]) and len(pieces) <= 4:
        levels = [piece for piece in reversed(pieces) if set(piece) != {"0"}]
        return OrganId(value, "reversed", tuple(levels))
    return None


@cache
def province_codes() -> dict[str, tuple[str, ...]]:
    """Unit id of a province -> its level-1 codes, from organs.toml."""
    rows = tomllib.loads(Path(__file__).with_name("organs.toml").read_text(encoding="utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for code, row in sorted(rows.items()):
        found[row["unit"]] = (*found.get(row["unit"], ()), code)
    return found
