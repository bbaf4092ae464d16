"""Reading order from word boxes: heading and foot by column, tables by cell, noise dropped."""

import random

import pytest

from ingest.recognition.reading_order import Token, arrange, tidy

LETTER, HEIGHT = 14, 28


def line(text: str, left: int, top: int, key: int = 0, gap: int = 10) -> list[Token]:
    """Words of one printed line, set in letters of one width; `key` is the recogniser's line."""
    tokens = []
    for word in text.split():
        right = left + LETTER * len(word)
        tokens.append(Token(word, (left, top, right, top + HEIGHT), 96.0, (key,)))
        left = right + gap
    return tokens


def body(top: int, count: int = 6, key: int = 100, gap: int = 10) -> list[Token]:
    return [
        t
        for n in range(count)
        for t in line("lời văn chạy hết bề ngang của trang giấy này " * 2, 200, top + 40 * n, key + n, gap)
    ]


def said(tokens, tables=()) -> list[str]:
    return [" ".join(token.text for token in found) for found in arrange(tokens, tables)]


def heading() -> list[Token]:
    """The recogniser ran both columns together, as it often does."""
    return [
        *line("ỦY BAN NHÂN DÂN", 220, 100, 1),
        *line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 700, 100, 1),
        *line("HUYỆN HƯƠNG KHÊ", 220, 140, 2),
        *line("Độc lập - Tự do - Hạnh phúc", 760, 140, 2),
        *line("Số: 15/QĐ-UBND", 220, 190, 3),
        *line("Hương Khê, ngày 05 tháng 01 năm 2020", 700, 195, 3),
        *line("V/v giao chỉ tiêu", 220, 230, 4),
    ]


HEADING = [
    "ỦY BAN NHÂN DÂN",
    "HUYỆN HƯƠNG KHÊ",
    "Số: 15/QĐ-UBND",
    "V/v giao chỉ tiêu",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Hương Khê, ngày 05 tháng 01 năm 2020",
]


def test_heading_is_read_column_by_column():
    assert said(heading() + body(400))[:7] == HEADING


def test_order_does_not_depend_on_the_recogniser():
    tokens = heading() + body(400)
    random.Random(1).shuffle(tokens)
    assert said(tokens)[:7] == HEADING


def test_a_narrow_gutter_is_seen_beside_the_national_title():
    tokens = line("ỦY BAN NHÂN DÂN HUYỆN XA", 220, 100) + line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 590, 100)
    tokens += line("Số: 1/QĐ", 220, 140, 2) + line("Độc lập - Tự do", 800, 140, 2)
    assert said(tokens + body(400))[:2] == ["ỦY BAN NHÂN DÂN HUYỆN XA", "Số: 1/QĐ"]


def test_foot_is_read_column_by_column():
    foot = [
        *line("TM. ỦY BAN NHÂN DÂN", 800, 780, 5),
        *line("Nơi nhận:", 200, 800, 6),
        *line("CHỦ TỊCH", 850, 820, 7),
        *line("- Như trên;", 200, 840, 8),
        *line("- Lưu: VT.", 200, 880, 9),
        *line("Nguyễn Văn Hải", 820, 990, 10),
    ]
    assert said(body(400) + foot)[6:] == [
        "Nơi nhận:",
        "- Như trên;",
        "- Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Nguyễn Văn Hải",
    ]


@pytest.mark.parametrize("gap", [8, 30, 36])
def test_justified_and_typewritten_lines_stay_whole(gap):
    assert len(said(body(400, gap=gap))) == 6


def test_lines_the_recogniser_cut_are_joined():
    assert said(line("một dòng", 200, 400, 1) + line("bị cắt đôi", 350, 403, 2)) == ["một dòng bị cắt đôi"]


def test_tables_are_read_cell_by_cell():
    cells = [(200, 500, 400, 600), (400, 501, 900, 600), (200, 600, 400, 700), (400, 600, 900, 700)]
    table = [
        *line("Phê duyệt", 410, 510, 21),
        *line("1", 250, 510, 21),
        *line("dự toán", 410, 550, 22),
        *line("2", 250, 610, 23),
        *line("Thu hồi đất", 410, 610, 23),
    ]
    read = said(body(300, 3) + table + body(800, 1, 300), [cells])
    assert read[3:-1] == ["1", "Phê duyệt", "dự toán", "2", "Thu hồi đất"]


def test_every_word_is_read_once():
    tokens = heading() + body(400) + line("Nơi nhận:", 200, 800, 50) + line("CHỦ TỊCH", 850, 820, 51)
    assert sorted(map(id, (t for found in arrange(tokens) for t in found))) == sorted(map(id, tokens))


def test_nothing_gives_nothing():
    assert arrange([]) == [] and tidy([]) == []


def test_stray_marks_go_and_real_marks_stay():
    words = ["|", "~", "phòng|", "-", "+", "15/QĐ-UBND_", "…", "và"]
    tokens = [Token(text, (10 * n, 0, 10 * n + 8, 28), 90.0) for n, text in enumerate(words)]
    assert [token.text for token in tidy(tokens)] == ["phòng", "-", "+", "15/QĐ-UBND", "…", "và"]


def test_tall_strokes_go():
    tokens = [*line("chữ ký bên dưới", 200, 100), Token("ÍÝ", (500, 0, 560, 200), 20.0)]
    assert [token.text for token in tidy(tokens)] == ["chữ", "ký", "bên", "dưới"]
