"""A folder with several systems is refused and its systems are named; one system in several folders is not."""

import shutil

import pytest

from archive import cli
from archive.errors import SourceRefused
from ingest.snapshots.forms.open import opened
from samples.systems import as_edxml, as_register, as_siard, as_sql
from samples.systems.model import Made, MadeTable

MADE = Made({"van_ban": MadeTable({"id": "integer", "trich_yeu": "text"}, [(1, "a")], ("id",))})
LETTER = Made({"document": MadeTable({"DocumentId": "text", "Subject": "text"}, [("x", "a")])})
HEADING = ("Ngày đến", "Số đến", "Tác giả", "Số, ký hiệu văn bản", "Tên loại và trích yếu nội dung văn bản")
LINES = Made({"so den": MadeTable(dict.fromkeys(HEADING, "text"), [("1/2/2024", "1", "A", "1/A", "Việc")])})


def siard(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    as_siard.write(MADE, path)


def dump(path, dialect="mysql", name="qlvb"):
    path.parent.mkdir(parents=True, exist_ok=True)
    as_sql.write(MADE, path, dialect)
    if dialect == "mysql":
        path.write_text(path.read_text("utf-8").replace("Database: qlvb", f"Database: {name}"), "utf-8")


def declare(folder, code="x"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ban-giao.toml").write_text(f'he_thong = "{code}"\n', encoding="utf-8")


def refusal(folder):
    with pytest.raises(SourceRefused) as raised:
        opened(folder)
    return raised.value.code, raised.value.values


def declared(folder):
    for name in ("mot", "hai"):
        as_register.write(LINES, folder / name)
        declare(folder / name, name)


@pytest.mark.parametrize(
    ("write", "named"),
    [
        (declared, "hai (register), mot (register)"),
        (lambda into: (siard(into / "a.siard"), siard(into / "b.siard")), "a.siard (siard), b.siard (siard)"),
        (lambda into: (dump(into / "a.sql"), dump(into / "b.sql", name="motcua")), "a.sql (sql), b.sql (sql)"),
        (lambda into: (dump(into / "a/x.sql"), dump(into / "b/x.sql")), "a (sql), b (sql)"),
        (lambda into: (siard(into / "a.siard"), dump(into / "b.sql")), "a.siard (siard), b.sql (sql)"),
        (lambda into: (siard(into / "a/x.siard"), as_register.write(LINES, into / "b")), "a (siard), b (register)"),
        (lambda into: (as_edxml.write(LETTER, into / "a"), as_register.write(LINES, into / "b")), "a (edxml), b (register)"),
        (lambda into: (siard(into / "c/a/x.siard"), dump(into / "c/b/x.sql")), "c/a (siard), c/b (sql)"),
    ],
)  # fmt: skip
def test_several_systems_are_refused_one_by_one(tmp_path, write, named):
    write(tmp_path)
    code, values = refusal(tmp_path)
    assert code == "refused.several_systems" and values["systems"] == named
    first = values["systems"].partition(" (")[0]
    assert values["first"] == str(tmp_path / first)
    with opened(tmp_path / first) as source:
        assert source.tables()


def rows(path):
    with opened(path) as source:
        return [(row.table, row.cells.get("@id")) for row in source.rows()]


def test_one_system_in_several_folders_is_one(tmp_path):
    for year in ("2023", "2024"):
        as_register.write(LINES, tmp_path / "so" / year)
        as_edxml.write(LETTER, tmp_path / "tin" / year)
    dump(tmp_path / "sql" / "a.sql"), dump(tmp_path / "sql" / "b.sql")
    siard(tmp_path / "co-tep" / "x.siard")
    as_register.write(LINES, tmp_path / "co-tep" / "tep")
    found = rows(tmp_path / "so")
    assert len(found) == len(set(found)) == 2, "identical lines of two registers are two rows"
    for name in ("tin", "sql", "co-tep"):
        assert rows(tmp_path / name)


def test_a_declaration_makes_one_system_of_folders(tmp_path):
    dump(tmp_path / "a" / "x.sql"), dump(tmp_path / "b" / "y.sql")
    assert refusal(tmp_path)[0] == "refused.several_systems"
    declare(tmp_path)
    assert rows(tmp_path)
    declare(tmp_path / "b")
    assert refusal(tmp_path)[0] == "refused.several_systems"


def test_a_folder_without_data_leads_to_that_of_its_sub_folder(tmp_path):
    siard(tmp_path / "du-lieu" / "x.siard")
    code, values = refusal(tmp_path)
    assert code == "refused.snapshot_beneath" and values["first"] == str(tmp_path / "du-lieu")


@pytest.mark.parametrize(
    ("name", "said"),
    [("qlvb.bak", "Generate Scripts"), ("quet.pdf", "kho ingest folder"), ("x.bin", "kho inspect --help")],
)
def test_what_is_no_snapshot_is_told_what_to_do(tmp_path, capsys, name, said):
    (tmp_path / name).write_bytes(b"\x00\x01khong phai ban chup")
    for path in (tmp_path / name, tmp_path):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--lang", "vi", "inspect", str(path)])
        assert ended.value.code == 2 and said in capsys.readouterr().err


def test_identical_lines_of_two_systems_are_two_records(tmp_path, capsys):
    """Two communes' registers in one fonds, line for line alike."""
    home = ("--home", str(tmp_path / "kho"))

    def kho(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--lang", "en", *words, *home])
        assert ended.value.code in (0, 1), capsys.readouterr().err
        return capsys.readouterr().out

    kho("init")
    for name in ("mot", "hai"):
        as_register.write(LINES, tmp_path / name)
        kho(
            "ingest",
            "snapshot",
            str(tmp_path / name),
            "--mapping",
            "so-van-ban",
            "--system",
            name,
            "--fonds",
            "H1",
        )
        shutil.rmtree(tmp_path / name)
    kho("publish")
    found = kho("search", "số:1/A", "--json")
    assert '"total": 2' in found and "H1:mot." in found and "H1:hai." in found
