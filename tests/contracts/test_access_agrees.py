"""The decision, the catalogue's filter and the index's filter say the same, on every engine, whatever the register.

A few archives of random levels and embargoes are built once on every engine; then random registers, hand-overs,
restrictions and grants are laid over them. What may be read is told by the plain rule of tests/registers.py.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from archive import ids
from archive.engines import catalogue_writers, catalogues, index_writers, indexes
from archive.errors import NotFound
from archive.model import Dossier, Fonds, Item, Unit
from archive.ports import PageText
from archive.publishing import projection
from archive.queries import parse
from archive.rights.access import LEVELS, Actor, Grant, Scope, record_terms, roles, scope_of
from tests import dossiers, registers
from tests.registers import TODAY, Record

ARCHIVES = 3
CODES = ("K1.1", "K1.2", "K2.1")
EMBARGOES = ("", "", "2025-12-31", "2026-03-01", "2050-01-01")
STRICTNESS = ("open", "open", "conditional", "closed")


@dataclass(frozen=True)
class Built:
    """One random archive: what decides about each dossier and document, and a reader on every engine."""

    dossiers: dict[str, Record]
    items: dict[str, Record]
    catalogues: dict
    indexes: dict


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> list[Built]:
    return [_built(tmp_path_factory.mktemp(f"agrees{seed}"), random.Random(seed)) for seed in range(ARCHIVES)]


def _built(folder: Path, dice: random.Random) -> Built:
    entries = [_dossier(fonds, code, dice) for fonds in registers.FONDS for code in CODES]
    held = {entry.id: _record(entry) for entry in entries}
    items = {item.id: _record(entry, item) for entry in entries for item in entry.items}
    return Built(
        held,
        items,
        {name: _catalogue(name, folder / f"catalogue-{name}", entries) for name in catalogues.READERS},
        {name: _index(name, folder / f"index-{name}", entries) for name in indexes.NAMES},
    )


def _dossier(fonds: str, code: str, dice: random.Random) -> Dossier:
    dossier_id = ids.dossier_id(fonds, code)
    items = tuple(
        dossiers.item(dossier_id, number, f"{fonds} {code} {number}.pdf", (_page(dossier_id, number),))
        for number in (1, 2, 3)
    )
    unit = registers.FONDS[fonds]
    made = dossiers.dossier(
        code, items, Fonds(fonds, f"Phông {fonds}", Unit(unit, unit)), level=dice.choice(STRICTNESS)
    )
    return _with_levels(made, dice)


def _with_levels(dossier: Dossier, dice: random.Random) -> Dossier:
    def leveled(item: Item) -> Item:
        return replace(item, level=dice.choice(STRICTNESS), embargo=dice.choice(EMBARGOES))

    return replace(dossier, embargo=dice.choice(EMBARGOES), items=tuple(map(leveled, dossier.items)))


def _page(dossier_id: str, number: int) -> str:
    return f"quyết định giao đất\ncăn cước {_number(ids.item_id(dossier_id, number))}"


def _number(item_id: str) -> str:
    return f"079{random.Random(item_id).randrange(10**9):09d}"


def _record(dossier: Dossier, item: Item | None = None) -> Record:
    """What decides, in plain words: the stricter level and the later embargo."""
    parts = (dossier, item) if item else (dossier,)
    level = LEVELS[max(LEVELS.index(part.level) for part in parts)]
    return Record(
        dossier.fonds.code, dossier.code, item.ordinal if item else 0, level, max(p.embargo for p in parts)
    )


def _texts(dossier: Dossier) -> dict[str, list[PageText]]:
    return {item.id: [PageText(_page(dossier.id, item.ordinal), 90.0)] for item in dossier.items}


def _catalogue(name: str, folder: Path, entries: list[Dossier]):
    folder.mkdir()
    writer = catalogue_writers.engine(name).open_writer(folder, None)
    for entry in entries:
        writer.put(entry, "state", _texts(entry))
    writer.seal()
    return catalogue_writers.engine(name).open_reader(folder)


def _index(name: str, folder: Path, entries: list[Dossier]):
    writer = index_writers.engine(name).open_writer(folder, None)
    for entry in entries:
        for item in entry.items:
            writer.add(projection.index_entry(entry, item, _texts(entry)[item.id], "scan"))
    writer.commit()
    return index_writers.engine(name).open_reader(folder)


# --------------------------------------------------------------------------- the property


restrictions = st.lists(
    st.builds(
        registers.Restriction,
        st.sampled_from(
            ["F1", "F2", "F4", "F5", "F1:K1.1", "F2:K1.2", "F4:K2.1", "F3:K2.1:001", "F1:K1.1:001"]
        ),
        st.sampled_from(["closed", "closed", "conditional", ""]),
        st.sampled_from([None, None, TODAY, registers.DAYS[0]]),
    ),
    max_size=4,
).map(lambda rows: registers.Restrictions(tuple(rows)))


READING = ("official", "leader", "archivist", "auditor", "province", "operator")
likely = st.lists(
    st.builds(
        Grant,
        st.sampled_from(["*", *registers.NEW, *registers.NEW, "A", "B"]),
        st.sampled_from(READING),
        fonds=st.sampled_from([(), (), (), ("F1", "F4"), ("F2", "F5")]),
    ),
    min_size=1,
    max_size=3,
)
"""Grants that reach something: most of what is random reaches nothing."""


@hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, ARCHIVES - 1), registers.registers, restrictions, likely | registers.grants)
def test_decision_and_every_filter_agree(built, which, register, laid, grants):
    archive, actor = built[which], Actor("lan", grants=tuple(grants))
    grounds = registers.grounds(register, laid, [*archive.items.values(), *archive.dossiers.values()])
    scope = scope_of(actor, TODAY, grounds)
    held = {key for key, each in archive.dossiers.items() if registers.may_read(actor, each, register, laid)}
    readable = {key for key, each in archive.items.items() if registers.may_read(actor, each, register, laid)}
    assert {key for key, each in archive.items.items() if scope.admits(_terms(each))} == readable
    for catalogue in archive.catalogues.values():
        _catalogue_agrees(catalogue, scope, archive, held, readable)
    clear = tuple(
        grant for grant in grants if grant.role in roles() and roles()[grant.role].personal != "masked"
    )
    numbers = {
        key
        for key, each in archive.items.items()
        if registers.may_read(Actor("lan", grants=clear), each, register, laid)
    }
    for index in archive.indexes.values():
        _index_agrees(index, scope, archive, readable, numbers)


def _terms(each: Record) -> frozenset[str]:
    return record_terms(each.record, each.dossier_id, each.id)


def _catalogue_agrees(catalogue, scope: Scope, archive: Built, held: set[str], readable: set[str]) -> None:
    everything = sorted(archive.items)
    assert set(catalogue.rows(everything, scope)) == readable
    assert set(catalogue.page_texts(everything, scope)) == readable
    assert {key for key in everything if _found(catalogue.item, key, scope)} == readable
    assert {key for key in archive.dossiers if _found(catalogue.dossier, key, scope)} == held
    shown: set[str] = set()
    for key in held:
        rows = {row.id for row in catalogue.dossier_rows(key, scope)}
        assert rows == {item.id for item in catalogue.dossier(key, scope).items}
        shown |= rows
    assert shown == readable
    _lists_agree(catalogue, scope, held, readable)


def _lists_agree(catalogue, scope: Scope, held: set[str], readable: set[str]) -> None:
    counted = {s.fonds.code: (s.dossiers, s.items, s.pages) for s in catalogue.fonds(scope)}
    expected = {}
    for fonds, keys in groupby(sorted(held), key=ids.fonds_of):
        count = sum(ids.fonds_of(key) == fonds for key in readable)
        expected[fonds] = (len(list(keys)), count, count)
    assert counted == expected
    listed = [row for fonds in registers.FONDS for row in catalogue.dossiers(fonds, scope)[1]]
    assert {row.id for row in listed} == held
    for row in (*listed, *catalogue.recent(scope, limit=100)):
        assert row.items == row.pages == sum(ids.dossier_of(key) == row.id for key in readable)
    assert {row.id for row in catalogue.recent(scope, limit=100)} == held


def _found(look, key: str, scope: Scope) -> bool:
    try:
        return bool(look(key, scope))
    except NotFound:
        return False


def _index_agrees(index, scope: Scope, archive: Built, readable: set[str], numbers: set[str]) -> None:
    for text in ("", "giao đất", "quyet*", '"giao đất"', "giao daat", "-vắng"):
        found = index.search(parse(text), scope, filters={}, limit=100, facets=("fonds", "unit"))
        assert {key for key, _ in found.hits} == readable, text
        assert found.total == len(readable)
        assert sum(found.facets.get("fonds", {}).values()) == len(readable)
    found = index.search(
        parse(""), scope, filters={"unit": frozenset({"A"})}, limit=100, facets=("unit", "kind")
    )
    assert sum(found.facets.get("unit", {}).values()) == len(readable)
    assert sum(found.facets.get("kind", {}).values()) == found.total
    one = next(iter(sorted(archive.items)))
    for key in {one, *sorted(readable)[:3], *sorted(set(archive.items) - readable)[:3]}:
        found = index.search(parse(_number(key)), scope, filters={}, limit=100)
        assert {hit for hit, _ in found.hits} == {key} & numbers
        assert (index.search(parse(f"đất -{_number(key)}"), scope, filters={}).total) == len(
            readable - ({key} & numbers)
        )
