"""The query language: what a user types and what is understood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import queries
from archive.errors import QueryError
from archive.messages import LANGUAGES, say
from archive.queries import DateRange, parse


def read(typed):
    """Clauses as short tuples: kind, field, words with marks."""
    return [(clause.kind, clause.field, " ".join(clause.exact)) for clause in parse(typed).clauses]


@pytest.mark.parametrize(
    ("typed", "clauses"),
    [
        ("Đất  Đai", [("word", "", "đất"), ("word", "", "đai")]),
        ('"giao đất"', [("phrase", "", "giao đất")]),
        ("“giao đất” «cho thuê»", [("phrase", "", "giao đất"), ("phrase", "", "cho thuê")]),
        ('"chưa đóng', [("phrase", "", "chưa đóng")]),
        ('"đất"', [("word", "", "đất")]),
        ("quyet*", [("prefix", "", "quyet")]),
        ("QĐ-UBND", [("phrase", "", "qđ ubnd")]),
        ("QĐ-UB*", [("word", "", "qđ"), ("prefix", "", "ub")]),
        ("1.500.000", [("phrase", "", "1 500 000")]),
        ("ở y", [("word", "", "ở"), ("word", "", "y")]),
        ("hoà thuý quý", [("word", "", "hòa"), ("word", "", "thúy"), ("word", "", "quý")]),
        ("số:15", [("word", "code", "15")]),
        ("so : QĐ-UBND", [("phrase", "code", "qđ ubnd")]),
        ('loại:"quyết định"', [("phrase", "type", "quyết định")]),
        ("cơ quan:ubnd", [("word", "issuer", "ubnd")]),
        ("coquan:ubnd co quan:ubnd", [("word", "issuer", "ubnd")] * 2),
        ("NGƯỜI KÝ:Thủy", [("word", "signer", "thủy")]),
        ("trichyeu:đất subject:đất", [("word", "subject", "đất")] * 2),
        ("phông:H30.01", [("phrase", "fonds", "h30 01")]),
        ("hồ sơ: 12", [("word", "dossier", "12")]),
        ("sở: nội vụ", [("word", "", "sở"), ("word", "", "nội"), ("word", "", "vụ")]),
        ("lạ: thường", [("word", "", "lạ"), ("word", "", "thường")]),
        ("10:30", [("phrase", "", "10 30")]),
        ("https://xa.vn/van-ban:2", [("phrase", "", "https xa vn van ban 2")]),
        ("C:\\ho-so", [("phrase", "", "c ho so")]),
        ("V/v:giao", [("phrase", "", "v v giao")]),
        ("H30.01:hs-1:002", [("phrase", "", "h30 01 hs 1 002")]),
        ('"lạ:thường"', [("phrase", "", "lạ thường")]),
        ("số:", [("word", "", "số")]),
        ("scope:*", [("prefix", "", "scope")]),  # no such field
        ("ngày: mai", [("word", "", "ngày"), ("word", "", "mai")]),
    ],
)
def test_clauses(typed, clauses):
    assert read(typed) == clauses


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ("15/QĐ-UBND", "15/qd-ubnd", ""),
        ("05 / QĐ-UBND", "5/qd-ubnd", ""),
        ("số:30/2020/NĐ-CP", "30/2020/nd-cp", "code"),
        ("14748-CV/VPTW", "14748-cv/vptw", ""),
        ("851/BNV-CVT&LTNN", "851/bnv-cvt&ltnn", ""),
        ("15/QĐ*", "15/qd", ""),
    ],
)
def test_document_numbers(typed, code, field):
    (clause,) = parse(typed).clauses
    assert (clause.kind, clause.code, clause.field) == ("code", code, field)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("ngày:31/5/2019", "2019-05-31", "2019-05-31"),
        ("ngày:5/2019", "2019-05-01", "2019-05-31"),
        ("date:2019..", "2019-01-01", "9999-12-31"),
        ("ngay:..2019", "0000-01-01", "2019-12-31"),
        ("ngày:1/2020..6/2021", "2020-01-01", "2021-06-31"),
        ("năm:2018", "2018-01-01", "2018-12-31"),
        ("year:2018..2020", "2018-01-01", "2020-12-31"),
        ("từ:5/2019", "2019-05-01", "9999-12-31"),
        ("to:5/2019", "0000-01-01", "2019-05-31"),
        ("ngày: 1/2012 .. 6/2013", "2012-01-01", "2013-06-31"),
        ("ngày:1/2012.. 6/2013", "2012-01-01", "2013-06-31"),
        ("ngày: .. 2013", "0000-01-01", "2013-12-31"),
        ('ngày:"4/8/2012"', "2012-08-04", "2012-08-04"),
        ("ngày:“1/2012”..“6/2013”", "2012-01-01", "2013-06-31"),
        ('ngày:"1/2012 .. 6/2013"', "2012-01-01", "2013-06-31"),
        ('năm:"2012"', "2012-01-01", "2012-12-31"),
    ],
)
def test_dates(typed, first, last):
    query = parse(typed)
    assert (query.clauses, query.dates) == ((), (DateRange(first, last),))


@pytest.mark.parametrize("typed", ["ngày:2019.. đất", "ngày:2019 .. đất", 'đất ngày:"2019"..'])
def test_an_open_range_leaves_the_words_beside_it(typed):
    query = parse(typed)
    assert [clause.exact for clause in query.clauses] == [("đất",)]
    assert query.dates == (DateRange("2019-01-01", "9999-12-31"),)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("ngày:32/1/2012", "32/1/2012"),
        ("đất năm:0000", "0000"),
        ('ngày:"31/2/2012" đất', "31/2/2012"),
        ("-từ:2019-13", "2019-13"),
        ("ngày:1/2012.. 32/1/2013", "1/2012.. 32/1/2013"),
        ("ngày:1/1/12,", "1/1/12"),
        ("đất năm:abc", "abc"),
        ("ngày:hôm", "hôm"),
    ],
)
def test_a_date_that_is_none_is_named_and_nothing_is_looked_for(typed, value):
    query = parse(typed)
    assert query.unreadable == (value,)
    assert query.meets_nothing
    assert {word for clause in query.clauses for word in clause.exact} <= {"đất"}


@pytest.mark.parametrize(
    ("typed", "name", "nearest", "mended"),
    [
        ("nguoky:Hải", "nguoky", "người ký", "người ký:Hải"),
        ("đất -ngừoi kí:“Lê Hải” ở", "kí", "người ký", "đất -người ký:“Lê Hải” ở"),
        ("Loai_van_ban:x", None, None, None),
        ("tríchyêu:giao đất", "tríchyêu", "trích yếu", "trích yếu:giao đất"),
        ("trichyue:giao đất", "trichyue", "trích yếu", "trích yếu:giao đất"),
        ("subjet:land", "subjet", "subject", "subject:land"),
        ("Lạ:thường", "Lạ", None, None),
    ],
)
def test_a_field_that_is_none_is_named_with_its_nearest_and_nothing_is_looked_for(
    typed, name, nearest, mended
):
    query = parse(typed)
    assert [field.name for field in query.unknown] == ([name] if name else [])
    assert query.meets_nothing is bool(name)
    for field in query.unknown:
        assert (field.nearest[:1], field.mended[:1]) == (
            (nearest,) if nearest else (),
            (mended,) if mended else (),
        )
        assert all(not parse(other).unknown for other in field.mended)


@pytest.mark.parametrize("typed", ["???", "😀", '"', "\x00", '- * : ""', "-", "“”", "\udcff"])
def test_signs_alone_ask_for_something_that_is_nowhere(typed):
    query = parse(typed)
    assert (query.is_empty, query.meets_nothing) == (False, True)


def test_exclusion():
    query = parse('đất -hủy -ngày:2019 - rời -"giao đất"')
    assert [(clause.negative, clause.strict) for clause in query.clauses] == [
        (False, False), (True, True), (False, False), (True, True)
    ]  # fmt: skip
    assert query.dates == (DateRange("2019-01-01", "2019-12-31", negative=True),)
    assert [clause.exact for clause in query.highlights] == [("đất",), ("rời",)]


def test_marks_bind_only_inside_quotation_marks():
    assert [clause.strict for clause in parse('đất "đất" "dat" loại:"đất"').clauses] == [
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("typed", "marked"), [("dat dai", False), ("đất dai", True), ("15/QĐ-UBND", False), ("", False)]
)
def test_marked(typed, marked):
    assert parse(typed).marked is marked


@pytest.mark.parametrize("typed", ["", "  ", "\u200b", "\n\t"])
def test_nothing_asked(typed):
    query = parse(typed)
    assert (query.is_empty, query.meets_nothing) == (True, False)


def test_decomposed_typing_is_the_same_query():
    typed = 'hoà bình "Ủy ban" loại:"quyết định"'
    assert parse(unicodedata.normalize("NFD", typed)) == parse(typed)


def test_a_query_can_be_a_key():
    assert {parse("đất"): 1}[parse("đất")] == 1


@pytest.mark.parametrize(
    ("typed", "code"), [("a" * 2001, "search.too_long"), ("a " * 65, "search.too_many_words")]
)
def test_hopeless_queries_say_what_to_do(typed, code):
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert caught.value.code == code
    for language in LANGUAGES:
        assert "?" not in say(code, language, **caught.value.values)
        assert say(f"{code}.remedy", language) != f"{code}.remedy"


def test_every_field_name_is_understood_with_and_without_marks_and_blanks():
    from archive import text

    for names in queries.FIELDS.values():
        for name in names:
            for form in (name, text.fold(name), name.replace(" ", ""), name.upper()):
                query = parse(f"{form}:2019")
                assert query.dates or query.clauses[0].field, form


@given(st.text(max_size=300))
def test_nothing_a_user_types_fails(typed):
    try:
        query = parse(typed)
    except QueryError:
        return
    for clause in query.clauses:
        assert len(clause.exact) == len(clause.folded) >= 1
        assert 0 <= clause.span[0] < clause.span[1] <= len(query.text)


@given(st.text(alphabet='-"“”*:./ađ5Q ngàysố.2019', max_size=80))
def test_nothing_made_of_signs_fails(typed):
    test_nothing_a_user_types_fails.hypothesis.inner_test(typed)


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("thu hồi đất", '"thu hồi đất"'),
        ("đất", ""),
        ('thu hồi "đất"', ""),
        ("thu hồi -đất", ""),
        ("thu loại:đất", ""),
        ("thu hồi năm:2014", ""),
        ("15/QĐ-UBND đất", ""),
        ("thu hồ*", ""),
    ],
)
def test_plain_words_may_be_looked_for_side_by_side(typed, phrase):
    assert parse(typed).as_phrase == phrase
