"""The office's own catalogue of its documents as muc-luc.xlsx, byte for byte the same on every run."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence

import openpyxl
from openpyxl.styles import Alignment, Font

HEADER = (
    "Mã hồ sơ", "Số TT", "Tên tệp", "Số và ký hiệu", "Ngày tháng", "Tên loại", "Trích yếu", "Cơ quan ban hành",
    "Người ký", "Số trang/tờ", "Chế độ sử dụng", "Hạn chế đến ngày", "Ghi chú",
)  # fmt: skip


def workbook(title: str, rows: Iterable[Sequence[str]]) -> bytes:
    """Two lines of title, an empty one, the header, the rows; every cell a text as offices type it."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Mục lục"
    page.append(["MỤC LỤC VĂN BẢN, TÀI LIỆU"])
    page.append([title])
    page.append([])
    page.append(HEADER)
    for row in rows:
        page.append(list(row))
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    page["A1"].font, page["A1"].alignment = Font(bold=True, size=14), Alignment(horizontal="center")
    for cell in page[4]:
        cell.font = Font(bold=True)
    for letter, wide in zip(
        "ABCDEFGHIJKLM", (30, 7, 30, 16, 12, 14, 60, 34, 22, 10, 16, 16, 24), strict=True
    ):
        page.column_dimensions[letter].width = wide
    out = io.BytesIO()
    book.save(out)
    return timeless(out.getvalue())


def timeless(data: bytes) -> bytes:
    """The same workbook without the time of its making."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2025-06-30T08:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name, (2025, 6, 30, 8, 0, 0)), content)
    return out.getvalue()
