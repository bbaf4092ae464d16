"""Text layers: additions find their lines, ink under words is measured."""

from PIL import Image, ImageDraw

from ingest.files.layer import LayerWord, merged
from ingest.files.trust import ink_inside


def word(text, left, bottom, line, width=30, height=12):
    return LayerWord(text, (left, bottom, left + width, bottom + height), line, False, None)


def lines(words):
    rows: dict[int, list[str]] = {}
    for one in words:
        rows.setdefault(one.line, []).append(one.text)
    return [" ".join(row) for row in rows.values()]


OWN = [
    word("Số:", 60, 700, 0),
    word("/QĐ-UBND", 130, 700, 0),
    word("ngày", 300, 701, 1),
    word("tháng", 380, 701, 1),
]


def test_short_additions_join_the_line_and_column_they_stand_in():
    added = [word("286", 95, 702, 0), word("27", 340, 700, 0)]
    assert lines(merged(OWN, added)) == ["Số: 286 /QĐ-UBND", "ngày 27 tháng"]


def test_a_box_of_many_words_beside_a_line_stays_apart():
    added = [
        word(text, 420 + 30 * number, 702, 0) for number, text in enumerate(["Người", "ký:", "Văn", "phòng"])
    ]
    assert lines(merged(OWN, added))[-1] == "Người ký: Văn phòng"


def test_additions_where_nothing_stands_are_lines_of_their_own():
    assert lines(merged(OWN, [word("ĐẾN", 60, 300, 0)]))[-1] == "ĐẾN"
    assert lines(merged([], [word("ĐẾN", 60, 300, 0)])) == ["ĐẾN"]


def test_ink_is_measured_under_the_boxes():
    image = Image.new("L", (1000, 1000), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 199, 119), fill=0)
    draw.rectangle((100, 500, 199, 519), fill=0)
    assert ink_inside(image, [(100, 100, 200, 120), (100, 500, 200, 520)]) == 1.0
    assert ink_inside(image, [(100, 100, 200, 120)]) == 0.5
    assert ink_inside(image, []) == 0.0
    assert ink_inside(Image.new("1", (50, 50), 1), []) == 1.0
