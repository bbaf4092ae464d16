"""A mapping held against a snapshot: what it names that is not there, and what is there that it does not name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.catalogue.columns import register_titles
from ingest.snapshots.mapping import CHILD_NAMES, Children, Records, SystemMapping, Value, resolved
from ingest.snapshots.source import Table
from ingest.snapshots.staging import Staging
from ingest.snapshots.units_seen import UnitSeen, units_seen

EXAMPLES = 3
"""Values shown of a column the mapping does not name."""


@dataclass(frozen=True)
class Absent:
    """The mapping names what the snapshot does not have; `column` is "" for a whole table.

    `needed`: without it no record, or no child of one, can be made; the value of any other column is just not known.
    `usual`: a mapping for every table of a pattern names many columns of which each table has some.
    """

    place: str
    table: str
    column: str = ""
    needed: bool = False
    usual: bool = False


@dataclass(frozen=True)
class Unmapped:
    """A column with values that nothing of the mapping reads."""

    table: str
    column: str
    filled: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class UnknownValue:
    """A value of a coded column that its code list does not know."""

    values: str
    raw: str
    count: int


@dataclass(frozen=True)
class Check:
    absent: tuple[Absent, ...]
    unmapped: tuple[Unmapped, ...]
    unknown: tuple[UnknownValue, ...]
    unknown_units: tuple[UnitSeen, ...]
    records: int
    named: int
    """Columns the mapping reads that are there."""
    own_links: tuple[str, ...] = ()
    """Columns that the mapping reads as a link to another record and that say what the record itself is called."""

    @property
    def usable(self) -> bool:
        """Does the mapping make records of this snapshot, with all it needs for them and their children there?

        No record is linked to itself: a mapping that does so took a column for another.
        """
        return bool(self.records) and not self.own_links and not any(one.needed for one in self.absent)


def check(mapping: SystemMapping, staging: Staging) -> Check:
    """Everything a person writing a mapping must know. Reads each coded column once."""
    named = {records.table for records in mapping.records}
    mapping = _met(resolved(mapping, staging.columns()), named, staging)
    used = list(_used(mapping))
    tables = {table.name: table for table in staging.tables()}
    there = {
        (table, own)
        for _, table, column, _ in used
        if table in tables and column in staging.columns()[table]
        for own in staging.own_names(table, [column])
    }
    reads = {table for table, _ in there}
    return Check(
        tuple(_usual(one, named) for one in absences(mapping, staging)),
        tuple(_unmapped(staging, [tables[name] for name in tables if name in reads], there)),
        tuple(_unknown(mapping, staging, used)),
        tuple(units_seen(mapping, staging)),
        sum(_count(staging, records) for records in mapping.records),
        len(there),
        tuple(dict.fromkeys(_own_links(mapping))),
    )


_NAMES_OF_RECORD = ("code", "code_number", "code_notation")


def _own_links(mapping: SystemMapping) -> Iterator[str]:
    """ "Table.column" of links in the record's own row that read its id or its code."""
    for records in mapping.records:
        codes = {
            column
            for name in _NAMES_OF_RECORD
            if name in records.fields
            for column in records.fields[name].columns
        }
        for child in records.children:
            if child.kind == "links" and not child.table:
                links = {
                    column
                    for name in ("target", "text")
                    if name in child.fields
                    for column in child.fields[name].columns
                }
                yield from (f"{records.table}.{column}" for column in sorted(links & {*codes, *records.id}))


def _met(mapping: SystemMapping, named: set[str], staging: Staging) -> SystemMapping:
    """Without the tables that a pattern meets and that have no row for it."""
    met = tuple(one for one in mapping.records if one.table in named or _count(staging, one))
    return replace(mapping, records=met)


def _usual(absent: Absent, named: set[str]) -> Absent:
    met = any("*" in table for table in named) and absent.table not in named
    return replace(absent, usual=met and not absent.needed)


def absences(mapping: SystemMapping, staging: Staging) -> tuple[Absent, ...]:
    """What the mapping (its patterns resolved) names and the snapshot does not have."""
    columns = staging.columns()
    found = {
        Absent(place, table, column if table in columns else "", _is_key(place, table in columns))
        for place, table, column, _ in _used(mapping)
        if column not in columns.get(table, ())
    }
    return tuple(sorted(found, key=lambda one: (one.place, one.table, one.column)))


def _is_key(place: str, table_is_there: bool) -> bool:
    """Is this the key of records, or of children whose table is there? A table of children may well be missing."""
    return place.endswith("]") or (table_is_there and place.rpartition(".")[2] in CHILD_NAMES)


def _count(staging: Staging, records: Records) -> int:
    """Rows that are records by this part of the mapping."""
    known = staging.columns().get(records.table, ())
    if not {*records.only, *records.id} <= set(known):
        return 0
    tests = [
        f"{staging.sql_key(records.table, [column])} IN (SELECT kho_key(value) FROM json_each(?))"
        for column in records.only
    ]
    sql = f"SELECT count(*) FROM {staging.sql_table(records.table)} WHERE {' AND '.join(['1', *tests])}"
    return staging.db.execute(sql, [json.dumps(wanted) for wanted in records.only.values()]).fetchone()[0]


Used = tuple[str, str, str, Value]
"""(place in the mapping, table, column, the value that reads it)"""


def tables_read(mapping: SystemMapping) -> set[str]:
    """Every table that the mapping names, be it only to look something up in it."""
    return {table for table, _ in columns_read(mapping)}


def columns_read(mapping: SystemMapping) -> set[tuple[str, str]]:
    """(table, column) of all that the mapping names."""
    return {(table, column) for _, table, column, _ in _used(mapping)}


def _used(mapping: SystemMapping) -> Iterator[Used]:
    for number, records in enumerate(mapping.records, 1):
        place = f"records[{number}]"
        for column in (*records.id, *records.only):
            yield place, records.table, column, Value((column,))
        own = {**records.fields, **records.record, **records.procedure}
        own |= {f"unit.{direction}": value for direction, value in records.unit_by_direction.items()}
        own |= {name: value for name, value in (("unit", records.unit), ("title", records.title)) if value}
        for name, value in own.items():
            yield from _columns(f"{place}.{name}", records.table, value)
        for child in records.children:
            yield from _used_by_children(place, records, child)


def _used_by_children(place: str, records: Records, child: Children) -> Iterator[Used]:
    table = child.table or records.table
    for column in (*child.parent, *child.order):
        yield f"{place}.{child.kind}", table, column, Value((column,))
    for name, value in child.fields.items():
        yield from _columns(f"{place}.{child.kind}.{name}", table, value)


def _columns(place: str, table: str, value: Value) -> Iterator[Used]:
    for column in value.columns:
        yield place, table, column, value
    if value.take:
        if value.key:
            yield place, value.table, value.key, Value((value.key,))
        yield from _columns(place, value.table, value.take)


_OWN = re.compile(
    r"@(?:id|file|namespace|row|parent|parent_id|document|number|title|unit|year|direction)\Z|.@link\Z"
)
"""Columns a reader adds to tell where a row stands: nothing of the system is lost when no mapping names them."""


def _unmapped(staging: Staging, tables: list[Table], used: set[tuple[str, str]]) -> Iterator[Unmapped]:
    """Of the tables the mapping reads: columns it does not, that are no keys and not empty."""
    files = register_titles()["file"]
    for table in tables:
        for column in table.columns:
            if (table.name, column.name) in used or column.name in table.key or _OWN.search(column.name):
                continue
            if column.note == files and (table.name, "@file") in used:
                continue
            name, place = staging.sql(table.name, column.name), staging.sql_table(table.name)
            test = f"{name} IS NOT NULL AND {name} != ''"
            filled = staging.db.execute(f"SELECT count(*) FROM {place} WHERE {test}").fetchone()[0]
            if filled:
                found = staging.db.execute(
                    f"SELECT DISTINCT substr({name}, 1, 60) FROM {place} WHERE {test} AND typeof({name}) = 'text' LIMIT {EXAMPLES}"
                )
                examples = (" ".join(row[0].split()) for row in found)
                yield Unmapped(table.name, column.name, filled, tuple(examples))


def _unknown(mapping: SystemMapping, staging: Staging, used: list[Used]) -> Iterator[UnknownValue]:
    """Values of coded columns, most frequent first. Values reached over another table are asked for there."""
    asked = {
        (table, column, value.values)
        for _, table, column, value in used
        if value.values and not value.table and not value.default
    }
    for table, column, values in sorted(asked):
        if table in staging.columns() and column in staging.columns()[table]:
            for raw, count in _distinct(staging, table, column):
                if mapping.value_of(values, raw) is None:
                    yield UnknownValue(values, raw, count)


def _distinct(staging: Staging, table: str, column: str, limit: int = 200) -> list[tuple[str, int]]:
    sql = f"SELECT {staging.sql_key(table, [column])} AS said, count(*) FROM {staging.sql_table(table)}"
    return list(staging.db.execute(f"{sql} WHERE said != '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}"))
