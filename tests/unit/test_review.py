"""The work list and its round trip by a workbook: what a person says is kept, what is outdated is refused by name."""

import io
import json
from dataclasses import replace

import openpyxl
import pytest
from PIL import Image

from archive import cli
from archive.holdings.renditions import Renditions
from archive.model import FieldValue, Finding
from archive.review import entries
from archive.review.entries import Entry
from ingest.review import sheet
from tests import dossiers, scans

NAMED = ("--by", "Trần Thị Lan", "--reason", "Đối chiếu bản giấy")
COLUMN = {name: place for place, name in enumerate(sheet.COLUMNS, 1)}


def doubtful(code="hs-1"):
    """A dossier whose first document has a doubtful subject, no issuer, and a weak page."""
    made = dossiers.sample(code)
    first = made.items[0]
    fields = {name: field for name, field in first.fields.items() if name != "issuer"}
    fields["subject"] = FieldValue("Ve viec thu hoi dat", 0.4, "letterhead", 1, (10, 20, 400, 50))
    weak = Finding("page.low_confidence", file="a.pdf", page=2, values={"confidence": "61"})
    told = Finding("page.blank", "info", page=2)
    changed = replace(first, title="Ve viec thu hoi dat", fields=fields, findings=(weak, told))
    return replace(made, items=(changed, *made.items[1:]))


@pytest.fixture
def holdings(settings):
    return dossiers.make_home(settings, doubtful())


@pytest.fixture
def run(settings, capsys):
    """Runs `kho review <words>`; gives (exit code, standard output and error)."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(settings.home), "--lang", "en", "review", *map(str, words)])
        return ended.value.code, "".join(capsys.readouterr())

    return run


@pytest.fixture
def filled(run, tmp_path):
    """Exports the list and fills in {what: (decision, answer)}; gives the file."""

    def filled(answers: dict, spoil=lambda page: None):
        path = tmp_path / "can-xem.xlsx"
        assert run("export", path)[0] == 0
        book = openpyxl.load_workbook(path)
        page = book.worksheets[1]
        for line in range(2, page.max_row + 1):
            what = str(page.cell(line, COLUMN["key"]).value).split()[1]
            for name, value in zip(("decision", "answer"), answers.get(what, ()), strict=False):
                page.cell(line, COLUMN[name], value)
        spoil(page)
        book.save(path)
        return path

    return filled


def listed(run, *words) -> list[dict]:
    return json.loads(run("list", "--json", *words)[1])["entries"]


def item_of(holdings, ordinal=1):
    return next(one for one in holdings.dossier("H30.01:hs-1").items if one.ordinal == ordinal)


# --------------------------------------------------------------------------- the list


def test_the_list_names_place_reason_and_what_to_do_best_gain_first(run, holdings):
    found = listed(run)
    assert [(one["kind"], one["what"], one["page"]) for one in found] == [
        ("page", "page.low_confidence", 2),
        ("field", "issuer", 1),
        ("field", "subject", 1),
    ]
    assert {one["record"] for one in found} == {"H30.01:hs-1:001"}
    assert all(one["why"] and one["todo"] and not one["todo"].startswith("review.") for one in found)
    assert len(listed(run, "--all")) == 4
    assert [one["what"] for one in listed(run, "--kind", "field")] == ["issuer", "subject"]
    assert not listed(run, "--fonds", "H31") and not listed(run, "--batch", "dot-9")


def test_secret_documents_have_no_entries(settings):
    made = doubtful()
    hidden = dossiers.quarantined(made.id, 1)
    assert not entries.entries(replace(made, items=(hidden, *made.items[1:])))


def test_an_entry_ends_with_its_cause_and_its_key_changes_with_what_it_says():
    made = doubtful()
    first = entries.entries(made)
    sure = {name: replace(field, confidence=0.95) for name, field in made.items[0].fields.items()}
    better = replace(made.items[0], fields=sure, findings=())
    assert [one.what for one in entries.entries(replace(made, items=(better,)))] == ["issuer"]
    weaker = replace(made.items[0].findings[0], values={"confidence": "55"})
    findings = (weaker, *made.items[0].findings[1:])
    again = entries.entries(replace(made, items=(replace(made.items[0], findings=findings),)))
    assert {one.key for one in first} & {one.key for one in again} == {one.key for one in first[1:]}


# --------------------------------------------------------------------------- the workbook


def test_the_workbook_has_pictures_a_list_of_decisions_and_locks_all_else(filled, holdings, settings):
    rendition = item_of(holdings).pages[0].rendition
    packed = io.BytesIO()
    Image.new("RGB", (1654, 2339), "white").save(packed, "JPEG")
    kept = dossiers.RenditionsWriter(settings.renditions)
    kept.put(rendition, Renditions(settings.renditions).reading(rendition), packed.getvalue())
    path = filled({})
    with pytest.raises(KeyError):
        openpyxl.load_workbook(path)["nothing"]
    page = openpyxl.load_workbook(path).worksheets[1]
    assert page.protection.sheet and page.cell(2, 1).protection.locked
    assert not page.cell(2, COLUMN["decision"]).protection.locked
    assert page.data_validations.dataValidation[0].formula1.startswith('"Change,Right')
    assert sorted(one.anchor._from.row + 1 for one in page._images) == [
        3,
        4,
    ]  # page 2 has no image that opens
    strip = next(one for one in page._images if one.anchor._from.row + 1 == 4)
    assert strip.height < strip.width / 2  # the line of the subject, not the page


def test_cells_are_text_on_the_way_out_and_formulas_are_refused_on_the_way_in(filled, run, holdings):
    entry = Entry("=1+1", "finding", "x", Finding("=cmd"), 1, "")
    cells = openpyxl.load_workbook(io.BytesIO(sheet.write([(entry, None)], "vi"))).worksheets[1]
    assert {cell.data_type for cell in cells[2]} <= {"s", "n", "inlineStr"} and cells.cell(
        2, 1
    ).value == "=1+1"
    code, said = run("apply", filled({"subject": ("Change", "=A2")}), *NAMED)
    assert code == 1 and "formula" in said
    assert item_of(holdings).fields["subject"].value == "Ve viec thu hoi dat"


def test_a_correction_is_a_new_version_with_who_when_why_old_and_new(filled, run, holdings):
    before = holdings.inventory("H30.01:hs-1")
    answers = {
        "subject": ("", "Về việc thu hồi đất"),
        "issuer": ("None", ""),
        "page.low_confidence": ("Seen", ""),
    }
    path = filled(answers)
    code, said = run("apply", path, *NAMED, "--dry-run")
    assert code == 0 and "Preview" in said and holdings.inventory("H30.01:hs-1").head == before.head
    assert run("apply", path, *NAMED)[0] == 0
    held, after = holdings.dossier("H30.01:hs-1"), holdings.inventory("H30.01:hs-1")
    first = held.items[0]
    assert first.fields["subject"] == FieldValue("Về việc thu hồi đất", 1.0, "person", 1)
    assert first.fields["issuer"] == FieldValue("", 1.0, "person")
    assert first.title == "Về việc thu hồi đất"
    corrected = [event for event in held.events if event.type == "correction"]
    assert {event.agent for event in corrected} == {"Trần Thị Lan"}
    assert any(
        "«Ve viec thu hoi dat» → «Về việc thu hồi đất» · Đối chiếu bản giấy" in one.detail
        for one in corrected
    )
    assert not listed(run)
    assert after.head == before.head + 1
    assert {path for path in after.state if path.startswith("original/")} == {
        path for path in before.state if path.startswith("original/")
    }
    assert all(
        after.state[path] == before.state[path] for path in before.state if path.startswith("original/")
    )


def test_applying_twice_changes_nothing(filled, run, holdings):
    path = filled({"subject": ("", "Về việc thu hồi đất"), "page.low_confidence": ("Seen", "")})
    run("apply", path, *NAMED)
    state = holdings.state("H30.01:hs-1")
    code, said = run("apply", path, *NAMED, "--json")
    assert code == 0 and json.loads(said)["counts"] == {"changed": 0, "unchanged": 2, "refused": 0}
    assert holdings.state("H30.01:hs-1") == state


def test_what_changed_since_the_export_is_refused_by_name_and_the_rest_applied(filled, run, holdings):
    path = filled({"subject": ("Right", ""), "issuer": ("Change", "UBND huyện Lâm Khê")})
    held = holdings.dossier("H30.01:hs-1")
    fields = held.items[0].fields | {"subject": FieldValue("Về việc khác", 0.5, "letterhead", 1)}
    holdings.commit(replace(held, items=(replace(held.items[0], fields=fields), *held.items[1:])))
    code, said = run("apply", path, *NAMED, "--json")
    rows = {row["what"]: row for row in json.loads(said)["rows"]}
    assert code == 1
    assert (rows["subject"]["outcome"], rows["subject"]["code"]) == ("refused", "review.row.outdated")
    assert rows["issuer"]["outcome"] == "changed"
    assert item_of(holdings).value("issuer") == "UBND huyện Lâm Khê"
    assert item_of(holdings).value("subject") == "Về việc khác"


@pytest.mark.parametrize(
    ("decision", "answer", "code"),
    [
        ("Perhaps", "", "decision"),
        ("Right", "", "nothing_to_confirm"),
        ("None", "UBND", "two_answers"),
        ("Change", "", "no_value"),
        ("Seen", "", "no_decision"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_reason(filled, run, holdings, decision, answer, code):
    ended, said = run("apply", filled({"issuer": (decision, answer)}), *NAMED, "--json")
    assert ended == 1 and [row["code"] for row in json.loads(said)["rows"]] == [f"review.row.{code}"]
    assert item_of(holdings).value("issuer") == ""


def test_rows_that_were_moved_or_point_elsewhere_are_refused(filled, run, holdings):
    def spoil(page):
        for line in range(2, page.max_row + 1):
            page.cell(line, 1, "H30.01:hs-1:002" if line == 2 else "H99:khong-co:001")

    answers = {"subject": ("", "x"), "issuer": ("", "y"), "page.low_confidence": ("Seen", "")}
    _, said = run("apply", filled(answers, spoil), *NAMED, "--json")
    assert sorted(row["code"] for row in json.loads(said)["rows"]) == [
        "review.row.gone",
        "review.row.gone",
        "review.row.outdated",
    ]


def test_a_file_that_is_no_such_workbook_is_refused(run, holdings, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"no workbook")
    scans.sheet(tmp_path / "y.xlsx", ["A", "B"], ["1", "2"])
    for name in ("x.xlsx", "y.xlsx"):
        code, said = run("apply", tmp_path / name, *NAMED)
        assert code == 2 and "kho review export" in said


# --------------------------------------------------------------------------- secrecy


def test_a_grade_closes_the_document_and_its_equals_at_once_and_is_never_lowered(filled, run, settings):
    twin = doubtful("hs-2")
    twin = replace(
        twin,
        items=tuple(
            replace(item, files=other.files, pages=other.pages)
            for item, other in zip(twin.items, doubtful().items, strict=True)
        ),
    )
    holdings = dossiers.make_home(settings, doubtful(), twin)
    path = filled({"issuer": ("Mật", "")})
    code, said = run("apply", path, *NAMED)
    assert code == 0 and "kho publish" in said
    for dossier_id in ("H30.01:hs-1", "H30.01:hs-2"):
        entry = holdings.dossier(dossier_id).items[0]
        assert (entry.access, entry.extra["grade"], entry.title, entry.fields) == (
            "quarantined",
            "Mật",
            "",
            {},
        )
    assert not list(settings.renditions.rglob(f"*{doubtful().items[0].files[0].sha256}*"))
    code, said = run("apply", path, *NAMED, "--json")
    assert json.loads(said)["counts"] == {"changed": 0, "unchanged": 2, "refused": 0}


def test_a_row_of_a_document_that_was_closed_meanwhile_is_refused(filled, run, holdings):
    path = filled({"subject": ("", "Về việc thu hồi đất"), "issuer": ("Tối mật", "")})
    run("apply", path, *NAMED)
    _, said = run("apply", path, *NAMED, "--json")
    rows = {row["what"]: row["code"] for row in json.loads(said)["rows"]}
    assert rows == {"subject": "review.row.closed", "issuer": "review.row.same"}
    assert item_of(holdings).extra["grade"] == "Tối mật"


# --------------------------------------------------------------------------- it stays


def test_a_correction_survives_a_repeated_ingest(settings, filled, run, tmp_path):
    scans.new_home(settings)
    folder = scans.sample_batch(tmp_path / "dot-1")
    batch, _ = scans.ingest(settings, folder)
    dossier_id = next(one for one in batch.holdings.dossiers() if one.endswith("ho-so-a"))
    path = filled({"subject": ("Change", "Về việc giao đất"), "code": ("Change", "15/QĐ-UBND")})
    assert run("apply", path, *NAMED)[0] == 0
    (folder / "Ho so A" / "them.pdf").write_bytes(scans.write(tmp_path / "m.pdf", "BAO CAO 9").read_bytes())
    scans.ingest(settings, folder)
    held = batch.holdings.dossier(dossier_id)
    assert len(held.items) == 3
    for item in held.items[:2]:
        assert item.title == "Về việc giao đất" and item.fields["subject"].origin == "person"
        assert item.value("code_number") == "15" and item.value("code_notation") == "QĐ-UBND"
    assert held.items[2].title != "Về việc giao đất"
    assert sum(event.type == "correction" for event in held.events) == 4
