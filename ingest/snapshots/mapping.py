"""A mapping file: how the tables and columns of one system become our records. Small TOML that an archivist can read.

The language is told, with a worked example, in MAPPING.md beside this file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from archive import ids, processing
from archive.errors import UsageError
from archive.model import FIELD_NAMES
from ingest.batch import origin

VALUE_LISTS = {
    "direction": processing.DIRECTIONS,
    "role": processing.ROLES,
    "action": processing.ACTIONS,
    "status": processing.STATUSES,
    "link": processing.LINKS,
    "attachment": processing.ATTACHMENT_ROLES,
    "message": (),
    "secrecy": ("", "Mật", "Tối mật", "Tuyệt mật"),
    "urgency": ("", "Khẩn", "Thượng khẩn", "Hỏa tốc"),
}
"""Code lists a mapping may have and the values they may lead to; () leaves them free."""

TOP_NAMES = ("title", "note", "dates", "records", "values", "units")
VALUE_NAMES = (
    "column", "columns", "const", "from", "key", "take", "values", "join", "pattern", "split", "default",
)  # fmt: skip
CHILD_KEYS = ("table", "parent", "order")
RECORD_NAMES = (
    "direction", "register", "register_year", "number", "arrived", "status", "deadline", "work_dossier", "exchange_id",
    "keeper", "copies", "note",
)  # fmt: skip
PROCEDURE_NAMES = (
    "code", "procedure_code", "procedure", "field", "received", "due", "finished", "delivered", "result", "fee", "fee_paid",
    "applicant.name", "applicant.identity", "applicant.phone", "applicant.address", "applicant.email",
)  # fmt: skip
_PARTY = ("name", "position", "unit", "unit_id")
CHILD_NAMES = {
    "steps": (
        *(f"sender.{name}" for name in _PARTY), *(f"receiver.{name}" for name in _PARTY),
        "role", "action", "opinion", "sent", "read", "done", "deadline", "status",
    ),
    "attachments": ("name", "path", "content", "role", "version", "size"),
    "links": ("kind", "target", "text"),
    "messages": ("status", "when", "organ", "organ_id", "detail"),
    "papers": ("name", "copies", "kind", "path", "content"),
    "supplements": ("text",),
}  # fmt: skip
"""What each kind of child has; of an attachment `path` names a file beside the data, `content` is the bytes."""
RECORDS_NAMES = (
    "table", "kind", "id", "unit", "title", "only", "urls", "fields", "record", "procedure", *CHILD_NAMES,
)  # fmt: skip
"""Keys of [[records]]."""


@dataclass(frozen=True)
class Value:
    """How one of our values is made of a row. Exactly one of `columns` and `const` says something."""

    columns: tuple[str, ...] = ()
    const: str = ""
    table: str = ""
    key: str = ""
    take: Value | None = None
    values: str = ""
    join: str = " "
    pattern: re.Pattern[str] | None = None
    split: str = ""
    default: str = ""


@dataclass(frozen=True)
class Children:
    """Rows that belong to a record. Without `table` the record's own row has them."""

    kind: str
    fields: Mapping[str, Value]
    table: str = ""
    parent: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Records:
    """`unit` or `unit_by_direction` (direction -> value, the first that is an own unit counts) say whose a record is."""

    table: str
    kind: str
    id: tuple[str, ...]
    fields: Mapping[str, Value]
    record: Mapping[str, Value]
    procedure: Mapping[str, Value]
    children: tuple[Children, ...]
    unit: Value | None = None
    unit_by_direction: Mapping[str, Value] = field(default_factory=dict)
    title: Value | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Owner:
    """Whose records a unit's are: fonds and creator, as of the day the system closed."""

    fonds: str
    unit: str = ""
    name: str = ""
    level: str = ""
    title: str = ""


@dataclass(frozen=True)
class SystemMapping:
    """`text` is the file as it is kept with the snapshot. `code_lists` maps list -> raw -> ours."""

    text: str
    records: tuple[Records, ...]
    title: str = ""
    first: str = "day"
    code_lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, Owner] = field(default_factory=dict)

    def owner_of(self, unit: str) -> Owner | None:
        """Case and space around a unit's id do not count."""
        return self.units.get(unit.strip().casefold())

    def value_of(self, name: str, raw: str) -> str | None:
        """Our value for a raw one, None when the list does not say. Case and space around it do not count."""
        return self.code_lists.get(name, {}).get(raw.strip().casefold())


NESTED_PARENT = "@parent_id"
"""Column by which rows nested in their record (JSON) name it."""


def resolved(mapping: SystemMapping, tables: Mapping[str, Collection[str]]) -> SystemMapping:
    """The mapping with each pattern of tables replaced by the tables it meets; `tables`: name -> its columns.

    A table of children that is not there is the one nested in the record's, when there is such a one.
    """
    found = []
    for records in mapping.records:
        names = [records.table]
        if "*" in records.table:
            names = [
                name
                for name in tables
                if fnmatchcase(name, records.table) and set(records.id) <= set(tables[name])
            ]
        for name in names:
            children = tuple(_nested(child, records.id, name, tables) for child in records.children)
            found.append(replace(records, table=name, children=children))
    return replace(mapping, records=tuple(found))


def _nested(
    child: Children, id_: tuple[str, ...], table: str, tables: Mapping[str, Collection[str]]
) -> Children:
    inner = f"{table}.{child.table}"
    if not child.table or child.table in tables or inner not in tables:
        return child
    parent = child.parent if set(child.parent) <= set(tables[inner]) else (NESTED_PARENT,)
    return replace(child, table=inner, parent=parent) if len(parent) == len(id_) else child


def load(path: Path) -> SystemMapping:
    """Raises UsageError that says where in the file something is wrong."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("mapping.unreadable", path=path, reason=error) from error


def parse(text: str) -> SystemMapping:
    """Raises UsageError: "mapping.syntax" with the line, "mapping.wrong" with the place and what may stand there."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError("mapping.syntax", reason=error) from error
    _known(plain, TOP_NAMES, "")
    lists = {name: _code_list(name, rows) for name, rows in plain.get("values", {}).items()}
    records = tuple(
        _records(row, f"records[{place}]") for place, row in enumerate(plain.get("records", ()), 1)
    )
    if not records:
        raise _wrong("records", "[[records]]")
    first = plain.get("dates", {}).get("first", "day")
    if first not in ("day", "month"):
        raise _wrong("dates.first", "day, month")
    units = {
        unit.strip().casefold(): _owner(row, f'units."{unit}"')
        for unit, row in plain.get("units", {}).items()
    }
    return SystemMapping(text, records, plain.get("title", ""), first, lists, units)


def _wrong(place: str, expected: object) -> UsageError:
    return UsageError("mapping.wrong", place=place, expected=expected)


def _known(row: Any, names: tuple[str, ...], place: str) -> None:
    if not isinstance(row, dict):
        raise _wrong(place, "[…]")
    for name in row:
        if name not in names:
            raise _wrong(f"{place}.{name}".lstrip("."), ", ".join(names))


def _code_list(name: str, rows: Any) -> dict[str, str]:
    if name not in VALUE_LISTS:
        raise _wrong(f"values.{name}", ", ".join(VALUE_LISTS))
    for raw, ours in rows.items():
        if VALUE_LISTS[name] and ours not in VALUE_LISTS[name]:
            raise _wrong(f'values.{name}."{raw}"', ", ".join(filter(None, VALUE_LISTS[name])))
    return {raw.strip().casefold(): ours for raw, ours in rows.items()}


def _owner(row: Any, place: str) -> Owner:
    _known(row, ("fonds", "unit", "name", "level", "title"), place)
    if not row.get("fonds"):
        raise _wrong(f"{place}.fonds", 'fonds = "H30.12"')
    ids.fonds_code(row["fonds"])
    if (level := origin.level_of(row.get("level", ""))) is None:
        raise _wrong(f"{place}.level", ", ".join(origin.LEVELS))
    return Owner(**row | {"level": level if "level" in row else ""})


def _records(row: Any, place: str) -> Records:
    _known(row, RECORDS_NAMES, place)
    kind = row.get("kind", "document")
    if kind not in ("document", "procedure"):
        raise _wrong(f"{place}.kind", "document, procedure")
    if not row.get("table") or not row.get("id"):
        raise _wrong(place, "table, id")
    children = [
        _children(name, child, _columns(row["id"]), f"{place}.{name}[{number}]")
        for name in CHILD_NAMES
        for number, child in enumerate(row.get(name, ()), 1)
    ]
    by_direction = isinstance(row.get("unit"), dict) and not row["unit"].keys().isdisjoint(
        processing.DIRECTIONS
    )
    return Records(
        table=row["table"],
        kind=kind,
        id=_columns(row["id"]),
        fields=_values(row.get("fields", {}), FIELD_NAMES, f"{place}.fields"),
        record=_values(row.get("record", {}), RECORD_NAMES, f"{place}.record"),
        procedure=_values(row.get("procedure", {}), PROCEDURE_NAMES, f"{place}.procedure"),
        children=tuple(children),
        unit=_value(row["unit"], f"{place}.unit") if "unit" in row and not by_direction else None,
        unit_by_direction=_values(row["unit"], processing.DIRECTIONS, f"{place}.unit")
        if by_direction
        else {},
        title=_value(row["title"], f"{place}.title") if "title" in row else None,
        only={column: tuple(map(str, wanted)) for column, wanted in row.get("only", {}).items()},
        urls=tuple(row.get("urls", ())),
    )


def _children(kind: str, row: Any, id_: tuple[str, ...], place: str) -> Children:
    own = {name: value for name, value in row.items() if name not in CHILD_KEYS}
    if row.get("table") and not row.get("parent"):
        raise _wrong(place, "parent")
    if row.get("table") and len(_columns(row["parent"])) != len(id_):
        raise _wrong(f"{place}.parent", f"{len(id_)} = id ({', '.join(id_)})")
    return Children(
        kind,
        _values(own, CHILD_NAMES[kind], place),
        row.get("table", ""),
        _columns(row.get("parent", ())),
        _columns(row.get("order", ())),
    )


def _columns(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _values(rows: Any, names: tuple[str, ...], place: str) -> dict[str, Value]:
    flat = dict(_flat(rows, names))
    _known(flat, names, place)
    return {name: _value(row, f"{place}.{name}") for name, row in flat.items()}


def _flat(rows: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """`sender.name = …` reaches us as a table in a table."""
    for name, row in rows.items():
        if isinstance(row, dict) and any(known.startswith(name + ".") for known in names):
            yield from ((f"{name}.{inner}", value) for inner, value in row.items())
        else:
            yield name, row


def _value(row: Any, place: str) -> Value:
    if isinstance(row, str):
        return Value(columns=(row,))
    _known(row, VALUE_NAMES, place)
    columns = _columns(row.get("columns", row.get("column", ())))
    if bool(columns) == ("const" in row):
        raise _wrong(place, "column, columns, const")
    if ("from" in row) != ("take" in row):
        raise _wrong(place, "from, take")
    if row.get("values", "direction") not in VALUE_LISTS:
        raise _wrong(f"{place}.values", ", ".join(VALUE_LISTS))
    return Value(
        columns,
        str(row.get("const", "")),
        row.get("from", ""),
        row.get("key", ""),
        _value(row["take"], f"{place}.take") if "take" in row else None,
        row.get("values", ""),
        row.get("join", " "),
        _pattern(row.get("pattern", ""), place),
        row.get("split", ""),
        row.get("default", ""),
    )


def _pattern(value: str, place: str) -> re.Pattern[str] | None:
    try:
        return re.compile(value) if value else None
    except re.error as error:
        raise _wrong(f"{place}.pattern", error) from error
