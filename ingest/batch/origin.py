"""Whose records a batch holds: phong.toml in its folder and the command's options -> Fonds. Options win."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args

from archive import ids
from archive.errors import UsageError
from archive.model import Finding, Fonds, Unit, UnitLevel
from archive.units.succession import Register

DECLARATION = "phong.toml"
KEYS = {"fonds": "ma", "title": "ten", "unit": "don_vi_ma", "unit_name": "don_vi_ten", "level": "don_vi_cap"}

LEVELS = {"tỉnh": "province", "huyện": "district", "xã": "commune", "cơ quan": "agency", "khác": "other"}
"""Vietnamese words for unit levels that phong.toml may use beside the English ones."""


@dataclass(frozen=True)
class Options:
    """What the command line says; "" where it says nothing."""

    fonds: str = ""
    title: str = ""
    unit: str = ""
    unit_name: str = ""
    level: str = ""


def origin(folder: Path, options: Options) -> tuple[Fonds, tuple[Finding, ...]]:
    """The fonds, with a Finding for each key where option and file differ. Raises UsageError without a code."""
    declared = _declared(folder / DECLARATION)
    said = {name: getattr(options, name) for name in KEYS}
    findings = tuple(
        Finding(
            "origin.differs",
            file=DECLARATION,
            values={"key": key, "option": said[name], "file": declared[key]},
        )
        for name, key in KEYS.items()
        if said[name] and declared.get(key) and said[name] != declared[key]
    )
    value = {name: said[name] or declared.get(key, "") for name, key in KEYS.items()}
    if not value["fonds"]:
        raise UsageError("ingest.no_fonds", path=folder)
    code = ids.fonds_code(value["fonds"])
    title, unit = value["title"] or code, ids.fonds_code(value["unit"] or code)
    return Fonds(code, title, Unit(unit, value["unit_name"] or title, _level(value["level"]))), findings


def settled(fonds: Fonds, known: Iterable[Fonds]) -> Fonds:
    """The fonds with what a batch left unsaid (codes stand for it) as the dossiers that are held say it."""
    held = min(known, key=_said, default=None)
    if held is None:
        return fonds
    unit, old = fonds.unit, held.unit
    if unit.code in (fonds.code, old.code):
        name = old.name if unit.name in (fonds.code, fonds.title) else unit.name
        unit = replace(old, name=name, level=old.level if unit.level == "other" else unit.level)
    return replace(fonds, title=held.title if fonds.title == fonds.code else fonds.title, unit=unit)


def to_mend(fonds: Fonds, register: Register, day: date) -> list[Finding]:
    """What is still to be said: names for the codes that stand for them, a unit that the register knows."""
    values = {"fonds": fonds.code, "unit": fonds.unit.code}
    found = [Finding("origin.unnamed", values=values)] if fonds.title == fonds.code else []
    if register.strange(fonds.code, fonds.unit.code, day):
        found.append(Finding("origin.unit_unknown", values=values))
    return found


def conflicts(fonds: Fonds, known: Iterable[Fonds]) -> list[Finding]:
    """Where a batch states another creator or other names than the dossiers of the fonds that are held."""
    return [_conflict(fonds, old) for old in sorted({_said(old) for old in known} - {_said(fonds)})]


def _said(fonds: Fonds) -> tuple[str, str, str]:
    return fonds.title, fonds.unit.code, fonds.unit.name


def _conflict(fonds: Fonds, old: tuple[str, str, str]) -> Finding:
    names, moved = ("title", "unit", "unit_name"), old[1] != fonds.unit.code
    values = {"fonds": fonds.code} | dict(zip(names, old, strict=True))
    values |= {f"new_{name}": value for name, value in zip(names, _said(fonds), strict=True)}
    code, severity = ("origin.other_unit", "error") if moved else ("origin.other_names", "warning")
    return Finding(code, severity, values=values)


def _declared(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        return {
            key: str(value).strip() for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items()
        }
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError("ingest.bad_declaration", path=path, reason=error) from error


def level_of(said: str) -> UnitLevel | None:
    """The level that a Vietnamese or English word means, "other" for none; None for a word that means none."""
    level = LEVELS.get(said.lower(), said) or "other"
    return level if level in get_args(UnitLevel) else None


def _level(said: str) -> UnitLevel:
    level = level_of(said)
    if level is None:
        raise UsageError("ingest.bad_level", value=said, known=", ".join(get_args(UnitLevel)))
    return level
