"""The spelling of a Vietnamese syllable, and what it says about a text."""

import math

import pytest

from ingest.recognition.syllables import hook_share, is_syllable, judge

GOOD = """nghiêng quyết quýt quỳnh khuya quyển quốc giữa gìn giếng gì oẳn nguyễn thuở quạch ngoằn khuỷu xoong huýt
yêu ý ươm rượu
hươu uỷ hòa hoà thúy thuý đắk việt trường nghị quyết tổ chức đơn vị phường xã ủy thưởng khoét quả"""
BAD = "whom of hcok chij nghia1 vivt whx bbb ngyễn đưọcc tàch mạp̃ bảc cap̉ zoo fax iwa nghàa ẩ̃"


@pytest.mark.parametrize("word", GOOD.split())
def test_syllables(word):
    assert is_syllable(word)


@pytest.mark.parametrize("word", BAD.split())
def test_not_syllables(word):
    assert not is_syllable(word)


def test_vietnamese_text_is_recognised():
    judged = judge("Căn cứ Luật Tổ chức chính quyền địa phương số 77/2015/QH13; UBND xã Hòa Bình quyết định:")
    assert judged.share > 0.95
    assert judged.marked_share > 0.7
    assert judged.odd == 0


def test_another_language_s_reading_of_a_scan_is_not():
    judged = judge(
        "CONG Hcok xA HQI CHiJ NGHiA VIVT NAM Dc 1p Ty do Hph phtic V/v bao dam trong dip nghi he va kt"
    )
    assert judged.share < 0.95
    assert judged.marked_share < 0.1


def test_abbreviations_and_numbers_are_no_evidence():
    assert judge("UBND HĐND TW 12/2004 QĐ").words == 0


def test_control_and_private_characters_are_odd():
    assert judge("\x01\x02\ue123\ufffd").odd == 1.0


def test_hooks_are_counted_against_acutes():
    text = "Điều 1. Phê duyệt kế hoạch của Ủy ban về tổ chức, quản lý và bảo đảm nền tảng số; "
    assert 0.4 < hook_share(10 * text) < 0.8
    assert hook_share(30 * text.translate(str.maketrans("ủỦổảỷ", "úÚốáý"))) == 0
    assert math.isnan(hook_share(text)), "too few to tell"
