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


def test_the_life_of_an_account(run):
    def listed() -> dict:
        return {row["name"]: row for row in json.loads(run("user", "list", "--json")[1])}["lan"]

    assert (
        run("user", "add", "lan", "--unit", "H30.01", "--from", "1/7/2025", "--password", "muoi-hai")[0] == 0
    )
    assert listed()["grants"] == [
        {"unit": "H30.01", "role": "official", "valid_from": "2025-07-01", "valid_to": None}
    ]
    run("user", "grant", "lan", "--unit", "H30.02")
    run("user", "grant", "lan", "--unit", "H30.01", "--to", "2026-12-31")
    assert [(row["unit"], row["valid_from"], row["valid_to"]) for row in listed()["grants"]] == [
        ("H30.02", None, None),
        ("H30.01", None, "2026-12-31"),
    ]
    assert "H30.01 · look-up · …–31/12/2026" in run("user", "list")[1]
    run("user", "revoke", "lan", "--unit", "H30.02")
    assert [row["unit"] for row in listed()["grants"]] == ["H30.01"]
    run("user", "disable", "lan")
    assert listed()["disabled"]
    said = run("user", "enable", "lan")[1].splitlines()
    assert said[0].startswith("Account lan can sign in again") and "lan is granted: H30.01" in said[1]
    assert not listed()["disabled"] and "password" not in listed()


def test_the_list_tells_of_first_passwords_and_those_too_old(run, monkeypatch):
    def state(name: str) -> str:
        return next(line for line in run("user", "list")[1].splitlines() if f" {name} " in line)

    def listed(name: str) -> dict:
        return {row["name"]: row for row in json.loads(run("user", "list", "--json")[1])}[name]

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798700000")  # 31/12/2026
    run("user", "add", "moi", "--unit", "A", "--password", "muoi-hai-3")
    run("user", "add", "cu", "--unit", "A", "--password", "muoi-hai-3", "--keep")
    assert listed("moi")["first_password_until"] == "2027-01-30" and "first_password_until" not in listed(
        "cu"
    )
    assert "first password, good until" in state("moi") and "in use" in state("cu")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1798700000 + 31 * 86400))
    assert "first password over since" in state("moi") and "kho user password moi" in run("user", "list")[1]
    run("user", "password", "moi")
    assert "first password, good until" in state("moi")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "an", "--unit", "A", "--from", "32/1/2026"), "not a day"),
        (("add", "an", "--unit", "A", "--to", "2026"), "not a day"),
        (("add", "an", "--unit", "A", "--from", "2/1/2026", "--to", "1/1/2026"), "before the first day"),
        (("add", "an", "--to", "1/1/2026"), "No unit is named"),
        (("grant", "an"), "No unit is named"),
        (("grant", "an", "--unit", "A"), "no account"),
        (("revoke", "an", "--unit", "A"), "no account"),
        (("enable", "an"), "no account"),
    ],
)
def test_grants_that_make_no_sense_are_explained(run, words, said):
    code, out, err = run("user", *words)
    assert code == 2 and said in err and not out


def test_one_unreadable_account_does_not_hide_the_others(run, settings):
    homes.add_account(settings, "binh", "*")
    (settings.accounts / "an.json").write_text("{")
    try:
        code, out, err = run("user", "list")
        assert code == 1 and "binh" in out and "an.json" in err
        code, out, _ = run("user", "list", "--json")
        assert code == 1 and "binh" in {row["name"] for row in json.loads(out)}
    finally:
        (settings.accounts / "an.json").unlink()


def test_a_grant_carries_fonds_purpose_and_basis_and_says_so(run):
    fonds = homes.FONDS_A.code
    narrow = ["--fonds", fonds, "--purpose", "tố tụng", "--basis", "QĐ 45", "--role", "leader"]
    code, out, err = run(
        "user", "add", "nam", "--unit", homes.UNIT_A.code, *narrow, "--password", "muoi-hai-3"
    )
    assert (code, err) == (0, "")
    for said in (homes.UNIT_A.code, "leader", f"fonds {fonds} only", "tố tụng", "QĐ 45"):
        assert said in out
    [row] = [row for row in json.loads(run("user", "list", "--json")[1]) if row["name"] == "nam"]
    assert row["grants"] == [
        {
            "unit": homes.UNIT_A.code,
            "role": "leader",
            "valid_from": None,
            "valid_to": None,
            "fonds": [fonds],
            "purpose": "tố tụng",
            "basis": "QĐ 45",
        }
    ]


def test_a_fonds_that_is_none_or_nobody_published_is_said(run):
    code, out, err = run(
        "user", "add", "mai", "--unit", homes.UNIT_A.code, "--fonds", "a b", "--password", "muoi-hai-3"
    )
    assert code == 2 and "a b" in err and not out
    code, _, err = run(
        "user", "add", "mai", "--unit", homes.UNIT_A.code, "--fonds", "H77", "--password", "muoi-hai-3"
    )
    assert code == 0 and "H77" in err and homes.FONDS_A.code in err
    assert run("user", "add", "mo", "--fonds", "H77", "--password", "muoi-hai-3")[0] == 2


def test_a_unit_nobody_published_is_said_with_those_there_are(run):
    code, _, errors = run("user", "add", "hai", "--unit", "lamkhe", "--password", "mat-khau-2025")
    assert code == 0 and "lamkhe" in errors and homes.FONDS_A.unit.code in errors
    assert "lamkhe" not in run("user", "add", "ba", "--every-unit", "--password", "mat-khau-2025")[2]
