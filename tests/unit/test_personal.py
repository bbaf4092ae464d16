"""Personal numbers are found and covered wherever they stand; ordinary numbers stay."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Word
from archive.rights import personal

COVERED = [
    ("CCCD số 038193004512 cấp ngày 12/3/2021", "038193004512"),
    ("mã định danh cá nhân: 001099012345.", "001099012345"),
    ("038 193 004 512", "038193004512"),
    ("số CMND: 173 456 789 do Công an cấp", "173456789"),
    ("bà Nhàn, 173456789, trú tại thôn Gò Mây", "173456789"),
    ("CMND số l73456O89", "L73456O89"),
    ("SĐT 0912.345.678", "0912345678"),
    ("liên hệ 0356 789 012 để nhận", "0356789012"),
    ("+84 912 345 678", "84912345678"),
    ("máy 01683456789 (cũ)", "01683456789"),
    ("Số tài khoản: 1023 4567 8901 tại ngân hàng", "102345678901"),
    ("STK: 19035512345011", "19035512345011"),
    ("hộ chiếu số B1234567", "B1234567"),
    ("SĐT0912345678", "0912345678"),
    ("CMND173456789", "173456789"),
    ("0912 345 – 678", "0912345678"),
    ("0912\t345\t678", "0912345678"),
    ("0912345678 đ/c Nam", "0912345678"),
    ("0912345678 Triệu Văn Nam", "0912345678"),
    ("dòng 1 0912345678 Triệu Văn Nam", "0912345678"),
    ("173456789 đồng chí Nam", "173456789"),
    ("0 912.345.678 6", "0912345678"),
]
PLAIN = [
    "số 15/QĐ-UBND ngày 18/3/2014",
    "tổng 123.456.789 đồng",
    "kinh phí 123456789 đồng",
    "diện tích 123456789 m2",
    "thửa đất số 218, tờ bản đồ số 07, diện tích 1.250 m2",
    "mã 000.00.12.H62",
    "hồ sơ H30.81.123456789.pdf",
    "Nghị định số 30/2020/NĐ-CP",
    "giai đoạn 2016-2020",
    "từ 01-01-2020 - 31-12-2020",
    "2019-05-31 2019-06-30",
    "tổng 1 000 000 000 000 đồng",
    "tổng 1.012.345.678.901 đồng",
    "117,0 81.500.000 6",
    "117,0 981.500.000 6",
    "0 81.500.000 6\n12,5 1.250.000 0",
]


@pytest.mark.parametrize(("text", "number"), COVERED)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_personal_number_is_found_and_covered(text, number, form):
    text = unicodedata.normalize(form, text)
    assert personal.numbers(text) == [number]
    covered = personal.covered(text)
    assert len(covered) == len(text)
    assert number not in "".join(filter(str.isalnum, covered)).upper()
    assert number not in "".join(filter(str.isalnum, personal.taken_out(text))).upper()


@pytest.mark.parametrize("between", ["/", ",", "-", ", ", " - ", ";"])
@pytest.mark.parametrize("pair", [("0912345678", "0356.789.012"), ("038193004512", "001099012345")])
def test_numbers_that_follow_each_other_are_all_found(pair, between):
    found = personal.numbers(between.join(pair))
    assert found == [number.replace(".", "") for number in pair]


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_numbers_stay(text):
    assert personal.covered(text) == text == personal.taken_out(text)


@given(st.text("0123456789 .-\nabcCMNDđ:số", max_size=80))
def test_covering_keeps_length_and_everything_outside_the_spans(text):
    covered = personal.covered(text)
    assert len(covered) == len(text)
    hidden = {at for first, last in personal.spans(text) for at in range(first, last)}
    assert all(text[at] == covered[at] for at in range(len(text)) if at not in hidden)


@given(st.from_regex(r"0[0-9]{11}", fullmatch=True), st.sampled_from(["a", "  ", "\n", "(", ": "]))
def test_a_citizen_number_never_slips_through(number, before):
    """Whatever stands before it, except a letter that makes it part of another word."""
    text = f"{before if before != 'a' else 'a '}{number} của ông A"
    assert number not in personal.covered(text)


def words(*lines: str) -> list[Word]:
    return [
        Word(text, (10 * at, 20 * line, 10 * at + 9, 20 * line + 15), 90.0, line)
        for line, content in enumerate(lines)
        for at, text in enumerate(content.split())
    ]


def test_boxes_of_a_number_that_runs_over_words_and_lines():
    page = words("Căn cước công dân số 038 193", "004 512 cấp ngày 12/3/2021")
    shown, boxes = personal.covered_words(page)
    assert [word.text for word in shown][5:9] == ["•••", "•••", "•••", "•••"]
    assert boxes == tuple(word.box for word in page[5:9])
    assert [word.text for word in shown][:5] == ["Căn", "cước", "công", "dân", "số"]


def test_a_page_without_personal_numbers_is_left_alone():
    page = words("thửa đất số 218", "tờ bản đồ số 07")
    assert personal.covered_words(page) == (tuple(page), ())


@pytest.mark.parametrize(
    ("token", "so"),
    [("038193004512", True), ("0912.345.678", True), ("b1234567", True), ("2019", False), ("15/qđ", False)],
)
def test_which_words_of_a_query_may_be_personal_numbers(token, so):
    assert personal.looks_personal(token) is so


PIECES = st.sampled_from(
    [text for text, _ in COVERED] + PLAIN + list("0123456789OoQIlıİB|.-,/ \n(+)") + [
        "căn cước", "CCCD", "CMT", "Chứng minh thư", "ĐỊNH DANH CÁ NHÂN", "tài khoản", "Stk", "ſố TK", "HỘ CHIẾU",
        "paſsport", "điện thoại", "Đt", "dİ động", "Zalo", "091234", "5678", "84", "số ", " A", "1234567",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=8).map("".join))
def test_looking_first_for_what_every_number_has_finds_all_that_the_rules_find(text):
    flat, places = personal._composed(text)
    found = [m.span() for m in personal._ALONE_RULE.finditer(flat) if not personal._is_money(m)]
    found += [m.span("number") for _, rule in personal._NAMED_RULES for m in rule.finditer(flat)]
    assert personal.spans(text) == personal._merged((places[a], places[b - 1] + 1) for a, b in found)
