"""Partial dates as archives have them, and the forms in which Vietnamese documents write them."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")
_NUMERIC = re.compile(r"(?:(\d{1,2})\s*[/.-]\s*)?(?:(\d{1,2})\s*[/.-]\s*)?(\d{4})\Z")
_SPOKEN = re.compile(
    r"(?:ng[àaáảã]y\s*(\d{1,2})\s*)?(?:th[áaàâ]ng\s*(\d{1,2})\s*)?n[ăâaá]m\s*(\d{4})", re.IGNORECASE
)


def parse(value: str) -> str:
    """ISO 8601, possibly partial, of a written date; "" when it is none.

    "31/5/2019" -> "2019-05-31"; "5/2019" -> "2019-05"; "ngày 05 tháng 01 năm 2020" -> "2020-01-05".
    """
    value = value.strip()
    if match := _ISO.match(value):
        return _checked(match[1], match[2], match[3])
    if match := _NUMERIC.match(value):
        day, month, year = match.groups()
        return _checked(year, month or day, day if month else None)
    if match := _SPOKEN.search(value):
        return _checked(match[3], match[2], match[1] if match[2] else None)
    return ""


def _checked(year: str, month: str | None, day: str | None) -> str:
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    return "-".join([f"{int(year):04d}", *(f"{int(part):02d}" for part in (month, day) if part)])


def shown(iso: str) -> str:
    """dd/mm/yyyy, mm/yyyy or yyyy, as officials write it."""
    return "/".join(reversed(iso.split("-"))) if iso else ""


def moment(iso: str) -> str:
    """dd/mm/yyyy hh:mm of an ISO 8601 time; its zone is the clock's of all records, Vietnamese."""
    return f"{shown(iso[:10])} {iso[11:16]}".strip()


def first_day(iso: str) -> str:
    """The earliest full date a partial date can mean; for range comparison."""
    return (iso + "-01-01")[:10] if len(iso) == 4 else (iso + "-01")[:10]


def last_day(iso: str) -> str:
    """The latest full date a partial date can mean, comparable as text."""
    return iso + "-12-31" if len(iso) == 4 else iso + "-31" if len(iso) == 7 else iso


def year(iso: str) -> str:
    return iso[:4]
