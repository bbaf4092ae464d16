"""Real scans and born-digital documents of Vietnamese offices open as they are known to be."""

from collections import Counter

import pdfplumber
import pytest

from archive.text import clean, codes
from ingest.files.sources import inspect, open_page

PDF = "application/pdf"


def pages_of(path, settings, count=None):
    info = inspect(path, settings)
    return info, [
        open_page(path, PDF, index, settings) for index in range(min(count or info.pages, info.pages))
    ]


def notes(page) -> set[str]:
    return {finding.code for finding in page.findings}


@pytest.mark.parametrize(
    ("name", "pages", "dpi", "signed"),
    [
        ("scan_04-2021-TT-BLDTBXH.pdf", 8, 300, False),
        ("scan_40-2013-QH13_incoming-stamp.pdf", 11, 200, False),
        ("scan_45-2020-ND-CP_signed-sha1.pdf", 24, 260, True),
        ("scan_51-2025-TT-BCA_signed.pdf", 4, 200, True),
        ("scan_CV-2243-PCCC-P6_2025-07-23_signed.pdf", 2, 300, True),
        ("scan_danang-SGDDT-2019_bad-ocr-layer.pdf", 2, 200, False),
    ],
)
def test_scans_have_no_text_to_trust(shared_data, settings, name, pages, dpi, signed):
    info, opened = pages_of(shared_data / "01-vn-scans" / name, settings, 3)
    assert (info.media_type, info.pages, info.signed, info.findings) == (PDF, pages, signed, ())
    for page in opened:
        assert page.layer is None
        assert abs(page.dpi - dpi) <= 2
        assert abs(page.image.height / page.dpi - 11.7) < 0.2


def test_the_layer_of_an_english_reading_program_is_garbage(shared_data, settings):
    _, opened = pages_of(shared_data / "01-vn-scans/scan_danang-SGDDT-2019_bad-ocr-layer.pdf", settings)
    assert [notes(page) for page in opened] == [{"page.layer_garbage"}] * 2


def test_signature_stamps_are_seen_in_the_picture_but_are_no_text_layer(shared_data, settings):
    for name in ("scan_45-2020-ND-CP_signed-sha1.pdf", "scan_51-2025-TT-BCA_signed.pdf"):
        _, (first, second) = pages_of(shared_data / "01-vn-scans" / name, settings, 2)
        assert notes(first) == {"page.layer_partial"}
        assert notes(second) == set()


@pytest.mark.parametrize(
    ("name", "pages", "number", "signed"),
    [
        ("born_02-2021-TT-BTC.pdf", 3, "2/2021/tt-btc", False),
        ("congbao_26-2023-QH15_signed.pdf", 30, "26/2023/qh15", True),
    ],
)
def test_born_digital_text_is_trusted(shared_data, settings, name, pages, number, signed):
    info, opened = pages_of(shared_data / "02-vn-born-digital" / name, settings, 4)
    assert (info.pages, info.findings, info.signed) == (pages, (), signed)
    assert all(page.layer and page.layer.ink > 0.5 for page in opened)
    assert number in codes(opened[0].layer.text)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in opened[0].layer.text


def test_number_and_date_set_on_signing_are_part_of_the_text(shared_data, settings):
    (path,) = (shared_data / "02-vn-born-digital").glob("39_*.pdf")
    info, (page,) = pages_of(path, settings)
    assert (info.pages, info.signed) == (1, True)
    lines = page.layer.text.splitlines()
    assert "Số: 286 /C07-P6" in lines
    assert "Hà Nội, ngày 27 tháng 01 năm 2026" in lines


def test_every_box_lies_on_its_page(shared_data, settings):
    for path in sorted((shared_data / "02-vn-born-digital").glob("*.pdf")):
        _, opened = pages_of(path, settings, 2)
        for page in opened:
            for word in page.layer.words:
                left, top, right, bottom = word.box
                assert 0 <= left < right <= page.image.width
                assert 0 <= top < bottom <= page.image.height


def test_words_agree_with_an_independent_reader(shared_data, settings):
    for name in ("born_02-2021-TT-BTC.pdf", "congbao_26-2023-QH15_signed.pdf"):
        path = shared_data / "02-vn-born-digital" / name
        _, opened = pages_of(path, settings, 3)
        with pdfplumber.open(path) as document:
            for ours, theirs in zip(opened, document.pages[:3], strict=True):
                own = Counter(word.text for word in ours.layer.words)
                other = Counter(clean(word["text"]) for word in theirs.extract_words())
                assert (other - own).total() <= 0.02 * other.total()
                assert (own - other).total() <= 0.1 * other.total()  # what annotations show, we read as well
