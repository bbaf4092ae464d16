"""What the register says in numbers and of one unit, as plain values for programs. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date

from archive.units.national import facts
from archive.units.succession import Assignment, Register, RegisteredUnit, Succession

_LEVELS = ("province", "district", "commune")


def stats(register: Register, day: date) -> dict[str, int | str]:
    """Counts on the last day before the rearrangement of 1/7/2025 ("old") and on `day` ("new"), and what lies between.

    `splits` are old communes with several successors; `unsure` successions that are not followed.
    """
    before = facts()["last_day"]
    old, new = _levels(register, before), _levels(register, day)
    links = [row for row in register.successions if before < row.day <= day]
    ways = Counter(row.predecessor for row in links if row.successor)
    counted: dict[str, int | str] = {"before": before.isoformat(), "after": day.isoformat()}
    for level in _LEVELS:
        counted[f"{level}s_old"] = old[level]
        counted[f"{level}s_new"] = new[level]
    return counted | {
        "agencies": new["agency"],
        "successions": sum(bool(row.successor) for row in links),
        "splits": sum(times > 1 for times in ways.values()),
        **{
            kind.replace("-", "_"): count
            for kind, count in sorted(Counter(row.kind for row in links).items())
        },
        "unsure": sum(not row.followed for row in links),
        "assignments": sum(row.day <= day for row in register.assignments),
        "version": register.version,
    }


def described(register: Register, unit: RegisteredUnit) -> dict:
    """A unit with what stands above it, what it came from and what became of it."""
    return plain(unit) | {
        "above": [plain(above) for above in register.ancestors(unit.id)],
        "predecessors": [_linked(register, row, row.predecessor) for row in register.predecessors(unit.id)],
        "successors": [_linked(register, row, row.successor) for row in register.successors(unit.id)],
        "handed_over": [_handed(row) for row in register.assignments if row.heir == unit.id],
        "agencies": [plain(below) for below in register.beneath(unit.id) if below.level == "agency"],
    }


def plain(unit: RegisteredUnit) -> dict:
    return {
        "id": unit.id,
        "code": unit.code,
        "name": unit.name,
        "level": unit.level,
        "kind": unit.kind,
        "parent": unit.parent,
        "valid_from": _iso(unit.valid_from),
        "valid_to": _iso(unit.valid_to),
        "aliases": list(unit.aliases),
        "organ_ids": list(unit.organ_ids),
        "source": unit.source,
    }


def _linked(register: Register, row: Succession, other: str) -> dict:
    unit = register.unit(other)
    return {
        "id": other,
        "code": unit.code if unit else "",
        "name": unit.name if unit else "",
        "kind": row.kind,
        "extent": row.extent,
        "date": row.day.isoformat(),
        "basis": row.basis,
        "source": row.source,
        "confidence": row.confidence,
        "followed": row.followed,
    }


def _handed(row: Assignment) -> dict:
    """A hand-over; `years` are first and last, None for all."""
    return {
        "fonds": row.fonds,
        "prefixes": list(row.part.prefixes),
        "codes": list(row.part.codes),
        "years": list(row.part.years) if row.part.years else None,
        "date": row.day.isoformat(),
        "basis": row.basis,
    }


def _levels(register: Register, day: date) -> Counter:
    return Counter(unit.level for unit in register.units.values() if unit.holds(day))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
