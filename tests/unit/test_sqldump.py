"""Dumps of three servers give back what was put in, whatever stands in the texts; broken and hostile ones a finding."""

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.holdings.locator import content
from ingest.snapshots import sqldump
from ingest.snapshots.source import Blob
from samples.systems import as_sql
from samples.systems.model import Made, MadeTable

DIALECTS = ("postgresql", "mysql", "sqlserver")
NASTY = (
    "", "'", "''", "\\", "\\'", "\\\\", "\\N", "\\.", "\n\\.\n", "\n", "\r\n", "\t", ";", "--", "/*", "*/", "\nGO\n", "\r\nGO\r\n",
    "NULL", "N'x'", "0x41", "_binary 'x'", "$$", "$tag$", "`", "]", '"', "#", "(", ")", "),(", "VALUES (", ",", "\x1a", "\x7f",
    "Quyết định số 12/QĐ-UBND", "ngày", "𠀋", "\u0301", "e\u0301", "\ufeff", "\u2028", "B¸o c¸o", "INSERT INTO x VALUES (1);",
    "\nINSERT [dbo].[x] ([a]) VALUES (1)", "-- PostgreSQL database dump complete", "DELIMITER ;;", "\\x41", "E'\\n'",
)  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    max_size=5,
)
ROWS = st.lists(
    st.tuples(
        st.integers(-(10**12), 10**12),
        st.none() | TEXTS.map("".join),
        st.none() | st.booleans(),
        st.none() | st.dates(date(1000, 1, 1)),
        st.none() | st.datetimes(datetime(1800, 1, 1)).map(lambda when: when.replace(microsecond=0)),
        st.none() | st.binary(max_size=80),
        st.none() | TEXTS.map("".join),
    ),
    max_size=6,
)  # fmt: skip
COLUMNS = {
    "id": "integer", "Trích yếu (bản 2)": "text", "mật": "boolean", "ngày": "date", "lúc": "timestamp", "tệp": "blob", "values": "text"
}  # fmt: skip


def made(rows, name: str = "van_ban") -> Made:
    other = MadeTable({"id": "integer", "ten": "text"}, [(1, "Sở")], ("id",))
    return Made({"don_vi": other, name: MadeTable(COLUMNS, rows, ("id",), {"id": ("don_vi", "id")})})


def read(path: Path) -> dict[str, list[dict]]:
    """Every table's rows with the bytes of blobs."""
    found: dict[str, list[dict]] = {}
    with sqldump.opened(path) as source:
        for table in source.tables():
            found[table.name] = []
        for row in source.rows():
            found[row.table].append(
                {
                    name: content(path.parent, cell.locator, 1 << 20) if isinstance(cell, Blob) else cell
                    for name, cell in row.cells.items()
                }
            )
            assert row.number == len(found[row.table])
            assert row.locator == f"{path.name}#{row.table}/{row.number}"
    return found


def expected(what: Made, dialect: str) -> dict[str, list[dict]]:
    return {
        name: [
            {column: as_sql.shown(value, dialect) for column, value in zip(table.columns, row, strict=True)}
            for row in table.rows
        ]
        for name, table in what.tables.items()
    }


def findings(path: Path) -> list[str]:
    with sqldump.opened(path) as source:
        list(source.rows())
        return [found.code.removeprefix("snapshot.sql_") for found in source.findings()]


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_what_was_put_in_comes_out(tmp_path, dialect, rows):
    path, what = tmp_path / "dump.sql", made(rows)
    as_sql.write(what, path, dialect)
    assert sqldump.takes(path, path.read_bytes()[:4096])
    assert read(path) == expected(what, dialect)
    with sqldump.opened(path) as source:
        assert source.kind == f"sql-{dialect}"
        assert set(findings(path)) <= {"skipped"}
