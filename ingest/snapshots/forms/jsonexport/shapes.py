"""Where the records of a file are: an array, values one after the other, or inside an answer ({"total": 2, "data": […]})."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from ingest.snapshots.forms.jsonexport.scan import Held, Scan, Value

ANSWERS = (
    "data", "items", "rows", "records", "results", "result", "content", "list", "value", "docs", "documents", "hits",
    "response", "payload", "d", "danhsach", "dulieu",
)  # fmt: skip
"""Names under which answers of services keep their records; compared without case, "_" and "-"."""


@dataclass(frozen=True)
class Record:
    """`data` is None when it could not be read (`problem`: deep, large, truncated, broken, undecodable).

    `notes`: "duplicate_keys", "not_a_number", "undecodable". `table`: name of the list it stood in; "" for the file's own.
    """

    at: int
    data: Any = None
    held: dict[str, Held] = field(default_factory=dict)
    problem: str = ""
    notes: frozenset[str] = frozenset()
    table: str = ""


ABOUT = "@answer"
"""Table of what answers say beside their records: page numbers, totals."""
_LOOKED_AT = 1 << 16


def records(stream: BinaryIO) -> Iterator[Record]:
    """All records of a file in stored order; memory is one record at most."""
    scan, kind = Scan(stream), None
    while sign := scan.sign():
        if sign == b"[":
            scan.take(1)
            yield from map(_record, scan.elements())
        elif sign in b",]}":
            scan.take(1)
        elif sign == b"{" and kind != "" and (kind := _kind(scan.head(_LOOKED_AT))):
            yield from _inside(scan, kind, 0)
        else:
            yield _record(scan.value())


def _kind(head: bytes) -> str:
    """What the object that begins here is: an "answer" with records under one of the names of ANSWERS, "tables" when it
    has nothing but lists and objects of its own, "" for a record."""
    found = list(_first_names(head))
    if any(_plain(name) in ANSWERS and sign in b"[{" for name, sign in found):
        return "answer"
    signs = {sign for _, sign in found}
    return "tables" if b"[" in signs and signs <= {b"[", b"{"} else ""


def _first_names(head: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, first sign of its value) of what stands in the object that begins here, as far as the bytes go."""
    scan = Scan(_Once(head))
    scan.sign()
    scan.take(1)
    while scan.sign() == b'"':
        name = _text(scan.value())
        if scan.sign() != b":":
            return
        scan.take(1)
        if sign := scan.sign():
            yield name, sign
        scan.value()
        if scan.sign() == b",":
            scan.take(1)


class _Once:
    """A few bytes as a stream."""

    def __init__(self, held: bytes) -> None:
        self._held = held

    def read(self, _: int) -> bytes:
        held, self._held = self._held, b""
        return held


def _inside(scan: Scan, kind: str, depth: int) -> Iterator[Record]:
    """The records inside an answer or a set of tables, streamed, then what it says beside them."""
    beside, held, start = {}, {}, scan.at
    scan.take(1)
    while (sign := scan.sign()) not in (b"}", b""):
        if sign != b'"':
            scan.take(1)
            continue
        name = _text(scan.value())
        if scan.sign() == b":":
            scan.take(1)
        sign, table = scan.sign(), name if kind == "tables" else ""
        if sign in (b"[", b"{") and (kind == "tables" or _plain(name) in ANSWERS):
            yield from _held_under(scan, table, depth)
        elif (record := _record(scan.value())).problem:
            yield record
        else:
            beside[name] = record.data
            held |= record.held
    if beside:
        yield Record(start, beside, held, table=ABOUT)
    if not scan.take(1):
        yield Record(scan.at, problem="truncated")


def _held_under(scan: Scan, table: str, depth: int) -> Iterator[Record]:
    """The records in the list or object that comes next."""
    if scan.sign() == b"[":
        scan.take(1)
        found = map(_record, scan.elements())
    elif not table and depth < 4 and _kind(scan.head(_LOOKED_AT)) == "answer":
        found = _inside(scan, "answer", depth + 1)
    else:
        found = iter([_record(scan.value())])
    yield from (replace(record, table=table) if table else record for record in found)


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _text(value: Value) -> str:
    found = _record(value).data
    return found if isinstance(found, str) else ""


def _record(value: Value) -> Record:
    """The value parsed: numbers as they are written, names that come twice numbered."""
    if value.problem:
        return Record(value.at, problem=value.problem)
    notes: set[str] = set()
    try:
        said = value.raw.decode("utf-8")
    except UnicodeDecodeError:
        said = value.raw.decode("utf-8", "replace")
        notes.add("undecodable")

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for name, inner in found:
            free, number = name, 1
            while free in whole:
                notes.add("duplicate_keys")
                number += 1
                free = f"{name} ({number})"
            whole[free] = inner
        return whole

    def constant(name: str) -> str:
        notes.add("not_a_number")
        return name

    try:
        data = json.loads(
            said,
            object_pairs_hook=pairs,
            parse_constant=constant,
            parse_float=str,
            parse_int=str,
            strict=False,
        )
    except (ValueError, RecursionError):
        return Record(value.at, problem="broken")
    return Record(value.at, data, value.held, notes=frozenset(notes))
