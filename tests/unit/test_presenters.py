"""What pages show of records, the address of a search, page image sizes, the sign-in delay."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from archive import wording
from archive.audit.report import Row
from archive.holdings import description
from archive.lookup.views import Inheritance
from archive.model import (
    Dossier,
    Event,
    FieldValue,
    Finding,
    Fonds,
    Item,
    ItemRow,
    PageReading,
    Snippet,
    SourceFile,
    Unit,
    Word,
)
from archive.ports import FondsSummary
from archive.rights.access import Grant
from archive.units.succession import Assignment, Succession
from webui import images, presenters, selection
from webui.selection import Selection


def test_a_snippet_is_cut_at_its_marks():
    snippet = Snippet(1, "về thu hồi đất ở", ((3, 6), (7, 10)))
    assert presenters.pieces(snippet) == [
        ("về ", False),
        ("thu", True),
        (" ", False),
        ("hồi", True),
        (" đất ở", False),
    ]


def test_overlapping_marks_lose_no_text():
    snippet = Snippet(1, "abcdef", ((1, 4), (2, 5)))
    assert "".join(text for text, _ in presenters.pieces(snippet)) == "abcdef"


def test_facet_rows_put_the_chosen_first_then_the_frequent():
    rows = presenters.facet_rows({"a": 5, "b": 9, "c": 1}, ("c", "gone"), {"b": "Bê"})
    assert [(row.label, row.count, row.chosen) for row in rows] == [
        ("c", 1, True),
        ("gone", 0, True),
        ("Bê", 9, False),
        ("a", 5, False),
    ]


def _row(**values) -> ItemRow:
    plain = dict.fromkeys(
        ("id", "dossier_id", "title", "code", "date", "issuer", "type_name", "fonds_code", "fonds_title"), ""
    ) | dict.fromkeys(("unit_code", "unit_name", "dossier_title"), "")
    return ItemRow(**{**plain, "ordinal": 1, "page_count": 3, "confidence": None, **values})


def test_a_facet_is_shown_when_it_can_narrow_or_widen():
    assert presenters.narrows({"A": 2, "B": 1}, (), 3)
    assert presenters.narrows({"2014": 2}, (), 3)
    assert presenters.narrows({"A": 3}, ("A",), 3)
    assert not presenters.narrows({"A": 3}, (), 3)
    assert not presenters.narrows({}, (), 3)


def test_the_thumbnail_is_the_first_page_with_a_hit():
    assert presenters.thumbnail_page((2, 3), _row()) == 2
    assert presenters.thumbnail_page((), _row()) == 1
    assert presenters.thumbnail_page((2,), _row(access="quarantined")) is None
    assert presenters.thumbnail_page((), _row(page_count=0)) is None


@pytest.mark.parametrize(
    ("kind", "title", "shown"),
    [
        ("Báo cáo", "kết quả giao đất", "Báo cáo kết quả giao đất"),
        ("Quyết định", "Về việc thu hồi đất", "Quyết định về việc thu hồi đất"),
        ("Quyết định", "Quyết định thu hồi đất", "Quyết định thu hồi đất"),
        ("Tờ trình", "Nguyễn Văn An xin cấp đất", "Tờ trình: Nguyễn Văn An xin cấp đất"),
        ("", "thu hồi", "thu hồi"),
        ("Công văn", "", "Công văn"),
        ("", "", ""),
    ],
)
def test_type_and_subject_read_as_one_phrase(kind, title, shown):
    assert wording.full_title(_row(type_name=kind, title=title)) == shown


def test_fields_stand_in_the_order_officials_read_them():
    fields = {
        "signer": FieldValue("An", 0.5, "letterhead", 1, (1, 2, 3, 4)),
        "code": FieldValue("1/QĐ", 0.9, "catalogue"),
        "code_number": FieldValue("1", 0.9, "catalogue"),
        "subject": FieldValue("", 0.9, "letterhead"),
    }
    rows = presenters.field_rows(fields)
    assert [(row.name, row.sure) for row in rows] == [("code", True), ("signer", False)]


def test_a_conflict_of_catalogue_and_paper_stands_at_its_field_only():
    conflict = Finding(
        "catalogue.differs", page=1, values={"field": "code", "sheet": "1/QĐ", "paper": "7/QĐ"}
    )
    blank = Finding("page.blank", page=1)
    fields = {name: FieldValue("1/QĐ", 1.0, "catalogue") for name in ("code", "subject")}
    item = Item("x", 1, "", fields, (), (), findings=(conflict, blank))
    rows = presenters.field_rows(item.fields, item.findings)
    assert [(row.name, row.differs) for row in rows] == [("code", conflict), ("subject", None)]
    assert presenters.findings_on(item, 1) == [blank]


def _reading() -> PageReading:
    words = (
        Word("thu", (0, 0, 10, 10), 90, 0),
        Word("hồi", (12, 0, 22, 12), 40, 0),
        Word("đất", (24, 0, 34, 10), 90, 0),
        Word("đất", (0, 20, 10, 30), 90, 1),
    )
    return PageReading(100, 100, 100, 0, "ocr", words, 80.0)


def test_text_lines_know_weak_words_and_hits():
    lines = presenters.text_lines(_reading(), [(24, 0, 34, 10)], 80)
    assert [[(w.text, w.weak, w.hit) for w in line] for line in lines] == [
        [("thu", False, False), ("hồi", True, False), ("đất", False, True)],
        [("đất", False, False)],
    ]


def test_neighbouring_hit_words_share_a_box_within_a_line():
    boxes = [word.box for word in _reading().words]
    assert presenters.hit_runs(_reading(), boxes) == [(0, 0, 34, 12), (0, 20, 10, 30)]
    assert presenters.hit_runs(_reading(), [boxes[0], boxes[2]]) == [boxes[0], boxes[2]]
    assert presenters.hit_runs(_reading(), []) == []


@pytest.mark.parametrize(
    ("page", "hit", "on_page", "hit_pages", "previous", "following"),
    [
        (2, 1, 3, [1, 2, 4], (1, 0), (2, 2)),
        (2, 3, 3, [1, 2, 4], (2, 2), (4, 1)),
        (1, 1, 1, [1], None, None),
        (3, 0, 0, [1, 4], (1, 0), (4, 1)),
    ],
)
def test_hits_lead_on_to_the_neighbouring_pages(page, hit, on_page, hit_pages, previous, following):
    before, after = presenters.hit_steps(page, hit, on_page, hit_pages)
    assert (before and (before.page, before.hit)) == previous
    assert (after and (after.page, after.hit)) == following


def test_events_are_those_of_the_document_or_the_whole_dossier():
    file = SourceFile("original/a.pdf", "a.pdf", 1, "ab" * 32, "application/pdf")
    item = Item("F:D:001", 1, "", {}, (file,), ())
    events = (
        Event("c", "2025-03-01", "kho", objects=("original/a.pdf",)),
        Event("b", "2025-02-01", "kho", objects=("F:D:001",)),
        Event("other", "2025-01-01", "kho", objects=("F:D:002",)),
        Event("a", "2025-01-01", "An", detail="đợt 1"),
    )
    dossier = Dossier("F:D", "D", "", Fonds("F", "", Unit("U", "")), (item,), events)
    assert [event.type for event in description.item_events(dossier, item)] == ["a", "b", "c"]
    assert wording.told(events[3]) == "đợt 1"


def test_only_a_successful_check_counts_as_checked():
    events = [
        Event("fixity check", "2025-01-02T00:00", "kho"),
        Event("fixity check", "2026-01-01", "kho", "failure"),
    ]
    assert presenters.checked_on(events) == "2025-01-02"
    assert presenters.checked_on([]) == ""


def test_examples_are_made_of_what_is_there():
    def item(**values: str) -> Item:
        return Item("x", 1, "", {n: FieldValue(v, 1, "catalogue") for n, v in values.items()}, (), ())

    found = presenters.examples(
        [
            item(),
            item(code="15/QĐ-UBND"),
            item(subject="Về việc thu hồi đất ở", type_name="Quyết định", issued_date="2019-01-02"),
        ]
    )
    assert found == ["15/QĐ-UBND", "thu hồi đất ở", 'loại:"quyết định" năm:2019']
    assert presenters.examples([]) == []


# --------------------------------------------------------------------------- the address of a search


def test_the_address_is_the_query_and_round_trips():
    chosen = Selection("đất", {"fonds": ("A", "B"), "year": ("2010-2014",)}, "newest", 3)
    pairs = [(k, str(x)) for k, v in chosen.parameters.items() for x in (v if isinstance(v, list) else [v])]
    assert selection.read(MultiDict(pairs)) == chosen


def test_unknown_and_wild_parameters_are_ignored():
    chosen = selection.read(
        MultiDict([("q", " a "), ("scope", "*"), ("sort", "drop"), ("page", "-1"), ("year", "")])
    )
    assert chosen == Selection("a")
    assert selection.read(MultiDict([("page", "9" * 30)])).page == selection.LAST_PAGE
    assert selection.read(MultiDict([("page", "²")])).page == 1


def test_changing_a_filter_goes_back_to_the_first_page():
    chosen = Selection("a", {"type": ("x",)}, page=4)
    assert chosen.plus("type", "y").filters == {"type": ("x", "y")}
    assert chosen.minus("type", "x").filters == {}
    assert chosen.only("type", "z").filters == {"type": ("z",)}
    assert {chosen.plus("type", "y").page, chosen.minus("type", "x").page, chosen.without_filters().page} == {
        1
    }


def test_a_span_of_years_reaches_the_reader_year_by_year():
    chosen = Selection(filters={"year": ("2010-2012", "2015")})
    assert chosen.reader_filters((1975, 2025)) == {"year": ["2010", "2011", "2012", "2015"]}


def test_a_span_of_years_never_vanishes():
    assert selection.spelled_out("2012-2010") == ["2010", "2011", "2012"]
    assert selection.spelled_out("0000-9999", (2019, 2021)) == ["2019", "2020", "2021"]
    assert selection.spelled_out("3000-3010", (2019, 2021)) == ["3000-3010"]
    assert selection.spelled_out("2010-2014", (1, 0)) == ["2010-2014"]
    counts = {"2013": 2, "2014": 1, "2020": 1}
    assert [bar.value for bar in selection.bars(counts, ("2014-2013",))] == ["2013", "2014"]


def test_a_long_document_comes_in_parts_that_miss_no_page():
    spans = presenters.parts(850, 300)
    assert [number for part in spans for number in part.numbers] == list(range(1, 851))
    assert [presenters.part_with(n, spans).first for n in (1, 300, 301, 850, 9999)] == [1, 1, 301, 601, 601]
    assert list(presenters.parts(0, 300)[0].numbers) == []


def test_the_year_chart_has_few_bars_and_counts_everything():
    counts = {str(year): year % 7 + 1 for year in range(1975, 2025)}
    bars = selection.bars(counts)
    assert len(bars) <= 9 and sum(bar.count for bar in bars) == sum(counts.values())
    assert max(bar.level for bar in bars) == 20
    assert all(bar.level >= 1 for bar in bars if bar.count)
    assert selection.bars({"": 3}) == []


def test_a_chosen_span_opens_up_into_its_years():
    counts = {str(year): 1 for year in range(1975, 2025)}
    bars = selection.bars(counts, ("2010-2014",))
    assert [bar.value for bar in bars] == ["2010", "2011", "2012", "2013", "2014"]


# --------------------------------------------------------------------------- images, delays


def test_image_levels_grow_to_the_size_of_the_page_and_no_further():
    assert images.levels(2480, 3508) == [
        (480, 480, 679),
        (900, 900, 1273),
        (1400, 1400, 1980),
        (2200, 2200, 3112),
    ]
    assert images.levels(1240, 1754)[-1] == (1400, 1240, 1754)
    assert images.levels(300, 400) == [(480, 300, 400)]


def test_bars_stand_for_every_day_or_month():
    used = Row(count=4)
    bars = presenters.use_bars([("2026-03-02", used)], "2026-03-01", "2026-03-03")
    assert [(bar.name, bar.count, bar.height) for bar in bars] == [
        ("2026-03-01", 0, 0),
        ("2026-03-02", 4, 100),
        ("2026-03-03", 0, 0),
    ]
    months = presenters.use_bars([("2025-03-02", used), ("2026-03-02", used)])
    assert len(months) == 13 and months[0].name == "2025-03"
    assert presenters.use_bars([]) == []


def test_what_came_to_a_grant_is_told_from_the_oldest_change_on():
    first = Succession("old", "middle", "merged", "whole", date(2010, 1, 2))
    second = Succession("middle", "new", "merged", "whole", date(2025, 7, 1))
    fonds = Fonds("F", "Phông", Unit("old", "Xã cũ"))
    few, many = (FondsSummary(fonds, 1, items, 2 * items, ("2010", "2012")) for items in (3, 7))
    grant = Grant("new")
    found = [
        Inheritance(grant, "new", None, (), ()),
        Inheritance(grant, "middle", None, (second,), (few,), Assignment("F", "new", day=date(2025, 8, 1))),
        Inheritance(grant, "old", None, (second, first), (many,)),
        Inheritance(grant, "other", None, (second,), ()),
    ]
    (group,) = presenters.inheritance_groups(found)
    assert [(row.unit.code, row.since) for row in group.rows] == [
        ("old", date(2025, 7, 1)),
        ("middle", date(2025, 8, 1)),
    ]
    assert group.rows[0].chain == (first, second)
    assert [one.code for one in group.without] == ["other"]
    assert (group.whole.items, group.whole.pages, group.whole.years) == (10, 20, ("2010", "2012"))
