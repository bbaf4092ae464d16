"""Numbers and dates of real scans and PDFs: right where they are printed, unknown where they are handwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.model import FieldValue
from archive.settings import Settings
from ingest.files import sources
from ingest.letterhead import describe
from ingest.recognition import ocr


def fields(path: Path, settings: Settings) -> dict[str, FieldValue]:
    """What the first page says."""
    page = sources.open_page(path, "application/pdf", 0, settings)
    return describe([page.layer or ocr.recognise(page.image, page.dpi)[0]])


@pytest.mark.parametrize(
    ("name", "code", "issued", "issuer", "kind"),
    [
        (
            "01-vn-scans/scan_04-2021-TT-BLDTBXH.pdf",
            "04/2021/TT-BLĐTBXH",
            "2021-06-30",
            "BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI",
            "Thông tư",
        ),
        ("01-vn-scans/scan_40-2013-QH13_incoming-stamp.pdf", "40/2013/QH13", None, "QUỐC HỘI", "Luật"),
        (
            "01-vn-scans/scan_45-2020-ND-CP_signed-sha1.pdf",
            "45/2020/NĐ-CP",
            "2020-04-08",
            "CHÍNH PHỦ",
            "Nghị định",
        ),
        (
            "01-vn-scans/scan_51-2025-TT-BCA_signed.pdf",
            "51/2025/TT-BCA",
            "2025-06-30",
            "BỘ CÔNG AN",
            "Thông tư",
        ),
        (
            "02-vn-born-digital/born_02-2021-TT-BTC.pdf",
            "02/2021/TT-BTC",
            "2021-01-08",
            "BỘ TÀI CHÍNH",
            "Thông tư",
        ),
        ("02-vn-born-digital/congbao_26-2023-QH15_signed.pdf", "26/2023/QH15", None, "QUỐC HỘI", "Luật"),
    ],
)
def test_printed_headings_come_out_right(shared_data, settings, name, code, issued, issuer, kind):
    found = fields(shared_data / name, settings)
    assert found["code"].value == code
    assert (found["issued_date"].value if "issued_date" in found else None) == issued
    assert found["issuer"].value == issuer
    assert found["type_name"].value == kind


def test_a_handwritten_number_and_day_are_not_given_as_fact(shared_data, settings):
    found = fields(shared_data / "01-vn-scans/scan_danang-SGDDT-2019_bad-ocr-layer.pdf", settings)
    assert "code" not in found or not found["code"].sure
    assert found["issued_date"].value.startswith("2019-05") and not found["issued_date"].sure
    assert found["issuer"].value == "SỞ GIÁO DỤC VÀ ĐÀO TẠO"


def test_a_letter_with_a_number_set_in_by_machine(shared_data, settings):
    found = fields(shared_data / "01-vn-scans/scan_CV-2243-PCCC-P6_2025-07-23_signed.pdf", settings)
    assert found["code_number"].value == "2243"
    assert found["code"].value == "2243/PCCC&CNCH-P6" or not found["code"].sure
    assert found["issued_date"].value == "2025-07-23"
    assert found["type_name"].value == "Công văn"
    assert found["subject"].value.startswith("thu thập, tổng hợp, đánh giá tình hình thực hiện QCVN")
