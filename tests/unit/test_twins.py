"""Twins: two archives that differ only in what an official may not see answer him alike, byte for byte.

The hidden part is drawn from a seed of its own: documents between the visible ones, dossiers, whole fonds, their
events and dates; the second twin was changed after its first publication. The personal numbers in what he does see
differ too, for they are covered. Requests are drawn from both twins' words, so that they ask for the hidden as well.
"""

from __future__ import annotations

import io
import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from PIL import Image

from archive import home, ids
from archive.holdings.renditions_writer import RenditionsWriter
from archive.keeper.sessions_writer import SessionsWriter
from archive.model import Dossier, Event, Fonds, Item, Unit
from archive.people.accounts import Account, to_plain
from archive.people.accounts_writer import AccountsWriter
from archive.processing import Applicant, Coded, Link, Party, Procedure, Step, SystemRecord
from archive.rights import restrictions_writer
from archive.rights.access import Grant
from archive.serial import dumps
from archive.settings import Settings
from ingest.batch.describe import with_dates
from tests import dossiers, homes
from tests.sinks import MemorySink
from webui.app import create_app

MOMENT = "1790000000"
WHEN = "2025-07-01T08:00:00+07:00"
FORM = "form-of-this-browser"
COMMON = [
    "quyết",
    "định",
    "thu",
    "hồi",
    "đất",
    "giao",
    "cho",
    "hộ",
    "gia",
    "đình",
    "xã",
    "phường",
    "thôn",
    "bản",
    "báo",
    "cáo",
    "kết",
    "quả",
    "công",
    "tác",
    "năm",
    "kế",
    "hoạch",
    "xây",
    "dựng",
    "đường",
    "giao",
    "thông",
    "nông",
    "thôn",
    "giáo",
    "dục",
    "y",
    "tế",
    "hòa",
    "giải",
    "tranh",
    "chấp",
    "khen",
    "thưởng",
    "cán",
    "bộ",
    "danh",
    "sách",
    "kèm",
    "theo",
    "tờ",
    "trình",
    "phê",
    "duyệt",
    "phương",
    "án",
    "bồi",
    "thường",
    "hỗ",
    "trợ",
    "tái",
    "định",
    "cư",
    "thông",
    "báo",
    "nghỉ",
    "lễ",
    "biên",
    "bản",
    "kiểm",
    "kê",
    "tài",
    "sản",
]
SECRET = [
    "tuyệt",
    "mật",
    "giaao",
    "quyeets",
    "thuw",
    "đaat",
    "hoofi",
    "baos",
    "truowngf",
    "bí",
    "danh",
    "nội",
    "gián",
    "khai",
    "báo",
    "vụ",
    "án",
    "tố",
    "cáo",
    "kỷ",
    "luật",
]
KINDS = ("Quyết định", "Báo cáo", "Tờ trình", "Thông báo")
HIDDEN_KINDS = (*KINDS, "Kết luận thanh tra", "Mật báo")
ISSUERS = ("UBND xã An Bình", "UBND huyện Phú Mỹ")
HIDDEN_ISSUERS = (*ISSUERS, "Công an tỉnh", "Thanh tra huyện")
VISIBLE_FONDS = {"H01.1": "A", "H01.2": "A.1"}
GRANTS = (Grant("A"), Grant("A.1"))
OWN_LEVEL = ("conditional", "closed", "open")


@dataclass(frozen=True)
class Twin:
    """One archive: its dossiers and the texts of the pages of each document."""

    dossiers: tuple[Dossier, ...]
    texts: dict[str, tuple[str, ...]]
    restricted: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return sorted({word for pages in self.texts.values() for page in pages for word in page.split()})


# --------------------------------------------------------------------------- two archives


class _Maker:
    """Draws a twin: what is visible from one seed, what is hidden and the personal numbers from another."""

    def __init__(self, hidden: int) -> None:
        self.open, self.secret = random.Random(7), random.Random(hidden)
        self.numbers = random.Random(hidden + 1)
        self.own = [*COMMON, *SECRET, *(_typo(word, self.secret) for word in COMMON)]
        self.texts: dict[str, tuple[str, ...]] = {}
        self.restricted: list[str] = []

    def twin(self) -> Twin:
        made = [self.dossier(f, n) for f in VISIBLE_FONDS for n in range(1, 7)]
        made += [self.hidden_dossier(f, f"M{n}", u) for f, u in VISIBLE_FONDS.items() for n in self.few()]
        made += [self.hidden_dossier(f"H0{n}.9", "K1", f"B{n}", "open") for n in (2, 3, *self.few())]
        by_id = {each.id: each for each in made}
        return Twin(tuple(by_id.values()), self.texts, tuple(self.restricted))

    def few(self) -> range:
        return range(4, 4 + self.secret.randrange(4))

    def dossier(self, fonds: str, number: int) -> Dossier:
        """A dossier that is seen, with hidden documents between the visible ones."""
        dossier_id = ids.dossier_id(fonds, f"K{number}")
        seen = [self.document(dossier_id, ordinal) for ordinal in (1, 3, 5)[: 1 + number % 3]]
        hidden = [self.hidden_document(dossier_id, n) for n in (2, 4, 6, 8) if self.secret.random() < 0.5]
        items = tuple(sorted((*seen, *hidden), key=lambda item: item.ordinal))
        return self.described(dossier_id, VISIBLE_FONDS[fonds], items, self.open)

    def hidden_dossier(self, fonds: str, code: str, unit: str, level: str = "conditional") -> Dossier:
        dossier_id = ids.dossier_id(fonds, code)
        items = tuple(self.hidden_document(dossier_id, n, "open") for n in range(1, 4))
        return replace(self.described(dossier_id, unit, items, self.secret), level=level)

    def described(self, dossier_id: str, unit: str, items: tuple[Item, ...], dice: random.Random) -> Dossier:
        """With the events and dates that taking it in gives a dossier."""
        fonds, _, code = dossier_id.partition(":")
        of = Fonds(fonds, f"Phông {unit}", Unit(unit, f"UBND {unit}", "commune"))
        title = f"Hồ sơ {self.sentence(dice, COMMON, 4)} căn cước {self.number()}"
        events = [Event("accession", WHEN, "Trần Văn Kho", detail="Đợt 1", objects=(dossier_id,))]
        for item in items:
            when = self.later() if item.ordinal % 2 == 0 else WHEN
            events.append(Event("description", when, "Lê Thị Kho", detail="đã đối chiếu", objects=(item.id,)))
        return with_dates(Dossier(dossier_id, code, title, of, items, tuple(events), accession="Đợt 1"))

    def later(self) -> str:
        return f"2025-{self.secret.randrange(8, 13):02d}-{self.secret.randrange(1, 29):02d}T08:00:00+07:00"

    def document(self, dossier_id: str, ordinal: int) -> Item:
        pages = tuple(self.page(self.open, COMMON) for _ in range(1 + ordinal % 2))
        return self.item(dossier_id, ordinal, pages, self.open, KINDS, ISSUERS, range(2010, 2016))

    def hidden_document(self, dossier_id: str, ordinal: int, level: str = "") -> Item:
        pages = tuple(self.page(self.secret, self.own) for _ in range(self.secret.randrange(1, 4)))
        item = self.item(
            dossier_id, ordinal, pages, self.secret, HIDDEN_KINDS, HIDDEN_ISSUERS, range(1980, 2026)
        )
        level = level or self.secret.choice(OWN_LEVEL)
        if dossier_id.startswith("H01") and level == "open":
            self.restricted.append(item.id)
        return replace(item, level=level, embargo=self.secret.choice(["", "", "2999-01-01"]))

    def item(self, dossier_id, ordinal, pages, dice, kinds, issuers, years) -> Item:
        subject = self.sentence(dice, COMMON, 6)
        item = dossiers.item(
            dossier_id,
            ordinal,
            f"{dossier_id} {ordinal} {subject}.pdf",
            pages,
            code=f"{dice.randrange(1, 99)}/QĐ-UBND",
            type_name=dice.choice(kinds),
            issuer=dice.choice(issuers),
            issued_date=f"{dice.choice(years)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
            subject=f"Về {subject} điện thoại {self.number()}",
            signer=f"Nguyễn Văn {dice.choice(COMMON)}",
        )
        self.texts[item.id] = pages
        return replace(item, record=self.record(item, dice))

    def record(self, item: Item, dice: random.Random) -> SystemRecord:
        """What a closed system knew: numbers, ids and links that visible and hidden records share; an applicant."""
        kind = dice.choice(("document", "procedure"))
        number, year = str(dice.randrange(1, 30)), dice.choice(("2018", "2019"))
        party = Party(f"Nguyễn Văn {dice.choice(COMMON)}", "", self.sentence(dice, COMMON, 2))
        procedure = Procedure(
            f"H62-{dice.randrange(1, 9)}",
            procedure=self.sentence(dice, COMMON, 3),
            applicant=Applicant(f"Trần Thị H{self.letter()}a", self.number(), self.number()),
            received="2019-01-01",
            due="2019-01-09",
        )
        return SystemRecord(
            "qlvb",
            item.id if dice is self.open else f"bí-{item.id}",
            "bang#1",
            kind=kind,
            direction=Coded("1", "incoming"),
            register="Sổ đến",
            register_year=year,
            number=number,
            steps=(Step(1, party, party, opinion=self.sentence(dice, COMMON, 5), sent="2019-01-02"),),
            links=(
                Link("related", f"bí-{ids.dossier_of(item.id)}:002", "văn bản khác"),
                Link("related", f"{ids.dossier_of(item.id)}:003", "văn bản ba"),
                Link("related", "", f"{dice.randrange(1, 99)}/QĐ-UBND"),
            ),
            procedure=procedure if kind == "procedure" else None,
            urls=(f"https://cu.example/{number}",),
        )

    def letter(self) -> str:
        return self.numbers.choice("aouy")

    def page(self, dice: random.Random, words: list[str]) -> str:
        lines = [self.sentence(dice, words, 8) for _ in range(4)]
        return "\n".join([*lines, f"căn cước số {self.number()} cấp cho hộ"])

    def number(self) -> str:
        return f"0912{self.numbers.randrange(10**6):06d}"

    @staticmethod
    def sentence(dice: random.Random, words: list[str], count: int) -> str:
        return " ".join(dice.choice(words) for _ in range(count))


def _typo(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word))
    return dice.choice(
        (word[:at] + word[at + 1 :], word[:at] + "a" + word[at:], word[:at] + "e" + word[at + 1 :])
    )


FIRST, SECOND = _Maker(1).twin(), _Maker(2).twin()


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (160, 220), "white").save(out, "JPEG")
    return out.getvalue()


def _publish(settings: Settings, twin: Twin) -> None:
    folder = settings.home.parent / "received"
    pages = RenditionsWriter(settings.renditions)
    for dossier in twin.dossiers:
        for item in dossier.items:
            for page, text in zip(item.pages, twin.texts[item.id], strict=True):
                pages.put(page.rendition, dossiers.reading(text), _jpeg())
        dossiers.writer(settings).commit(dossier, dossiers.sources(dossier, folder))
    homes.republish(settings)


def _home(folder: Path, engine: str) -> Settings:
    settings = Settings(home=folder / "home", index_engine=engine)
    home.create(settings)
    AccountsWriter(settings.accounts).init()
    account = Account("lan", "Trần Thị Lan", GRANTS)
    (settings.accounts / "lan.json").write_bytes(dumps(to_plain(account)))
    return settings


def _restrict(settings: Settings, twin: Twin) -> None:
    for record in twin.restricted:
        restrictions_writer.restrict(
            settings.restrictions, record, "closed", until=None, basis="CV", by="Kho"
        )


def _browser(settings: Settings):
    """Without a keeper: sessions stand still, and the log is in memory."""
    begun = time.time()
    app = create_app(settings)
    app.extensions["lookup"].log = MemorySink()
    app.extensions["lookup"].sessions.clock = lambda: begun
    token = SessionsWriter(settings.sessions, clock=lambda: begun).begin("lan", 1)
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(token=token, form=FORM)
    return client


def _twins(folder: Path, engine: str) -> tuple:
    """Browsers of one official in both archives. The second was published without its hidden part at first."""
    one, other = _home(folder / "one", engine), _home(folder / "other", engine)
    _restrict(one, FIRST)
    _publish(one, FIRST)
    bare = tuple(_without_hidden(dossier, SECOND) for dossier in SECOND.dossiers if dossier.level == "open")
    _restrict(other, SECOND)
    _publish(other, replace(SECOND, dossiers=bare))
    _publish(other, SECOND)
    return _browser(one), _browser(other)


def _without_hidden(dossier: Dossier, twin: Twin) -> Dossier:
    return replace(dossier, items=tuple(item for item in dossier.items if item.ordinal % 2))


# --------------------------------------------------------------------------- requests


def addresses(count: int, seed: int) -> list[str]:
    """What is asked of both."""
    dice = random.Random(seed)
    ask = _Asker(dice)
    kinds = (
        [ask.search] * 12 + [ask.record] * 4 + [ask.collection] * 2 + [ask.closed_system] * 3 + [ask.start]
    )
    return [dice.choice(kinds)() for _ in range(count)]


class _Asker:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.words = sorted({*FIRST.words, *SECOND.words})
        self.items = [item for twin in (FIRST, SECOND) for dossier in twin.dossiers for item in dossier.items]
        self.held = sorted({dossier.id for twin in (FIRST, SECOND) for dossier in twin.dossiers})

    def search(self) -> str:
        values = [("q", " ".join(self.clause() for _ in range(self.dice.choice((0, 1, 1, 2, 3, 6)))))]
        for name, wanted in self.dice.sample(self.facets(), self.dice.choice((0, 0, 0, 1, 2))):
            values.append((name, wanted))
        values += [("sort", self.dice.choice(("relevance", "newest", "oldest", "code")))]
        values += [("page", str(self.dice.choice((1, 1, 1, 2, 3, 9))))]
        values += [("whole", "issuer")] if self.dice.random() < 0.1 else []
        return f"/search?{urlencode(values)}"

    def facets(self) -> list[tuple[str, str]]:
        dice, year = self.dice, self.dice.randrange(1980, 2026)
        return [
            ("type", dice.choice(HIDDEN_KINDS)),
            ("issuer", dice.choice(HIDDEN_ISSUERS)),
            ("year", dice.choice((str(year), f"{year}-{year + 9}", "1980-2030"))),
            ("fonds", dice.choice((*VISIBLE_FONDS, "H02.9", "H05.9"))),
            ("unit", dice.choice(("A", "A.1", "B2", "B5"))),
            ("kind", "scan"),
        ]

    def clause(self) -> str:
        word, dice = self.dice.choice(self.words), self.dice
        item = dice.choice(self.items)
        return dice.choice(
            (
                word,
                word,
                _typo(word, dice),
                f"{word[:3]}*",
                f"-{word}",
                f'"{word} {dice.choice(self.words)}"',
                f"loại:{dice.choice(HIDDEN_KINDS).split()[0]}",
                f"số đến:{dice.randrange(1, 30)}",
                f"thủ tục:{word}",
                'người nộp:"Trần Thị Hoa"',
                f"người ký:{word}",
                f"năm:{dice.randrange(1980, 2026)}",
                f"từ:{dice.randrange(1980, 2026)}",
                item.value("code"),
                f"hồ sơ:{ids.dossier_of(item.id)}",
                f"cơ quan:{dice.choice(HIDDEN_ISSUERS).split()[-1]}",
                item.value("subject").split()[-1],
                _typo(word, dice) + word,
            )
        )

    def record(self) -> str:
        item = self.dice.choice(self.items)
        rest = self.dice.choice(
            ("", "", "/print", "/report", "/page/1/words.json", "/original/0", "/page/1/image")
        )
        values = {"q": self.clause(), "page": self.dice.choice((1, 1, 2))}
        return f"/item/{item.id}{rest}?{urlencode(values)}"

    def collection(self) -> str:
        dossier = self.dice.choice(self.held)
        fonds = ids.fonds_of(dossier)
        return self.dice.choice(
            (f"/dossier/{dossier}", f"/fonds/{fonds}", "/unit/A", "/unit/A.1", "/unit/B2", "/unit/B5")
        )

    def closed_system(self) -> str:
        """By old id or address, in a register, among procedure dossiers."""
        dice, item = self.dice, self.dice.choice(self.items)
        book = {
            "direction": "incoming",
            "name": "Sổ đến",
            "year": dice.choice(("2018", "2019")),
            "system": "qlvb",
            "page": dice.choice((1, 1, 2)),
        }
        asked = dice.choice(
            (
                {"code": f"H62-{dice.randrange(1, 9)}"},
                {"procedure": dice.choice(self.words)},
                {"applicant": "Trần Thị Hoa"},
            )
        )
        return dice.choice(
            (
                f"/legacy/qlvb/{quote(item.record.old_id)}",
                f"/legacy?{urlencode({'url': f'https://cu.example/{dice.randrange(1, 30)}'})}",
                f"/register/{ids.fonds_of(item.id)}?{urlencode(book)}",
                f"/thu-tuc?{urlencode(asked)}",
            )
        )

    def start(self) -> str:
        return self.dice.choice(("/", "/fonds", "/units", "/units/mine"))


# --------------------------------------------------------------------------- the proof


@pytest.mark.parametrize(("engine", "count"), [("tantivy", 1000), ("whoosh", 150), ("memory", 150)])
def test_what_is_hidden_changes_no_answer(tmp_path, monkeypatch, engine, count):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", MOMENT)
    one, other = _twins(tmp_path, engine)
    statuses: Counter[int] = Counter()
    different = []
    for address in addresses(count, seed=11):
        first, second = one.get(address), other.get(address)
        statuses[first.status_code] += 1
        if (first.status_code, first.data, first.headers) != (
            second.status_code,
            second.data,
            second.headers,
        ):
            different.append(address)
    print(engine, dict(statuses))
    assert not different, (len(different), different[:5])
    assert statuses[200] > count / 2 and statuses[404] > count / 50
