"""A declaration to be filled in by the handing side, in the form its name asks for."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl

from archive import durable
from archive.errors import UsageError
from ingest.handover.declaration import COLUMNS

_TOML = """\
# Khai báo bàn giao. Đặt cạnh dữ liệu trước khi giao, hoặc: kho handover report HỆ-THỐNG --declared khai-bao.toml
so_bien_ban = ""            # số biên bản
ben_giao = ""               # tên cơ quan, đơn vị giao
nguoi_giao = ""
chuc_vu_giao = ""
ben_nhan = ""
nguoi_nhan = ""
chuc_vu_nhan = ""
dia_diem = ""
ngay = ""                   # ngày lập biên bản, ví dụ "15/07/2025"
can_cu = []                 # văn bản làm căn cứ, ví dụ ["Quyết định số 12/QĐ-UBND ngày 20/6/2025"]

# Số dòng của một bảng:
# [[so_lieu]]
# bang = "van_ban"
# so_luong = 3000

# Số văn bản, tệp, byte theo hướng (đến, đi, nội bộ), sổ, đơn vị, năm; nêu mục nào thì đếm theo mục ấy:
# [[so_lieu]]
# huong = "đến"
# so = "Sổ công văn đến"
# don_vi = "000.11.21.H99"
# nam = 2024
# so_luong = 812
# tep = 905

# Từng tệp bàn giao và mã băm:
# [[tep]]
# ten = "qlvb.siard"
# byte = 104857600
# sha256 = "…"
"""


def write(path: Path) -> None:
    """Raises UsageError for a form there is none of; never overwrites."""
    makers = {".toml": lambda: _TOML.encode(), ".csv": _csv, ".xlsx": _xlsx}
    maker = makers.get(path.suffix.lower())
    if maker is None:
        raise UsageError("handover.declaration_form", name=path.name)
    if path.exists():
        raise UsageError("handover.template_there", path=path)
    durable.write_file(path, maker())


def _csv() -> bytes:
    return (",".join(COLUMNS) + "\n").encode("utf-8-sig")


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "khai-bao"
    book.active.append(COLUMNS)
    for place in range(1, len(COLUMNS) + 1):
        book.active.column_dimensions[openpyxl.utils.get_column_letter(place)].width = 18
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
