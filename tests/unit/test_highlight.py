"""Where the query's words stand in page texts and on page images."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import text, wordset
from archive.lookup import highlight
from archive.model import Word
from archive.ports import KeptPage
from archive.queries import parse
from archive.rights.personal import COVER, covered
from archive.wordset import WordSet

PAGE = (
    "Căn cứ Quyết định số 05/QĐ-\nUBND ngày 1/2/2019 của Ủy ban nhân dân xã Hoà Bình về việc giao\n"
    "đất, cho thuê đất; xét đề nghị của ông Ý."
)


def marked(query, page=PAGE):
    return [page[start:end] for start, end in highlight.marks(page, parse(query))]


def kept(*texts, shown=str):
    """Pages as a catalogue keeps them, of which `shown` is what may be seen."""
    pages = []
    for each in texts:
        words = text.words(text.fold(f"{each}\n{shown(each)}"))
        marked = wordset.of({*words, COVER} if shown(each) != each else set(words))
        pages.append(KeptPage(WordSet(marked), lambda each=each: each))
    return pages


def snippet_of(text, query, **where):
    return highlight.cut(text, highlight.marks(text, query), **where)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("quyet dinh", ["Quyết", "định"]),
        ("QUYẾT", ["Quyết"]),
        ('"giao đất"', ["giao\nđất"]),
        ('"giao dat" dat', ["giao\nđất", "đất"]),
        ('"đất giao"', []),
        ('"giáo đất"', []),
        ("giáo", ["giao"]),
        ('"giáo"', []),
        ("hòa", ["Hoà"]),
        ('"hoà bình"', ["Hoà Bình"]),
        ("5/QĐ-UBND", ["05/QĐ-\nUBND"]),
        ("số:5/QĐ-UBND", ["05/QĐ-\nUBND"]),
        ("nh*", ["nhân"]),
        ("y", ["Ý"]),
        ("an", []),
        ("-đất giao", ["giao"]),
        ("phông:xã ngày:2019", []),
        ("trích yếu:giao", ["giao"]),
        ("", []),
    ],
)
def test_marks(query, hits):
    assert marked(query) == hits


def test_a_snippet_shows_the_best_place_and_its_marks():
    page = "mở đầu đất " + "chữ " * 200 + "việc giao đất ở cho hộ " + "chữ " * 200
    snippet = snippet_of(page, parse("giao dat"), page=3, width=80)
    assert snippet.page == 3
    assert [snippet.text[start:end] for start, end in snippet.marks] == ["giao", "đất"]
    assert snippet.text.startswith("… ") and snippet.text.endswith(" …")
    assert len(snippet.text) <= 84


def test_a_snippet_without_a_hit_is_the_start_of_the_page():
    snippet = snippet_of(PAGE, parse("không"), page=1, width=40)
    assert snippet.text.startswith("Căn cứ Quyết định")
    assert snippet.marks == ()
    assert snippet_of("", parse("đất"), page=1).text == ""


def test_distinct_words_weigh_more_than_many():
    one, two = "đất đất đất đất", "giao đất"
    query = parse("giao dat")
    assert highlight.look(two, query).distinct > highlight.look(one, query).distinct
    assert highlight.look("", query).distinct == 0
    assert highlight.best(kept("giao", one, two), query).page == 3
    assert highlight.best(kept("giao", one), query).page == 1


def test_a_page_with_every_word_and_phrase_is_whole():
    query = parse('"giao đất" sông')
    assert highlight.look("giao đất ven sông", query).whole
    assert not highlight.look("giao đất ven song", parse('"giao đất" "sông"')).whole
    assert not highlight.look("đất giao ven sông", query).whole


def words(*texts):
    return [Word(each, (0, 0, 1, 1), 90.0) for each in texts]


@pytest.mark.parametrize(
    ("query", "indices"),
    [
        ("giao dat", [1, 2, 5]),
        ('"giao đất"', [1, 2]),
        ("15/QĐ-UBND", [3, 4]),
        ("QĐ-UBND", [3, 4]),
        ('"đất giao"', []),
        ("việc", [0]),
    ],
)
def test_words_to_box_on_the_page(query, indices):
    page = words("(Việc", "giao", "đất,", "15/QĐ-", "UBND;", "“đất”")
    assert highlight.matching_words(page, parse(query)) == indices


@given(
    st.lists(st.sampled_from(["đất", "Đất,", "giao", "\n", "giáo.", "dat-giao", "15/QĐ"]), max_size=30).map(
        " ".join
    ),
    st.sampled_from(["đất", "giao dat", '"giao đất"', '"giáo"', "gia*", "15/QĐ", "đất -giao"]),
)
def test_spans_are_ordered_disjoint_and_say_what_was_asked(page, typed):
    spans = highlight.marks(page, parse(typed))
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    wanted = {word for clause in parse(typed).highlights for word in clause.folded}
    for start, end in spans:
        assert all(
            word in wanted or word.startswith("gia") for word in text.words(text.fold(page[start:end]))
        )
    snippet = snippet_of(page, parse(typed), page=1, width=30)
    assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.marks)


def test_a_page_full_of_hits_takes_no_time():
    page = "đất " * 20_000
    started = time.process_time()
    snippet_of(page, parse("đất"), page=1)
    assert time.process_time() - started < 1


def test_words_typed_with_marks_are_marked_as_typed_where_they_stand_so():
    assert marked("thu hồi", "thu hồi đất sau hội nghị") == ["thu", "hồi"]
    assert marked("hồi", "sau hội nghị") == ["hội"]
    assert marked("hoi", "thu hồi đất sau hội nghị") == ["hồi", "hội"]


_PAGES = st.lists(
    st.lists(
        st.sampled_from(["giao", "giáo", "đất", "đất.", "Đạt", "giaođất", "05/QĐ-UBND", "khác"]), max_size=9
    ).map(" ".join),
    max_size=6,
)


@given(
    pages=_PAGES,
    typed=st.sampled_from(["giao đất", '"giao đất"', "gia* dat", "5/QĐ-UBND đạt", "-giao", '"đạt"']),
)
def test_the_best_page_is_the_first_that_shows_most(pages, typed):
    """Pages are passed over without looking closely: the answer must be that of looking at each."""
    query = parse(typed)
    looked = [highlight.look(page, query) for page in pages]
    place = highlight.best(kept(*pages), query)
    if not pages:
        assert place is None
        return
    whole = next((number for number, found in enumerate(looked, 1) if found.whole), None)
    upto = looked[:whole] if whole else looked
    most = max(found.distinct for found in upto)
    number = next(number for number, found in enumerate(upto, 1) if found.distinct == most)
    assert (place.page, place.text, place.found) == (number, pages[number - 1], looked[number - 1])


@given(
    st.lists(
        st.lists(st.sampled_from(["giao", "đất", "0912345678", "so7", "7", "\n"]), max_size=6), max_size=5
    ),
    st.sampled_from(["giao dat", "đất 7", "so7 0912345678", "giao 0912*"]),
)
def test_what_is_shown_of_the_best_page_is_what_would_be_best_of_all_that_is_shown(pages, typed):
    texts, query = [" ".join(page) for page in pages], parse(typed)

    def shown(page):
        return page.replace("7", "•").replace("0912345678", "•" * 10)

    hidden = highlight.best(kept(*texts, shown=shown), query, shown)
    assert hidden == highlight.best(kept(*map(shown, texts)), query)


def test_a_number_that_publishing_did_not_see_is_covered_all_the_same():
    place = highlight.best(kept("khác", "gọi 0912345678"), parse("goi 0912345678"), covered)
    assert (place.page, place.text, place.found.distinct) == (2, "gọi ••••••••••", 1)
