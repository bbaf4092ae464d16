"""The same invented document system as its clerk saw it (registers) and as the exchange axis saw it (messages)."""

from __future__ import annotations

from collections.abc import Iterator

from samples.systems.as_register import Dirt
from samples.systems.documents import INCOMING, OUTGOING, UNITS
from samples.systems.model import Kept, Made, MadeTable

DIRT = Dirt(
    title=("UBND XÃ HÒA LĨNH", "SỔ ĐĂNG KÝ VĂN BẢN NĂM 2024"),
    typed=3,
    sections=((5, "Tháng 2"),),
    empty=frozenset({9}),
)
_INCOMING = (
    "Ngày đến",
    "Số đến",
    "Tác giả",
    "Số, ký hiệu văn bản",
    "Ngày tháng văn bản",
    "Tên loại và trích yếu nội dung văn bản",
    "Đơn vị hoặc người nhận",
    "Tệp đính kèm",
    "Ghi chú",
)
_OUTGOING = ("Số, ký hiệu văn bản", "Ngày tháng văn bản", "Tên loại và trích yếu nội dung văn bản", "Người ký", "Nơi nhận văn bản", "Đơn vị, người nhận bản lưu", "Số lượng bản", "Tệp đính kèm", "Ghi chú")  # fmt: skip
_DATED = ("Ngày đến", "Ngày tháng văn bản")
_COMMUNE, _YEAR = 2, 2024

Named = dict[str, Kept]


def _rows(made: Made, table: str) -> Iterator[Named]:
    held = made.tables[table]
    return (dict(zip(held.columns, row, strict=True)) for row in held.rows)


def registers(made: Made) -> Made:
    """Incoming and outgoing register of the commune for one year, as Nghị định 30/2020/NĐ-CP (Phụ lục IV) has them."""
    people = {row["id"]: row["ho_ten"] for row in _rows(made, "nguoi_dung")}
    kinds = {row["id"]: row["ten"] for row in _rows(made, "loai_van_ban")}
    receivers = {
        row["van_ban_id"]: people[row["nguoi_nhan_id"]] for row in _rows(made, "xu_ly") if row["buoc"] == 2
    }
    files = {row["van_ban_id"]: row["duong_dan"] for row in _rows(made, "tep_dinh_kem") if row["duong_dan"] and not str(row["duong_dan"]).startswith("D:")}  # fmt: skip
    incoming, outgoing = [], []
    for row in _rows(made, "van_ban"):
        day, title = row["ngay_ban_hanh"], f"{kinds[row['loai_id']]} {row['trich_yeu']}"
        if (
            row["don_vi_id"] != _COMMUNE
            or not day
            or day.year != _YEAR
            or row["do_mat"] in ("Mật", "Tối mật")
        ):
            continue
        if row["huong"] == INCOMING:
            arrived = row["ngay_den"].date()
            incoming.append(
                (
                    arrived,
                    row["so_den"],
                    row["co_quan_ban_hanh"],
                    row["so_ky_hieu"],
                    day,
                    title,
                    receivers.get(row["id"], ""),
                    files.get(row["id"]),
                    row["ghi_chu"],
                )
            )
        elif row["huong"] == OUTGOING:
            outgoing.append(
                (
                    row["so_ky_hieu"],
                    day,
                    title,
                    row["nguoi_ky"],
                    row["noi_nhan"],
                    "Văn thư",
                    row["so_ban"],
                    files.get(row["id"]),
                    row["ghi_chu"],
                )
            )
    tables = {
        "so van ban den 2024": _table(_INCOMING, incoming),
        "so van ban di 2024": _table(_OUTGOING, outgoing),
    }
    used = {file for rows in (incoming, outgoing) for row in rows if (file := row[7])}
    return Made(tables, {name: content for name, content in made.files.items() if name in used})


def _table(columns: tuple[str, ...], rows: list[tuple]) -> MadeTable:
    return MadeTable({name: "date" if name in _DATED else "text" for name in columns}, rows)


def messages(made: Made) -> Made:
    """What came over the exchange axis: incoming documents that have an id there, with one attachment and a status."""
    documents, receivers, traces, attachments, statuses = [], [], [], [], []
    held = {row["van_ban_id"]: row for row in _rows(made, "tep_dinh_kem") if row["noi_dung"]}
    for row in _rows(made, "van_ban"):
        if not row["ma_lien_thong"] or row["huong"] != INCOMING or row["do_mat"] in ("Mật", "Tối mật"):
            continue
        key, organ, name = row["ma_lien_thong"], UNITS[row["don_vi_id"]][0], UNITS[row["don_vi_id"]][1]
        number, _, notation = str(row["so_ky_hieu"]).partition("/")
        documents.append(
            (
                key,
                UNITS[1][0],
                row["co_quan_ban_hanh"],
                number,
                notation,
                "Lam Khê",
                f"{row['ngay_ban_hanh']:%Y/%m/%d}",
                "2",
                "Công văn",
                row["trich_yeu"],
                row["chuc_vu_ky"],
                row["nguoi_ky"],
                "0",
            )
        )
        receivers.append((key, organ, name))
        traces.append((key, UNITS[1][0], f"{row['ngay_den']:%Y/%m/%d %H:%M:%S}"))
        if file := held.get(row["id"]):
            attachments.append((key, file["ten_tep"], "application/pdf", file["noi_dung"]))
        statuses.append((key, organ, "03", "Đã tiếp nhận", f"{row['ngay_den']:%Y/%m/%d %H:%M:%S}"))
    columns = ("DocumentId", "From.OrganId", "From.OrganName", "Code.CodeNumber", "Code.CodeNotation", "PromulgationInfo.Place", "PromulgationInfo.PromulgationDate", "DocumentType.Type", "DocumentType.TypeName", "Subject", "SignerInfo.Position", "SignerInfo.FullName", "Bussiness.BussinessDocType")  # fmt: skip
    return Made({
        "document": _plain(columns, documents),
        "receiver": _plain(("@document", "OrganId", "OrganName"), receivers),
        "trace": _plain(("@document", "OrganId", "Timestamp"), traces),
        "attachment": _plain(("@document", "name", "content_type", "content"), attachments),
        "status": _plain(("ResponseFor.DocumentId", "OrganId", "StatusCode", "Description", "Timestamp"), statuses),
    })  # fmt: skip


def _plain(columns: tuple[str, ...], rows: list[tuple]) -> MadeTable:
    return MadeTable(dict.fromkeys(columns, "text"), rows)
