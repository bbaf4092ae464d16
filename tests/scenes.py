"""A small archive with everything that decides about access, for proofs: who is who, who reads what, and canary words.

Two provinces; communes merged, split and carried on; an abolished district handed over whole and in part; an agency;
documents open, conditional, closed, embargoed, quarantined, restricted at once, with personal numbers. Every text of
every record holds words that stand nowhere else (`word`), every page image a row of blocks that spells its number.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import Image, ImageDraw

from archive import home, ids
from archive.holdings.package import NewFile
from archive.holdings.renditions import TEXT, key
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter
from archive.keeper.credentials import Credentials
from archive.keeper.credentials_writer import hash_password
from archive.keeper.sessions import token_key
from archive.keeper.sessions_writer import SessionsWriter
from archive.model import (
    FIELD_NAMES,
    Dossier,
    Event,
    FieldValue,
    Finding,
    Fonds,
    Item,
    PageReading,
    PageRef,
    SourceFile,
    TextRef,
    Unit,
    Word,
)
from archive.people.accounts import Account, to_plain
from archive.people.accounts_writer import AccountsWriter
from archive.processing import (
    Applicant,
    Attachment,
    Coded,
    Link,
    Message,
    Paper,
    Party,
    Procedure,
    Signature,
    Step,
    SystemRecord,
)
from archive.rights import restrictions_writer
from archive.rights.access import Grant
from archive.settings import Settings
from archive.units.changes import Row
from archive.units.store import National
from archive.units.store_writer import RegisterWriter
from archive.units.succession import RegisteredUnit, Succession
from tests import homes

REFORM = date(2025, 7, 1)
WHEN = "2025-07-01T08:00:00+07:00"
RECIPE = "test-1"
FAR = "2999-12-31"

# --------------------------------------------------------------------------- units

BASIS = "Nghị quyết 1/NQ (tưởng tượng)"


def _unit(code: str, level: str, parent: str | None = None, ended: bool = False) -> RegisteredUnit:
    last = date(2025, 6, 30) if ended else None
    return RegisteredUnit(code, code, f"Đơn vị {code}", level, "xã", parent, date(2000, 1, 1), last)


UNITS = (
    _unit("T1", "province"),
    _unit("T2", "province"),
    _unit("D", "district", "T1", ended=True),
    *(_unit(code, "commune", "D", ended=True) for code in ("M1", "M2", "S")),
    _unit("U", "commune", "T2", ended=True),
    *(_unit(code, "commune", "T1") for code in ("N1", "N2")),
    _unit("N3", "commune", "T2"),
    _unit("AG", "agency", "M1"),
)
SUCCESSIONS = tuple(
    Succession(old, new, kind, extent, REFORM, BASIS)
    for old, new, kind, extent in (
        ("M1", "N1", "merged", "whole"),
        ("M2", "N1", "merged", "whole"),
        ("S", "N1", "split", "part"),
        ("S", "N2", "split", "part"),
        ("U", "N3", "continued", "whole"),
    )
)
ASSIGNMENTS = (
    {"fonds": "F.D", "heir": "N2", "day": "2025-07-01", "basis": BASIS},
    {"fonds": "F.H", "heir": "N2", "prefixes": "GIAO.", "day": "2025-07-01", "basis": BASIS},
)
FONDS = {"F.M": "M1", "F.R": "M1", "F.S": "S", "F.D": "D", "F.H": "M2", "F.AG": "AG", "F.U": "U"}
"""Fonds code -> the unit it came from."""

# --------------------------------------------------------------------------- records


@dataclass(frozen=True)
class Record:
    """One document. The first document of a dossier has nothing of its own: who reads it reads the dossier.

    `numbers`: does it hold personal numbers? `held` is the level and embargo of its dossier.
    """

    kind: str
    dossier: str
    ordinal: int
    level: str = "open"
    embargo: str = ""
    held: tuple[str, str] = ("open", "")
    quarantined: bool = False
    numbers: bool = False

    @property
    def fonds(self) -> str:
        return ids.fonds_of(self.dossier)

    @property
    def id(self) -> str:
        return ids.item_id(self.dossier, self.ordinal)


RECORDS = (
    Record("open", "F.M:MO", 1),
    Record("conditional", "F.M:MO", 2, "conditional"),
    Record("closed", "F.M:MO", 3, "closed"),
    Record("embargoed", "F.M:MO", 4, embargo=FAR),
    Record("quarantined", "F.M:MO", 5, quarantined=True),
    Record("restricted", "F.M:MO", 6),
    Record("personal", "F.M:MO", 7, numbers=True),
    Record("past embargo", "F.M:MO", 8, embargo="2020-01-01"),
    Record("conditional dossier", "F.M:DK", 1, held=("conditional", "")),
    Record("embargoed dossier", "F.M:DN", 1, held=("open", FAR)),
    Record("restricted dossier", "F.M:HC", 1),
    Record("restricted fonds", "F.R:1", 1),
    Record("split", "F.S:1", 1),
    Record("handed over", "F.D:1", 1),
    Record("part kept", "F.H:GIU.1", 1),
    Record("part handed over", "F.H:GIAO.1", 1),
    Record("agency", "F.AG:1", 1),
    Record("other unit", "F.U:1", 1),
    Record("other unit, conditional", "F.U:1", 2, "conditional"),
)
KINDS = tuple(record.kind for record in RECORDS)
RESTRICTED = {"F.M:MO:006": "conditional", "F.M:HC": "closed", "F.R": "closed"}
BY_KIND = {record.kind: record for record in RECORDS}

# --------------------------------------------------------------------------- who reads what, written by hand

OWN = {"open", "quarantined", "personal", "past embargo"}
HEIR_1 = OWN | {"split", "part kept", "agency"}
HEIR_2 = {"split", "handed over", "part handed over"}
LED = {"conditional", "restricted", "conditional dossier"}
KEPT = {"closed", "embargoed", "embargoed dossier", "restricted dossier", "restricted fonds"}


@dataclass(frozen=True)
class Person:
    """An account with its grants, the kinds of records it reads, and what is the matter with its session.

    `on_purpose`: kinds whose personal numbers it may see after stating a purpose; `clear`: it always sees them.
    `log`: it reads the access log. `exports`: kinds it may take out. `state`: well; or gone (the session is over), first (must choose a password), second (must set up the factor).
    """

    grants: tuple[Grant, ...] = ()
    reads: frozenset[str] = frozenset()
    on_purpose: frozenset[str] = frozenset()
    clear: bool = False
    log: bool = False
    exports: frozenset[str] = frozenset()
    state: str = "well"


def _person(*grants: Grant, reads: set[str] = frozenset(), asks: set[str] = frozenset(), **more) -> Person:
    more["exports"] = frozenset(more.get("exports", ()))
    return Person(grants, frozenset(reads), frozenset(asks), **more)


AS_LEADER = HEIR_1 | LED
AS_ARCHIVIST = AS_LEADER | KEPT
ALL = set(KINDS)

PEOPLE = {
    "no-grant": _person(),
    "heir-1": _person(Grant("N1"), reads=HEIR_1),
    "heir-2": _person(Grant("N2"), reads=HEIR_2),
    "other-heir": _person(Grant("N3"), reads={"other unit"}),
    "old-unit": _person(Grant("M1"), reads=OWN | {"agency"}),
    "leader": _person(Grant("N1", "leader"), reads=AS_LEADER, asks=AS_LEADER, exports=AS_LEADER),
    "archivist": _person(
        Grant("N1", "archivist"), reads=AS_ARCHIVIST, asks=AS_ARCHIVIST, exports=AS_ARCHIVIST
    ),
    "auditor": _person(Grant("*", "auditor"), reads=ALL, asks=ALL, log=True, exports=ALL),
    "unit-auditor": _person(
        Grant("N1", "auditor"), reads=AS_ARCHIVIST, asks=AS_ARCHIVIST, log=True, exports=AS_ARCHIVIST
    ),
    "operator": _person(Grant("*", "operator"), reads=ALL, clear=True, log=True, exports=ALL),
    "everywhere": _person(Grant("*"), reads=HEIR_1 | HEIR_2 | {"other unit"}),
    "province": _person(Grant("T1", "province"), reads=HEIR_1 | HEIR_2),
    "accounts": _person(Grant("*", "accounts")),
    "one-fonds": _person(Grant("N1", fonds=("F.S",)), reads={"split"}),
    "two-grants": _person(
        Grant("N2"),
        Grant("N3", "leader"),
        reads=HEIR_2 | {"other unit", "other unit, conditional"},
        asks={"other unit", "other unit, conditional"},
        exports={"other unit", "other unit, conditional"},
    ),
    "expired": _person(Grant("N1", "archivist", valid_to=date(2025, 12, 31))),
    "not-yet": _person(Grant("N1", "archivist", valid_from=date(2999, 1, 1))),
    "moved": _person(Grant("N3"), reads={"other unit"}),
    "federated": _person(Grant("N2"), reads=HEIR_2),
    "before-moving": _person(Grant("N1"), state="gone"),
    "disabled": _person(Grant("N1"), state="gone"),
    "too-long": _person(Grant("N1"), state="gone"),
    "signed-out": _person(Grant("N1"), state="gone"),
    "first-sign-in": _person(Grant("N1"), state="first"),
    "no-second-factor": _person(Grant("*", "auditor"), state="second"),
}
"""`before-moving` and `moved` are the two sessions of one who went from N1 to N3; see `sessions`."""

# --------------------------------------------------------------------------- canaries

SYSTEM_PARTS = (
    "old-id", "url", "register", "number", "opinion", "party", "attachment", "locator", "link", "signature", "message",
    "unmapped", "case", "procedure", "paper", "result", "applicant",
    "exchange", "keeper", "copies", "note", "stated", "file-text",
)  # fmt: skip
"""What a closed system knew of a record."""

PARTS = (
    "title", "page", "stamp", "file", "finding", "event", "agent", "extra", "alias", "original", "dossier",
    "dossier-extra", "dossier-event", *FIELD_NAMES, *SYSTEM_PARTS,
)  # fmt: skip


def word(owner: str, part: str) -> str:
    """The word that only this part of this record or dossier holds: zq, six letters for it, two for the part."""
    return f"zq{_letters(owner, 6)}{chr(97 + PARTS.index(part) // 26)}{chr(97 + PARTS.index(part) % 26)}"


def _letters(value: str, count: int) -> str:
    return "".join(chr(97 + byte % 26) for byte in hashlib.sha256(value.encode()).digest()[:count])


def number(owner: str) -> str:
    """The citizen number in the texts of a record or in the title of a dossier."""
    digits = int.from_bytes(hashlib.sha256(f"number of {owner}".encode()).digest()[:8]) % 10**9
    return f"079{digits:09d}"


WORDS = {record.kind: frozenset(word(record.id, part) for part in PARTS) for record in RECORDS}
DOSSIERS = {record.dossier: record for record in RECORDS if record.ordinal == 1}
NUMBERED = "F.M:MO"
APPLICANTS = frozenset(word(record.id, "applicant") for record in RECORDS)
"""Names of applicants: seen where personal numbers are."""
NUMBERS = frozenset({number(NUMBERED)} | {number(record.id) for record in RECORDS if record.numbers})


PLANTED = frozenset(
    word(owner, part) for owner in (*(record.id for record in RECORDS), *DOSSIERS) for part in PARTS
)
"""Every canary: what only looks like one, in a random token, is none."""


def readable_words(person: Person) -> frozenset[str]:
    """Every canary a person may come to see; nobody sees those of what is quarantined."""
    kinds = person.reads - {"quarantined"} if person.state == "well" else frozenset()
    own = {each for kind in kinds for each in WORDS[kind]} - (frozenset() if person.clear else APPLICANTS)
    held = {word(dossier, p) for dossier, first in DOSSIERS.items() if first.kind in kinds for p in PARTS}
    return frozenset(own | held)


# --------------------------------------------------------------------------- pages

SIZE = (520, 400)
BLOCK, BITS = 40, 10
LEAD = ((0, 0, 0), (255, 255, 255))
INK = (230, 20, 20)
"""The colour of personal numbers on a page image, and of nothing else."""


def _page(record: Record) -> tuple[PageReading, bytes]:
    """A page: a row of blocks that spells the record's number, its words, personal numbers as red boxes."""
    image = Image.new("RGB", SIZE, (250, 250, 245))
    draw = ImageDraw.Draw(image)
    for place, bit in enumerate(spelled(RECORDS.index(record))):
        left = 20 + place * BLOCK
        draw.rectangle((left, 320, left + BLOCK - 1, 379), fill=LEAD[bit])
    words, stamps = _lines(record, "page"), _lines(record, "stamp", top=170)
    for each in (*words, *stamps):
        if record.numbers and each.text in number(record.id):
            draw.rectangle(each.box, fill=INK)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return PageReading(*SIZE, 100, 0, "ocr", words, 92.0, stamps=stamps), out.getvalue()


def spelled(value: int) -> list[int]:
    """A frame of 0, 1 and the bits of the value."""
    return [0, 1, *(value >> place & 1 for place in range(BITS - 4)), 0, 1]


def _lines(record: Record, part: str, top: int = 20) -> tuple[Word, ...]:
    lines = [["quyết", "định", "chung", word(record.id, part)], ["thôn", "Gò", "Mây"]]
    if record.numbers:
        digits = number(record.id)
        lines.append(["căn", "cước", digits[:3], digits[3:6], digits[6:9], digits[9:]])
    return tuple(
        Word(text, (20 + 80 * place, top + 50 * line, 90 + 80 * place, top + 30 + 50 * line), 92.0, line)
        for line, content in enumerate(lines)
        for place, text in enumerate(content)
    )


# --------------------------------------------------------------------------- building


def build(folder: Path, **options: object) -> Settings:
    """The published archive with its register, restrictions and accounts."""
    settings = Settings(home=folder / "home", **options)
    home.create(settings)
    AccountsWriter(settings.accounts).init()
    register(settings)
    for dossier_id in DOSSIERS:
        keep(settings, folder, dossier_id)
    homes.republish(settings)
    for record, level in RESTRICTED.items():
        restrictions_writer.restrict(
            settings.restrictions, record, level, until=None, basis="Công văn 1/CV", by="Kho"
        )
    return settings


def register(settings: Settings) -> None:
    writer = RegisterWriter(settings.register)
    writer.build(National({"package": "imagined"}, UNITS, SUCCESSIONS), "Kho", WHEN)
    rows = [Row("assignment", place, "S", values) for place, values in enumerate(ASSIGNMENTS, 2)]
    writer.apply("ban-giao.csv", b"ban giao", rows, "Kho", WHEN)


def keep(settings: Settings, folder: Path, dossier_id: str, records: Sequence[Record] = RECORDS) -> None:
    """One dossier into the holdings, with the readings of its pages."""
    mine = [record for record in records if record.dossier == dossier_id]
    made = [_item(settings, folder, record) for record in mine]
    HoldingsWriter(settings.holdings, settings.work / "staging").commit(
        _dossier(dossier_id, [item for item, _ in made]), [file for _, file in made if file]
    )


def _dossier(dossier_id: str, items: Sequence[Item]) -> Dossier:
    fonds, _, code = dossier_id.partition(":")
    first = DOSSIERS[dossier_id]
    said = Event("accession", WHEN, "Trần Văn Kho", detail="Đợt 1", objects=(dossier_id,))
    own = Event(
        "description", WHEN, "Lê Thị Kho", detail=word(dossier_id, "dossier-event"), objects=(dossier_id,)
    )
    title = f"Hồ sơ thu hồi đất {word(dossier_id, 'dossier')}"
    return Dossier(
        dossier_id,
        code,
        f"{title} căn cước {number(dossier_id)}" if dossier_id == NUMBERED else title,
        Fonds(fonds, f"Phông {fonds}", Unit(FONDS[fonds], f"Đơn vị {FONDS[fonds]}", "commune")),
        tuple(items),
        (said, own, *(event for item in items for event in _events(item))),
        start_date="2010-01-01",
        end_date="2015-12-31",
        accession="Đợt 1",
        level=first.held[0],
        embargo=first.held[1],
        extra={"note": word(dossier_id, "dossier-extra")},
    )


def _events(item: Item) -> tuple[Event, ...]:
    record = next(record for record in RECORDS if record.id == item.id)
    told = word(item.id, "event") + (f" căn cước {number(item.id)}" if record.numbers else "")
    named = [file.path for file in item.files] or [item.id]
    return (
        Event("description", WHEN, f"Bà {word(item.id, 'agent')}", detail=told, objects=(item.id,)),
        Event(
            "fixity check",
            WHEN,
            "Ông Kho",
            detail=" ".join([word(item.id, "event"), *named]),
            objects=tuple(named),
        ),
    )


def _item(settings: Settings, folder: Path, record: Record) -> tuple[Item, NewFile | None]:
    if record.quarantined:
        return _control_entry(record), None
    more = f" căn cước {number(record.id)}" if record.numbers else ""
    content = f"%PDF-1.4 {word(record.id, 'original')}{more}".encode()
    digest = hashlib.sha256(content).hexdigest()
    name = f"{word(record.id, 'file')}{more}.pdf"
    path = f"original/{record.dossier.replace(':', '.')}/{name}"
    source = folder / "received" / digest
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(content)
    page = PageRef(path, 0, digest, key(RECIPE, digest, 0))
    reading, image = _page(record)
    RenditionsWriter(settings.renditions).put(page.rendition, reading, image)
    text = TextRef(path, name, digest, key(TEXT, digest, 0))
    RenditionsWriter(settings.renditions).put_text(
        text.rendition, f"Chung {word(record.id, 'file-text')}{more}"
    )
    item = Item(
        record.id,
        record.ordinal,
        f"Về việc thu hồi đất {word(record.id, 'title')}{more}",
        _fields(record, more),
        (SourceFile(path, name, len(content), digest, "application/pdf"),),
        (page,),
        access="quarantined" if record.quarantined else "open",
        level=record.level,
        embargo=record.embargo,
        findings=(_finding(record, None), _finding(record, 1)),
        record=system_record(record),
        texts=(text,),
        also_received_as=(f"{word(record.id, 'alias')}{more}",),
        extra={"note": f"{word(record.id, 'extra')}{more}"},
    )
    return item, NewFile(path, source, digest)


SYSTEM = "he-thong"


def address(item_id: str) -> str:
    """Where a record was shown in its closed system."""
    return f"https://cu.example/xem?id={word(item_id, 'url')}"


def register_name(item_id: str) -> str:
    return f"Sổ {word(item_id, 'register')}"


def case_code(item_id: str) -> str:
    return f"H62-{word(item_id, 'case')}"


def system_record(record: Record) -> SystemRecord:
    """A procedure dossier where there are personal numbers, else a document of a register; all of its texts are canaries."""

    def said(part: str) -> str:
        return f"Chung {word(record.id, part)}"

    party = Party(said("party"), "Văn thư", "Văn phòng")
    asks = f" cho ông Nguyễn {word(record.id, 'applicant')}" if record.numbers else ""
    procedure = Procedure(
        case_code(record.id), "1.00", said("procedure"), "Đất đai",
        Applicant(f"Nguyễn {word(record.id, 'applicant')}", number(record.id)), "2025-01-01", "2025-01-05",
        result=said("result"), papers=(Paper(said("paper")),),
    )  # fmt: skip
    return SystemRecord(
        SYSTEM, word(record.id, "old-id"), f"bang#{word(record.id, 'locator')}/1",
        kind="procedure" if record.numbers else "document", direction=Coded("1", "incoming"),
        register=register_name(record.id), register_year="2019", number=word(record.id, "number"),
        urls=(address(record.id),), exchange_id=word(record.id, "exchange"),
        steps=(Step(1, party, party, opinion=said("opinion") + asks, sent="2019-01-01"),),
        keeper=said("keeper"), copies=said("copies"), note=said("note"),
        attachments=(Attachment(f"{word(record.id, 'attachment')}.pdf", missing="snapshot.attachment_missing", stated=said("stated")),),
        links=(Link("related", "", said("link")), *_ties(record)),
        signatures=(Signature("x.pdf", said("signature")),),
        messages=(Message(Coded("01"), detail=said("message")),),
        procedure=procedure if record.numbers else None,
        unmapped={"cot": word(record.id, "unmapped")},
    )  # fmt: skip


def _ties(record: Record) -> list[Link]:
    """A link to every other record, by its old id."""
    return [Link("related", word(other.id, "old-id"), "văn bản khác") for other in RECORDS if other != record]


def _control_entry(record: Record) -> Item:
    extra = {"grade": "Mật", "sha256": word(record.id, "extra"), "note": word(record.id, "title")}
    return Item(record.id, record.ordinal, "", {}, (), (), access="quarantined", extra=extra)


def _fields(record: Record, more: str) -> dict[str, FieldValue]:
    values = {name: f"Chung {word(record.id, name)}{more}" for name in FIELD_NAMES}
    values |= {
        "code": f"{record.ordinal}/QĐ-{word(record.id, 'code')}",
        "issued_date": f"20{10 + record.ordinal}-03-0{record.ordinal}",
        "secrecy": "",
        "urgency": "",
        "code_number": str(record.ordinal),
    }
    return {
        name: FieldValue(value, 0.9, "letterhead", 1, (20, 20, 90, 50))
        for name, value in values.items()
        if value
    }


def _finding(record: Record, page: int | None) -> Finding:
    """What the paper says otherwise than the sheet."""
    values = {"field": "place", "sheet": "Chung", "paper": word(record.id, "finding")}
    return Finding("catalogue.differs", file=word(record.id, "file"), page=page, values=values)


# --------------------------------------------------------------------------- accounts and their sessions


def sessions(settings: Settings) -> dict[str, str]:
    """An account for everybody, all with one password, and a session each: name -> token. Some are over or not whole."""
    accounts, begun = AccountsWriter(settings.accounts), SessionsWriter(settings.sessions)
    password = Credentials(hash_password("all of them", homes.PASSWORD))
    for name, person in PEOPLE.items():
        account = Account(name, f"Người {name}", person.grants)
        (settings.accounts / f"{name}.json").write_text(json.dumps(to_plain(account)), encoding="utf-8")
        accounts.credentials.put(name, password)
    stages = {"first": "password", "second": "enrol"}
    tokens = {
        name: begun.begin(name, 1, stage=stages.get(person.state, "full")) for name, person in PEOPLE.items()
    }
    tokens["federated"] = begun.begin(
        "sso:1", 0, display_name="Người ngoài", grants=PEOPLE["federated"].grants
    )
    long_ago = SessionsWriter(settings.sessions, clock=lambda: time.time() - 11 * 3600)
    tokens["too-long"] = long_ago.begin("too-long", 1)
    accounts.set_grants("before-moving", [Grant("N3")])
    accounts.disable("disabled")
    begun.end(token_key(tokens["signed-out"]))
    return tokens
