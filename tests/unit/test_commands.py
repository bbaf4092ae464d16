"""The `kho` command line on a small home: what reaches the terminal, and the life of an account."""

import json

import pytest

from archive import cli
from tests import homes

HOSTILE = "Về việc \x1b]0;bi-hack\x07 thu hồi đất \x1b[2J"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    letter = homes.Letter("15/QĐ-UBND", "2014-03-18", "Quyết định", HOSTILE, "Hồ \x9b2J Lộc", (homes.LAND,))
    dossier = (homes.FONDS_A, "DD.2014", HOSTILE, "", (letter,))
    return homes.build(tmp_path_factory.mktemp("commands"), dossiers=(dossier,))


@pytest.fixture
def run(settings, capsys):
    """Runs `kho <words>`; gives (exit code, standard output, standard error)."""

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(settings.home), "--lang", "en", *words])
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    "words",
    [
        ("search", "thu hoi dat"),
        ("show", "H01.12:DD.2014:001"),
        ("show", "H01.12:DD.2014"),
        ("search", "x", "--as", "\x1b[2J"),
        ("user", "disable", "\x1b[2J"),
    ],
)
def test_nothing_from_a_record_or_a_name_steers_the_terminal(run, words):
    _, out, err = run(*words)
    assert "[001B]" in out + err
    assert not {"\x1b", "\x07", "\x9b"} & set(out + err)


def test_a_folder_that_may_not_be_read_is_no_defect_of_ours(run, monkeypatch):
    def refused(*_: object):
        raise PermissionError(13, "Permission denied", "/kho")

    monkeypatch.setattr("archive.commands.lookup.Archive", refused)
    code, _, err = run("search", "dat")
    assert code == 2 and "may not read /kho" in err and "group" in err
