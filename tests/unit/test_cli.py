"""The command line itself: misuse is explained in the archive's language, with what to type next."""

import click
import pytest

from archive import cli, console


def said(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return ended.value.code, capsys.readouterr()


MISTAKES = [
    (("show",), "thiếu MÃ.", "MÃ is missing.", "kho show"),
    (("user", "add", "--unit", "A"), "thiếu TÊN.", "TÊN is missing.", "kho user add"),
    (("khong-co",), "không có lệnh «khong-co».", "there is no command «khong-co».", "kho"),
    (("serch", "x"), "Có phải: search", "Did you mean: search", "kho"),
    (("user", "ad"), "Có phải: add?", "Did you mean: add?", "kho user"),
    (("--home", "x"), "chưa nêu lệnh", "which command", "kho"),
    (("publish", "--la"), "không có tùy chọn --la.", "there is no option --la.", "kho publish"),
    (("publish", "--rolback"), "Có phải: --rollback?", "Did you mean: --rollback?", "kho publish"),
    (("show", "--pdf"), "sau --pdf phải có một giá trị.", "--pdf needs a value after it.", "kho show"),
    (("publish", "--rebuild=1"), "--rebuild không nhận giá trị.", "--rebuild takes no value.", "kho publish"),
    (("search", "x", "--sort", "moi"), "--sort phải là một trong: relevance, newest", "--sort must be one of: relevance", "kho search"),
    (("search", "x", "--size", "500"), "--size phải là số nguyên từ 1 đến 100.", "--size must be a whole number from 1 to 100.", "kho search"),
    (("search", "x", "--page", "hai"), "--page phải là số nguyên, ít nhất là 1.", "--page must be a whole number, at least 1.", "kho search"),
    (("search", "x", "--szie", "5", "--home", "x"), "Có phải: --size", "Did you mean: --size", "kho search"),
    (("show", "a", "b c"), "thừa «b c».", "«b c» is too much.", "kho show"),
    (("show", "a", "--home", __file__), "--home phải là một thư mục.", "--home must be a folder.", "kho show"),
    (("show", "a", "--pdf", "/"), "--pdf phải là tên một tệp.", "--pdf must be the name of a file.", "kho show"),
    (("show", "a", "--lang", "fr"), "--lang phải là một trong: vi, en.", "--lang must be one of: vi, en.", "kho show"),
]  # fmt: skip
OF_CLICK = ("Missing", "No such", "Invalid", "Did you mean one", "requires", "unexpected", "is not", "Try")


@pytest.mark.parametrize(("words", "vietnamese", "english", "command"), MISTAKES)
def test_misuse_is_said_in_the_language_asked_for(capsys, words, vietnamese, english, command):
    for language, start, detail in (
        ("vi", "Lệnh gõ chưa đúng: ", vietnamese),
        ("en", "The command is not right: ", english),
    ):
        code, printed = said(capsys, "--lang", language, *words)
        first, second = printed.err.strip().splitlines()
        assert code == console.FAILED and printed.out == ""
        assert first.startswith(start) and detail in first and second.endswith(f": {command} --help")
        assert not [word for word in OF_CLICK if word in first.removeprefix(start)]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("user", "import"), "tệp"),
        (("units", "apply"), "tệp"),
        (("units", "review", "--against"), "tệp"),
        (("units", "build", "--from"), "thư mục"),
        (("audit", "check"), "thư mục"),
        (("ingest", "folder"), "thư mục"),
    ],
)
def test_what_must_be_there_and_is_not_is_said_with_what_to_do(capsys, tmp_path, words, what):
    cli_home = ["--home", str(tmp_path / "kho")]
    said(capsys, *cli_home, "init")
    code, printed = said(capsys, *cli_home, *words, str(tmp_path / "vắng"))
    assert code == console.FAILED and printed.err.startswith(f"Không có {what} {tmp_path / 'vắng'}.")
    assert "Kiểm tra đường dẫn" in printed.err


def test_no_command_leaves_it_to_click_to_say_that_a_file_is_not_there():
    for _, command in _all_commands(cli.kho):
        for param in command.params:
            assert not (isinstance(param.type, click.Path) and param.type.exists), (command.name, param.name)


def test_misuse_is_said_in_vietnamese_unless_told_otherwise(capsys):
    assert said(capsys, "show")[1].err.startswith("Lệnh gõ chưa đúng")
    assert said(capsys, "publish", "--lang", "en", "x")[1].err.startswith("The command is not right")
    assert said(capsys, "show")[1].err.startswith("Lệnh gõ chưa đúng"), (
        "the last command's language is forgotten"
    )


def test_a_value_is_refused_in_the_language_asked_for(capsys):
    """Found by a converter of ours while the command line is read, before the command itself begins."""
    words = ("user", "add", "an", "--unit", "A", "--to", "2026")
    assert "không phải một ngày" in said(capsys, *words)[1].err
    assert "not a day" in said(capsys, "--lang", "en", *words)[1].err
    assert "not a day" in said(capsys, *words, "--lang", "en")[1].err


def _all_commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    found = [(path, group)]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        deeper = isinstance(command, click.Group)
        found += _all_commands(command, (*path, name)) if deeper else [((*path, name), command)]
    return found


def test_every_command_has_an_example_on_its_page_or_its_groups_and_no_english_of_click(capsys):
    pages = dict(_all_commands(cli.kho))
    assert len(pages) > 12
    for path in pages:
        code, printed = said(capsys, *path, "--help")
        page = printed.out
        assert code == console.OK and page.startswith(f"Cách dùng / usage: {' '.join(('kho', *path))}")
        assert "Ví dụ / example" in page + pages[path[:-1]].help, path
        assert not [
            word
            for word in (
                "Usage:",
                "Options:",
                "Commands:",
                "TEXT",
                "INTEGER",
                "[OPTIONS]",
                "exit.",
                "[default",
            )
            if word in page
        ], path


def test_no_command_shows_the_help(capsys):
    code, printed = said(capsys)
    assert code == console.FAILED and "kho init" in printed.out + printed.err


def test_json_is_utf8_even_with_names_that_are_not(capfdbinary):
    console.emit_json({"file": "H\udce9 sơ.pdf"})
    assert capfdbinary.readouterr().out == '{\n "file": "H\\udce9 sơ.pdf"\n}\n'.encode()
