"""`kho publish` and `kho verify` when something is damaged: named on the terminal, told by the exit code."""

import shutil
from dataclasses import replace

import pytest

from archive import cli
from tests import dossiers, homes


@pytest.fixture
def holdings(settings):
    return dossiers.make_home(settings, dossiers.sample("hs-1"), dossiers.sample("hs-2"))


@pytest.fixture
def run(settings, holdings, capsys):
    """Runs `kho <words>`; gives (exit code, standard output, standard error)."""

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(settings.home), "--lang", "en", *words])
        return ended.value.code, *capsys.readouterr()

    return run


def test_a_sound_publish_ends_with_zero(run):
    assert run("publish")[0] == 0
    assert run("verify")[0] == 0


def test_publish_says_what_it_counts_and_that_control_entries_are_none_of_the_documents(tmp_path, capsys):
    settings = homes.build(tmp_path)
    for words, said in ((("publish",), "Nothing new"), (("publish", "--rebuild"), "Published generation")):
        with pytest.raises(SystemExit):
            cli.main(["--home", str(settings.home), "--lang", "en", *words])
        out = capsys.readouterr().out
        assert out.startswith(said) and "The whole archive, all fonds and batches: 4 dossiers" in out
        letters = [letter for *_, letters in homes.DOSSIERS for letter in letters]
        closed = sum(letter.quarantined for letter in letters)
        assert f"{len(letters) - closed} documents to look up and {closed} control entries" in out


def test_a_damaged_package_is_named_and_told_by_the_exit_code(run, holdings):
    path = holdings.object_root("H30.01:hs-1") / "v1" / "content" / "description.json"
    path.write_bytes(path.read_bytes()[:-9])
    code, out, _ = run("publish")
    assert code == 1 and "dossier H30.01:hs-1 is damaged and was left out" in out
    code, out, _ = run("publish", "--json")
    assert code == 1 and "publish.package_left_out" in out


def test_a_bad_reading_is_named_with_its_remedy_and_told_by_the_exit_code(run, settings):
    page = dossiers.sample("hs-1").items[1].pages[1].rendition
    recipe, sha256, index = page.split("/")
    (settings.renditions / recipe / sha256[:2] / sha256 / f"{index}.json.gz").unlink()
    code, out, _ = run("publish")
    assert code == 1 and "page 2 of document H30.01:hs-1:002" in out and "kho ingest folder" in out
    assert "1 dossiers, 2 documents" in out
    code, out, _ = run("verify")
    assert code == 1 and f"{index}.json.gz (page 2 of document H30.01:hs-1:002)" in out


def test_a_vanished_package_stops_until_accepted(run, holdings):
    run("publish")
    shutil.rmtree(holdings.object_root("H30.01:hs-1").parents[2])
    assert run("verify")[0] == 1
    code, _, err = run("publish")
    assert code == 2 and "H30.01:hs-1" in err and "--accept-missing" in err
    assert run("publish", "--accept-missing")[0] == 0
    assert run("verify")[0] == 0


def test_rollback_over_a_closing_is_refused_with_a_remedy(run, holdings):
    run("publish")
    holdings.commit(replace(dossiers.sample("hs-1"), level="closed"))
    run("publish")
    code, _, err = run("publish", "--rollback")
    assert code == 2 and "H30.01:hs-1:001" in err and "--rebuild" in err


def test_a_damaged_generation_is_explained_not_searched(run, settings):
    run("publish")
    path = settings.published / "current" / "catalogue" / "catalogue.sqlite"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    code, out, err = run("search", "đất")
    assert code == 2 and not out and "000001 is damaged" in err
    assert run("publish")[0] == 1
    assert run("search", "đất")[0] == 0
