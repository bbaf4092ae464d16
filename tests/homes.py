"""A small published home for tests of the look-up: fictional letters of three former units, drawn page by page.

`build(folder)` gives Settings of a home with units A (two dossiers), B (one) and C (one with a hostile name),
a quarantined document, and accounts made with `add_account`.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from PIL import Image, ImageDraw, ImageFont

from archive import home, ids
from archive.audit import journal
from archive.holdings.package import NewFile
from archive.holdings.renditions import Renditions, key
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.keeper import desk, server
from archive.model import (
    Box,
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
from archive.people.accounts_writer import AccountsWriter
from archive.publishing import publish
from archive.rights.access import Grant
from archive.settings import Settings
from webui.app import create_app

PASSWORD = "doc-ho-so-cu"
RECIPE = "test-1"
WHEN = "2025-07-01T08:00:00+07:00"
SIZE = (1240, 1754)
FONTS = ("Tinos-Regular.ttf", "LiberationSerif-Regular.ttf", "DejaVuSerif.ttf")

UNIT_A = Unit("UBND-AN-BINH", "UBND xã An Bình", "commune")
UNIT_B = Unit("UBND-PHU-MY", "UBND huyện Phú Mỹ", "district")
UNIT_C = Unit("UBND-TAN-HOA", "UBND xã Tân Hòa", "commune")
FONDS_A = Fonds("H01.12", "Ủy ban nhân dân xã An Bình", UNIT_A)
FONDS_B = Fonds("H01", "Ủy ban nhân dân huyện Phú Mỹ", UNIT_B)
FONDS_C = Fonds("H01.15", "Ủy ban nhân dân xã Tân Hòa", UNIT_C)

HOSTILE = 'Hồ sơ <script>document.title="bi-hack"</script> & "ngoặc" \u202egnp.exe'


@dataclass(frozen=True)
class Letter:
    """A letter to draw. `pages` are further paragraphs, one tuple of lines for each page."""

    code: str
    date: str
    kind: str
    subject: str
    signer: str
    pages: Sequence[Sequence[str]]
    issuer: str = ""
    sure: bool = True
    born_digital: bool = False
    quarantined: bool = False
    weak: Sequence[str] = field(default_factory=tuple)


LAND = (
    "Căn cứ Luật Đất đai ngày 29 tháng 11 năm 2013;",
    "Xét đề nghị của Phòng Tài nguyên và Môi trường về việc thu hồi đất",
    "để xây dựng đường liên thôn Gò Mây đi Bến Trúc,",
    "QUYẾT ĐỊNH:",
    "Điều 1. Thu hồi 1.250 m2 đất của hộ ông Lê Văn Bền, thửa đất số 218,",
    "tờ bản đồ số 07, tại thôn Gò Mây, xã An Bình.",
    "Điều 2. Giao Ủy ban nhân dân xã thông báo việc thu hồi đất đến hộ dân.",
    "Điều 3. Quyết định này có hiệu lực kể từ ngày ký.",
)
CERTIFICATE = (
    "Giấy chứng nhận quyền sử dụng đất cấp cho hộ bà Trần Thị Nhàn,",
    "thường trú tại thôn Bến Trúc, thửa đất số 96, tờ bản đồ số 03,",
    "diện tích 410 m2, mục đích sử dụng: đất ở tại nông thôn.",
    "Thời hạn sử dụng: lâu dài. Nguồn gốc: nhận chuyển nhượng.",
)
LIST = (
    "DANH SÁCH KÈM THEO",
    "1. Hộ ông Lê Văn Bền, thửa đất số 218, diện tích 1.250 m2.",
    "2. Hộ bà Phan Thị Hiền, thửa đất số 219, diện tích 340 m2.",
    "3. Hộ ông Đỗ Hữu Phước, thửa đất số 223, diện tích 95 m2.",
)
CIVIL = (
    "Ủy ban nhân dân xã xác nhận ông Nguyễn Văn Thuận, sinh năm 1968,",
    "có hộ khẩu thường trú tại thôn Gò Mây, đã khai báo kết hôn",
    "với bà Lý Thị Sương theo đúng quy định về hộ tịch.",
)
ROAD = (
    "Thực hiện kế hoạch xây dựng nông thôn mới, Ủy ban nhân dân huyện",
    "báo cáo kết quả bê tông hóa đường giao thông nông thôn,",
    "tổng chiều dài 12,6 km, kinh phí 8.430 triệu đồng.",
)

DOSSIERS: tuple[tuple[Fonds, str, str, str, tuple[Letter, ...]], ...] = (
    (
        FONDS_A,
        "DD.2014",
        "Hồ sơ thu hồi đất, bồi thường đường liên thôn Gò Mây – Bến Trúc",
        "Vĩnh viễn",
        (
            Letter(
                "15/QĐ-UBND",
                "2014-03-18",
                "Quyết định",
                "Về việc thu hồi đất để xây dựng đường liên thôn Gò Mây – Bến Trúc",
                "Hồ Quang Lộc",
                (LAND, LIST, ("Nơi nhận: Như Điều 3; Lưu: VT.",)),
                weak=("Bền,", "218,", "Hiền,"),
            ),
            Letter(
                "22/TB-UBND",
                "2014-04-02",
                "Thông báo",
                "Về việc thu hồi đất của hộ ông Lê Văn Bền",
                "Hồ Quang Lộc",
                (LAND[4:7],),
            ),
            Letter(
                "07/BB-UBND",
                "2014-04-15",
                "Biên bản",
                "Kiểm kê tài sản trên đất thu hồi tại thôn Gò Mây",
                "Võ Thành Tín",
                (LIST,),
                sure=False,
            ),
            Letter(
                "", "2014-05", "Tờ trình", "Đề nghị phê duyệt phương án bồi thường", "", (ROAD,), sure=False
            ),
            Letter("03/CV", "2014-06-01", "Công văn", "Nội dung không phục vụ", "", ((),), quarantined=True),
            Letter(
                "31/QĐ-UBND",
                "2015-01-09",
                "Quyết định",
                "Phê duyệt phương án bồi thường, hỗ trợ khi thu hồi đất",
                "Hồ Quang Lộc",
                (LAND, LIST),
            ),
        ),
    ),
    (
        FONDS_A,
        "HT.2019",
        "Hồ sơ đăng ký kết hôn năm 2019",
        "70 năm",
        (
            Letter(
                "112/XN-UBND",
                "2019-08-20",
                "Giấy xác nhận",
                "Tình trạng hôn nhân của ông Nguyễn Văn Thuận",
                "Bùi Thị Hoa",
                (CIVIL,),
            ),
            Letter(
                "48/GCN",
                "2017-11-03",
                "Giấy chứng nhận",
                "Quyền sử dụng đất hộ bà Trần Thị Nhàn",
                "Bùi Thị Hoa",
                (CERTIFICATE,),
            ),
            Letter(
                "09/BC-UBND",
                "2021-12-14",
                "Báo cáo",
                "Kết quả công tác hộ tịch năm 2021",
                "Bùi Thị Hoa",
                (CIVIL,),
                born_digital=True,
            ),
        ),
    ),
    (
        FONDS_B,
        "GT.2016",
        "Hồ sơ bê tông hóa giao thông nông thôn giai đoạn 2016–2018",
        "20 năm",
        (
            Letter(
                "204/BC-UBND",
                "2016-12-28",
                "Báo cáo",
                "Kết quả bê tông hóa giao thông nông thôn năm 2016",
                "Đặng Quốc Khánh",
                (ROAD, LIST),
            ),
            Letter(
                "77/QĐ-UBND",
                "2018-02-27",
                "Quyết định",
                "Thu hồi đất làm đường tại thị trấn Phú Mỹ",
                "Đặng Quốc Khánh",
                (LAND,),
            ),
        ),
    ),
    (
        FONDS_C,
        "TH.2012",
        HOSTILE,
        "",
        (Letter("01/KH-UBND", "2012-01-05", "Kế hoạch", HOSTILE, "Kiều <b>Oanh</b>", (ROAD,)),),
    ),
)


# --------------------------------------------------------------------------- drawing


def _font(size: int) -> ImageFont.FreeTypeFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    raise RuntimeError(f"none of the fonts {FONTS} is installed")


class _Sheet:
    """A page being drawn: remembers every word with its box."""

    def __init__(self, weak: Sequence[str] = ()) -> None:
        self.image = Image.new("RGB", SIZE, (252, 250, 245))
        self.draw = ImageDraw.Draw(self.image)
        self.words: list[Word] = []
        self.weak = set(weak)
        self.line = 0

    def write(self, text: str, x: int, y: int, size: int = 26) -> Box:
        """One line of text; returns the box around it."""
        font = _font(size)
        first = len(self.words)
        for word in text.split():
            left, top, right, bottom = map(int, self.draw.textbbox((x, y), word, font=font))
            self.draw.text((x, y), word, font=font, fill=(38, 34, 40))
            self.words.append(
                Word(word, (left, top, right, bottom), 61.0 if word in self.weak else 95.5, self.line)
            )
            x = right + round(self.draw.textlength(" ", font=font)) + 2
        self.line += 1
        boxes = [word.box for word in self.words[first:]] or [(x, y, x + 1, y + 1)]
        return (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )

    def stamp(self, x: int, y: int) -> None:
        for radius in (96, 78):
            self.draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius), outline=(196, 40, 46), width=4
            )

    def reading(self, source: str) -> PageReading:
        return PageReading(*SIZE, 150, 0, source, tuple(self.words), 95.0 if source == "ocr" else 100.0)

    def jpeg(self) -> bytes:
        out = io.BytesIO()
        self.image.save(out, "JPEG", quality=70)
        return out.getvalue()


def _first_sheet(letter: Letter, fonds: Fonds) -> tuple[_Sheet, dict[str, FieldValue]]:
    sheet = _Sheet(letter.weak)
    fields: dict[str, FieldValue] = {}
    confidence = 0.95 if letter.sure else 0.6

    def put(name: str, value: str, box: Box | None) -> None:
        if value:
            fields[name] = FieldValue(value, confidence, "letterhead", 1, box)

    put("issuer", letter.issuer or fonds.title, sheet.write(fonds.title.upper(), 90, 90, 24))
    sheet.write("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 660, 90, 24)
    put("code", letter.code, sheet.write(f"Số: {letter.code or '....'}", 150, 150))
    year, month, *day = letter.date.split("-")
    put(
        "issued_date",
        letter.date,
        sheet.write(f"Phú Mỹ, ngày {day[0] if day else '...'} tháng {month} năm {year}", 680, 150),
    )
    put("type_name", letter.kind, sheet.write(letter.kind.upper(), 520, 260, 32))
    put("subject", letter.subject, sheet.write(letter.subject[:70], 200, 320, 28))
    for number, line in enumerate(letter.pages[0]):
        sheet.write(line, 130, 420 + number * 52)
    put("signer", letter.signer, sheet.write(letter.signer, 800, 1330) if letter.signer else None)
    if letter.signer:
        sheet.stamp(780, 1230)
    return sheet, fields


def _other_sheet(lines: Sequence[str], weak: Sequence[str]) -> _Sheet:
    sheet = _Sheet(weak)
    for number, line in enumerate(lines):
        sheet.write(line, 130, 150 + number * 52)
    return sheet


# --------------------------------------------------------------------------- building


def build(folder: Path, dossiers=DOSSIERS, **options: object) -> Settings:
    """A published home below `folder`; `options` are settings such as index_engine."""
    settings = Settings(home=folder / "home", **options)
    home.create(settings)
    AccountsWriter(settings.accounts).init()
    for description in dossiers:
        keep(settings, folder, *description)
    republish(settings)
    return settings


def republish(settings: Settings) -> None:
    publish.publish(settings, Holdings(settings.holdings), Renditions(settings.renditions))


def keep(
    settings: Settings,
    folder: Path,
    fonds: Fonds,
    code: str,
    title: str,
    retention: str,
    letters: tuple[Letter, ...],
) -> None:
    """Put one dossier with its page readings into the holdings."""
    dossier_id = ids.dossier_id(fonds.code, code)
    made = [_item(settings, folder, dossier_id, fonds, n, letter) for n, letter in enumerate(letters, 1)]
    dates = sorted(letter.date for letter in letters)
    dossier = Dossier(
        id=dossier_id,
        code=code,
        title=title,
        fonds=fonds,
        items=tuple(item for item, _ in made),
        events=(Event("accession", WHEN, "Trần Văn Kho", detail="Đợt 1/2025", objects=(dossier_id,)),),
        start_date=dates[0],
        end_date=dates[-1],
        retention=retention,
        accession="Đợt 1/2025",
    )
    files = [file for _, file in made if file]
    HoldingsWriter(settings.holdings, settings.work / "staging").commit(dossier, files)


def _item(
    settings: Settings, folder: Path, dossier_id: str, fonds: Fonds, ordinal: int, letter: Letter
) -> tuple[Item, NewFile | None]:
    item_id = ids.item_id(dossier_id, ordinal)
    if letter.quarantined:
        return Item(item_id, ordinal, "", {}, (), (), access="quarantined"), None
    first, fields = _first_sheet(letter, fonds)
    sheets = [first, *(_other_sheet(lines, letter.weak) for lines in letter.pages[1:])]
    name = f"{item_id.replace(':', '.')} bản quét.pdf"
    content = b"%PDF-1.4 test original of " + item_id.encode()
    digest = hashlib.sha256(content).hexdigest()
    source = folder / "received" / hashlib.sha256(item_id.encode()).hexdigest()
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(content)
    logical = f"original/{name}"
    pages = tuple(PageRef(logical, n, digest, key(RECIPE, digest, n)) for n in range(len(sheets)))
    writer = RenditionsWriter(settings.renditions)
    for page, sheet in zip(pages, sheets, strict=True):
        writer.put(
            page.rendition, sheet.reading("text-layer" if letter.born_digital else "ocr"), sheet.jpeg()
        )
    file = SourceFile(logical, name, len(content), digest, "application/pdf")
    title = f"{letter.kind} {letter.subject[:1].lower()}{letter.subject[1:]}"
    return Item(item_id, ordinal, title, fields, (file,), pages), NewFile(logical, source, digest)


_KEEPERS = contextlib.ExitStack()
_KEPT: set[Path] = set()
atexit.register(_KEEPERS.close)


def start_keeper(settings: Settings) -> None:
    """Run the keeper of a home in this process until the tests end."""
    if settings.home not in _KEPT:
        sink = _KEEPERS.enter_context(journal.of_home(settings))
        _KEEPERS.enter_context(server.serving(settings.run, desk.verbs(settings, sink)))
        _KEPT.add(settings.home)


def app(settings: Settings) -> Flask:
    """The look-up of a home, with its keeper beside it."""
    start_keeper(settings)
    return create_app(settings)


def add_account(settings: Settings, name: str, *units: str, display_name: str = "") -> None:
    """An account with PASSWORD that may see `units`."""
    AccountsWriter(settings.accounts).add(name, PASSWORD, [Grant(unit) for unit in units], display_name)
