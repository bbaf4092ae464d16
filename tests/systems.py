"""Records of two imagined closed systems: a document system's registers, two procedure systems, their snapshot.

`build(folder)` gives Settings of a published home: fonds A with a volume of incoming and one of outgoing documents and
procedure dossiers, fonds B with a volume of another unit. Files lie in a ZIP inside the snapshot's package.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

from archive import home, ids
from archive.holdings.locator import Locator
from archive.holdings.package import NewFile
from archive.holdings.renditions import TEXT, key
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter
from archive.model import Dossier, Event, FieldValue, Fonds, Item, PageRef, SourceFile, TextRef
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
    Snapshot,
    Step,
    SystemRecord,
    TableCount,
)
from archive.settings import Settings
from tests import homes
from tests.homes import FONDS_A, FONDS_B, WHEN

DOCS, CASES, NEWER = "qlvb-an-binh", "mot-cua-phu-my", "dvc-tinh"
FACTS = Snapshot(
    DOCS,
    "siard",
    "Hệ thống quản lý văn bản xã An Bình",
    "2025-06-30",
    "Xuất SIARD 2.1 từ máy chủ cũ",
    "QĐ 41/QĐ-UBND ngày 25/6/2025",
    "2025-07-01",
    tables=(TableCount("van_ban", 12, 12, 9), TableCount("xu_ly", 31, 31, 31)),
    attachments=6,
    missing=1,
)
CASE_FACTS = Snapshot(
    CASES, "postgres", "Một cửa điện tử huyện Phú Mỹ", "2025-06-30", "pg_dump 14", closed="2025-07-01"
)
NEWER_FACTS = Snapshot(NEWER, "json", "Cổng dịch vụ công tỉnh", "2025-09-30", "Xuất qua API")
PACKAGE = f"{FONDS_A.code}:chup-{DOCS}"
CONTAINER = "original/du-lieu.zip"

CLERK = Party("Bùi Thị Hoa", "Văn thư", "Văn phòng UBND xã", "VP")
CHAIR = Party("Hồ Quang Lộc", "Chủ tịch", "Lãnh đạo UBND xã", "LD")
LAND = Party("Võ Thành Tín", "Công chức địa chính", "Bộ phận Địa chính – Xây dựng", "DC")
MONEY = Party("Ngô Thị Mận", "Kế toán", "Bộ phận Tài chính", "TC")
LEAD, HELP, KNOW = Coded("CT", "lead"), Coded("PH", "support"), Coded("DB", "inform")
APPLICANT = Applicant(
    "Nguyễn Văn An", "038193004512", "0912345678", "Thôn Gò Mây, xã An Bình", "an.nguyen@example.vn"
)


def fields(**values: str) -> dict[str, FieldValue]:
    return {name: FieldValue(value, 1.0, "system") for name, value in values.items() if value}


def content_of(name: str) -> bytes:
    return f"%PDF-1.4 tệp {name}\n".encode() * 40


def file(path: str, package: str = PACKAGE, media: str = "application/pdf") -> SourceFile:
    """A file inside the ZIP of a snapshot."""
    content = content_of(path)
    name = path.rpartition("/")[2]
    place = str(Locator(CONTAINER).then("zip", path))
    return SourceFile(path, name, len(content), hashlib.sha256(content).hexdigest(), media, package, place)


def text_of(held: SourceFile) -> TextRef:
    return TextRef(held.path, held.name, held.sha256, key(TEXT, held.sha256, 0))


TEXTS = {
    "phu-luc-thửa-đất.xlsx": "Biểu kê thửa ruộng tăng sản\nXứ đồng Cây Gạo: mười hai thửa chưa đo vẽ\n"
    + "dòng đệm\n" * 4000
    + "hết biểu kê\n",
    "thu-nguyen-van-an.eml": "Kính gửi bộ phận một cửa\nTôi là Nguyễn Văn An xin gia hạn vì đi vắng, gọi 0912 345 678.\n",
}
"""What was read from files without pages."""

# --------------------------------------------------------------------------- documents

FLOW = (
    Step(1, CLERK, CHAIR, Coded(), Coded("Trình LĐ", "submit"), "Kính trình Chủ tịch xem xét, cho ý kiến.",
         "2019-03-05T08:10:00", "2019-03-05T09:00:00", "2019-03-05T09:02:00", "", Coded("1", "done")),
    Step(2, CHAIR, LAND, LEAD, Coded("Giao xử lý", "assign"),
         "Giao Địa chính chủ trì, tham mưu văn bản trả lời trước ngày 15/3; phối hợp Tài chính về kinh phí.",
         "2019-03-05T09:02:00", "2019-03-05T10:30:00", "2019-03-14T16:20:00", "2019-03-15", Coded("1", "done"), False),
    Step(3, CHAIR, MONEY, HELP, Coded("Giao xử lý", "assign"), "Phối hợp về kinh phí.",
         "2019-03-05T09:02:00", "2019-03-06T07:45:00", "2019-03-20T11:00:00", "2019-03-12", Coded("1", "done"), True),
    Step(4, CHAIR, Party("", "", "Công an xã", "CA"), KNOW, Coded("Chuyển"), "", "2019-03-05T09:05:00"),
    Step(5, LAND, CHAIR, Coded("XLC-7"), Coded("Báo cáo KQ", "finish"), "Đã dự thảo công văn trả lời số 45/UBND-ĐC.",
         "2019-03-14T16:20:00", "", "2019-03-15T08:00:00", "", Coded("KT", "done")),
)  # fmt: skip


def incoming(ordinal: int, number: str, subject: str, **more) -> Item:
    """An incoming document without files, as the clerk entered it."""
    dossier_id = f"{FONDS_A.code}:{DOCS}.den.2019.01"
    described = fields(
        code=f"{100 + ordinal}/UBND-VX",
        issued_date=f"2019-03-{ordinal:02d}",
        issuer="Ủy ban nhân dân huyện Phú Mỹ",
        type_name="Công văn",
        subject=subject,
        signer="Đặng Quốc Khánh",
    )
    record = SystemRecord(
        DOCS, f"VB-{4000 + ordinal}", f"van_ban.xml#van_ban/{ordinal}", direction=Coded("1", "incoming"),
        register="Sổ văn bản đến UBND xã", register_year="2019", number=number, arrived=f"2019-03-{ordinal + 1:02d}",
        unit="AB", status=Coded("Đã xử lý", "done"),
        steps=(Step(1, CLERK, LAND, LEAD, Coded("Chuyển", "transfer"), "", f"2019-03-{ordinal + 1:02d}T08:00:00"),),
    )  # fmt: skip
    return Item(
        ids.item_id(dossier_id, ordinal), ordinal, subject, described, (), (), record=replace(record, **more)
    )


def letters() -> tuple[Item, ...]:
    main, annex, draft = (
        file(f"tep/4001/{name}") for name in ("cv-101.pdf", "phu-luc-thửa-đất.xlsx", "du-thao.docx")
    )
    whole = incoming(
        1, "12", "Về việc rà soát quỹ đất công ích của xã An Bình",
        deadline="2019-03-15", work_dossier="Hồ sơ quỹ đất công ích 2019",
        exchange_id="000.00.12.H62,2019,101/UBND-VX", urls=("https://qlvb.anbinh.example/vanban/xem?id=4001",),
        steps=FLOW,
        attachments=(
            Attachment("cv-101.pdf", main.path, "main", "1.0"),
            Attachment("phu-luc-thửa-đất.xlsx", annex.path, "appendix"),
            Attachment("du-thao.docx", draft.path, "draft", "0.3", None, "refused.encrypted"),
            Attachment("ban-do.dwg", "", "appendix", "", 4_200_000, "snapshot.attachment_missing", "D:\\QLVB\\Tệp\\ban-do.dwg"),
            Attachment("bieu-mau.xls", "", "appendix", "", None, "snapshot.inside_container"),
        ),
        links=(
            Link("replied_by", "VB-5001", "45/UBND-ĐC"),
            Link("related", "VB-7001", "77/BC-UBND"),
            Link("related", "", "999/KH-TU"),
        ),
        signatures=(
            Signature(main.path, "Đặng Quốc Khánh", "2019-03-01T10:20:30+07:00", "CA của Ban Cơ yếu Chính phủ", True, True, "known"),
            Signature(main.path, "Văn phòng UBND huyện Phú Mỹ", "", "Nhà cung cấp lạ", None, False, "unknown"),
        ),
        messages=(
            Message(Coded("01", "received"), "2019-03-02T07:30:00", "UBND xã An Bình", "000.00.15.H62"),
            Message(Coded("03", "assigned"), "2019-03-05T09:02:00", "UBND xã An Bình", "000.00.15.H62"),
            Message(Coded("99"), "2019-03-20T11:00:00", "UBND xã An Bình", "000.00.15.H62", "Trạng thái riêng của hệ thống"),
        ),
        unmapped={"ma_vach": "893001", "nguoi_nhap_lieu": "hoabt"},
    )  # fmt: skip
    pages = tuple(PageRef(main.path, n, main.sha256, key(homes.RECIPE, main.sha256, n)) for n in range(2))
    whole = replace(whole, files=(main, annex, draft), pages=pages, texts=(text_of(annex),))
    open_one = incoming(
        4, "13", "Đề nghị góp ý dự thảo quy chế", status=Coded("Đang xử lý", "open"), unfinished=True,
        deadline="2025-06-20",
        steps=(replace(FLOW[1], number=1, sent="2025-06-10T08:00:00", read="", done="", deadline="2025-06-20", late=True, status=Coded("2", "open")),),
    )  # fmt: skip
    others = [
        incoming(2, "12a", "Về việc báo cáo số liệu hộ nghèo"),
        incoming(3, "9", "Mời họp giao ban", links=(Link("related", "VB-4001"),)),
    ]
    more = [incoming(n, str(n + 10), f"Về việc triển khai nhiệm vụ số {n}") for n in range(5, 9)]
    hidden = replace(incoming(9, "14", "Về cán bộ diện quản lý"), level="closed")
    return (whole, *others, open_one, *more, hidden)


def replies() -> tuple[Item, ...]:
    dossier_id = f"{FONDS_A.code}:{DOCS}.di.2019.01"
    sent = (
        ("45/UBND-ĐC", "Về việc trả lời rà soát quỹ đất công ích", "VB-5001"),
        ("46/BC-UBND", "Kết quả điều tra hộ nghèo năm 2019", "VB-5002"),
    )
    return tuple(
        Item(
            ids.item_id(dossier_id, n), n, subject,
            fields(code=code, issued_date=f"2019-03-{14 + n}", issuer="Ủy ban nhân dân xã An Bình", type_name="Công văn",
                   subject=subject, signer="Hồ Quang Lộc", recipients="UBND huyện Phú Mỹ; Lưu: VT"),
            (), (),
            record=SystemRecord(
                DOCS, old_id, f"van_ban.xml#van_ban/{50 + n}", direction=Coded("2", "outgoing"),
                register="Sổ văn bản đi", register_year="2019", number=code.partition("/")[0], arrived=f"2019-03-{14 + n}",
                unit="AB", status=Coded("Đã phát hành", "done"), copies="5", note="Gửi qua trục liên thông",
                steps=(
                    Step(1, LAND, CHAIR, Coded(), Coded("Trình ký", "sign"), "", f"2019-03-{14 + n}T08:00:00"),
                    Step(2, CLERK, Party(), Coded(), Coded("Phát hành", "issue"), "", f"2019-03-{16 + n}T08:00:00"),
                ),
            ),
        )
        for n, (code, subject, old_id) in enumerate(sent, 1)
    )  # fmt: skip


# --------------------------------------------------------------------------- procedure dossiers

CODE = "000.00.12.H62-250520-0004"
DESK = Party("Lý Thị Sương", "Công chức một cửa", "Bộ phận Một cửa", "MC")
OFFICER = Party("Phan Văn Lợi", "Chuyên viên", "Phòng Tài nguyên và Môi trường", "TNMT")
NEW_DESK = Party("Trần Thị Lan", "Công chức", "Trung tâm Phục vụ hành chính công xã An Bình", "PVHCC")


def case(
    fonds: Fonds, system: str, ordinal: int, code: str, old_id: str, steps, procedure: Procedure, **more
) -> Item:
    dossier_id = f"{fonds.code}:{system}.thu-tuc.2025.01"
    record = SystemRecord(
        system, old_id, f"ho_so#{ordinal}", kind="procedure", status=Coded("Đã trả kết quả", "delivered"), steps=tuple(steps),
        procedure=replace(procedure, code=code),
    )  # fmt: skip
    title = procedure.procedure
    return Item(
        ids.item_id(dossier_id, ordinal), ordinal, title,
        fields(issued_date=procedure.received[:10], subject=f"{title} – {procedure.applicant.name}"), (), (),
        record=replace(record, **more),
    )  # fmt: skip


REGISTRATION = Procedure(
    "", "1.004227.000.00.00.H62", "Đăng ký biến động quyền sử dụng đất", "Đất đai", APPLICANT,
    "2025-05-20T08:15:00", "2025-06-10", "", "", "", "650.000 đồng", "650.000 đồng",
    ("Bổ sung bản sao giấy chứng nhận (23/05/2025)",),
    (Paper("Đơn đăng ký biến động (Mẫu 11/ĐK)", "hs/0004/don-nguyen-van-an.pdf", "1", "bản chính"), Paper("Giấy chứng nhận", "", "1", "bản gốc")),
)  # fmt: skip
BEFORE = (
    Step(1, Party("Nguyễn Văn An"), DESK, Coded(), Coded("TN", "receive"), "Tiếp nhận hồ sơ của ông Nguyễn Văn An",
         "2025-05-20T08:15:00", "", "2025-05-20T08:20:00", "2025-05-20", Coded("X", "done"), False),
    Step(2, DESK, OFFICER, LEAD, Coded("CH", "transfer"), "", "2025-05-20T14:00:00", "2025-05-21T08:00:00",
         "2025-06-12T16:00:00", "2025-06-10", Coded("X", "done"), True),
    Step(3, OFFICER, Party("Nguyễn Văn An"), Coded(), Coded("BS", "supplement"), "Thiếu bản sao giấy chứng nhận",
         "2025-05-23T09:00:00", "", "2025-05-27T09:00:00"),
)  # fmt: skip
AFTER = (
    Step(1, DESK, OFFICER, LEAD, Coded("CHUYEN", "transfer"), "Chuyển sang hệ thống mới khi sắp xếp đơn vị",
         "2025-07-01T08:00:00"),
    Step(2, NEW_DESK, Party("Nguyễn Văn An"), Coded(), Coded("TRA_KQ", "deliver"), "Đã trả kết quả tại quầy số 3",
         "2025-07-04T10:05:00", "", "2025-07-04T10:05:00", "2025-07-05", Coded("HT", "done"), False),
)  # fmt: skip


def cases() -> tuple[Item, ...]:
    paper, letter = file("hs/0004/don-nguyen-van-an.pdf"), file("hs/0004/thu-nguyen-van-an.eml")
    first = case(FONDS_A, CASES, 1, CODE, "88001", BEFORE, REGISTRATION,
                 attachments=(Attachment("don-nguyen-van-an.pdf", paper.path, "paper"),), unfinished=True,
                 status=Coded("Đang giải quyết", "open"), unmapped={"ngay_sinh": "12/04/1968"})  # fmt: skip
    page = PageRef(paper.path, 0, paper.sha256, key(homes.RECIPE, paper.sha256, 0))
    birth = Procedure(
        "", "1.001193.000.00.00.H62", "Đăng ký khai sinh", "Hộ tịch", Applicant("Lê Thị Bưởi", "038193009999"),
        "2025-06-02", "2025-06-03", "2025-06-03", "2025-06-03", "Giấy khai sinh số 118/2025", "Không",
    )  # fmt: skip
    return (
        replace(first, files=(paper, letter), pages=(page,), texts=(text_of(letter),)),
        case(FONDS_A, CASES, 2, "000.00.12.H62-250602-0011", "88002", (), birth),
    )


def newer_cases() -> tuple[Item, ...]:
    done = replace(
        REGISTRATION,
        finished="2025-07-03T16:30:00",
        delivered="2025-07-04T10:05:00",
        result="Đã cập nhật biến động trang 4",
    )
    return (case(FONDS_A, NEWER, 1, CODE, "H62-2507-991", AFTER, done),)


# --------------------------------------------------------------------------- volumes and the home


def volume(
    fonds: Fonds, code: str, title: str, items: tuple[Item, ...], facts: Snapshot, kind: str
) -> Dossier:
    dossier_id = ids.dossier_id(fonds.code, code)
    taken = Event(
        "accession", WHEN, "Trần Văn Kho", detail="Tiếp nhận bản chụp hệ thống", objects=(dossier_id,)
    )
    return Dossier(
        dossier_id, code, title, fonds, items, (taken,), accession="Bản chụp 2025", kind=kind, snapshot=facts
    )


def elsewhere() -> tuple[Item, ...]:
    """The document of another unit that the first letter is tied to."""
    dossier_id = f"{FONDS_B.code}:{DOCS}.di.2019.01"
    record = SystemRecord(
        DOCS, "VB-7001", "van_ban.xml#van_ban/70", direction=Coded("2", "outgoing"), register="Sổ văn bản đi",
        register_year="2019", number="77", links=(Link("related", "VB-4001"),),
        urls=("https://qlvb.phumy.example/xem?id=7001",),
    )  # fmt: skip
    described = fields(
        code="77/BC-UBND", issued_date="2019-02-02", type_name="Báo cáo", subject="Quỹ đất toàn huyện"
    )
    return (Item(ids.item_id(dossier_id, 1), 1, "Quỹ đất toàn huyện", described, (), (), record=record),)


def dossiers() -> tuple[Dossier, ...]:
    return (
        volume(FONDS_A, f"{DOCS}.den.2019.01", "Sổ văn bản đến năm 2019", letters(), FACTS, "register"),
        volume(FONDS_A, f"{DOCS}.di.2019.01", "Sổ văn bản đi năm 2019", replies(), FACTS, "register"),
        volume(FONDS_A, f"{CASES}.thu-tuc.2025.01", "Hồ sơ thủ tục hành chính năm 2025", cases(), CASE_FACTS, "procedures"),
        volume(FONDS_A, f"{NEWER}.thu-tuc.2025.01", "Hồ sơ dịch vụ công năm 2025", newer_cases(), NEWER_FACTS, "procedures"),
        volume(FONDS_B, f"{DOCS}.di.2019.01", "Sổ văn bản đi của huyện năm 2019", elsewhere(), FACTS, "register"),
    )  # fmt: skip


def keep(settings: Settings, folder: Path) -> None:
    """The snapshot with its container, the volumes, and readings of the pages."""
    writer = HoldingsWriter(settings.holdings, settings.work / "staging")
    kept = _container(folder)
    received = SourceFile(
        CONTAINER, "du-lieu.zip", kept.source.stat().st_size, kept.sha256, "application/zip"
    )
    package = volume(FONDS_A, f"chup-{DOCS}", f"Bản chụp {FACTS.title}", (), FACTS, "snapshot")
    writer.commit(replace(package, files=(received,), level="closed"), [kept])
    for dossier in dossiers():
        for item in dossier.items:
            _read(settings, item)
        writer.commit(dossier, [])


def _container(folder: Path) -> NewFile:
    folder.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for dossier in dossiers():
            for held in (held for item in dossier.items for held in item.files):
                made.writestr(held.path, content_of(held.path))
    path = folder / "du-lieu.zip"
    path.write_bytes(out.getvalue())
    return NewFile(CONTAINER, path, hashlib.sha256(out.getvalue()).hexdigest())


def _read(settings: Settings, item: Item) -> None:
    said = ["Kính gửi: Ủy ban nhân dân xã An Bình", "Về việc rà soát quỹ đất công ích"]
    if item.record.procedure:
        said = ["ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI", "Người nộp đơn: Nguyễn Văn An, căn cước số 038193004512"]
    for one in item.texts:
        RenditionsWriter(settings.renditions).put_text(one.rendition, TEXTS[one.name])
    for number, page in enumerate(item.pages, 1):
        sheet = homes._other_sheet([*said, f"Trang {number}"], ())
        RenditionsWriter(settings.renditions).put(page.rendition, sheet.reading("ocr"), sheet.jpeg())


def build(folder: Path, **options: object) -> Settings:
    settings = Settings(home=folder / "home", **options)
    home.create(settings)
    AccountsWriter(settings.accounts).init()
    keep(settings, folder / "received")
    homes.republish(settings)
    return settings
