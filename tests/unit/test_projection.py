"""What of a document reaches the catalogue and the index."""

from dataclasses import replace

import pytest

from archive.holdings import description
from archive.model import FACETS, FieldValue, Finding, SourceFile
from archive.ports import PageText
from archive.publishing import projection
from tests import dossiers

DOSSIER = dossiers.sample()
ITEM = DOSSIER.items[0]
READINGS = [dossiers.reading(text) for text in dossiers.TEXTS]
PAGES = [projection.page_text(reading) for reading in READINGS]


def test_an_entry_holds_what_is_searched_for():
    entry = projection.index_entry(DOSSIER, ITEM, PAGES, "scan")
    assert entry.scope == {"H30|H30.01|open|", f"H30|H30.01|open|@{DOSSIER.id}", DOSSIER.id, ITEM.id}
    assert entry.codes == ("1/qd-ubnd",)
    assert entry.title == "Về việc thu hồi đất đợt 1 1/QĐ-UBND Quyết định"
    assert entry.body.splitlines()[2] == "Điều 2 nơi nhận như trên"
    assert entry.date == "2011-05-31"
    assert entry.facets == {
        "fonds": "H30.01",
        "unit": "H30",
        "year": "2011",
        "type": "Quyết định",
        "issuer": "Ủy ban nhân dân huyện",
        "kind": "scan",
    }
    assert set(entry.facets) <= set(FACETS)


def test_a_proposal_is_searchable_but_no_facet():
    unsure = replace(ITEM, fields={**ITEM.fields, "type_name": FieldValue("Tờ trình", 0.5, "letterhead")})
    entry = projection.index_entry(DOSSIER, unsure, PAGES, "scan")
    assert "type" not in entry.facets and entry.fields["type_name"] == "Tờ trình"


def test_of_a_snapshot_no_name_of_its_files_is_published():
    canary = "don-cua-nguyen-van-an"
    files = tuple(
        SourceFile(f"original/{canary}-{at}", f"{canary}-{at}", 3 << 20, "0" * 64, "x/y") for at in (1, 2)
    )
    counted = Finding("snapshot.rows", values={"table": "van_ban", "count": "3"})
    named = (Finding("x", file=canary), Finding("y", values={"files": canary}))
    kept = replace(DOSSIER, kind="snapshot", items=(), files=files, findings=(counted, *named))
    shown = projection.shown(kept)
    assert canary not in repr(shown) and canary not in repr(description.describe_dossier(shown))
    assert (shown.extra["files"], shown.extra["mib"], shown.findings) == ("2", "6.0", (counted,))
    assert projection.shown(replace(kept, kind="dossier")).files == files


def test_a_quarantined_item_is_never_indexed():
    with pytest.raises(ValueError, match=r"H30\.01:hs-1:009"):
        projection.index_entry(DOSSIER, dossiers.quarantined(DOSSIER.id, 9), [], "scan")


def test_a_quarantined_item_is_neutral_whatever_it_carries():
    secret = replace(ITEM, access="quarantined", extra={"grade": "Mật"})
    assert projection.neutral(secret) == replace(dossiers.quarantined(DOSSIER.id, 1), extra={})
    row = projection.item_row(DOSSIER, secret, [PageText("chữ", 90.0)])
    assert (row.title, row.code, row.page_count, row.confidence) == ("", "", 0, None)


@pytest.mark.parametrize(
    "sources, kind",
    [
        (["ocr"], "scan"),
        (["text-layer"], "born-digital"),
        (["text-layer", "none"], "born-digital"),
        (["text-layer", "ocr"], "mixed"),
        (["none"], "scan"),
        ([], "scan"),
    ],
)
def test_kind(sources, kind):
    assert projection.kind([replace(READINGS[0], source=source) for source in sources]) == kind


def test_texts_reach_the_catalogue_in_one_normal_form():
    decomposed = dossiers.reading("Hòa bình".replace("ò", "o\u0300"))
    assert projection.page_text(decomposed).text == "Hòa bình"


def test_confidence_is_weighted_by_length():
    assert projection.mean_confidence([PageText("x" * 30, 90.0), PageText("x" * 10, 50.0)]) == 80.0
    assert projection.mean_confidence([PageText("", None)]) is None


def test_years_of_a_dossier():
    assert projection.years(DOSSIER) == ("2011", "2012")
    assert projection.years(replace(DOSSIER, start_date="1999-01")) == ("1999", "2012")
    assert projection.years(replace(DOSSIER, items=())) == (None, None)
    secret = replace(DOSSIER.items[0], access="quarantined")
    assert projection.years(replace(DOSSIER, items=(secret,))) == (None, None)
