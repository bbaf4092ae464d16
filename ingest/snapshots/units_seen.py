"""The owning units that a snapshot's records name, with what each is called and how many records it has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.snapshots.mapping import Records, SystemMapping, Value
from ingest.snapshots.owning import UNNAMED, candidates
from ingest.snapshots.staging import Staging, same
from ingest.snapshots.values import Values

_NAMES = ("ten", "ten_don_vi", "name", "OrganName", "ten_co_quan")
"""Columns that say what the unit beside them is called."""

_MOST = 200


@dataclass(frozen=True)
class UnitSeen:
    """`unit`: its id in the system; `records` that name it."""

    unit: str
    name: str
    records: int


def units_seen(mapping: SystemMapping, staging: Staging) -> list[UnitSeen]:
    """Units of records that no unit of the mapping has yet, most records first. `mapping` has its patterns resolved."""
    values, found, names = Values(staging, mapping), Counter(), {}
    for records in mapping.records:
        for unit, count in _counted(mapping, records, values):
            found[unit] += count
        for value in filter(None, (records.unit, *records.unit_by_direction.values())):
            names |= _names(staging, records.table, value)
    most = [(unit, count) for unit, count in found.most_common() if mapping.owner_of(unit) is None]
    return [UnitSeen(unit, names.get(unit, ""), count) for unit, count in most[:_MOST]]


def _counted(mapping: SystemMapping, records: Records, values: Values) -> Iterator[tuple[str, int]]:
    """Each unit of each record that no unit of the mapping has."""
    known = values.staging.columns().get(records.table)
    if known is None or not (records.unit or records.unit_by_direction) or not {*records.only} <= known:
        return
    for row in values.staging.rows(records.table):
        if all(same(row.get(column), wanted) for column, wanted in records.only.items()):
            said = {unit for _, unit in candidates(values, records, row)}
            said = said or ({UNNAMED} if records.unit_by_direction or mapping.units else said)
            if not any(map(mapping.owner_of, said)):
                yield from ((unit, 1) for unit in said)


def _names(staging: Staging, table: str, value: Value) -> dict[str, str]:
    """Unit's id -> its name, where the table that has the ids also has names."""
    while value.take:
        table, value = value.table, value.take
    known = staging.columns().get(table, ())
    if len(value.columns) != 1 or value.columns[0] not in known:
        return {}
    [column] = value.columns
    beside = (re.sub(r"Id$", "Name", column), re.sub(r"^(ma|id)_|_(ma|id)$", "", column), *_NAMES)
    name = next((one for one in beside if one in known and one != column), "")
    if not name:
        return {}
    key, said = staging.sql_key(table, [column]), staging.sql_key(table, [name])
    return dict(staging.db.execute(f"SELECT {key}, {said} FROM {staging.sql_table(table)} GROUP BY 1"))
