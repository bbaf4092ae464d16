from archive import record_words
from archive.processing import Coded


def test_a_code_is_told_in_the_words_of_the_mapping():
    """Of a free code list (messages of the exchange axis) the mapping's own word is the meaning."""
    arrived = Coded("01", "đã đến")
    assert record_words.coded("status", arrived, "vi") == "đã đến" and not record_words.raw_only(arrived)
    unknown = Coded("99")
    assert record_words.coded("status", unknown, "vi") == "99" and record_words.raw_only(unknown)
