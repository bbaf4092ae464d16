"""A snapshot tells what it is before it is taken over, and what a mapping still lacks."""

import json
import re

import pytest

from archive import cli
from ingest.progress import Tally
from ingest.snapshots import checking, inspection, mapping, proposal
from samples.systems import as_register, as_siard, as_sql
from samples.systems.documents import document_system
from samples.systems.model import Made, MadeTable


@pytest.fixture(scope="module")
def made():
    return document_system(seed=11, documents=120)


@pytest.fixture(scope="module")
def siard(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("xem") / "qlvb.siard"
    as_siard.write(made[0], path)
    return path


def run(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--lang", "en", *words])
    return ended.value.code, capsys.readouterr()


def test_what_a_snapshot_holds(made, siard, capsys):
    code, printed = run(capsys, "inspect", str(siard), "--json")
    said = json.loads(printed.out)
    assert code == 0 and said["kind"] == "siard"
    assert {table["name"]: table["rows"] for table in said["tables"]} == {
        name: len(table.rows) for name, table in made[0].tables.items()
    }
    assert said["rows"] == sum(len(table.rows) for table in made[0].tables.values())
    inside = sum(isinstance(row[4], bytes) for row in made[0].tables["tep_dinh_kem"].rows)
    assert said["attachments"] == inside and said["findings"] == []
    days = [row[4].date().isoformat() for row in made[0].tables["van_ban"].rows if row[4]]
    assert "2022-12-25" <= said["first_day"] <= min(days) and said["last_day"] >= max(days)
    assert set(said["units"]) == {"H99.21", "000.11.21.H99", "000.12.21.H99"}
    assert said["proposal"]["profile"] == "qlvb" and said["estimate"]["seconds"] > 0


def test_it_is_shown_in_words(siard, capsys):
    code, printed = run(capsys, "inspect", str(siard))
    assert code == 0 and "form siard, 9 tables" in printed.out and "kho map propose" in printed.out


def test_what_is_no_snapshot_is_refused_with_what_to_do(tmp_path, capsys):
    (tmp_path / "x.bin").write_bytes(b"\x00\x01khong phai ban chup")
    code, printed = run(capsys, "inspect", str(tmp_path / "x.bin"))
    assert code == 2 and "no form of snapshot" in printed.err and "SIARD" in printed.err


def test_a_mapping_is_held_against_a_snapshot(siard):
    said = proposal.profiles()["qlvb"]
    said = said.replace('"trich_yeu"', '"trich"').replace('table = "lien_thong"', 'table = "khac"')
    said = said.replace('order = ["buoc", "ngay_gui"]', 'order = ["buoc_thu"]')
    said = said.replace('"Phối hợp" = "support"\n', "")
    with inspection.staged(siard, Tally("vi")) as (staging, _):
        found = checking.check(mapping.parse(said), staging)
    assert not found.usable and found.records == 120, "how steps are ordered must be there"
    places = {(one.place, one.table, one.column) for one in found.absent}
    assert ("records[1].subject", "van_ban", "trich") in places and (
        "records[1].messages.when",
        "khac",
        "",
    ) in places
    assert {(one.values, one.raw) for one in found.unknown} == {("role", "Phối hợp")}
    unmapped = {(one.table, one.column) for one in found.unmapped}
    assert ("van_ban", "trich_yeu") in unmapped and ("van_ban", "so_ky_hieu") not in unmapped
    seen = {one.unit: (one.name, one.records) for one in found.unknown_units}
    assert set(seen) == {"H99.21", "000.11.21.H99", "000.12.21.H99"}
    assert seen["000.11.21.H99"][0] == "UBND xã Hòa Lĩnh" and sum(count for _, count in seen.values()) == 120


def test_a_link_onto_the_record_itself_is_no_usable_mapping(siard, tmp_path, capsys):
    said = proposal.profiles()["qlvb"].partition("[[records.links]]")
    link = '[[records.links]]\nkind = { const = "replies_to" }\ntext = "so_ky_hieu"\n\n'
    file = tmp_path / "anh-xa.toml"
    file.write_text(said[0] + link + said[1] + said[2], encoding="utf-8")
    code, printed = run(capsys, "map", "check", str(file), str(siard))
    assert code == 1 and "van_ban.so_ky_hieu" in printed.err
    with inspection.staged(siard, Tally("vi")) as (staging, _):
        found = checking.check(mapping.parse(file.read_text(encoding="utf-8")), staging)
        assert found.own_links == ("van_ban.so_ky_hieu",) and not found.usable
        assert checking.check(mapping.parse("".join(said)), staging).own_links == ()


def test_a_system_with_other_names_gets_a_mapping_that_can_be_used(made, tmp_path, capsys):
    """Tables and columns under the names another product gives them: capitals, no underscores, a schema."""
    path = tmp_path / "khac.sql"
    as_sql.write(made[0], path, "postgresql")
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("van_ban", "VanBan"),
        ("xu_ly", "XuLy"),
        ("trich_yeu", "TrichYeu"),
        ("so_ky_hieu", "SoKyHieu"),
    ):
        text = re.sub(rf"\b{old}\b", f'"{new}"', text)
    path.write_text(text, encoding="utf-8")
    code, printed = run(capsys, "map", "propose", str(path))
    assert code == 0 and 'table = "VanBan"' in printed.out and 'code = "SoKyHieu"' in printed.out
    (tmp_path / "anh-xa.toml").write_text(printed.out, encoding="utf-8")
    code, printed = run(capsys, "map", "check", str(tmp_path / "anh-xa.toml"), str(path), "--json")
    said = json.loads(printed.out)
    assert said["usable"] and said["check"]["records"] == 120 and code == 1, "units have no fonds yet"


def test_nothing_fits_what_is_no_document_system(tmp_path, capsys):
    path = tmp_path / "khac.sql"
    path.write_text(
        "CREATE TABLE teams (id integer, name text);\nINSERT INTO teams VALUES (1, 'a');\n", encoding="utf-8"
    )
    code, printed = run(capsys, "map", "propose", str(path))
    assert code == 2 and "No shipped profile fits" in printed.err


def test_a_mapping_that_is_not_there_names_those_that_are(siard, tmp_path, capsys):
    home = ("--home", str(tmp_path / "kho"))
    run(capsys, "init", *home)
    taken = ("ingest", "snapshot", str(siard), "--mapping", "sai", "--system", "x", "--fonds", "H1", *home)
    for command in (("map", "check", "sai", str(siard)), taken):
        code, printed = run(capsys, *command)
        assert code == 2 and "so-van-ban" in printed.err and "kho map propose" in printed.err


def test_fonds_and_units_of_a_mapping_are_checked_against_the_archive(siard, tmp_path, capsys):
    home, file = ("--home", str(tmp_path / "kho")), tmp_path / "anh-xa.toml"
    owned = '[units."H99.21"]\nfonds = "H1"\nunit = "{0}"\n[units."000.11.21.H99"]\nfonds = "H2"\n[units."000.12.21.H99"]\nfonds = "H3"\n'
    file.write_text(proposal.profiles()["qlvb"] + owned.format("cu"), encoding="utf-8")
    run(capsys, "init", *home)
    run(
        capsys,
        "ingest",
        "snapshot",
        str(siard),
        "--mapping",
        str(file),
        "--system",
        "x",
        "--fonds",
        "H1",
        *home,
    )
    code, printed = run(capsys, "map", "check", str(file), str(siard), *home, "--json")
    assert code == 0 and json.loads(printed.out)["owners"] == []
    file.write_text(proposal.profiles()["qlvb"] + owned.format("moi"), encoding="utf-8")
    code, printed = run(capsys, "map", "check", str(file), str(siard), *home)
    assert code == 1 and "held as one of the unit cu" in printed.err and "Not usable yet" in printed.out


def test_a_proposal_ends_with_the_owning_units_ready_to_be_filled_in(siard, tmp_path, capsys):
    code, printed = run(capsys, "map", "propose", str(siard))
    questions = printed.out.partition("# ---- Còn phải xem")[2]
    assert code == 0 and re.search(r'don_vi\.cap_tren_id: \d+ giá trị, ví dụ "1"', questions)
    owned = questions[questions.index("# Đơn vị sở hữu") :].splitlines()[1:]
    assert re.fullmatch(r'# \[units\."[\w.]+"\]    # UBND .+: \d+ bản ghi', owned[0])
    filled = "\n".join(line.removeprefix("# ") for line in owned).replace('fonds = "…"', 'fonds = "H1"')
    said = mapping.parse(printed.out + filled.replace('unit = "…"', 'unit = "u"'))
    assert set(said.units) == {"h99.21", "000.11.21.h99", "000.12.21.h99"}


def test_a_register_is_checked_without_noise(tmp_path, capsys):
    """What every register lacks of the many columns that may be there is one line; a reader's own columns are none."""
    heading = (
        "Ngày đến",
        "Số đến",
        "Tác giả",
        "Số, ký hiệu văn bản",
        "Tên loại và trích yếu nội dung văn bản",
        "Tệp đính kèm",
        "Lạ",
    )
    lines = MadeTable(
        dict.fromkeys(heading, "text"), [("1/2/2024", "1", "A", "1/A", "Việc", "a.pdf", "gì đó")]
    )
    as_register.write(Made({"so den": lines}), tmp_path, as_register.Dirt(title=("UBND XÃ A",)))
    code, printed = run(capsys, "map", "check", "so-van-ban", str(tmp_path), "--json")
    said = json.loads(printed.out)["check"]
    assert code == 1 and said["records"] == 1
    assert [one["column"] for one in said["unmapped"]] == ["Lạ"] and said["unmapped"][0]["examples"] == [
        "gì đó"
    ]
    assert all(one.get("usual") for one in said["absent"]), "and none of them is to be mended"
    assert [one["unit"] for one in said["unknown_units"]] == ["UBND XÃ A"]
    code, printed = run(capsys, "map", "check", "so-van-ban", str(tmp_path))
    assert "nothing to mend" in printed.out and "@title" not in printed.out


def test_a_mapping_of_another_system_is_told_as_such(siard, capsys):
    code, printed = run(capsys, "map", "check", "so-van-ban", str(siard))
    assert (
        code == 1
        and f"kho map propose {siard}" in printed.out.replace("\n", "")
        and "above" not in printed.out
    )
