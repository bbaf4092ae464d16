"""Acceptance sampling: the plans are those of ISO 2859-1, the draw is on record, the verdict follows from the sheet."""

from dataclasses import replace

import openpyxl
import pytest

from archive import cli
from archive.audit.log import AuditLog
from ingest.review.plans import aqls, code_letter, plan
from tests import dossiers


@pytest.mark.parametrize(
    ("lot", "level", "aql", "letter", "size", "accept"),
    [
        (1000, "II", "1.0", "J", 80, 2),
        (500, "II", "1.0", "H", 50, 1),
        (3000, "II", "1.0", "K", 125, 3),
        (10000, "II", "1.0", "L", 200, 5),
        (10001, "II", "0.65", "M", 315, 5),
        (1000, "I", "2.5", "G", 32, 2),
        (1000, "III", "0.40", "K", 125, 1),
        (200, "II", "0.65", "F", 20, 0),  # arrow up from G
        (200, "II", "1.0", "H", 50, 1),  # arrow down from G
        (8, "II", "6.5", "A", 2, 0),
        (600000, "III", "0.10", "R", 2000, 5),
        (600000, "II", "10", "K", 125, 21),  # arrow up from Q
    ],
)
def test_plans_are_those_of_the_standard(lot, level, aql, letter, size, accept):
    found = plan(lot, level, aql)
    assert (found.letter, found.size, found.accept, found.reject) == (letter, size, accept, accept + 1)


@pytest.mark.parametrize(
    ("lot", "letters"), [(2, "AAB"), (150, "DFG"), (151, "EGH"), (501, "GJK"), (10**6, "NQR")]
)
def test_code_letters_change_at_the_bounds_of_the_table(lot, letters):
    assert "".join(code_letter(lot, level) for level in ("I", "II", "III")) == letters


def test_a_small_lot_is_looked_at_whole_and_every_plan_is_found():
    assert plan(5, "II", "0.10").whole and plan(5, "II", "0.10").size == 5
    for lot in (1, 9, 16, 26, 51, 91, 151, 281, 501, 1201, 3201, 10001, 35001, 150001, 500001):
        for aql in aqls():
            assert all(0 < plan(lot, level, aql).size <= lot for level in ("I", "II", "III"))


@pytest.fixture
def place(settings, tmp_path, capsys):
    """A batch of 30 documents in two dossiers, beside one of another batch."""

    def brought(code: str, batch: str, count: int):
        made = dossiers.sample(code, count=count)
        items = tuple(replace(item, extra={"accession": batch}) for item in made.items)
        return replace(made, items=items, accession=batch)

    given = (brought("hs-1", "dot-1", 18), brought("hs-2", "dot-1", 12), brought("hs-3", "dot-2", 5))
    holdings = dossiers.make_home(settings, *given)

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(
                ["--home", str(settings.home), "--lang", "en", "review", *map(str, words), "--by", "Lan"]
            )
        return ended.value.code, "".join(capsys.readouterr())

    return holdings, run, tmp_path


def entries_of(folder):
    return list(AuditLog(folder / "home" / "audit").entries())


def fill(path, wrong: int, skip: int = 0) -> list[str]:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    records = [page.cell(line, 1).value for line in range(2, page.max_row + 1)]
    for line in range(2 + skip, page.max_row + 1):
        page.cell(line, 6, "Sai" if line - 2 < wrong else "Good")
        page.cell(line, 7, "thiếu trang" if line - 2 < wrong else None)
    book.save(path)
    return records


DRAW = ("sample", "dot-1", "--fonds", "H30.01", "--aql", "6.5", "--seed", "7")


def test_the_sample_is_drawn_from_the_batch_by_its_seed_and_is_on_record(place):
    holdings, run, folder = place
    assert run(*DRAW, "--out", folder / "a.xlsx")[0] == 0
    run(*DRAW, "--out", folder / "b.xlsx")
    first, again = fill(folder / "a.xlsx", 0), fill(folder / "b.xlsx", 0)
    assert first == again and len(set(first)) == 8  # lot 30, level II: D
    assert not [record for record in first if record.startswith("H30.01:hs-3")]
    told = [event for event in holdings.dossier("H30.01:hs-1").events if event.type == "sampling"]
    assert len(told) == 1 and told[0].detail.startswith("dot-1 · ISO 2859-1 · II · AQL 6.5 · ")
    assert told[0].agent == "Lan" and "30" not in told[0].detail.split(" · ")
    logged = next(one.entry for one in entries_of(folder) if one.entry.action == "acceptance")
    assert (logged.detail["seed"], logged.detail["lot"], logged.detail["records"]) == (7, 30, sorted(first))


@pytest.mark.parametrize(
    ("wrong", "code", "said"), [(0, 0, "accepted"), (1, 0, "accepted"), (2, 1, "rejected")]
)
def test_the_verdict_follows_from_the_sheet_and_stands_in_every_dossier_of_the_batch(
    place, wrong, code, said
):
    holdings, run, folder = place
    run(*DRAW, "--out", folder / "a.xlsx")
    fill(folder / "a.xlsx", wrong)
    ended, told = run("judge", folder / "a.xlsx", "--out", folder / "bb.docx")
    assert ended == code and said.upper() in told
    assert (folder / "bb.docx").read_bytes()[:2] == b"PK"
    for name in ("hs-1", "hs-2"):
        event = holdings.dossier(f"H30.01:{name}").events[-1]
        assert event.type == "acceptance" and event.detail.endswith(f" · {said}")
    assert holdings.dossier("H30.01:hs-3").events[-1].type != "acceptance"


def test_no_verdict_without_every_line_nor_for_a_sample_that_was_not_drawn(place):
    holdings, run, folder = place
    run(*DRAW, "--out", folder / "a.xlsx")
    fill(folder / "a.xlsx", 0, skip=1)
    ended, told = run("judge", folder / "a.xlsx", "--out", folder / "bb.docx")
    assert ended == 2 and "1 documents have no verdict" in told
    fill(folder / "a.xlsx", 0)
    book = openpyxl.load_workbook(folder / "a.xlsx")
    book["kho-sample"]["B5"] = "8"
    book.save(folder / "c.xlsx")
    assert "not on record" in run("judge", folder / "c.xlsx", "--out", folder / "bb.docx")[1]
    held = holdings.dossier("H30.01:hs-2")
    holdings.commit(replace(held, items=held.items[:-1]))
    assert "not on record" in run("judge", folder / "a.xlsx", "--out", folder / "bb.docx")[1]
    assert not (folder / "bb.docx").exists()
