"""JSON as services and programs hand it out: the shapes it comes in, what is odd in it, what means harm."""

import base64
import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import SourceRefused
from archive.holdings import locator
from ingest.snapshots.forms import jsonexport
from ingest.snapshots.forms.jsonexport import flatten, scan
from ingest.snapshots.forms.jsonexport.scan import Scan
from ingest.snapshots.source import Blob
from samples.systems.as_json import Form, write
from samples.systems.model import Made, MadeTable

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 30
TWO = [{"id": 1, "trichYeu": "Việc A"}, {"id": 2, "trichYeu": "Việc B"}]


def put(folder, **files):
    for name, held in files.items():
        path = folder / name.replace("__", "/").replace("_json", ".json").replace("_lines", ".jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            held
            if isinstance(held, bytes)
            else held.encode()
            if isinstance(held, str)
            else json.dumps(held).encode()
        )
    return folder


def read(path):
    """(rows by table, codes of findings -> how often)"""
    with jsonexport.opened(path) as source:
        tables = {table.name: [] for table in source.tables()}
        columns = {table.name: {column.name for column in table.columns} for table in source.tables()}
        for row in source.rows():
            assert set(row.cells) == columns[row.table] and row.number == len(tables[row.table]) + 1
            tables[row.table].append({name: cell for name, cell in row.cells.items() if cell is not None})
        return tables, {finding.code: finding.values["count"] for finding in source.findings()}


def only(path):
    [rows] = read(path)[0].values()
    return rows


# --------------------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    "held",
    [
        json.dumps(TWO),
        "\ufeff" + json.dumps(TWO, ensure_ascii=False, indent=2),
        "\n".join(map(json.dumps, TWO)),
        "".join(map(json.dumps, TWO)),
        "[" + ",\n".join(map(json.dumps, TWO)) + ",]",
    ],
)
def test_an_array_and_lines_are_the_same_rows(tmp_path, held):
    put(tmp_path, vb_json=held)
    rows = only(tmp_path / "vb.json")
    assert [(row["@row"], row["id"], row["trichYeu"]) for row in rows] == [
        ("1", "1", "Việc A"),
        ("2", "2", "Việc B"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"total": 2, "data": TWO},
        {"data": {"items": TWO, "total": 2}},
        {"result": {"page": {"size": 20}, "rows": TWO}, "ok": True},
        {"danh_sach": TWO, "total": 2},
    ],
)
def test_records_inside_an_answer(tmp_path, answer):
    tables, found = read(put(tmp_path, vb_json=answer) / "vb.json")
    assert [row["id"] for row in tables["vb"]] == ["1", "2"] and not found
    assert len([name for name in tables if name != "vb"]) >= 1 and all(
        "@answer" in name for name in tables if name != "vb"
    )


def test_pages_in_a_folder_make_one_table_in_their_order(tmp_path):
    for number in (10, 2, 1):
        put(tmp_path, **{f"van-ban-{number}_json": {"page": number, "data": [{"id": number}]}})
    put(tmp_path, don_vi_json=TWO)
    (tmp_path / "don_vi.json").rename(tmp_path / "don-vi.json") if (
        tmp_path / "don_vi.json"
    ).exists() else None
    tables, _ = read(tmp_path)
    assert [row["id"] for row in tables["van-ban"]] == ["1", "2", "10"]
    assert [row["page"] for row in tables["van-ban.@answer"]] == ["1", "2", "10"]


def test_pages_named_by_number_alone_have_their_folder_s_name(tmp_path):
    put(tmp_path, **{"vb__1_json": [{"id": 1}], "vb__2_json": [{"id": 2}], "dv__1_json": [{"id": 3}]})
    tables, _ = read(tmp_path)
    assert {name: len(rows) for name, rows in tables.items()} == {"dv": 1, "vb": 2}


def test_a_whole_database_in_one_object(tmp_path):
    put(tmp_path, a_json={"van_ban": TWO, "don_vi": [{"id": 7}], "cau_hinh": {"ten": "x"}})
    tables, _ = read(tmp_path / "a.json")
    assert {name: len(rows) for name, rows in tables.items()} == {
        "a.van_ban": 2,
        "a.don_vi": 1,
        "a.cau_hinh": 1,
    }


def test_one_record_a_file(tmp_path):
    put(tmp_path, **{f"vb-{number}_json": {"id": number, "tep": [{"ten": "a"}]} for number in (1, 2)})
    tables, _ = read(tmp_path)
    assert [row["id"] for row in tables["vb"]] == ["1", "2"]
    assert [(row["@parent"], row["@parent_id"], row["ten"]) for row in tables["vb.tep"]] == [
        ("1", "1", "a"),
        ("2", "2", "a"),
    ]


# --------------------------------------------------------------------------- records


def test_nested_objects_and_lists(tmp_path):
    record = {
        "id": "x",
        "don_vi": {"ten": "UBND", "cap": {"ma": 3}},
        "xu_ly": [{"buoc": 1, "y_kien": ["a", "b"]}, {"buoc": 2}],
        "the": ["k", 5, None, True],
        "trong": {},
        "rong": [],
    }
    tables, _ = read(put(tmp_path, a_json=[record]) / "a.json")
    assert tables["a"] == [{"@row": "1", "id": "x", "don_vi.ten": "UBND", "don_vi.cap.ma": "3"}]
    assert [(row["@row"], row["@parent_id"], row["buoc"]) for row in tables["a.xu_ly"]] == [
        ("1", "x", "1"),
        ("2", "x", "2"),
    ]
    assert [(row["@parent"], row["value"]) for row in tables["a.xu_ly.y_kien"]] == [("1", "a"), ("1", "b")]
    assert [row.get("value") for row in tables["a.the"]] == ["k", "5", None, "true"]
    assert "rong" not in str(tables)


def test_children_refer_to_their_parents(tmp_path):
    with jsonexport.opened(put(tmp_path, a_json=[{"id": 1, "b": [{"c": 2}]}]) / "a.json") as source:
        tables = {table.name: table for table in source.tables()}
    assert tables["a.b"].foreign == {"@parent": ("a", "@row")}
    assert {column.name: column.note for column in tables["a.b"].columns if column.note} == {
        "@parent_id": "a_id"
    }


@pytest.mark.parametrize(
    ("record", "key"), [({"ten": "x", "id": 1}, "id"), ({"ma_tthc": "1", "ten": "x"}, "ma_tthc")]
)
def test_a_key_is_guessed(tmp_path, record, key):
    with jsonexport.opened(put(tmp_path, a_json=[record, {"b": [{"c": 1}]}]) / "a.json") as source:
        assert {table.name: table.key for table in source.tables()} == {"a": (key,), "a.b": ("@row",)}


def test_numbers_stay_as_they_are_written(tmp_path):
    held = '[{"a": 1.10, "b": 123456789012345678901234567890, "c": 1e400, "d": -0, "e": NaN, "f": -Infinity}]'
    tables, found = read(put(tmp_path, a_json=held) / "a.json")
    assert list(tables["a"][0].values())[1:] == [
        "1.10",
        "123456789012345678901234567890",
        "1e400",
        "-0",
        "NaN",
        "-Infinity",
    ]
    assert found == {"snapshot.json_not_a_number": "1"}


def test_names_that_come_twice_are_both_kept(tmp_path):
    tables, found = read(put(tmp_path, a_json='[{"so": 1, "so": 2, "@row": 9}]') / "a.json")
    assert tables["a"] == [{"@row": "1", "so": "1", "so (2)": "2", "@row (2)": "9"}]
    assert found == {"snapshot.json_duplicate_keys": "1"}


def test_half_a_character_and_broken_utf8_are_told(tmp_path):
    tables, found = read(put(tmp_path, a_json=b'[{"a": "x\\ud800", "b": "\xff"}]') / "a.json")
    assert tables["a"][0]["a"] == "x\ufffd" and tables["a"][0]["b"] == "\ufffd"
    assert set(found) == {"snapshot.json_surrogates", "snapshot.json_undecodable"}


def test_more_columns_than_can_be_go_into_one(tmp_path, monkeypatch):
    monkeypatch.setattr(flatten, "MAX_COLUMNS", 5)
    tables, found = read(put(tmp_path, a_json=[{f"k{number}": number for number in range(8)}]) / "a.json")
    assert tables["a"][0]["@other"] == "k4=4\nk5=5\nk6=6\nk7=7" and found == {
        "snapshot.json_many_columns": "4"
    }


def test_more_tables_than_can_be_stay_json(tmp_path, monkeypatch):
    monkeypatch.setattr(flatten, "MAX_TABLES", 2)
    tables, found = read(put(tmp_path, a_json=[{"b": [1], "c": [{"d": 2}]}]) / "a.json")
    assert tables["a"][0]["c"] == '[{"d": "2"}]' and found == {"snapshot.json_many_tables": "1"}


# --------------------------------------------------------------------------- files inside


def spelt(how):
    digits = base64.b64encode(PDF).decode()
    return {
        "plain": digits,
        "php": digits.replace("/", "\\/"),
        "dotnet": digits.replace("+", "\\u002B"),
        "mime": base64.encodebytes(PDF).decode().replace("\n", "\\r\\n"),
        "url": "data:application/pdf;base64," + digits,
    }[how]


@pytest.mark.parametrize("how", ["plain", "php", "dotnet", "mime", "url"])
def test_a_file_in_base64_is_found_in_place(tmp_path, how):
    put(tmp_path, **{"a!_json": '[{"id": 1, "tep": {"ten": "a", "noi_dung": "' + spelt(how) + '"}}]'})
    [row] = only(tmp_path / "a!.json")
    blob = row["tep.noi_dung"]
    assert isinstance(blob, Blob) and blob.media_type == "application/pdf"
    assert locator.content(tmp_path, blob.locator, 1 << 20) == PDF


def test_base64_of_nothing_known_and_short_texts_stay_text(tmp_path):
    said = [base64.b64encode(b"\x01" * 300).decode(), "JVBERi0xLjQK", "x" * 5000]
    assert [row["value"] for row in only(put(tmp_path, a_json=said) / "a.json")] == said


def test_memory_does_not_grow_with_files_and_records(tmp_path):
    digits = base64.b64encode(b"%PDF-" + b"x" * 6_000_000).decode()
    with (tmp_path / "a.json").open("w") as target:
        target.write('{"data": [')
        for number in range(3):
            target.write(f'{{"id": {number}, "tep": "{digits}"}},')
        for number in range(3_000):
            target.write(f'{{"id": {number}, "ten": "{"y" * 300}"}},')
        target.write("{}]}")
    with jsonexport.opened(tmp_path / "a.json") as source:
        source.tables()
        tracemalloc.start()
        count = sum(1 for _ in source.rows())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 3_004 and peak < 4_000_000


# --------------------------------------------------------------------------- what means harm


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_depth_harms_one_record_only(tmp_path, opening):
    closing = "]" if opening == "[" else "}"
    deep = opening * 100_000 + "1" + closing * 100_000
    rows, found = read(put(tmp_path, a_json=f'[{{"id": 1}}, {{"x": {deep}}}, {{"id": 2}}]') / "a.json")
    assert [row["id"] for row in rows["a"]] == ["1", "2"] and found == {"snapshot.json_deep": "1"}


def test_a_record_that_is_too_large_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "MAX_VALUE", 1000)
    rows, found = read(put(tmp_path, a_json=[{"id": 1}, {"x": "y " * 900}, {"id": 2}]) / "a.json")
    assert [row["id"] for row in rows["a"]] == ["1", "2"] and found == {"snapshot.json_large": "1"}


@pytest.mark.parametrize(
    "cut",
    ['[{"id": 1}, {"id": 2', '[{"id": 1}, {"id": 2}', '{"data": [{"id": 1}', '{"data": [{"id": 1}, {"x": "'],
)
def test_an_end_that_is_missing_is_told(tmp_path, cut):
    rows, found = read(put(tmp_path, a_json=cut) / "a.json")
    assert rows["a"][0]["id"] == "1" and "snapshot.json_truncated" in found


def test_a_broken_record_does_not_stop_the_others(tmp_path):
    rows, found = read(put(tmp_path, a_json='[{"id": 1}, {"id": oops}, {id: 3}, {"id": 4}]') / "a.json")
    assert [row["id"] for row in rows["a"]] == ["1", "4"] and found == {"snapshot.json_broken": "2"}


def test_other_encodings_and_what_is_no_json(tmp_path):
    for held, code in (
        ("[1]".encode("utf-16"), "refused.json_encoding"),
        (b"<html>", "refused.json_none"),
        (b"", "refused.json_none"),
    ):
        (tmp_path / "a.json").write_bytes(held)
        assert not jsonexport.takes(tmp_path / "a.json", held)
        with pytest.raises(SourceRefused) as refused:
            jsonexport.opened(tmp_path / "a.json")
        assert refused.value.code == code
    put(tmp_path, b_json=TWO, c_json="<html>", d_json="[1]".encode("utf-16"))
    assert read(tmp_path)[1] == {"snapshot.json_broken": "1", "snapshot.json_encoding": "1"}


def test_links_are_not_followed(tmp_path):
    put(tmp_path / "outside", a_json=TWO)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.json").symlink_to(tmp_path / "outside" / "a.json")
    assert not jsonexport.takes(tmp_path / "inside", b"")


def test_the_units_of_the_country(shared_data):
    [file] = (shared_data / "07-admin-units").glob("vn_only_simplified_json*.json")
    assert jsonexport.takes(file, file.read_bytes()[:4096])
    tables, found = read(file)
    assert sorted(map(len, tables.values())) == [34, 3321] and not found


# --------------------------------------------------------------------------- round trips

cell = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
)
name = st.sampled_from(["a", "b", "số", "x y"])


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.dictionaries(name, cell, min_size=1), min_size=1, max_size=5),
    form=st.sampled_from(list(Form)),
)
def test_what_is_written_is_read_back(tmp_path_factory, rows, form):
    folder = tmp_path_factory.mktemp("j")
    columns = ["id", "a", "b", "số", "x y"]
    made = Made(
        {
            "vb": MadeTable(
                dict.fromkeys(columns, "text"),
                [(at, *(row.get(key) for key in columns[1:])) for at, row in enumerate(rows)],
            )
        }
    )
    write(made, folder, form)
    found = read(folder)[0]["vb"]
    for at, (row, read_row) in enumerate(zip(rows, found, strict=True)):
        kept = {
            key: {True: "true", False: "false"}.get(value, str(value))
            if isinstance(value, bool)
            else str(value)
            for key, value in row.items()
            if value is not None
        }
        assert {key: said for key, said in read_row.items() if key in columns} == {"id": str(at)} | kept


class Dripping:
    def __init__(self, held, size):
        self._source, self._size = io.BytesIO(held), size

    def read(self, _):
        return self._source.read(self._size)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_values_do_not_depend_on_how_the_bytes_come(size):
    held = json.dumps(
        [{"a": 'x"\\y', "tep": base64.b64encode(PDF).decode()}, [1, [2]], "s", 5, {}], ensure_ascii=False
    ).encode()
    whole, parts = Scan(io.BytesIO(held)), Scan(Dripping(held, size))
    assert whole.take(1) == parts.take(1) == b"["
    for one, other in zip(whole.elements(), parts.elements(), strict=True):
        assert (one.at, list(one.held.values())) == (other.at, list(other.held.values()))
        assert one.held or one.raw == other.raw
