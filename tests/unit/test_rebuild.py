"""The look-up made anew from packages and readings alone: the same catalogue to the byte, the same answers."""

import json
import shutil
from dataclasses import replace

import pytest

from archive import cli, serial, wiring_read
from archive.holdings.renditions import Renditions
from archive.holdings.writer import HoldingsWriter
from archive.publishing import catalogue_lines, generation
from archive.publishing.rebuild import rebuild
from archive.rights.access import everything
from archive.rights.declassification import LIFTED
from tests import dossiers, homes, systems
from tests.sinks import MemorySink

QUERIES = (
    "thu hoi dat", "thu hồi đất", '"giấy chứng nhận"', "15/QĐ-UBND", "năm:2014", "loai:\"quyết định\"", "dat -thu",
    "chuyen*", "khieu nai", "ho so", "mật", "12a",
)  # fmt: skip


def answers(settings):
    """What the look-up says to a fixed set of questions: totals, ids in order, titles, snippets, facets, suggestions."""
    archive = wiring_read.Archive(settings, MemorySink())
    reader, actor = archive.reader(), archive.operator()
    return [serial.to_plain(_timeless(reader.search(actor, words))) for words in QUERIES]


def _timeless(page):
    plain = serial.to_plain(page)
    plain.pop("seconds", None)
    return plain


def written(settings):
    catalogue = generation.current(settings).catalogue()
    return b"".join(line for _, line in catalogue_lines.lines(catalogue))


def lose_published(settings):
    for path in sorted(settings.published.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    settings.published.rmdir()


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("letters"))


def closed(folder):
    """Documents closed as secret since they were published, released again, and closed by a restriction."""
    settings = homes.build(folder, homes.DOSSIERS[:2])
    kept = HoldingsWriter(settings.holdings, settings.work / "staging")
    first = dossiers.sample("hs-7", count=3)
    dossiers.read_pages(settings, first)
    kept.commit(first, dossiers.sources(first, folder / "in"))
    homes.republish(settings)
    gone = replace(dossiers.quarantined(first.id, 1), extra={"grade": "Mật", "withdrawn": "H30.01:dot-2"})
    freed = replace(dossiers.quarantined(first.id, 2), extra={"grade": LIFTED})
    kept.commit(replace(first, items=(gone, freed, replace(first.items[2], level="closed"))))
    homes.republish(settings)
    return settings


@pytest.mark.parametrize("build", [homes.build, systems.build, closed])
def test_the_same_to_the_byte_and_the_same_answers(build, tmp_path):
    settings = build(tmp_path)
    before, said = written(settings), answers(settings)
    states = generation.current(settings).catalogue().states()
    assert before.count(b"\n") == 1 + len(states) and any(one.get("total") for one in said)
    lose_published(settings)
    with pytest.raises(SystemExit) as ended:
        cli.main(["--home", str(settings.home), "rebuild", "--anew", "--export", str(tmp_path / "out.jsonl")])
    assert ended.value.code == 0
    assert written(settings) == before == (tmp_path / "out.jsonl").read_bytes()
    assert answers(settings) == said


def _copied(settings, to):
    shutil.copytree(settings.home, to / "home", symlinks=True)
    return replace(settings, home=to / "home")


def test_an_extended_catalogue_is_the_one_built_anew(letters, tmp_path):
    settings = _copied(letters, tmp_path)
    added = dossiers.sample("hs-9")
    dossiers.read_pages(settings, added)
    HoldingsWriter(settings.holdings, settings.work / "staging").commit(
        added, dossiers.sources(added, tmp_path / "in")
    )
    homes.republish(settings)
    before = written(settings)
    made = rebuild(settings)
    assert made.same and made.differing == () and written(settings) == before


def test_what_was_committed_since_is_told_apart_from_what_differs(letters, tmp_path):
    settings = _copied(letters, tmp_path)
    added = dossiers.sample("hs-9")
    dossiers.read_pages(settings, added)
    HoldingsWriter(settings.holdings, settings.work / "staging").commit(
        added, dossiers.sources(added, tmp_path / "in")
    )
    made = rebuild(settings)
    assert (made.changed, made.differing, made.same) == (("H30.01:hs-9",), (), False)


def test_every_line_says_all_that_the_catalogue_holds(letters):
    catalogue = generation.current(letters).catalogue()
    scope = everything(catalogue.classes())
    for name, line in catalogue_lines.lines(catalogue):
        plain = json.loads(line)
        if name:
            dossier = catalogue.dossier(name, scope)
            assert plain["dossier"] == json.loads(json.dumps(serial.to_plain(dossier)))
            pages = sum(len(item.pages) for item in dossier.items)
            assert sum(len(texts) for texts in plain["pages"].values()) == pages
        else:
            assert plain["format"] == "kho-catalogue/1" and plain["counts"] == catalogue.counts()


def test_a_rebuild_with_a_damaged_reading_leaves_its_dossier_out_and_says_so(letters, tmp_path):
    settings = _copied(letters, tmp_path)
    next(Renditions(settings.renditions).root.rglob("*.json.gz")).unlink()
    made = rebuild(settings)
    assert [finding.code for finding in made.findings] == ["publish.reading_left_out"] and len(
        made.changed
    ) == 1
