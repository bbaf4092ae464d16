"""Every form of snapshot, from the command line: told, taken over whole, published, found, shown with its history."""

import json
from collections import Counter
from pathlib import Path

import pytest

from archive import cli, settings
from archive.holdings.store import Holdings
from archive.messages import say
from ingest.handover import counting, holding
from ingest.snapshots.counts import Counts
from samples.systems import generate

DOCUMENTS, DOSSIERS = 150, 40
FORMS = {
    "qlvb-siard": "qlvb", "qlvb-mysql": "qlvb", "qlvb-sqlserver": "qlvb", "motcua-sql": "tthc", "motcua-json": "tthc",
    "so-van-ban": "so-van-ban", "lien-thong": "edxml",
}  # fmt: skip
"""Folder of the worked examples -> shipped mapping."""


def kho(home: Path, capsys, *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--lang", "vi", *words, "--home", str(home)])
    return ended.value.code, capsys.readouterr().out


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    out = tmp_path_factory.mktemp("mau")
    return out, generate.generate(out, DOCUMENTS, DOSSIERS)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One archive for all forms: the same attachments are read once."""
    return tmp_path_factory.mktemp("kho") / "home"


def items(home: Path, outcome: dict) -> list:
    held = Holdings(settings.load(home).holdings)
    return [item for volume in outcome["volumes"] for item in held.dossier(volume).items]


def test_every_form_is_taken_over_whole(examples, home, capsys):
    out, truth = examples
    assert kho(home, capsys, "init")[0] == 0
    taken = {}
    for name, mapping in FORMS.items():
        code, said = kho(home, capsys, "ingest", "snapshot", str(out / name), "--mapping", mapping, "--json")
        taken[name] = done = json.loads(said)
        assert code in (0, 1), name
        assert done["records"] == done["tally"].get("kept", 0) + done["tally"].get("quarantined", 0), name
        assert all(table["declared"] in (None, table["read"]) for table in done["snapshot"]["tables"]), name
    told = truth["documents"]
    for name in ("qlvb-siard", "qlvb-mysql", "qlvb-sqlserver"):
        tally = taken[name]["tally"]
        assert (taken[name]["records"], tally["unfinished"]) == (DOCUMENTS, told["unfinished"]), name
        assert tally.get("quarantined", 0) == told["secret"] and tally["missing"] == told["missing"], name
    for name in ("motcua-sql", "motcua-json"):
        assert taken[name]["records"] == DOSSIERS, name
        assert all(item.record.steps and item.record.procedure.papers for item in items(home, taken[name])), (
            name
        )
        assert taken[name]["tally"].get("unfinished", 0) == truth["procedures"]["unfinished"], name
    assert (
        len(
            {
                json.dumps(taken[name]["tally"], sort_keys=True)
                for name in ("qlvb-siard", "qlvb-mysql", "qlvb-sqlserver")
            }
        )
        == 1
    )
    directions = Counter(item.record.direction.value for item in items(home, taken["so-van-ban"]))
    assert directions["incoming"] and directions["outgoing"] and set(directions) == {"incoming", "outgoing"}
    letters = items(home, taken["lien-thong"])
    assert letters and all(item.record.exchange_id and item.value("code") for item in letters)
    assert any(item.record.messages for item in letters) and any(item.files for item in letters)

    code, said = kho(home, capsys, "publish")
    assert code == 0
    letter = next(
        item
        for item in items(home, taken["qlvb-siard"])
        if item.record and item.value("code") and item.record.steps
    )
    code, said = kho(home, capsys, "search", f'"{letter.value("subject")}"', "--size", "100", "--json")
    assert code == 0 and letter.id in {hit["id"] for hit in json.loads(said)["hits"]}
    code, said = kho(home, capsys, "show", letter.id, "--json")
    shown = json.loads(said)
    assert [step["number"] for step in shown["description"]["record"]["steps"]] == list(
        range(1, len(letter.record.steps) + 1)
    )
    assert kho(home, capsys, "verify")[0] == 0


@pytest.mark.parametrize("name", ["qlvb-siard", "motcua-json", "so-van-ban", "lien-thong"])
def test_attachments_are_counted_alike_by_every_command(examples, home, capsys, name):
    """What inspect says records name is what the take-over, its account, the hand-over and the page say of them."""
    out, _ = examples
    if not home.exists():
        kho(home, capsys, "init")
    with pytest.raises(SystemExit):
        cli.main(["inspect", str(out / name), "--json"])
    seen = json.loads(capsys.readouterr().out)
    words = ("ingest", "snapshot", str(out / name), "--mapping", FORMS[name])
    done = json.loads(kho(home, capsys, *words, "--json")[1])
    tally = Counts(**done["tally"])
    held = holding.held(Holdings(settings.load(home).holdings), name)
    counted, page = counting.count(held), held.snapshot.snapshot
    assert seen["attachments_named"] == tally.named + tally.closed_files > 0
    assert counted.total == tally and (page.attachments, page.missing) == (tally.named, tally.missing)
    assert len(counted.contents) == done["contents"] <= tally.files + tally.unreadable + tally.inside
    said = kho(home, capsys, *words)[1], kho(home, capsys, "handover", "report", name)[1]
    line = say("snapshot.attachments", "vi", named=tally.named, contents=done["contents"], **vars(tally))
    assert all(" ".join(line.split()) in " ".join(one.split()) for one in said), "in the same words"
