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


_MOMENT = re.compile(
    r"(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,4})(?:[T\s,]+(?P<hour>\d{1,2})[:hg](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\Z")


def parse_moment(value: str, first: str = "day") -> str:
    """ISO 8601 day, or day and time as "2024-03-05T08:11:00", of what a system wrote; "" when it is none.

    "05/03/2024 08:11" (`first`: is it the "day" or the "month" that comes first?), "2024-03-05 08:11:00.000+07",
    "2024/03/05", "20240305", "5/2024". Fractions of a second and the zone are left out: they stay in the raw row.
    """
    value = value.strip()
    if match := _COMPACT.match(value):
        year, month, day, *time = match.groups()
        return _timed(_checked(year, month, day), *time)
    match = _MOMENT.match(value)
    if not match:
        return parse(value)
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) == 4:
        day = _checked(a, b, c)
    elif len(c) == 4:
        day = _checked(c, *((b, a) if first == "day" else (a, b)))
    else:
        return ""
    return _timed(day, match["hour"], match["minute"], match["second"])


def _timed(day: str, hour: str | None, minute: str | None, second: str | None = None) -> str:
    if not day or hour is None or int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return day
    said = f"{int(hour):02d}:{minute}:{int(second or 0):02d}"
    return day if said == "00:00:00" else f"{day}T{said}"
