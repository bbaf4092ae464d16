"""Small invented dossiers with their files and readings, for tests of what keeps and publishes them."""

import hashlib
from pathlib import Path

from archive import home, ids
from archive.holdings.package import NewFile, original_path
from archive.holdings.renditions import key
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter
from archive.model import (
    Dossier,
    Event,
    FieldValue,
    Fonds,
    Item,
    PageReading,
    PageRef,
    SourceFile,
    Unit,
    Word,
)
from archive.settings import Settings

RECIPE = "test-1"


def fonds(code: str = "H30.01", unit: str = "H30") -> Fonds:
    return Fonds(code, f"Phông Ủy ban nhân dân {code}", Unit(unit, f"Ủy ban nhân dân {unit}", "district"))


def reading(text: str, source: str = "ocr", confidence: float = 91.0) -> PageReading:
    words = [
        Word(word, (10 + 60 * place, 20 + 40 * line, 60 + 60 * place, 50 + 40 * line), confidence, line)
        for line, content in enumerate(text.splitlines())
        for place, word in enumerate(content.split())
    ]
    return PageReading(
        1654, 2339, 200, 0, source if words else "none", tuple(words), confidence if words else None
    )


def content_of(name: str) -> bytes:
    return f"bytes of {name}".encode("utf-8", "surrogateescape") * 50


def item(
    dossier_id: str, ordinal: int, name: str, texts: tuple[str, ...] = ("nội dung",), **fields: str
) -> Item:
    """An open document in one file of `len(texts)` pages; `fields` are sure letterhead values."""
    content = content_of(name)
    sha256, path = hashlib.sha256(content).hexdigest(), original_path(name)
    return Item(
        ids.item_id(dossier_id, ordinal),
        ordinal,
        fields.get("subject", name),
        {field: FieldValue(value, 0.9, "letterhead", 1, (1, 2, 3, 4)) for field, value in fields.items()},
        (SourceFile(path, name, len(content), sha256, "application/pdf"),),
        tuple(PageRef(path, index, sha256, key(RECIPE, sha256, index)) for index in range(len(texts))),
    )


def quarantined(dossier_id: str, ordinal: int) -> Item:
    return Item(
        ids.item_id(dossier_id, ordinal),
        ordinal,
        "",
        {},
        (),
        (),
        access="quarantined",
        extra={"grade": "Mật"},
    )


def dossier(code: str, items: tuple[Item, ...], of: Fonds | None = None, **more) -> Dossier:
    of = of or fonds()
    more = {
        "title": f"Hồ sơ {code}",
        "events": (Event("ingestion", "2026-03-01T08:00:00+07:00", "lan"),),
        **more,
    }
    return Dossier(ids.dossier_id(of.code, code), code, fonds=of, items=items, **more)


def sample(code: str = "hs-1", of: Fonds | None = None, count: int = 2) -> Dossier:
    """A dossier of `count` two-page documents."""
    of = of or fonds()
    dossier_id = ids.dossier_id(of.code, code)
    items = tuple(
        item(
            dossier_id,
            number,
            f"{code} văn bản {number}.pdf",
            TEXTS,
            code=f"{number}/QĐ-UBND",
            code_number=str(number),
            code_notation="QĐ-UBND",
            type_name="Quyết định",
            issued_date=f"201{number % 10}-05-31",
            issuer="Ủy ban nhân dân huyện",
            subject=f"Về việc thu hồi đất đợt {number}",
        )
        for number in range(1, count + 1)
    )
    return dossier(code, items, of)


TEXTS = ("Quyết định về việc thu hồi đất\nĐiều 1 hòa giải", "Điều 2 nơi nhận như trên")


def sources(of: Dossier, folder: Path) -> list[NewFile]:
    """The received files of a dossier, written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for entry in of.items:
        for file in entry.files:
            path = folder / hashlib.sha256(file.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
            path.write_bytes(content_of(file.name))
            files.append(NewFile(file.path, path, file.sha256))
    return files


def writer(settings: Settings) -> HoldingsWriter:
    return HoldingsWriter(settings.holdings, settings.work / "staging", "lan")


def read_pages(settings: Settings, of: Dossier, texts: tuple[str, ...] = TEXTS, source: str = "ocr") -> None:
    """Keep a reading for every page of the dossier."""
    renditions = RenditionsWriter(settings.renditions)
    for entry in of.items:
        for page, text in zip(entry.pages, texts, strict=False):
            renditions.put(page.rendition, reading(text, source), b"\xff\xd8\xff\xd9")


def make_home(settings: Settings, *dossiers: Dossier) -> HoldingsWriter:
    """A home holding these dossiers, all pages read, nothing published."""
    home.create(settings)
    holdings = writer(settings)
    for entry in dossiers:
        read_pages(settings, entry)
        holdings.commit(entry, sources(entry, settings.home.parent / "received" / entry.code))
    return holdings
