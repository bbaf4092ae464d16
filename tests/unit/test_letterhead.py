"""A fixture per rule of the letterhead: small pages of words at the places where the layout puts them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from archive.model import FIELD_NAMES, PageReading, Word
from ingest.letterhead import describe

WIDTH, HEIGHT, DPI = 1654, 2339, 200
LEFT, RIGHT, MIDDLE = 440, 1130, 820
"""Centres of the left and right heading columns and of the body, in pixels of an A4 page at 200 dpi."""
TODAY = date(2026, 1, 1)


def words(
    text: str, y: int, *, centre: int | None = None, left: int | None = None, confidence: float = 95, size=12
):
    """Words of one line, (text, box, confidence), 28 pixels high."""
    width = len(text) * size
    x = left if left is not None else (centre or MIDDLE) - width // 2
    made = []
    for word in text.split(" "):
        if word:
            made.append((word, (x, y, x + len(word) * size, y + 28), confidence))
        x += (len(word) + 1) * size
    return made


def page(*lines) -> PageReading:
    made = tuple(
        Word(text, box, confidence, number)
        for number, line in enumerate(lines)
        for text, box, confidence in line
    )
    return PageReading(WIDTH, HEIGHT, DPI, 0, "ocr", made, 95.0)


def state_heading():
    return [
        words("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 140, centre=RIGHT, size=15),
        words("Độc lập - Tự do - Hạnh phúc", 185, centre=RIGHT),
    ]


BODY = [
    words(
        "Thực hiện chỉ đạo của cấp trên về công tác văn thư năm nay, cơ quan đề nghị các đơn vị",
        700,
        left=316,
    ),
    words(
        "triển khai các nội dung sau đây theo đúng quy định của pháp luật hiện hành và báo cáo kết",
        745,
        left=236,
    ),
    words(
        "quả về văn phòng trước ngày quy định để tổng hợp chung cho toàn huyện trong quý này theo",
        790,
        left=236,
    ),
    words("hướng dẫn đã ban hành.", 835, left=236),
]


def decision(
    issuer=("UBND HUYỆN KỲ ANH", "ỦY BAN NHÂN DÂN", "XÃ AN HÒA"), code="Số: 15/QĐ-UBND", **changes
) -> PageReading:
    """A decision of a commune in the layout of Nghị định 30/2020/NĐ-CP."""
    lines = state_heading()
    lines += [words(text, 140 + 40 * row, centre=LEFT) for row, text in enumerate(issuer)]
    lines.append(words(code, 290, centre=LEFT, confidence=changes.get("code_confidence", 95)))
    lines.append(words(changes.get("dated", "An Hòa, ngày 05 tháng 01 năm 2020"), 250, centre=RIGHT))
    lines.append(words(changes.get("title", "QUYẾT ĐỊNH"), 400))
    lines += [
        words(text, 450 + 40 * row)
        for row, text in enumerate(changes.get("subject", ["Về việc giao chỉ tiêu kế hoạch năm 2020"]))
    ]
    lines += [words(text, 560, centre=MIDDLE) for text in changes.get("after", [])]
    return page(*lines, *changes.get("extra", []), *BODY, *closing())


def letter(
    subject=("V/v cấp lại giấy chứng nhận quyền", "sử dụng đất"), code="Số: 263/SKHCN-VP", extra=()
) -> PageReading:
    """A công văn: subject under the number, no type."""
    lines = state_heading()
    lines.append(words("UBND TỈNH HƯNG YÊN", 140, centre=LEFT))
    lines.append(words("SỞ KHOA HỌC VÀ CÔNG NGHỆ", 180, centre=LEFT))
    lines.append(words(code, 250, centre=LEFT))
    lines.append(words("Hưng Yên, ngày 12 tháng 11 năm 2019", 250, centre=RIGHT))
    lines += [words(text, 295 + 38 * row, centre=LEFT) for row, text in enumerate(subject)]
    lines.append(words("Kính gửi: Ủy ban nhân dân các xã, thị trấn;", 480))
    return page(
        *lines, *extra, *BODY, *closing(positions=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), name="Dương Đình Huệ")
    )


def closing(positions=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), name="Nguyễn Văn Hải", top=1600):
    lines = [
        words("Nơi nhận:", top, left=236),
        words("- Như trên;", top + 50, left=236),
        words("- Sở Nội vụ (b/c);", top + 90, left=236),
        words("- Lưu: VT, NV.", top + 130, left=236),
    ]
    lines += [words(text, top + 44 * row, centre=1200) for row, text in enumerate(positions)]
    return [*lines, words(name, top + 280, centre=1200)] if name else lines


def values(*pages: PageReading) -> dict[str, str]:
    return {name: found.value for name, found in describe(pages, TODAY).items()}


# --------------------------------------------------------------------------- whole documents


def test_a_decision_gives_every_field():
    assert values(decision()) == {
        "code_number": "15",
        "code_notation": "QĐ-UBND",
        "code": "15/QĐ-UBND",
        "issued_date": "2020-01-05",
        "place": "An Hòa",
        "parent_issuer": "UBND HUYỆN KỲ ANH",
        "issuer": "ỦY BAN NHÂN DÂN XÃ AN HÒA",
        "type_name": "Quyết định",
        "subject": "giao chỉ tiêu kế hoạch năm 2020",
        "recipients": "Như trên; Sở Nội vụ (b/c); Lưu: VT, NV",
        "signer_position": "CHỦ TỊCH",
        "signer": "Nguyễn Văn Hải",
    }


@pytest.mark.parametrize("change", [{"text": "VI,"}, {"confidence": 30.0}])
def test_recipients_read_doubtfully_are_only_proposed(change):
    clean = decision()
    told = tuple(replace(word, **change) if word.text == "VT," else word for word in clean.words)
    assert describe([clean], TODAY)["recipients"].sure
    assert not describe([replace(clean, words=told)], TODAY)["recipients"].sure


def test_clean_fields_are_sure_and_have_page_and_box():
    found = describe([decision()], TODAY)
    assert set(found) <= set(FIELD_NAMES)
    assert all(value.sure and value.page == 1 and value.box for value in found.values())
    left, top, right, bottom = found["signer"].box
    assert (top, bottom) == (1880, 1908) and 1000 < left < right < 1400


def test_a_letter_has_its_subject_under_the_number():
    found = values(letter())
    assert found["type_name"] == "Công văn"
    assert found["subject"] == "cấp lại giấy chứng nhận quyền sử dụng đất"
    assert found["issuer"] == "SỞ KHOA HỌC VÀ CÔNG NGHỆ"
    assert found["parent_issuer"] == "UBND TỈNH HƯNG YÊN"
    assert found["addressees"] == "Ủy ban nhân dân các xã, thị trấn"
    assert found["signer_position"] == "PHÓ GIÁM ĐỐC"


def test_empty_and_foreign_pages_give_nothing():
    assert describe([], TODAY) == {}
    assert describe([page()], TODAY) == {}
    assert describe([page(words("lorem ipsum dolor sit amet", 900))], TODAY) == {}


def test_columns_merged_into_one_engine_line_are_told_apart():
    apart = decision()
    merged = replace(
        apart,
        words=tuple(
            sorted(
                (replace(word, line=word.box[1] // 40) for word in apart.words),
                key=lambda w: (w.line, w.box[0]),
            )
        ),
    )
    assert values(merged) == values(apart)


@pytest.mark.parametrize("slope", [-0.05, 0.05])
def test_a_leaning_page_is_levelled(slope):
    def lean(word: Word) -> Word:
        left, top, right, bottom = word.box
        fall = round(slope * ((left + right) / 2 - WIDTH / 2))
        shift = round(-slope * ((top + bottom) / 2 - HEIGHT / 2))
        return replace(word, box=(left + shift, top + fall, right + shift, bottom + fall))

    straight = decision()
    assert values(replace(straight, words=tuple(map(lean, straight.words)))) == values(straight)


# --------------------------------------------------------------------------- number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Số: 15/QĐ-UBND", "15/QĐ-UBND"),
        ("Số: 30/2020/NĐ-CP", "30/2020/NĐ-CP"),
        ("Số: 45 /2020/NĐ-CP", "45/2020/NĐ-CP"),
        ("Luật số: 40/2013/QH13", "40/2013/QH13"),
        ("Số: 851/BNV-CVT&LTNN", "851/BNV-CVT&LTNN"),
        ("Số: 12a/BC-UBND", "12a/BC-UBND"),
        ("Só: 15/QD-UBND", "15/QĐ-UBND"),
        ("86: l5/QÐ-UBND", "15/QĐ-UBND"),
        ("Số: 04/2021/TT- BTC", "04/2021/TT-BTC"),
        ("Số: 51⁄2025/TT-BCA", "51/2025/TT-BCA"),
        ("Số 123-CV/TW", "123-CV/TW"),
        ("Số 127-KL/TW", "127-KL/TW"),
    ],
)
def test_forms_of_numbers(written, code):
    assert values(decision(code=written))["code"] == code


@pytest.mark.parametrize("written", ["Số: /UBND-TH", "Số:      /UBND-TH", "Số: ...../UBND-TH"])
def test_a_blank_number_leaves_only_its_notation(written):
    found = values(letter(code=written))
    assert "code" not in found and "code_number" not in found
    assert found["code_notation"] == "UBND-TH"


def test_a_handwritten_number_is_unknown():
    plain = decision(code="Số: 1535 /SGDĐT-VP")
    poorly = tuple(replace(word, confidence=55) if word.text == "1535" else word for word in plain.words)
    found = values(replace(plain, words=poorly))
    assert "code" not in found and found["code_notation"] == "SGDĐT-VP"


def test_the_year_of_a_legal_number_is_not_its_number():
    assert "code" not in values(decision(code="Số: 5#2025/TT-BCA"))


def test_the_number_and_date_of_an_incoming_stamp_are_not_taken():
    stamp = [
        words("CÔNG VĂN ĐẾN", 330, left=180),
        words("Số: 3831", 365, left=180),
        words("Ngày: 11/6/2012", 400, left=180),
    ]
    found = values(decision(extra=stamp))
    assert found["code"] == "15/QĐ-UBND" and found["issued_date"] == "2020-01-05"
    assert found["subject"] == "giao chỉ tiêu kế hoạch năm 2020"
    blank = values(letter(code="Số: /UBND-TH", subject=(), extra=stamp))
    assert "code" not in blank and blank["issued_date"] == "2019-11-12"


@pytest.mark.parametrize("read", ["QĐĐ", "QB", "Q1"])
def test_a_notation_one_letter_off_is_mended_but_not_sure(read):
    found = describe([decision(code=f"Số: 28/{read}-UBND")], TODAY)["code"]
    assert found.value == "28/QĐ-UBND" and not found.sure


# --------------------------------------------------------------------------- date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("An Hòa, ngày 05 tháng 01 năm 2020", "2020-01-05"),
        ("An Hòa, ngày 30 tháng 6 năm 2021", "2021-06-30"),
        ("An Hòa, ngay l2 thảng 1I nàm 2019", "2019-11-12"),
        ("An Hòa, ngày 23 tháng07 năm 2025", "2025-07-23"),
        ("An Hòa, ngày    tháng 5 năm 2019", "2019-05"),
        ("An Hòa, ngày … tháng … năm 2019", "2019"),
        ("An Hòa, ngày 45 tháng 5 năm 2019", "2019-05"),
        ("An Hòa, ngày 1? tháng 5 năm 2019", "2019-05"),
        ("An Hòa, ngày 11 tháng ho năm 2019", "2019"),
    ],
)
def test_forms_of_dates(written, iso):
    found = describe([decision(dated=written)], TODAY)["issued_date"]
    assert found.value == iso
    assert found.sure == (len(iso) == 10)


def test_a_date_over_two_lines_is_read():
    below = words("tháng 10 năm 2013", 290, centre=RIGHT)
    found = describe([decision(dated="An Hòa, ngày 05", extra=[below])], TODAY)["issued_date"]
    assert found.value == "2013-10-05" and found.sure


@pytest.mark.parametrize("year", ["1820", "2027"])
def test_a_date_out_of_range_is_unknown(year):
    assert "issued_date" not in values(decision(dated=f"An Hòa, ngày 05 tháng 01 năm {year}"))


def test_a_year_that_contradicts_the_number_is_not_sure():
    found = describe([decision(code="Số: 30/2019/NĐ-CP")], TODAY)
    assert not found["issued_date"].sure and not found["code"].sure


def test_a_law_is_dated_where_it_was_passed():
    first = page(
        *state_heading(),
        words("QUỐC HỘI", 140, centre=LEFT),
        words("Luật số: 40/2013/QH13", 250, centre=LEFT),
        words("LUẬT", 400),
        words("SỬA ĐỔI, BỔ SUNG MỘT SỐ ĐIỀU", 450),
        words("CỦA LUẬT PHÒNG CHÁY VÀ CHỮA CHÁY", 490),
        words("Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;", 580),
        *BODY,
    )
    last = page(
        words("Luật này đã được Quốc hội khóa XIII thông qua ngày 22 tháng 11 năm 2013.", 400, left=236),
        words("CHỦ TỊCH QUỐC HỘI", 500, centre=1200),
        words("Nguyễn Sinh Hùng", 780, centre=1200),
    )
    found = values(first, last)
    assert found["issued_date"] == "2013-11-22"
    assert found["type_name"] == "Luật" and found["code"] == "40/2013/QH13" and found["issuer"] == "QUỐC HỘI"
    assert found["subject"] == "SỬA ĐỔI, BỔ SUNG MỘT SỐ ĐIỀU CỦA LUẬT PHÒNG CHÁY VÀ CHỮA CHÁY"
    assert found["signer"] == "Nguyễn Sinh Hùng"


# --------------------------------------------------------------------------- issuer


@pytest.mark.parametrize(
    ("lines", "issuer", "parent"),
    [
        (["ỦY BAN NHÂN DÂN", "HUYỆN CAN LỘC"], "ỦY BAN NHÂN DÂN HUYỆN CAN LỘC", None),
        (["UY BẠN NHAN DÂN", "HUYỆN CAN LỘC"], "ỦY BAN NHÂN DÂN HUYỆN CAN LỘC", None),
        (["ỦY BAN NHÂN DÂN", "TỈNH HÀ TĨNH", "SỞ NỘI VỤ"], "SỞ NỘI VỤ", "ỦY BAN NHÂN DÂN TỈNH HÀ TĨNH"),
        (["BỘ LAO ĐỘNG - THƯƠNG BINH", "VÀ XÃ HỌI"], "BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", None),
        (["HỘI ĐỒNG NHÂN DÂN", "XÃ AN HÒA"], "HỘI ĐỒNG NHÂN DÂN XÃ AN HÒA", None),
        (["CHÍNHPHỦ"], "CHÍNH PHỦ", None),
        (["UBND TỈNH HUNG YEN", "SỞ TƯ PHÁP"], "SỞ TƯ PHÁP", "UBND TỈNH HƯNG YÊN"),
    ],
)
def test_forms_of_issuers(lines, issuer, parent):
    found = values(decision(issuer=lines))
    assert found["issuer"] == issuer
    assert found.get("parent_issuer") == parent


def test_marks_lost_on_capitals_come_back_from_the_place():
    lines = ["UBND HUYỆN TIÊN LỮ", "ỦY BAN NHÂN DÂN", "XÃ THẠCH ĐẠI"]
    found = describe([decision(issuer=lines, dated="Thạch Đài, ngày 20 tháng 8 năm 2017")], TODAY)["issuer"]
    assert found.value == "ỦY BAN NHÂN DÂN XÃ THẠCH ĐÀI" and not found.sure


def test_a_level_poorly_read_before_a_confirmed_place_is_mended():
    lines = ["UBND HUYỆN KỲ ANH", "ỦY BAN NHÂN DÂN", "XN AN HÒA"]
    assert values(decision(issuer=lines))["issuer"] == "ỦY BAN NHÂN DÂN XÃ AN HÒA"


def test_the_line_of_an_unreadable_number_is_no_issuer():
    found = values(decision(code="Sẩ 1904'ÙBNDVHTT"))
    assert found["issuer"] == "ỦY BAN NHÂN DÂN XÃ AN HÒA" and "code" not in found


def test_a_council_without_its_place_is_not_sure():
    found = describe([decision(issuer=["UBND HUYỆN KỲ ANH", "ỦY BAN NHÂN DÂN"])], TODAY)["issuer"]
    assert found.value == "ỦY BAN NHÂN DÂN XÃ AN HÒA" and not found.sure
    alone = describe([decision(issuer=["ỦY BAN NHÂN DÂN"])], TODAY)["issuer"]
    assert alone.value == "ỦY BAN NHÂN DÂN" and not alone.sure


# --------------------------------------------------------------------------- type and subject


def test_the_likest_type_is_taken():
    assert values(decision(title="THÔNG BÁO", code="Số: 15/TB-UBND"))["type_name"] == "Thông báo"
    assert values(decision(title="THÔNG BẢO", code="Số: 15/TB-UBND"))["type_name"] == "Thông báo"


def test_a_type_that_contradicts_the_number_is_not_sure():
    assert not describe([decision(title="THÔNG BÁO", code="Số: 15/QĐ-UBND")], TODAY)["type_name"].sure


def test_a_subject_ends_before_the_addressees_and_the_grounds():
    for line in ("Kính gửi: Sở Nội vụ", "Căn cứ Luật Tổ chức chính quyền địa phương;"):
        found = values(
            decision(subject=["Về việc giao chỉ tiêu", "kế hoạch năm 2020"], extra=[words(line, 540)])
        )
        assert found["subject"] == "giao chỉ tiêu kế hoạch năm 2020"


def test_a_subject_ends_before_an_indented_paragraph():
    body = [
        words(
            "Thời hạn hoàn thành các nhiệm vụ trên trong vòng 25 ngày kể từ khi quyết định có hiệu",
            490,
            left=316,
        ),
        words(
            "lực thi hành theo quy định của pháp luật về tổ chức chính quyền địa phương và các văn bản",
            530,
            left=236,
        ),
    ]
    assert values(decision(extra=body))["subject"] == "giao chỉ tiêu kế hoạch năm 2020"


def test_an_office_under_the_subject_is_no_part_of_it():
    found = values(decision(extra=[words("CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ AN HÒA", 500)]))
    assert found["subject"] == "giao chỉ tiêu kế hoạch năm 2020"


# --------------------------------------------------------------------------- signer


def test_the_signature_is_found_before_the_annexes():
    annex = page(words("PHỤ LỤC", 140), words("Lê Văn An", 900, centre=1200), *BODY)
    assert values(decision(), annex)["signer"] == "Nguyễn Văn Hải"
    assert describe([decision(), annex], TODAY)["signer"].page == 1


@pytest.mark.parametrize("prefix", ["KT.", "1T.", "K/T."])
def test_kt_means_that_a_deputy_signs(prefix):
    first = page(
        *state_heading(),
        *BODY,
        *closing(positions=(f"{prefix} GIÁM ĐỐC", "GIÁM ĐỐC"), name="Trần Nguyễn Minh Thành"),
    )
    found = describe([first], TODAY)
    assert found["signer_position"].value == "PHÓ GIÁM ĐỐC" and not found["signer_position"].sure
    assert found["signer"].value == "Trần Nguyễn Minh Thành"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Nguyên Văn Hải", "Nguyễn Văn Hải"),
        ("| Trân Thị Mỹ .", "Trần Thị Mỹ"),
        ("Thượng tá Lê Quang Dũng", "Lê Quang Dũng"),
        ("PHẠM THỊ MỸ", "Phạm Thị Mỹ"),
    ],
)
def test_names_are_cleaned(written, name):
    assert values(page(*state_heading(), *BODY, *closing(name=written)))["signer"] == name


def test_an_unknown_family_name_is_not_sure():
    found = describe([page(*state_heading(), *BODY, *closing(name="Xyo Văn Hải"))], TODAY)["signer"]
    assert not found.sure


def test_a_speck_in_the_signature_block_hides_no_position():
    speck = [("5", (1210, 1628, 1216, 1633), 30.0)]
    assert values(page(*state_heading(), *BODY, *closing(), speck))["signer_position"] == "CHỦ TỊCH"


def test_no_name_is_made_up():
    assert "signer" not in values(page(*state_heading(), *BODY, *closing(name="")))


# --------------------------------------------------------------------------- Party layout


def test_the_party_layout():
    first = page(
        words("ĐẢNG CỘNG SẢN VIỆT NAM", 140, centre=RIGHT),
        words("TỈNH ỦY HÀ TĨNH", 140, centre=LEFT),
        words("HUYỆN ỦY CAN LỘC", 180, centre=LEFT),
        words("*", 215, centre=LEFT),
        words("Số 45-KL/HU", 250, centre=LEFT),
        words("Can Lộc, ngày 18 tháng 4 năm 2019", 250, centre=RIGHT),
        words("KẾT LUẬN", 400),
        words("về công tác cán bộ năm 2019", 450),
        *BODY,
        *closing(positions=("T/M BAN THƯỜNG VỤ", "BÍ THƯ"), name="Võ Hữu Hào"),
    )
    found = values(first)
    assert found["issuer"] == "HUYỆN ỦY CAN LỘC" and found["parent_issuer"] == "TỈNH ỦY HÀ TĨNH"
    assert found["code"] == "45-KL/HU" and found["code_number"] == "45" and found["code_notation"] == "KL/HU"
    assert found["type_name"] == "Kết luận" and found["subject"] == "về công tác cán bộ năm 2019"
    assert found["signer"] == "Võ Hữu Hào" and found["signer_position"] == "BÍ THƯ"


# --------------------------------------------------------------------------- marks


@pytest.mark.parametrize(
    ("stamp", "grade"),
    [
        ("MẬT", "Mật"),
        ("TỐI MẬT", "Tối mật"),
        ("TUYỆT MẬT", "Tuyệt mật"),
        ("[MẬT]", "Mật"),
        ("| TỐI MẬT |", "Tối mật"),
    ],
)
def test_a_secrecy_stamp_is_found(stamp, grade):
    assert values(decision(extra=[words(stamp, 360, left=260)]))["secrecy"] == grade
    assert values(letter(extra=[words(stamp, 400, left=260)]))["secrecy"] == grade


def test_a_poorly_read_secrecy_stamp_is_reported_but_not_sure():
    found = describe([decision(extra=[words("MẠT", 360, left=260, confidence=40)])], TODAY)["secrecy"]
    assert found.value == "Mật" and not found.sure


@pytest.mark.parametrize(
    "prose",
    [
        "Về việc bảo vệ bí mật nhà nước",
        "Về việc phát triển nghề nuôi ong lấy mật",
        "VỀ VIỆC BẢO VỆ BÍ MẬT NHÀ NƯỚC",
        "Mật độ dân số",
        "BẢO MẬT THÔNG TIN",
    ],
)
def test_prose_is_no_secrecy_stamp(prose):
    assert "secrecy" not in values(decision(subject=[prose]))
    assert "secrecy" not in values(decision(extra=[words(prose, 1000, left=236)]))


def test_a_title_broken_before_mat_is_no_stamp():
    assert "secrecy" not in values(decision(subject=["QUY ĐỊNH VỀ BẢO VỆ BÍ", "MẬT"]))


def test_a_stamp_in_the_body_of_a_page_is_no_grade():
    assert "secrecy" not in values(decision(extra=[words("MẬT", 1300, left=260)]))


@pytest.mark.parametrize(
    ("stamp", "grade"), [("HỎA TỐC", "Hỏa tốc"), ("THƯỢNG KHẨN", "Thượng khẩn"), ("KHẨN", "Khẩn")]
)
def test_an_urgency_stamp_is_found(stamp, grade):
    found = values(decision(extra=[words(stamp, 360, left=260)]))
    assert found["urgency"] == grade and "secrecy" not in found


def test_of_two_grades_the_graver_holds():
    black = decision(extra=[words("TỐI MẬT", 360, left=260)])
    red = tuple(Word(text, box, confidence, 0) for text, box, confidence in words("MẬT", 360, left=320))
    assert values(replace(black, stamps=red))["secrecy"] == "Tối mật"


# --------------------------------------------------------------------------- robustness


def test_every_cut_of_a_page_is_described_without_error():
    whole = decision()
    for count in range(len(whole.words)):
        describe([replace(whole, words=whole.words[:count])], TODAY)
        describe([replace(whole, words=whole.words[count:])], TODAY)
