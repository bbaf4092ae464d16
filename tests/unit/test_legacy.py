"""Legacy encodings: every letter of the alphabet goes there and back, run by run."""

import shutil
import subprocess
import unicodedata

import pytest

from ingest.files.legacy import convert, rule_of, rules
from tests.pdfs import coded

SMALL = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
ALL = SMALL + SMALL.upper()


def test_the_alphabet_has_134_marked_letters():
    assert len(set(ALL)) == 134


@pytest.mark.parametrize("letter", SMALL)
def test_tcvn3_round_trip_small_and_capital_font(letter):
    code = coded(letter, "tcvn3")
    assert len(code) == 1
    assert convert(code, ".VnTime") == (letter, "tcvn3")
    assert convert(code, ".VnTimeH") == (letter.upper(), "tcvn3")


@pytest.mark.parametrize("letter", ALL)
def test_vni_round_trip(letter):
    assert convert(coded(letter, "vni"), "VNI-Times") == (letter, "vni")


@pytest.mark.skipif(not shutil.which("iconv"), reason="iconv is not installed")
def test_tcvn3_agrees_with_the_c_library():
    for code, letter in rules()["tcvn3"].letters.items():
        run = subprocess.run(
            ["iconv", "-f", "TCVN", "-t", "UTF-8"],
            input=code.encode("latin-1"),
            capture_output=True,
            check=True,
        )
        assert unicodedata.normalize("NFC", run.stdout.decode()) == letter


@pytest.mark.parametrize(
    ("written", "font", "read"),
    [
        ("B¸o c¸o n¨m 2004", ".VnTime", "Báo cáo năm 2004"),
        ("Uû ban nh©n d©n", "ABCDEF+.VnArial,Bold", "Uỷ ban nhân dân"),
        ("céng hßa x· héi", "ABCDEF+.VnTimeH", "CỘNG HÒA XÃ HỘI"),
        ("Coäng hoøa xaõ hoäi", "VNI-Times", "Cộng hòa xã hội"),
        ("ÑOÄC LAÄP - Töï do", "ABCDEF+VNI-Helve-Bold", "ĐỘC LẬP - Tự do"),
        ("\uf042\uf0b8o c\uf0b8o", ".VnTime", "Báo cáo"),
    ],
)
def test_sentences(written, font, read):
    assert convert(written, font)[0] == read


@pytest.mark.parametrize("font", ["TimesNewRoman", "Vnnew", "ABCDEF+Arial", "VNtimes", "CVNI-Times", ""])
def test_unicode_fonts_are_left_alone(font):
    assert convert("B¸o c¸o", font) == ("B¸o c¸o", None)


def test_unicode_text_in_a_font_with_a_legacy_name_is_left_alone():
    assert convert("Báo cáo thường kỳ", ".VnTime") == ("Báo cáo thường kỳ", None)


@pytest.mark.parametrize(
    ("font", "capital"),
    [(".VnTimeH", True), (".VnArialH,Bold", True), (".VnTime", False), (".VnHelvetica", False)],
)
def test_capital_fonts(font, capital):
    assert rule_of(font)[1] is capital


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("nh-", "như"),
        ("®-îc", "được"),
        ("-u tiªn", "ưu tiên"),
        ("VP-CP", "VP-CP"),
        ("kinh tÕ-x· héi", "kinh tế-xã hội"),
        ("§éc lËp - Tù do", "Độc lập - Tự do"),
        ("12/Q§-UB", "12/QĐ-UB"),
        ("1998-2004", "1998-2004"),
    ],
)
def test_the_letter_that_winansi_shows_as_a_hyphen(written, read):
    assert convert(written, ".VnTime")[0] == read
