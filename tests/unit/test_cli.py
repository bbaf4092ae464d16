"""The command line itself: misuse is explained in the archive's language, with what to type next."""

import pytest

from archive import cli, console


@pytest.fixture(autouse=True)
def vietnamese():
    console.remember_language("vi")
    yield
    console.remember_language("vi")


def said(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return ended.value.code, capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "detail", "command"),
    [
        (("show",), "Missing argument", "kho show --help"),
        (("khong-co",), "khong-co", "kho --help"),
        (("ingest", "folder", "x", "--workers", "hai"), "--workers", "kho ingest folder --help"),
        (("publish", "--la"), "--la", "kho publish --help"),
    ],
)
def test_misuse_is_said_in_vietnamese_first(capsys, arguments, detail, command):
    code, printed = said(capsys, *arguments)
    first, second = printed.err.strip().splitlines()
    assert code == console.FAILED and printed.out == ""
    assert first.startswith("Lệnh gõ chưa đúng.") and detail in first and second.endswith(command)


def test_misuse_is_said_in_the_language_asked_for(capsys):
    code, printed = said(capsys, "--lang", "en", "show")
    assert code == console.FAILED and printed.err.startswith("The command is not right.")


def test_no_command_shows_the_help(capsys):
    code, printed = said(capsys)
    assert code == console.FAILED and "kho init" in printed.out + printed.err
