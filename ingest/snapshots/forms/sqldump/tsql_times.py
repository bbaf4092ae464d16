"""Days and times that scripts of SQL Server up to 2008 R2 write as the server stores them: CAST(0x… AS DateTime)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

_FIRST, _CENTURY = datetime(1, 1, 1), datetime(1900, 1, 1)


def written_out(stored: bytes, kind: str) -> str:
    """As the server shows it ("2021-03-04 10:20:30.123"); "" when it is no day or time of this kind."""
    name = kind.strip().lower()
    try:
        return _KINDS[name](stored) if name in _KINDS else ""
    except (OverflowError, ValueError):
        return ""


def _datetime(stored: bytes) -> str:
    """Days since 1900 and three-hundredths of a second, four bytes each."""
    days, parts = int.from_bytes(stored[:4], "big", signed=True), int.from_bytes(stored[4:8], "big")
    if len(stored) != 8:
        return ""
    return (_CENTURY + timedelta(days, milliseconds=round(parts * 10 / 3))).isoformat(" ", "milliseconds")


def _smalldatetime(stored: bytes) -> str:
    if len(stored) != 4:
        return ""
    days, minutes = int.from_bytes(stored[:2], "big"), int.from_bytes(stored[2:], "big")
    return (_CENTURY + timedelta(days, minutes=minutes)).isoformat(" ")


def _date(stored: bytes) -> str:
    if len(stored) != 3:
        return ""
    return date.fromordinal(int.from_bytes(stored, "little") + 1).isoformat()


def _datetime2(stored: bytes) -> str:
    """The number of decimals, the time in that unit, the day: little-endian."""
    if len(stored) not in (7, 8, 9) or stored[0] > 7:
        return ""
    days = int.from_bytes(stored[-3:], "little")
    ticks = int.from_bytes(stored[1:-3], "little")
    whole, rest = divmod(ticks, 10 ** stored[0])
    decimals = f".{rest:0{stored[0]}d}" if stored[0] else ""
    return (_FIRST + timedelta(days, seconds=whole)).isoformat(" ") + decimals


_KINDS = {"datetime": _datetime, "smalldatetime": _smalldatetime, "date": _date, "datetime2": _datetime2}
