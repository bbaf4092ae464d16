"""Dumps of three servers give back what was put in, whatever stands in the texts; broken and hostile ones a finding."""

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.snapshots.forms import sqldump
from ingest.snapshots.forms.sqldump import data, lexer, stream
from samples.systems import as_sql
from samples.systems.model import Made, MadeTable
from tests.sqldumps import COLUMNS, NASTY, expected, findings, read

DIALECTS = ("postgresql", "mysql", "sqlserver")
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
        st.none() | st.binary(max_size=80) | st.binary(max_size=40).map(lambda held: held * 20),
        st.none() | TEXTS.map(lambda texts: "".join(texts) * 5),
    ),
    max_size=6,
)  # fmt: skip


def made(rows, name: str = "van_ban") -> Made:
    other = MadeTable({"id": "integer", "ten": "text"}, [(1, "Sở")], ("id",))
    return Made({"don_vi": other, name: MadeTable(COLUMNS, rows, ("id",), {"id": ("don_vi", "id")})})


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_what_was_put_in_comes_out(tmp_path, dialect, rows):
    path, what = tmp_path / "dump.sql", made(rows)
    as_sql.write(what, path, dialect)
    assert sqldump.takes(path, path.read_bytes()[:4096])
    assert read(path) == expected(what, dialect)
    with sqldump.opened(path) as source:
        assert source.kind == f"sql-{dialect}"
        assert set(findings(path)) <= {"skipped", "legacy"}  # "0KÜ" may be anything


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, chunk=st.sampled_from([1, 2, 3, 7, 64, 1000]), literal=st.sampled_from([20, 100, 1 << 20]))
@example(rows=[(0, "'00_binary 'x'" * 5, None, None, None, None, None)], chunk=1, literal=20)
def test_wherever_the_window_ends(tmp_path, dialect, rows, chunk, literal):
    """What is longer than may be held is left in the file; there it reads the same."""
    path, what = tmp_path / "dump.sql", made(rows)
    as_sql.write(what, path, dialect)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stream, "CHUNK", chunk)
        patched.setattr(lexer, "_LOOK_AHEAD", 48)
        patched.setattr(lexer, "LITERAL", literal)
        patched.setattr(data, "LITERAL", literal)
        found = read(path)
    for name, rows in expected(what, dialect).items():
        assert len(found[name]) == len(rows)
        for got, row in zip(found[name], rows, strict=True):
            assert {column: as_held(cell, got[column]) for column, cell in row.items()} == got


@pytest.mark.parametrize(
    ("start", "written", "bytes_of_it"),
    [
        ("-- MySQL dump 10\nCREATE TABLE `t` (`a` longblob);\n", "x'" + "41" * 60 + "'", b"A" * 60),
        ("-- MySQL dump 10\nCREATE TABLE `t` (`a` text);\n", r"_binary '" + r"A\'" * 60 + "'", b"A'" * 60),
        ("-- PostgreSQL database dump\nCREATE TABLE t (a bytea);\n", "E'\\\\x" + "41" * 60 + "'", b"A" * 60),
    ],
)
def test_the_prefix_of_a_long_literal_counts(tmp_path, start, written, bytes_of_it):
    (tmp_path / "dump.sql").write_text(f"{start}INSERT INTO t VALUES ({written}),({written});\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stream, "CHUNK", 64)
        patched.setattr(lexer, "_LOOK_AHEAD", 48)
        patched.setattr(lexer, "LITERAL", 80)
        patched.setattr(data, "LITERAL", 80)
        assert read(tmp_path / "dump.sql")["t"] == [{"a": bytes_of_it}] * 2


def as_held(cell, got):
    return cell.encode() if isinstance(got, bytes) and isinstance(cell, str) else cell


FRAGMENTS = (
    "CREATE", "TABLE", "INSERT", "INTO", "VALUES", "t", "[t]", "`t`", '"t"', "(", ")", ",", ";", ".", "'a'", "'", "N'a'", "E'\\ud800\\U7fffffff'",
    "COPY", "FROM", "stdin;\n", "\\.\n", "\n", "GO\n", "DELIMITER ;;\n", "/*!40101", "*/", "--", "SET", "NAMES", "client_encoding", "=",
    "search_path", "USE", "IF", "EXISTS", "ALTER", "ADD", "PRIMARY", "FOREIGN", "KEY", "REFERENCES", "COMMENT", "ON", "COLUMN", "IS",
    "EXEC", "INHERITS", "PARTITION", "OF", "CAST(0x1 AS DateTime)", "CAST(x'41' AS Date)", "CONVERT(date, 1)", "0x", "0x414", "b'2'", "$$", "$1",
    "_binary", "_binary'\\", "int", "bytea", "blob", "bit(1)", "binary(4)", "1", "-", "::text", "NULL", "\\connect", "\\N\t\\x4", "\t", "DEFAULT",
)  # fmt: skip


@pytest.mark.parametrize("start", ["-- PostgreSQL database dump\n", "-- MySQL dump 10\n", "USE [q]\nGO\n"])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fragments=st.lists(st.sampled_from(FRAGMENTS), max_size=40), glue=st.sampled_from(["", " "]))
def test_whatever_stands_there_is_read_to_the_end(tmp_path, start, fragments, glue):
    (tmp_path / "dump.sql").write_text(start + glue.join(fragments))
    with sqldump.opened(tmp_path / "dump.sql") as source:
        known = {table.name: [column.name for column in table.columns] for table in source.tables()}
        for row in source.rows():
            assert set(row.cells) == set(known[row.table])
            str(row.cells).encode()
        source.findings(), source.encodings()
