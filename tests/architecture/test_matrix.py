"""Who may see what, in full: every route x method x person x kind of record, and no answer tells too much.

The routes come from the application itself: a new one fails here until it says what fills its parts. What each person
reads is written by hand in tests/scenes.py. In every cell: the status is the one that is due; no canary
word, number or page of a record that the person may not read is anywhere in the answer; and what is hidden answers
with the same bytes and headers as what does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest
from flask import Flask

from archive import ids
from archive.audit.entry import Entry
from archive.keeper.sessions_writer import SessionsWriter
from tests import canaries, homes, scenes
from tests.scenes import BY_KIND, KINDS, PEOPLE, Person
from tests.sinks import MemorySink

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "KHO")
READING = ("GET", "HEAD")
MISSING = {"missing": "F.M:MO:099", "missing dossier": "F.M:XX:001", "missing fonds": "F.X:1:001"}
FEW = ("open", "other unit", "closed", *MISSING)
"""The kinds tried with methods that are answered before any record is looked for."""
FORM = "form-of-this-browser"
WIDTH = {"w": "900"}
ASKED = {
    "page.image": lambda item_id: WIDTH,
    "legacy.by_address": lambda item_id: {"url": scenes.address(item_id)},
    "legacy.register": lambda item_id: {
        "direction": "incoming",
        "name": scenes.register_name(item_id),
        "year": "2019",
        "system": scenes.SYSTEM,
    },
    "legacy.register_file": lambda item_id: {
        "direction": "incoming",
        "name": scenes.register_name(item_id),
        "year": "2019",
        "system": scenes.SYSTEM,
    },
}
"""What is asked for in the query string, for one record."""
LOG = ("/log", "/log.csv")
INTEGRITY, CARING = "/integrity", ("archivist", "auditor", "operator")
NOBODY = Person(state="gone")
EVERYBODY = (*PEOPLE, "nobody", "forged")
FEWEST_CELLS = 15_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return scenes.build(tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def tokens(settings) -> dict[str, str]:
    return scenes.sessions(settings)


@pytest.fixture(scope="module")
def app(settings, tokens) -> Flask:
    """With a keeper for sessions and accounts; what is asked is recorded in memory, to spare the disk."""
    app = homes.app(settings)
    app.extensions["lookup"].keeper.record(Entry("overview", "test"))  # a certificate asks for a head
    app.extensions["lookup"].log = MemorySink()
    return app


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
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def about_a_unit(self) -> bool:
        """Units are no secret: who is signed in sees each, with the fonds that he may read."""
        return self.address.startswith("/unit/")


RECORD_PARTS = {"item_id", "dossier_id", "code", "old_id", "exchange_id"}
ABOUT_BY_QUERY = {"legacy.by_address"}
"""Routes that name a record in their query string only."""
PLAIN_PARTS = {"index": 0, "number": 1, "digest": "0" * 12, "name": "kho.css", "ending": "docx"}
PLAIN_CODES = {"session.choose_language": "en"}


def filled(endpoint: str, part: str, item_id: str) -> object:
    """What stands in a part of a route's address, for one record. A route with other parts is not known here."""
    dossier = ids.dossier_of(item_id)
    fonds = ids.fonds_of(item_id)
    if part == "code" and "unit" in endpoint:
        return scenes.FONDS.get(fonds, "no-unit")
    known = PLAIN_PARTS | {"item_id": item_id, "dossier_id": dossier, "code": fonds}
    known |= {"system": scenes.SYSTEM, "old_id": scenes.word(item_id, "old-id")}
    known |= {"exchange_id": scenes.word(item_id, "exchange")}
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
        about = about or rule.endpoint in ABOUT_BY_QUERY
        asked = tuple(ASKED[rule.endpoint](item_id).items()) if rule.endpoint in ASKED else ()
        address = urls.build(rule.endpoint, values, method=next(iter(rule.methods - {"OPTIONS", "HEAD"})))
        before = found.get(address)
        methods = frozenset(rule.methods) | (before.methods if before else frozenset())
        endpoint = before.endpoint if before and "GET" in before.methods else rule.endpoint
        found[address] = Place(endpoint, address, methods, item_id if about else "", asked)
    return list(found.values())


def request(client, place: Place, method: str):
    values = dict(place.asked)
    data = {"token": FORM, "purpose": ""} if method == "POST" and place.record else None
    return client.open(place.address, method=method, query_string=values, data=data)


# --------------------------------------------------------------------------- what is due


def may_read(person: Person, place: Place) -> bool:
    """Is what the address names something that the person reads, by the table of tests/scenes.py?"""
    if person.state != "well":
        return False
    kinds = {record.kind for record in scenes.RECORDS if _within(record, place)}
    return bool(kinds & (person.exports if place.endpoint in EXPORTS else person.reads))


EXPORTS = {
    "export.dossier_plan", "export.dossier_zip", "export.fonds_plan", "export.fonds_zip", "collections.dossier_file", "collections.fonds_file",
    "legacy.register_file",
}  # fmt: skip
OF_FONDS = {"collections.fonds", "export.fonds_plan", "export.fonds_zip", "collections.fonds_file"}
OF_DOSSIER = {"collections.dossier", "export.dossier_plan", "export.dossier_zip", "collections.dossier_file"}


def _within(record: scenes.Record, place: Place) -> bool:
    """Does the address name this record, or a fonds with it, or (by its first document) its dossier?"""
    if place.endpoint in OF_FONDS:
        return record.fonds == ids.fonds_of(place.record)
    if place.endpoint in OF_DOSSIER:
        return record.dossier == ids.dossier_of(place.record) and record.ordinal == 1
    return record.id == place.record


def due(person: Person, place: Place, method: str) -> set[int]:
    """The statuses that are right for a cell."""
    if method == "OPTIONS":
        return {200}
    if method not in place.methods:
        return {405}
    if place.address in LOG and person.state == "well" and not person.log:
        return {404}
    if place.address == INTEGRITY and person.state == "well":
        return {200} if any(grant.unit == "*" and grant.role in CARING for grant in person.grants) else {404}
    if not place.record:
        return {200, 204, 302, 303, 400, 404} if method in READING else {302, 303, 400, 401, 404}
    if person.state != "well":
        return {302}
    if place.about_a_unit:
        return {200} if place.address.rpartition("/")[2] in scenes.FONDS.values() else {404}
    if not may_read(person, place):
        return {404}
    return _due_of_readable(person, place)


LEADING = {"legacy.by_id", "legacy.by_address", "legacy.by_exchange"}
CONTENT = {
    "item.print_out", "item.report", "item.original", "item.searchable", "page.image", "page.words",
    "legacy.register", "legacy.register_file", *LEADING,
}  # fmt: skip
"""Routes that a quarantined document does not have."""


def _due_of_readable(person: Person, place: Place) -> set[int]:
    record = next(record for record in scenes.RECORDS if record.id == place.record)
    if place.endpoint == "item.reveal":
        return {400} if record.kind in person.on_purpose else {403}
    if record.quarantined and place.endpoint in CONTENT:
        return {404}
    if record.numbers and place.endpoint in ("legacy.register", "legacy.register_file"):
        return {404}  # procedure dossiers stand in no register
    if place.endpoint in LEADING:
        return {302}
    if record.numbers and place.endpoint == "item.original" and not person.clear:
        return {403}
    return {200}


# --------------------------------------------------------------------------- the cells


def test_every_route_is_in_the_matrix(app):
    known = {place.address for place in places(app, "F.M:MO:001")}
    assert len(known) >= 20
    assert {view.policy for view in app.view_functions.values()} <= {
        "public",
        "own_account",
        "signed_in",
        "log_reader",
        "exporter",
        "integrity_reader",
    }


@cache
def cells(app: Flask) -> list[tuple[Place, str]]:
    """What is asked as each person: every address with every method that says something about it."""
    found: dict[tuple[object, ...], Place] = {}
    for kind, item_id in ({kind: record.id for kind, record in BY_KIND.items()} | MISSING).items():
        for place in places(app, item_id):
            for method in METHODS:
                if kind in FEW or method in place.methods - {"HEAD", "OPTIONS"}:
                    found.setdefault((place.address, place.asked, method), place)
    return [(place, method) for (*_, method), place in found.items()]


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_answer_tells_too_much(app, tokens, name):
    client, person = client_of(app, tokens, name), PEOPLE.get(name, NOBODY)
    missing = {place.endpoint: place for place in places(app, MISSING["missing fonds"])}
    absent: dict[tuple[str, str], object] = {}
    for place, method in cells(app):
        cell = (name, method, place.address)
        answer, right = request(client, place, method), due(person, place, method)
        assert answer.status_code in right, (*cell, answer.status_code)
        assert not too_much(answer, person, place.address, *dict(place.asked).values()), cell
        if place.record and right == {404} and not may_read(person, place):
            key = (place.endpoint, method)
            absent[key] = absent.get(key) or request(client, missing[place.endpoint], method)
            assert answer.data == absent[key].data and answer.headers == absent[key].headers, cell


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
    kept = {"stamp", "extra", "alias", "dossier-extra", "code_notation", "locator", "url"}
    asked = {"case", "procedure", "paper", "result", "applicant"}
    for record in scenes.RECORDS:
        parts = set(scenes.PARTS) - kept - {"secrecy", "urgency", "issued_date", "code_number"}
        parts -= {"register", "number"} if record.numbers else asked
        for part in () if record.quarantined else parts - {"dossier", "dossier-event"}:
            assert scenes.word(record.id, part) in shown, (record.kind, part)
    assert pages == {n for n, record in enumerate(scenes.RECORDS) if not record.quarantined}
    assert ink >= 2


# --------------------------------------------------------------------------- the log, and numbers on purpose


def test_the_log_is_missing_for_who_may_not_read_it(app, tokens):
    for name, person in PEOPLE.items():
        client = client_of(app, tokens, name)
        if person.state == "well" and not person.log:
            for address in LOG:
                hidden, absent = client.get(address), client.get("/nothing-here")
                assert hidden.data == absent.data and hidden.headers == absent.headers, (name, address)


def test_numbers_are_shown_on_purpose_in_this_session_and_document_only(settings, app, tokens):
    """After a purpose was stated: in the document itself, not in lists, not elsewhere, not in another session."""
    asking, other = client_of(app, tokens, "leader"), app.test_client()
    with other.session_transaction() as session:
        session.update(token=SessionsWriter(settings.sessions).begin("leader", 1), form=FORM)
    record = BY_KIND["personal"]
    page = f"/item/{record.id}"
    stated = {"token": FORM, "purpose": "xác minh nhân thân"}
    try:
        assert asking.post(f"{page}/reveal", data=stated).status_code == 303
        assert scenes.number(record.id) in canaries.look(asking.get(page)).numbers
        assert canaries.look(asking.get(f"{page}/page/1/image?w=900")).ink
        assert asking.get(f"{page}/original/0").status_code == 200
        for address in ("/", "/search?q=can+cuoc", "/fonds/F.M", "/dossier/F.M:MO", "/item/F.M:MO:001"):
            assert not canaries.look(asking.get(address)).numbers, address
        assert not canaries.look(other.get(page)).numbers
        assert client_of(app, tokens, "heir-1").post(f"{page}/reveal", data=stated).status_code == 403
    finally:
        for path in settings.sessions.glob("*.shown"):
            path.unlink()


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
        {"q": f"số đến:{scenes.word(record.id, 'number')}"},
        {"q": scenes.word(record.id, "opinion")},
        {"q": scenes.word(record.id, "applicant")},
        {"q": f'người nộp:"Nguyễn {scenes.word(record.id, "applicant")}"'},
        {"q": f'mã hồ sơ:"{scenes.case_code(record.id)}"'},
        {"q": "", "fonds": record.fonds},
        {"q": "", "issuer": f"Chung {scenes.word(record.id, 'issuer')}"},
        {"q": "", "unit": scenes.FONDS[record.fonds]},
        {"q": scenes.number(record.id)},
        {"q": "thu hồi đất", "sort": "code", "whole": "issuer"},
    ]


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_look_up_of_procedures_tells_of_what_is_hidden(app, tokens, name):
    client, person = client_of(app, tokens, name), PEOPLE.get(name, NOBODY)
    record = BY_KIND["personal"]
    applicant = f"Nguyễn {scenes.word(record.id, 'applicant')}"
    questions = (
        {"code": scenes.case_code(record.id)},
        {"procedure": scenes.word(record.id, "procedure")},
        {"applicant": applicant},
        {"applicant": scenes.number(record.id)},
    )
    for values in questions:
        answer = client.get("/thu-tuc", query_string=values)
        assert answer.status_code == (200 if person.state == "well" else 302), values
        shown = [each for each in too_much(answer, person, *values.values()) if each not in values.values()]
        assert not shown, (name, values)
        allowed = person.clear or record.kind in person.on_purpose or "applicant" not in values
        found = f'href="/item/{record.id}"' in answer.text
        assert found == (person.state == "well" and record.kind in person.reads and allowed), (name, values)


@cache
def searches() -> list[tuple[scenes.Record, dict[str, str]]]:
    """By its title for each record, and by six of the other ways in turn."""
    asked: dict[tuple[tuple[str, str], ...], scenes.Record] = {}
    for at, record in enumerate(scenes.RECORDS):
        first, *others = queries(record)
        for values in (first, *(others[(6 * at + n) % len(others)] for n in range(6))):
            asked.setdefault(tuple(values.items()), record)
    return [(record, dict(values)) for values, record in asked.items()]


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_search_tells_of_what_is_hidden(app, tokens, name):
    client, person = client_of(app, tokens, name), PEOPLE.get(name, NOBODY)
    for record, values in searches():
        answer = client.get("/search", query_string=values)
        assert answer.status_code == (200 if person.state == "well" else 302), values
        shown = [each for each in too_much(answer, person, *values.values()) if each != values["q"]]
        assert not shown, (name, values)
        if values["q"] == scenes.word(record.id, "title"):
            found = f"/item/{record.id}?" in answer.text
            assert found == (person.state == "well" and record.kind in person.reads - {"quarantined"}), (
                name,
                values,
            )


def test_the_matrix_is_whole(app):
    total = len(EVERYBODY) * (len(cells(app)) + len(searches()))
    print(f"\n{total} cells: {len(EVERYBODY)} persons, {len(KINDS) + len(MISSING)} kinds of records")
    assert total >= FEWEST_CELLS
