"""SIARD archives made here: what was written is read, and what is wrong is named, in bounded time and memory."""

import hashlib
import shutil
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from archive.errors import IntegrityError, SourceRefused
from archive.holdings.locator import content
from archive.messages import catalogue
from ingest.snapshots.forms import siard
from ingest.snapshots.forms.siard import hardened, lobs, rows
from ingest.snapshots.forms.siard.text import plain
from ingest.snapshots.source import Blob
from samples.systems import as_siard
from samples.systems.model import Made, MadeTable

NAMESPACE = "http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd"
COLUMNS = (
    "<column><name>so</name><type>INTEGER</type></column><column><name>ten</name><type>VARCHAR(20)</type></column>"
    "<column><name>tep</name><type>BLOB</type></column><column><name>y_kien</name><type>CLOB</type></column>"
)
METADATA = "header/metadata.xml"
TABLE = "content/schema0/table0/table0.xml"


def described(rows: int = 1, columns: str = COLUMNS, extra: str = "", namespace: str = NAMESPACE) -> str:
    return (
        f'<siardArchive xmlns="{namespace}" version="2.2">{extra}<schemas><schema><name>s</name><folder>schema0</folder>'
        f"<tables><table><name>van_ban</name><folder>table0</folder><columns>{columns}</columns><rows>{rows}</rows>"
        "</table></tables></schema></schemas></siardArchive>"
    )


def table(inner: str) -> str:
    return f'<?xml version="1.0"?>\n<table xmlns="urn:t">{inner}</table>'


def archive(
    folder: Path, inner: str | None = "", metadata: str | None = None, **members: bytes | str
) -> Path:
    path = folder / "a.siard"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        if inner is not None:
            container.writestr(TABLE, table(inner))
        for name, held in members.items():
            container.writestr(name, held)
        container.writestr(METADATA, described() if metadata is None else metadata)
    return path


def read(path: Path):
    """Rows and findings."""
    with siard.opened(path) as source:
        held = list(source.rows())
        return held, source.findings()


def codes(findings) -> list[str]:
    known = catalogue("vi")
    assert all(finding.code in known for finding in findings)
    return sorted(finding.code.removeprefix("snapshot.siard_") for finding in findings)


def refusal(path: Path) -> str:
    with pytest.raises(SourceRefused) as caught:
        siard.opened(path)
    assert caught.value.code + ".remedy" in catalogue("vi")
    return caught.value.code


# --------------------------------------------------------------------------- what was written is read

VALUES = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "text": st.text(st.characters(codec="utf-8"), max_size=40)
    | st.sampled_from(["a\\u0041b", "x  y   z", "\r\n\t", "Đỗ"]),
    "date": st.dates(date(1900, 1, 1)),
    "timestamp": st.datetimes(datetime(1900, 1, 1)),
    "boolean": st.booleans(),
    "blob": st.binary(min_size=1, max_size=50) | st.just(b"%PDF-" * 1000),
}
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=12)


@st.composite
def made_tables(draw) -> MadeTable:
    columns = draw(st.dictionaries(NAMES, st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
    rows = draw(st.lists(st.tuples(*(st.none() | VALUES[kind] for kind in columns.values())), max_size=4))
    return MadeTable(columns, rows, key=(next(iter(columns)),))


@trials(max_examples=60, deadline=None)
@given(tables=st.dictionaries(NAMES, made_tables(), min_size=1, max_size=3))
def test_what_is_written_is_read(tmp_path_factory, tables):
    folder = tmp_path_factory.mktemp("made")
    as_siard.write(Made(tables), folder / "a.siard")
    with siard.opened(folder / "a.siard") as source:
        held = [(row.table, row.number, cells(folder, row)) for row in source.rows()]
        assert not source.findings()
        assert {each.name: each.key for each in source.tables()} == {
            name: each.key for name, each in tables.items()
        }
    assert held == [
        (name, number, tuple(zip(each.columns, map(as_text, row), strict=True)))
        for name, each in tables.items()
        for number, row in enumerate(each.rows, 1)
    ]


def cells(folder: Path, row) -> tuple:
    return tuple(
        (name, content(folder, cell.locator, cell.size) if isinstance(cell, Blob) else cell)
        for name, cell in row.cells.items()
    )


def as_text(value):
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() + "Z" * isinstance(value, datetime) if isinstance(value, date) else str(value)


def test_files_of_the_system_lie_beside_it(tmp_path):
    as_siard.write(Made({}, {"tep/1.pdf": b"%PDF"}), tmp_path / "a.siard")
    assert (tmp_path / "tep/1.pdf").read_bytes() == b"%PDF"


def test_an_unpacked_archive_and_a_folder_around_a_file_read_alike(tmp_path):
    as_siard.write(
        Made({"t": MadeTable({"a": "text", "b": "blob"}, [("x", b"y" * 3000)])}), tmp_path / "a.siard"
    )
    with zipfile.ZipFile(tmp_path / "a.siard") as container:
        container.extractall(tmp_path / "out")
    (around,), _ = read(tmp_path)
    (inside,), _ = read(tmp_path / "out")
    assert siard.takes(tmp_path, b"") and siard.takes(tmp_path / "out", b"")
    assert around.cells["a"] == inside.cells["a"] == "x"
    assert content(tmp_path / "out", inside.cells["b"].locator, 3000) == b"y" * 3000
    assert content(tmp_path, around.cells["b"].locator, 3000) == b"y" * 3000


def test_escapes_are_resolved_and_half_pairs_stay():
    assert plain(r"\u0009\u005Cu0041 \u0020 \ud83d\ude00 \ud83d \uZZZZ") == "\t\\u0041   😀 \\ud83d \\uZZZZ"


def test_absent_nil_and_empty_cells(tmp_path):
    inner = '<row><c1>1</c1><c4 xmlns:x="i" x:nil="true"></c4></row><row><c2></c2><c3/></row>'
    (first, second), findings = read(archive(tmp_path, inner, described(2)))
    assert first.cells == {"so": "1", "ten": None, "tep": None, "y_kien": None}
    assert second.cells == {"so": None, "ten": "", "tep": "", "y_kien": None}
    assert second.locator == "a.siard#van_ban/2" and not findings


@pytest.mark.parametrize(
    "kept", ['<c3 length="4">0a 0B\n0c0D</c3>', "<c3>\n 0A0B0c0d\n</c3>", "<t:c3 >0A0b0C0d</t:c3>"]
)
def test_content_inside_the_xml_is_found_by_its_bytes(tmp_path, kept):
    inner = f'<t:row xmlns:t="urn:t"><c2>Đỗ &amp; Lê</c2>{kept}<c4>sau</c4></t:row>'
    (row,), findings = read(archive(tmp_path, inner))
    assert content(tmp_path, row.cells["tep"].locator, 4) == b"\n\x0b\x0c\r"
    assert row.cells["tep"].size == 4
    assert (row.cells["ten"], row.cells["y_kien"]) == ("Đỗ & Lê", "sau")
    assert not findings


def test_large_content_inside_the_xml_is_not_read(tmp_path):
    held = bytes(range(256)) * 100_000
    (row,), findings = read(archive(tmp_path, f"<row><c1>1</c1><c3>{held.hex()}</c3><c2>x</c2></row>"))
    assert (row.cells["tep"].size, row.cells["ten"]) == (len(held), "x")
    assert content(tmp_path, row.cells["tep"].locator, len(held)) == held
    assert not findings


def test_markup_between_digits_is_an_error_when_they_are_read_not_other_bytes(tmp_path):
    (row,), _ = read(archive(tmp_path, "<row><c3>0A<!-- 00 -->0B</c3></row>"))
    with pytest.raises(IntegrityError):
        content(tmp_path, row.cells["tep"].locator, 100)


def test_what_is_not_hexadecimal_in_a_binary_column_stays_text(tmp_path):
    (row,), _ = read(archive(tmp_path, "<row><c3>không có tệp</c3><c4>x</c4></row>"))
    assert (row.cells["tep"], row.cells["y_kien"]) == ("không có tệp", "x")


def test_short_binary_values_are_text(tmp_path):
    columns = "<column><name>id</name><type>BINARY(16)</type></column>"
    (row,), _ = read(archive(tmp_path, "<row><c1>00FF</c1></row>", described(1, columns)))
    assert row.cells == {"id": "00FF"}


def test_names_that_are_there_twice(tmp_path):
    twin = (
        "<schema><name>{0}</name><folder>{0}</folder><tables><table><name>t</name><folder>table0</folder><columns>"
        "<column><name>a</name><type>INT</type></column><column><name>a</name><type>INT</type></column></columns>"
        "<foreignKeys><foreignKey><referencedSchema>q</referencedSchema><referencedTable>t</referencedTable>"
        "<reference><column>a</column><referenced>a</referenced></reference></foreignKey></foreignKeys></table></tables></schema>"
    )
    metadata = f'<siardArchive xmlns="{NAMESPACE}"><schemas>{twin.format("p")}{twin.format("q")}</schemas></siardArchive>'
    row = {"content/p/table0/table0.xml": table("<row><c1>1</c1><c2>2</c2></row>")}
    with siard.opened(archive(tmp_path, None, metadata, **row)) as source:
        assert [each.name for each in source.tables()] == ["p.t", "q.t"]
        assert source.tables()[0].foreign == {"a": ("q.t", "a")}
        assert [each.cells for each in source.rows()] == [{"a": "1", "a~2": "2"}]
        assert codes(source.findings()) == ["named_twice", "named_twice", "table_missing"]


def test_reading_again_says_the_same(tmp_path):
    with siard.opened(archive(tmp_path, "<row><c9>x</c9></row>", described(2))) as source:
        first = list(source.rows()), source.findings()
        assert (list(source.rows()), source.findings()) == first
        assert codes(source.findings()) == ["cell", "rows_differ"]


# --------------------------------------------------------------------------- large objects


def lob(folder: Path, attributes: str, cell: str = "c3", columns: str = COLUMNS, extra: str = "", **members):
    """The cell that points at something, and the findings; the whole folder is the snapshot."""
    archive(folder, f"<row><{cell} {attributes}/></row>", described(1, columns, extra), **members)
    (row,), findings = read(folder)
    return row.cells["tep" if cell == "c3" else "y_kien"], findings


LOB = "content/schema0/table0/lob2/r.bin"


@pytest.mark.parametrize(
    ("named", "folder"), [(LOB, ""), ("r.bin", "content/schema0/table0/lob2"), ("r.bin", "lob2"), ("lob2/r.bin", ""),
                          ("lob2/%72.bin", "")]
)  # fmt: skip
def test_content_in_the_archive_however_it_is_named(tmp_path, named, folder):
    columns = COLUMNS.replace("<type>BLOB", f"<lobFolder>{folder}</lobFolder><type>BLOB")
    cell, findings = lob(tmp_path, f'file="{named}" length="4"', columns=columns, **{LOB: b"%PDF"})
    assert (cell.locator, cell.size) == (f"a.siard!zip={LOB}", 4)
    assert not findings


@pytest.mark.parametrize(
    ("extra", "named"), [("<lobFolder>../ngoai/</lobFolder>", "r.bin"), ("", "ngoai/r.bin")]
)
def test_content_beside_the_archive(tmp_path, extra, named):
    (tmp_path / "ngoai").mkdir()
    (tmp_path / "ngoai/r.bin").write_bytes(b"%PDF")
    cell, findings = lob(
        tmp_path, f'file="{named}" length="4" dlurlpathonly="/a/To%20trinh.pdf"', extra=extra
    )
    assert cell == Blob("ngoai/r.bin", 4, "To trinh.pdf")
    assert not findings
    (row,), findings = read(tmp_path / "a.siard")
    assert (row.cells["tep"], codes(findings)) == (named, ["lob_beside"])


@pytest.mark.parametrize(
    "named",
    [
        "../r.bin",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://localhost/x",
        "C:/x",
        "link/r.bin",
        "..\\r.bin",
    ],
)
def test_nothing_outside_is_followed(tmp_path, named):
    (tmp_path / "r.bin").write_bytes(b"outside")
    inner = tmp_path / "kho"
    inner.mkdir()
    (inner / "link").symlink_to(tmp_path)
    cell, findings = lob(inner, f'file="{named}"')
    assert cell == named
    assert codes(findings) == ["lob_outside"]


def test_content_that_is_not_there_and_lengths_that_differ(tmp_path):
    cell, findings = lob(tmp_path, 'file="lob2/none.bin"')
    assert (cell, codes(findings)) == ("lob2/none.bin", ["lob_missing"])
    cell, findings = lob(
        tmp_path, f'file="{LOB}" length="5" digestType="SHA-256" digest="AA"', **{LOB: b"%PDF"}
    )
    assert (cell.size, cell.digest, codes(findings)) == (4, "sha256:aa", ["lob_length"])


def test_long_text_is_read_and_checked(tmp_path):
    text = "Kính gửi \\u0041 " * 50
    digest = hashlib.md5(text.encode()).hexdigest().upper()
    good = f'file="{LOB}" length="{len(text)}" digestType="MD5" digest="{digest}"'
    assert lob(tmp_path, good, "c4", **{LOB: text}) == (text, ())
    cell, findings = lob(tmp_path, good, "c4", **{LOB: text[:-1]})
    assert (cell, codes(findings)) == (text[:-1], ["lob_digest", "lob_length"])


def test_text_that_is_too_long_or_not_text_stays_where_it_is(tmp_path):
    cell, findings = lob(tmp_path, f'file="{LOB}"', "c4", **{LOB: b"x" * (lobs.TEXT_LIMIT + 1)})
    assert (cell.size, codes(findings)) == (lobs.TEXT_LIMIT + 1, [])
    cell, findings = lob(tmp_path, f'file="{LOB}"', "c4", **{LOB: b"\xff\xfe\x00"})
    assert (cell.size, codes(findings)) == (3, ["lob_text"])


NESTED = """<column><name>anh</name><type>BLOB</type><fields><field><name>anh[1]</name></field></fields>
<cardinality>9</cardinality></column><column><name>ten</name><type>VARCHAR(9)</type><cardinality>4</cardinality></column>"""


def test_content_inside_arrays(tmp_path):
    inner = '<row><c1><a1 file="x/1"/><a2>0A0B</a2></c1><c2><a1>một</a1><a3>ba</a3></c2></row><row><c2><a900>x</a900></c2></row>'
    found, findings = read(archive(tmp_path, inner, described(2, NESTED), **{"x/1": b"1"}))
    assert found[0].cells["anh[1]"].locator == "a.siard!zip=x/1"
    assert found[0].cells["ten"] == '["một", null, "ba"]'
    assert found[1].cells["ten"] == '{"a900": "x"}'
    assert codes(findings) == ["inner_lob"]
    assert content(tmp_path, findings[0].values["detail"], 2) == b"\n\x0b"


# --------------------------------------------------------------------------- what is wrong


def test_other_files_are_not_taken(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "a.txt").write_bytes(b"text")
    assert not siard.takes(tmp_path / "a.zip", (tmp_path / "a.zip").read_bytes())
    assert not siard.takes(tmp_path / "a.txt", b"text")
    assert not siard.takes(tmp_path, b"")


def test_a_cut_off_archive_is_known_and_refused(tmp_path):
    path = archive(tmp_path, "<row><c1>1</c1></row>" * 1000)
    path.write_bytes(path.read_bytes()[:-200])
    assert siard.takes(path, path.read_bytes()[:4096])
    assert refusal(path) == "refused.siard_zip"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BAD_XML = {
    "not xml": "{}",
    "cut off": described()[:-20],
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>' + described(extra="<dbname>&l9;</dbname>"),
    "outside entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    + described(extra="<dbname>&e;</dbname>"),
    "outside dtd": '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">' + described(),
    "deep": "<a>" * 100_000 + "</a>" * 100_000,
    "long tag": f"<a b='{'x' * (3 * hardened.MAX_TOKEN)}'/>",
    "encoding": '<?xml version="1.0" encoding="no-such"?>' + described(),
    "no encoding of text": '<?xml version="1.0" encoding="rot13"?>' + described(),
    "several bytes": '<?xml version="1.0" encoding="cp932"?>' + described(),
}


@pytest.mark.parametrize("name", BAD_XML)
def test_bad_metadata_is_refused(tmp_path, name):
    assert refusal(archive(tmp_path, "", BAD_XML[name])) == "refused.siard_metadata"


@pytest.mark.parametrize(
    "namespace", ["", "urn:x", "http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd/../x"]
)
def test_another_vocabulary_is_refused(tmp_path, namespace):
    assert refusal(archive(tmp_path, "", described(namespace=namespace))) == "refused.siard_version"


def test_types_inside_types_are_told_apart_up_to_a_limit(tmp_path):
    kinds = "".join(
        f"<type><name>t{n}</name><attributes>{f'<attribute><name>a</name><typeName>t{n + 1}</typeName></attribute>' * 10}"
        "</attributes></type>"
        for n in range(15)
    )
    metadata = described(1, "<column><name>a</name><typeName>t0</typeName></column>")
    metadata = metadata.replace("<tables>", f"<types>{kinds}</types><tables>")
    (row,), findings = read(archive(tmp_path, "<row><c1><u1><u2>x</u2></u1></c1></row>", metadata))
    assert row.cells == {"a": '{"a": {"a": "x"}}'}
    assert not findings


def test_numbers_and_digests_that_make_no_sense(tmp_path):
    digest = "<messageDigest><digestType>shake_128</digestType><digest>AA</digest></messageDigest>"
    path = archive(
        tmp_path, f'<row><c3 file="{LOB}" length="{"9" * 5000}"/></row>', described("9" * 5000, extra=digest)
    )
    _, findings = read(path)
    assert codes(findings) == ["lob_missing"]
    cell, findings = lob(tmp_path, f'file="{LOB}" length="{"9" * 5000}" dlurlpathonly="//[/a"', **{LOB: b"x"})
    assert (cell.size, cell.name, codes(findings)) == (1, "a", ["lob_length"])


@pytest.mark.parametrize(
    ("namespace", "stated", "version"),
    [("1.0", ' version="1.0"', "1.0"), ("2.0", "", "2.0"), ("2", ' version="2.1"', "2.1"), ("2", "", "2")],
)
def test_versions_are_told_by_the_vocabulary(tmp_path, namespace, stated, version):
    metadata = described(namespace=NAMESPACE.replace("/2/", f"/{namespace}/")).replace(
        ' version="2.2"', stated
    )
    with siard.opened(archive(tmp_path, "<row/>", metadata)) as source:
        assert source.layout.version == version
        assert [row.number for row in source.rows()] == [1]


def test_an_archive_without_metadata_is_refused(tmp_path):
    (tmp_path / "header").mkdir()
    assert refusal(tmp_path) == "refused.siard_metadata"


@pytest.mark.parametrize(
    "bad",
    [
        "<row><c1>2</c1>" + "<a1>" * 100_000,
        "<row><c1>2</c1></wrong>",
        f"<row><c1>{'x' * (rows.MAX_ROW + 300_000)}</c1></row>",
        f"<row><c1 b='{'x' * (3 * hardened.MAX_TOKEN)}'/></row>",
        f"<row>{''.join(f'<n{n}/>' for n in range(hardened.MAX_NAMES + 20_000))}</row>",
        "<row><c1>&undefined;</c1></row>",
        "<row><c1>\x01</c1></row>",
    ],
    ids=["deep", "not well-formed", "long row", "long tag", "many names", "entity", "control"],
)
def test_rows_before_damage_are_read_and_the_next_table_too(tmp_path, bad):
    (row, *more), findings = read(archive(tmp_path, "<row><c1>1</c1></row>" + bad, described(2)))
    assert row.cells["so"] == "1" and not more
    assert codes(findings) == (["cell"] if "<n1/>" in bad else []) + ["rows_differ", "table_broken"]


@pytest.mark.parametrize("name", ["laughs", "outside entity", "outside dtd"])
def test_a_table_with_a_document_type_is_not_read(tmp_path, name):
    text = BAD_XML[name].partition("<siardArchive")[0] + "<table><row><c1>&l9;&e;</c1></row></table>"
    held, findings = read(archive(tmp_path, None, None, **{TABLE: text}))
    assert not held
    assert codes(findings) == ["rows_differ", "table_broken"]


def test_cells_of_no_column_are_counted_once(tmp_path):
    inner = "".join(f"<row><c1>{n}</c1><c1>x</c1><x{n}>y</x{n}></row>" for n in range(500))
    _, (finding,) = read(archive(tmp_path, inner, described(500)))
    assert (finding.code, finding.values["count"], finding.values["row"]) == (
        "snapshot.siard_cell",
        "1000",
        "1",
    )


def test_another_document_in_place_of_a_table(tmp_path):
    held, findings = read(archive(tmp_path, None, None, **{TABLE: "<html><row><c1>1</c1></row></html>"}))
    assert not held
    assert codes(findings) == ["rows_differ", "table_broken"]


def test_a_table_that_is_not_there(tmp_path):
    held, findings = read(archive(tmp_path, None))
    assert not held
    assert codes(findings) == ["rows_differ", "table_missing"]


def test_a_member_twice_and_a_damaged_one(tmp_path):
    path = archive(tmp_path, "<row><c1>1</c1></row>")
    with zipfile.ZipFile(path, "a") as container, pytest.warns(UserWarning):
        container.writestr(zipfile.ZipInfo(TABLE), table("<row><c1>2</c1></row>"))
    (row,), findings = read(path)
    assert (row.cells["so"], codes(findings)) == ("2", ["member_twice"])
    path.write_bytes(path.read_bytes().replace(b"<c1>2<", b"<c1>3<"))
    assert codes(read(path)[1])[-1] == "table_broken"


def test_a_bomb_is_not_unpacked(tmp_path):
    path = archive(tmp_path, None, None, **{TABLE: table("<row><c1>1</c1></row>" + " " * (70 << 20))})
    held, findings = read(path)
    assert not held
    assert codes(findings) == ["bomb", "rows_differ"]


def test_members_that_overlap_are_refused(tmp_path):
    path = archive(tmp_path, "<row/>" * 1000, **{f"content/{n}": b"x" for n in range(9)})
    held = bytearray(path.read_bytes())
    first = held.index(b"PK\x01\x02")
    for spot in [at for at in range(first, len(held)) if held[at : at + 4] == b"PK\x01\x02"]:
        held[spot + 20 : spot + 24] = struct.pack("<I", len(held) // 3)
    path.write_bytes(held)
    assert refusal(path) == "refused.siard_overlap"


def test_other_ways_of_packing_are_damage(tmp_path):
    path = archive(tmp_path, None)
    with zipfile.ZipFile(path, "a") as container:
        container.writestr(TABLE, table("<row/>"), zipfile.ZIP_LZMA)
    assert codes(read(path)[1]) == ["rows_differ", "table_broken"]


def test_an_encrypted_member_is_damage(tmp_path):
    path = archive(tmp_path, "<row/>")
    held = bytearray(path.read_bytes())
    held[held.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(held)
    assert codes(read(path)[1]) == ["rows_differ", "table_broken"]


def test_a_changed_archive_is_known_by_its_digest(tmp_path):
    as_siard.write(Made({"t": MadeTable({"a": "text"}, [("x",)])}), tmp_path / "a.siard")
    assert codes(read(tmp_path / "a.siard")[1]) == []
    with zipfile.ZipFile(tmp_path / "a.siard") as old, zipfile.ZipFile(tmp_path / "b.siard", "w") as new:
        for member in old.infolist():
            new.writestr(member, old.read(member).replace(b">x<", b">y<"))
    assert codes(read(tmp_path / "b.siard")[1]) == ["altered"]


# --------------------------------------------------------------------------- SIARD-DK

DK = "http://www.sa.dk/xmlns/diark/1.0"


def danish(folder: Path, table_folder: str = "table1") -> Path:
    """Two parts: the first with the indices, the second with the table and a document of two pages."""
    first, second = folder / "AVID.SA.1.1", folder / "AVID.SA.1.2"
    column = "<column><name>{0}</name><columnID>{1}</columnID><type>INTEGER</type>{2}</column>"
    document = "<functionalDescription>Dokumentidentifikation</functionalDescription>"
    held = {
        first / "Indices/tableIndex.xml": f'<siardDiark xmlns="{DK}"><tables><table><name>SAG</name>'
        f"<folder>{table_folder}</folder><columns>{column.format('nr', 'c1', '')}{column.format('dok', 'c2', document)}"
        "</columns><rows>1</rows></table></tables></siardDiark>",
        first
        / "Indices/docIndex.xml": "<docIndex><doc><dID>7</dID><mID>2</mID><dCf>docCollection1</dCf><oFn>a.doc</oFn>"
        "</doc><doc><dID>8</dID><mID>2</mID><dCf>../x</dCf></doc></docIndex>",
        second / "Tables/table1/table1.xml": table(r"<row><c1>1\u0041</c1><c2>7</c2></row>"),
        second / "Documents/docCollection1/7/10.tif": "mười",
        second / "Documents/docCollection1/7/2.tif": "hai",
    }
    digest = hashlib.md5(held[second / "Tables/table1/table1.xml"].encode()).hexdigest().upper()
    held[first / "Indices/fileIndex.xml"] = (
        f"<fileIndex><f><foN>AVID.SA.1.2\\Tables\\table1</foN><fiN>table1.xml</fiN><md5>{digest}</md5></f></fileIndex>"
    )
    for path, text in held.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_danish_documents_are_rows_of_their_own_table(tmp_path):
    danish(tmp_path)
    assert siard.takes(tmp_path, b"")
    with siard.opened(tmp_path) as source:
        assert source.tables()[0].foreign == {"dok": ("docIndex", "dID")}
        case, *documents = source.rows()
        assert codes(source.findings()) == ["lob_missing"]
    assert case.cells == {"nr": r"1\u0041", "dok": "7"}
    assert case.locator == "AVID.SA.1.2/Tables/table1/table1.xml#SAG/1"
    assert [(row.number, row.cells["dID"], row.cells["document"]) for row in documents] == [
        (1, "7", Blob("AVID.SA.1.2/Documents/docCollection1/7/2.tif", 3, "a.doc")),
        (2, "7", Blob("AVID.SA.1.2/Documents/docCollection1/7/10.tif", 7, "a.doc")),
        (3, "8", None),
    ]
    assert content(tmp_path, documents[1].cells["document"].locator, 7).decode() == "mười"


def test_a_changed_danish_table_is_known(tmp_path):
    changed = danish(tmp_path) / "AVID.SA.1.2/Tables/table1/table1.xml"
    changed.write_text(changed.read_text().replace("<c1>1", "<c1>2"))
    assert codes(read(tmp_path)[1]) == ["files_altered", "lob_missing"]


@pytest.mark.parametrize("outside", ["../../..", "/etc", "table1/../../x", "x" * 300])
def test_a_danish_table_outside_is_not_read(tmp_path, outside):
    (tmp_path / "etc.xml").write_text(table("<row><c1>1</c1></row>"))
    assert codes(read(danish(tmp_path / "kho", outside))[1]) == [
        "lob_missing",
        "rows_differ",
        "table_missing",
    ]


@pytest.mark.parametrize(
    ("index", "code"),
    [("<siardDiark xmlns='urn:x'/>", "version"), (BAD_XML["laughs"], "metadata"), ("", "metadata")],
)
def test_a_bad_danish_index_is_refused(tmp_path, index, code):
    (danish(tmp_path) / "AVID.SA.1.1/Indices/tableIndex.xml").write_text(index)
    assert refusal(tmp_path) == f"refused.siard_{code}"


def test_two_danish_archives_are_not_mixed(tmp_path):
    danish(tmp_path)
    shutil.copytree(tmp_path / "AVID.SA.1.1", tmp_path / "AVID.SA.2.1")
    assert siard.takes(tmp_path, b"")
    assert refusal(tmp_path) == "refused.siard_several"
