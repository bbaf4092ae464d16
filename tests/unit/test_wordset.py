"""The set of words kept with a page: it may guess that a word is there, never that it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import text, wordset
from archive.wordset import WordSet

texts = st.text(st.characters(exclude_categories=()), max_size=300)


@given(st.lists(texts, max_size=3))
def test_every_word_that_is_there_may_be_there(values):
    words = text.words(text.fold(" ".join(values)))
    kept = WordSet(wordset.of(set(words)))
    assert all(kept.may_hold([word]) for word in words) and kept.may_hold(words)


@pytest.mark.parametrize("count", [0, 1, 32, 33, 250, 3000])
def test_hardly_a_word_that_is_not_there_seems_to_be(count):
    kept = wordset.of({f"chu{number}" for number in range(count)})
    seeming = sum(WordSet(kept).may_hold([f"khong{number}"]) for number in range(2000))
    assert seeming < 2000 * 0.05
    assert len(kept) <= max(wordset.SMALLEST, 2 * count)


def test_a_set_knows_that_it_is_empty():
    assert WordSet(wordset.of(set())).empty and not WordSet(wordset.of({"a"})).empty


def test_all_words_must_be_there():
    kept = WordSet(wordset.of({"giao", "dat"}))
    assert kept.may_hold(["giao", "dat"]) and kept.may_hold([])
    assert not kept.may_hold(["giao", "song"])
