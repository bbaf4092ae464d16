"""Who may see what, in full: every route x method x person x kind of record, and no answer tells too much.

The routes come from the application itself: a new one fails here until it says what fills its parts. What each person
reads is written by hand in tests/scenes.py. Three things are checked in every cell: the status is the one that is
due; no canary word, number or page of a record that the person may not read is anywhere in the answer; and what is
hidden answers with the same bytes and headers as what does not exist.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest
from flask import Flask

from archive import ids
from tests import canaries, homes, scenes
from tests.scenes import BY_KIND, KINDS, PEOPLE, Person

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "KHO")
READING = ("GET", "HEAD")
MISSING = {"missing": "F.M:MO:099", "missing dossier": "F.M:XX:001", "missing fonds": "F.X:1:001"}
FEW = ("open", "other unit", "closed", *MISSING)
"""The kinds tried with methods that are answered before any record is looked for."""
FORM = "form-of-this-browser"
WIDTH = {"w": "900"}
ASKED = {"page.image": WIDTH}
OWN_ACCOUNT = ("session.password", "session.second_factor")
EVERYBODY = (*PEOPLE, "nobody", "forged")
FEWEST_CELLS = 6000


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return scenes.build(tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def tokens(settings) -> dict[str, str]:
    return scenes.sessions(settings)


@pytest.fixture(scope="module")
def app(settings, tokens) -> Flask:
    return homes.app(settings)


@pytest.fixture(scope="module")
def counted():
    return Counter()


def client_of(app: Flask, tokens: dict[str, str], name: str):
    """A browser with the person's session in its cookie, if there is one."""
    client = app.test_client()
    token = {"nobody": "", "forged": "x" * 43}.get(name) if name not in PEOPLE else tokens[name]
    if token:
        with client.session_transaction() as session:
            session.update(token=token, form=FORM)
    return client


# --------------------------------------------------------------------------- addresses


@dataclass(frozen=True)
class Place:
    """One route filled in for one record. `record` is empty where the route is not about a record."""

    endpoint: str
    address: str
    methods: frozenset[str]
    record: str = ""

    @property
    def about_a_unit(self) -> bool:
        """Units are no secret: who is signed in sees each, with the fonds that he may read."""
        return self.address.startswith("/unit/")


RECORD_PARTS = {"item_id", "dossier_id", "code"}
PLAIN_PARTS = {"index": 0, "number": 1, "digest": "0" * 12, "name": "kho.css"}
PLAIN_CODES = {"session.choose_language": "en"}


def filled(endpoint: str, part: str, item_id: str) -> object:
    """What stands in a part of a route's address, for one record. A route with other parts is not known here."""
    dossier = ids.dossier_of(item_id)
    fonds = ids.fonds_of(item_id)
    if part == "code" and "unit" in endpoint:
        return scenes.FONDS.get(fonds, "no-unit")
    known = PLAIN_PARTS | {"item_id": item_id, "dossier_id": dossier, "code": fonds}
    assert part in known, f"say in tests/architecture/test_matrix.py what fills <{part}> of {endpoint}"
    return PLAIN_CODES.get(endpoint, known[part])


@cache
def places(app: Flask, item_id: str) -> list[Place]:
    """Every route about one record: (endpoint, address, methods); routes of one address together."""
    urls = app.url_map.bind("localhost")
    found: dict[str, Place] = {}
    for rule in app.url_map.iter_rules():
        values = {part: filled(rule.endpoint, part, item_id) for part in rule.arguments}
        about = bool(RECORD_PARTS & rule.arguments) and rule.endpoint not in PLAIN_CODES
        address = urls.build(rule.endpoint, values, method=next(iter(rule.methods - {"OPTIONS", "HEAD"})))
        before = found.get(address)
        methods = frozenset(rule.methods) | (before.methods if before else frozenset())
        endpoint = before.endpoint if before and "GET" in before.methods else rule.endpoint
        found[address] = Place(endpoint, address, methods, item_id if about else "")
    return list(found.values())


def request(client, place: Place, method: str):
    values = ASKED.get(place.endpoint)
    data = {"token": FORM, "purpose": "xác minh hồ sơ"} if method == "POST" and place.record else None
    return client.open(place.address, method=method, query_string=values, data=data)


# --------------------------------------------------------------------------- what is due


def may_read(person: Person, place: Place) -> bool:
    """Is what the address names something that the person reads, by the table of tests/scenes.py?"""
    if person.state != "well":
        return False
    kinds = {record.kind for record in scenes.RECORDS if _within(record, place)}
    return bool(kinds & person.reads)


def _within(record: scenes.Record, place: Place) -> bool:
    """Does the address name this record, or a fonds with it, or (by its first document) its dossier?"""
    if place.endpoint == "collections.fonds":
        return record.fonds == ids.fonds_of(place.record)
    if place.endpoint == "collections.dossier":
        return record.dossier == ids.dossier_of(place.record) and record.ordinal == 1
    return record.id == place.record


def due(name: str, place: Place, method: str) -> set[int]:
    """The statuses that are right for a cell."""
    person = PEOPLE.get(name, Person(state="gone"))
    if method == "OPTIONS":
        return {200}
    if method not in place.methods:
        return {405}
    if not place.record:
        return {200, 204, 302, 303, 400, 404} if method in READING else {302, 303, 400, 401, 404}
    if person.state != "well":
        return {302}
    if place.about_a_unit:
        return {200} if place.address.rpartition("/")[2] in scenes.FONDS.values() else {404}
    if not may_read(person, place):
        return {404}
    return _due_of_readable(person, place)


CONTENT = {"item.print_out", "item.report", "item.original", "item.searchable", "page.image", "page.words"}
"""Routes that a quarantined document does not have."""


def _due_of_readable(person: Person, place: Place) -> set[int]:
    record = next(record for record in scenes.RECORDS if record.id == place.record)
    if record.quarantined and place.endpoint in CONTENT:
        return {404}
    if record.numbers and place.endpoint == "item.original" and not person.clear:
        return {403}
    return {200}


# --------------------------------------------------------------------------- the cells


def test_every_route_is_in_the_matrix(app):
    known = {place.address for place in places(app, "F.M:MO:001")}
    assert len(known) >= 20
    assert {view.policy for view in app.view_functions.values()} <= {"public", "own_account", "signed_in"}


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_answer_tells_too_much(app, tokens, counted, name):
    client = client_of(app, tokens, name)
    items = {kind: record.id for kind, record in BY_KIND.items()} | MISSING
    done: set[tuple[str, str]] = set()
    for kind, item_id in items.items():
        for place in places(app, item_id):
            for method in METHODS:
                reading = method in READING or method in place.methods - {"OPTIONS"}
                if (place.address, method) in done or not (reading or kind in FEW):
                    continue
                done.add((place.address, method))
                _check(client, name, place, method)
    counted[name] = len(done)


def _check(client, name: str, place: Place, method: str) -> None:
    cell = (name, method, place.address)
    answer = request(client, place, method)
    assert answer.status_code in due(name, place, method), (*cell, answer.status_code)
    assert not too_much(answer, PEOPLE.get(name, Person()), place.address), cell


def too_much(answer, person: Person, *asked: str) -> list[str]:
    """What an answer shows beyond what the person may read, save the words that the person typed."""
    seen = canaries.look(answer)
    typed = {each for text in asked for each in canaries.words(text)}
    found = sorted(seen.words - scenes.readable_words(person) - typed)
    found += sorted(seen.numbers) if not person.clear else []
    found += [
        f"page of {scenes.RECORDS[n].kind}" for n in seen.pages if scenes.RECORDS[n].kind not in person.reads
    ]
    return [*found, *(["number ink"] if seen.ink and not person.clear else [])]


def test_the_readers_do_see_the_canaries(app, tokens):
    """What the checker looks for is there to be found: else a matrix without leaks would say nothing."""
    client = client_of(app, tokens, "operator")
    shown: set[str] = set()
    pages: set[int] = set()
    ink = 0
    for record in scenes.RECORDS:
        for place in places(app, record.id):
            if place.record and "GET" in place.methods:
                seen = canaries.look(request(client, place, "GET"))
                shown |= seen.words
                pages |= seen.pages
                ink += seen.ink
    kept = {"stamp", "extra", "alias", "dossier-extra", "code_notation"}
    for record in scenes.RECORDS:
        parts = set(scenes.PARTS) - kept - {"secrecy", "urgency", "issued_date", "code_number"}
        for part in () if record.quarantined else parts - {"dossier", "dossier-event"}:
            assert scenes.word(record.id, part) in shown, (record.kind, part)
    assert pages == {n for n, record in enumerate(scenes.RECORDS) if not record.quarantined}
    assert ink >= 2


# --------------------------------------------------------------------------- hidden is missing


@pytest.mark.parametrize("name", [name for name, person in PEOPLE.items() if person.state == "well"])
def test_hidden_and_missing_are_the_same_bytes(app, tokens, counted, name):
    client, compared = client_of(app, tokens, name), 0
    missing = {place.endpoint: place for place in places(app, MISSING["missing fonds"])}
    for kind in KINDS:
        for place in places(app, BY_KIND[kind].id):
            if not place.record or may_read(PEOPLE[name], place) or place.about_a_unit:
                continue
            for method in place.methods - {"OPTIONS"}:
                hidden = request(client, place, method)
                absent = request(client, missing[place.endpoint], method)
                assert hidden.status_code == absent.status_code == 404, (method, place.address)
                assert hidden.data == absent.data and hidden.headers == absent.headers, (
                    method,
                    place.address,
                )
                compared += 1
    counted[f"{name}, compared"] = compared
    assert compared or len(PEOPLE[name].reads) == len(KINDS)


# --------------------------------------------------------------------------- searching for what is hidden


def queries(record: scenes.Record) -> list[dict[str, str]]:
    """Ways to look for one record by what only it holds."""
    title, page = scenes.word(record.id, "title"), scenes.word(record.id, "page")
    dossier = scenes.word(record.dossier, "dossier")
    return [
        {"q": title},
        {"q": f'"{page}"'},
        {"q": f"{title[:7]}*"},
        {"q": f"{page[:-1]}x{page[-1]}"},
        {"q": f"quyết định chung {title}"},
        {"q": f"thôn Gò -{title}"},
        {"q": f"hồ sơ:{dossier}"},
        {"q": f"người ký:{scenes.word(record.id, 'signer')}"},
        {"q": f"số:{record.ordinal}/QĐ-{scenes.word(record.id, 'code')}"},
        {"q": f"phông:{record.fonds}"},
        {"q": "", "fonds": record.fonds},
        {"q": "", "issuer": f"Chung {scenes.word(record.id, 'issuer')}"},
        {"q": "", "unit": scenes.FONDS[record.fonds]},
        {"q": scenes.number(record.id)},
        {"q": "thu hồi đất", "sort": "code", "whole": "issuer"},
    ]


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_search_tells_of_what_is_hidden(app, tokens, counted, name):
    client, person = client_of(app, tokens, name), PEOPLE.get(name, Person(state="gone"))
    asked: set[tuple[tuple[str, str], ...]] = set()
    for record in scenes.RECORDS:
        for values in queries(record):
            if tuple(values.items()) in asked:
                continue
            asked.add(tuple(values.items()))
            answer = client.get("/search", query_string=values)
            assert answer.status_code == (200 if person.state == "well" else 302), values
            shown = [each for each in too_much(answer, person, *values.values()) if each != values["q"]]
            assert not shown, (name, values)
            if (
                person.state == "well"
                and record.kind not in person.reads
                and values["q"] == scenes.word(record.id, "title")
            ):
                assert f"/item/{record.id}" not in answer.text
    counted[f"{name}, searches"] = len(asked)


def test_the_matrix_is_whole(counted, request):
    """Cells tried by the tests above, when all of them ran."""
    if len(counted) < 2 * len(EVERYBODY):
        pytest.skip("run the whole file to count its cells")
    total = sum(counted.values())
    print(f"\n{total} cells: {len(EVERYBODY)} persons, {len(KINDS) + len(MISSING)} kinds of records")
    assert total >= FEWEST_CELLS
