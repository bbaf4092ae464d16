"""What the tools of three servers write beside rows, what is wrong with dumps, and what was made to harm."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import SourceRefused
from archive.holdings.locator import content
from ingest.snapshots.forms import sqldump
from ingest.snapshots.forms.sqldump.tsql_times import written_out
from ingest.snapshots.source import Blob, Column
from tests.sqldumps import findings, read

PG = "--\n-- PostgreSQL database dump\n--\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"
PG_END = "\n--\n-- PostgreSQL database dump complete\n--\n"
MY = "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\n"
MY_END = "\n-- Dump completed on 2025-06-30 23:59:59\n"
MS = "USE [QLVB]\r\nGO\r\n"


@pytest.fixture
def dump(tmp_path):
    def made(text: str | bytes, name: str = "dump.sql") -> Path:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return made


def tables(path: Path) -> dict:
    with sqldump.opened(path) as source:
        return {table.name: table for table in source.tables()}


# --------------------------------------------------------------------------- PostgreSQL


def test_postgresql_describes_tables(dump):
    found = tables(
        dump(
            PG
            + """
CREATE TABLE public."Văn bản" (
    id bigint DEFAULT nextval('public.s'::regclass) NOT NULL,
    "Số; ký hiệu" character varying(50) DEFAULT 'a,b)'::character varying,
    tien numeric(12,2) DEFAULT (1 + 2) CHECK (tien > 0),
    khi timestamp(3) with time zone DEFAULT now(),
    ds text[]
);
COMMENT ON TABLE public."Văn bản" IS 'Sổ ''đến''; cả đi';
COMMENT ON COLUMN public."Văn bản"."Số; ký hiệu" IS E'dòng\\nhai';
CREATE TABLE luu_tru.cu (id integer, vb bigint);
CREATE TABLE public.con (them text) INHERITS (public."Văn bản");
CREATE TABLE public.phan PARTITION OF public."Văn bản" FOR VALUES IN (1);
ALTER TABLE ONLY public."Văn bản" ADD CONSTRAINT k PRIMARY KEY (id);
ALTER TABLE ONLY luu_tru.cu ADD CONSTRAINT f FOREIGN KEY (vb) REFERENCES public."Văn bản"(id) ON DELETE CASCADE;
"""
            + PG_END
        )
    )
    first = found["Văn bản"]
    assert first.columns == (
        Column("id", "bigint"),
        Column("Số; ký hiệu", "character varying(50)", "dòng\nhai"),
        Column("tien", "numeric(12,2)"),
        Column("khi", "timestamp(3) with time zone"),
        Column("ds", "text[]"),
    )
    assert (first.note, first.key) == ("Sổ 'đến'; cả đi", ("id",))
    assert found["luu_tru.cu"].foreign == {"vb": ("Văn bản", "id")}
    assert found["phan"].columns == first.columns
    assert [column.name for column in found["con"].columns][-1] == "them"
    assert len(found["con"].columns) == 6


def test_postgresql_literals(dump):
    path = dump(
        PG
        + r"""
CREATE TABLE t (a text, b text, c bytea, d text, e date);
INSERT INTO public.t VALUES ('it''s \n', E'tab\t\'\\ \u00e1\x41\101', '\x00ff', $q$it's (1$q$, '2021-01-02'::date);
INSERT INTO t (b, a) VALUES (NULL, -1.5e3), (true, 'x' || 'y') ON CONFLICT DO NOTHING;
INSERT INTO t SELECT 1;
"""
        + PG_END
    )
    assert read(path)["t"] == [
        {"a": "it's \\n", "b": "tab\t'\\ áAA", "c": b"\x00\xff", "d": "it's (1", "e": "2021-01-02"},
        {"a": "-1.5e3", "b": None, "c": None, "d": None, "e": None},
        {"a": "'x' || 'y'", "b": "true", "c": None, "d": None, "e": None},
    ]
    assert findings(path) == ["unread", "expression"]


def test_postgresql_of_old_reads_backslashes_as_it_did(dump):
    path = dump(
        "SET client_encoding = 'WIN1258';\nSET standard_conforming_strings = off;\nINSERT INTO t VALUES ('a\\nb');\n"
    )
    assert read(path) == {"t": [{"column_1": "a\nb"}]}
    with sqldump.opened(path) as source:
        source.tables()
        list(source.rows())
        assert "cp1258" in source.encodings()


def test_nothing_of_a_dump_is_run(dump, tmp_path):
    path = dump(
        PG
        + f"""
COPY t FROM PROGRAM 'touch {tmp_path}/owned';
COPY t FROM '/etc/passwd';
DO $$ BEGIN INSERT INTO t VALUES ('no'); END $$;
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES ('no'); SELECT 1; END;
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (''no'')';
UPDATE t SET a = 1; DELETE FROM t;
\\! touch {tmp_path}/owned
SELECT pg_catalog.lowrite(0, '\\x41');
\\connect other
CREATE TABLE t (a text);
COPY public.t (a) FROM stdin;
yes
\\.
"""
        + PG_END
    )
    assert read(path) == {"other.t": [{"a": "yes"}]} or read(path) == {"t": [{"a": "yes"}]}
    assert findings(path) == ["unread", "changes", "changes", "skipped", "large_objects"]
    assert not (tmp_path / "owned").exists()


def test_the_binary_form_is_refused_with_what_to_do(dump):
    path = dump(b"PGDMP\x01\x0e\x00")
    assert sqldump.takes(path, b"PGDMP\x01\x0e\x00")
    with pytest.raises(SourceRefused) as refused:
        sqldump.opened(path)
    assert refused.value.code == "refused.sql_custom"


# --------------------------------------------------------------------------- MySQL


def test_mysql_describes_tables(dump):
    found = tables(
        dump(
            MY
            + """
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `qlvb` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;
USE `qlvb`;
CREATE TABLE `vb` (
  `id` int unsigned NOT NULL AUTO_INCREMENT COMMENT 'Khóa; chính',
  `loai` enum('đến','đi,(x)') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'đi,(x)' COMMENT 'it''s',
  `so``x` decimal(10,2) DEFAULT NULL,
  `sinh` int GENERATED ALWAYS AS (`id` + 1) VIRTUAL,
  PRIMARY KEY (`id`,`loai`(10)),
  KEY `k` (`loai`),
  CONSTRAINT `f` FOREIGN KEY (`so``x`) REFERENCES `dv` (`ma`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COMMENT='Văn bản'
/*!50100 PARTITION BY RANGE (`id`) (PARTITION p0 VALUES LESS THAN (10)) */;
/*!50001 CREATE TABLE `v` (`a` tinyint NOT NULL) ENGINE=MyISAM */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER `tr` BEFORE INSERT ON `vb` FOR EACH ROW
BEGIN INSERT INTO `vb` VALUES (1,'no',1); END */;;
DELIMITER ;
USE `khac`;
CREATE TABLE `vb` (`a` int);
"""
            + MY_END
        )
    )
    assert list(found) == ["vb", "khac.vb"]
    assert found["vb"].columns == (
        Column("id", "int unsigned", "Khóa; chính"),
        Column("loai", "enum('đến','đi,(x)')", "it's"),
        Column("so`x", "decimal(10,2)"),
        Column("sinh", "int"),
    )
    assert (found["vb"].note, found["vb"].key) == ("Văn bản", ("id", "loai"))
    assert found["vb"].foreign == {"so`x": ("dv", "ma")}


def test_mysql_literals(dump):
    path = dump(
        MY.encode()
        + b"CREATE TABLE `t` (`a` text, `b` longblob, `c` bit(1), `d` binary(4), `e` varbinary(9000));\n"
        + b"INSERT IGNORE INTO `t` VALUES ('\\0\\Z\\%\\'\"''\\\\',_binary '\xff\\0\\'\\n',b'1',_binary 'ab\\0c',0x4142),"
        + b"(\"it's \"\"x\"\"\",'plain',_binary '\\1',0xFF00FF00,''),\n(_utf8mb4'x' COLLATE utf8mb4_bin,NULL,0x01,x'41',NULL);\n"
        + b"REPLACE INTO t (e, a) VALUES ('\x80',5);\n"
        + MY_END.encode()
    )
    assert read(path)["t"] == [
        {"a": "\0\x1a%'\"'\\", "b": b"\xff\0'\n", "c": "1", "d": "0x61620063", "e": b"AB"},
        {"a": 'it\'s "x"', "b": b"plain", "c": "49", "d": "0xFF00FF00", "e": b""},
        {"a": "_utf8mb4'x' COLLATE utf8mb4_bin", "b": None, "c": "1", "d": "x'41'", "e": None},
        {"a": "5", "b": None, "c": None, "d": None, "e": b"\x80"},
    ]


# --------------------------------------------------------------------------- SQL Server


SQLSERVER = (
    MS
    + """/****** Object:  Table [dbo].[VB]    Script Date: 30/06/2025 ******/
SET ANSI_NULLS ON
GO
IF NOT EXISTS (SELECT * FROM sys.objects WHERE name = N'VB')
BEGIN
CREATE TABLE [dbo].[VB](
	[Id] [int] IDENTITY(1,1) NOT NULL,
	[Ngày (đến)] [datetime] NULL,
	[Tiền] [decimal](18, 2) NULL DEFAULT ((0)),
	[Tệp] [varbinary](max) NULL,
	[Dấu] [timestamp] NULL,
 CONSTRAINT [PK_VB] PRIMARY KEY CLUSTERED
(
	[Id] ASC
)WITH (PAD_INDEX = OFF) ON [PRIMARY]
) ON [PRIMARY]
END
GO
SET IDENTITY_INSERT [dbo].[VB] ON
INSERT [dbo].[VB] ([Id], [Ngày (đến)], [Tiền], [Tệp], [Dấu]) VALUES (1, CAST(N'2021-03-04T10:20:30.123' AS DateTime), CAST(1.50 AS Decimal(18, 2)), 0xFF00, 0x00000000000007D1)
INSERT [dbo].[VB] ([Id], [Ngày (đến)], [Tiền]) VALUES (2, CAST(0x0000ACE100AA8D5D AS DateTime), -2), (3, CONVERT(datetime, '2021', 103), getdate())
print 'Processed 3 total records'
SET IDENTITY_INSERT [dbo].[VB] OFF
GO
CREATE PROCEDURE [dbo].[p] AS
BEGIN
INSERT [dbo].[VB] ([Id]) VALUES (99);
INSERT [dbo].[VB] ([Id]) VALUES (98)
END
GO
insert into vb (id) values (4)
go
ALTER TABLE [dbo].[VB]  WITH CHECK ADD  CONSTRAINT [FK] FOREIGN KEY([Tiền])
REFERENCES [khac].[DV] ([Mã])
GO
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'Ngày văn bản ''đến''' , @level0type=N'SCHEMA',@level0name=N'dbo', @level1type=N'TABLE',@level1name=N'VB', @level2type=N'COLUMN',@level2name=N'Ngày (đến)'
GO
""".replace("\n", "\r\n")
)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig", "utf-8"])
def test_a_script_of_sql_server(dump, encoding):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path = dump(mark + SQLSERVER.encode(encoding))
    empty = {"Ngày (đến)": None, "Tiền": None, "Tệp": None, "Dấu": None}
    assert read(path) == {
        "VB": [
            {"Id": "1", "Ngày (đến)": "2021-03-04T10:20:30.123", "Tiền": "1.50", "Tệp": b"\xff\0", "Dấu": "0x00000000000007D1"},
            {**empty, "Id": "2", "Ngày (đến)": "2021-03-04 10:20:57.697", "Tiền": "-2"},
            {**empty, "Id": "3", "Ngày (đến)": "2021", "Tiền": "getdate()"},
            {**empty, "Id": "4"},
        ]
    }  # fmt: skip
    table = tables(path)["VB"]
    assert (table.key, table.foreign) == (("Id",), {"Tiền": ("khac.DV", "Mã")})
    assert table.columns[1] == Column("Ngày (đến)", "datetime", "Ngày văn bản 'đến'")
    assert [column.type for column in table.columns[2:]] == ["decimal(18,2)", "varbinary(max)", "timestamp"]
    assert findings(path) == ["skipped", "expression"]


@pytest.mark.parametrize(
    ("stored", "kind", "shown"),
    [
        ("0000000000000000", "DateTime", "1900-01-01 00:00:00.000"),
        ("FFFF2E4600000000", "datetime", "1753-01-01 00:00:00.000"),
        ("ACE10000", "SmallDateTime", "2021-03-04 00:00:00"),
        ("5B950A", "Date", "1900-01-01"),
        ("0700000000005B950A", "DateTime2", "1900-01-01 00:00:00.0000000"),
        ("00", "DateTime", ""),
        ("0000", "Money", ""),
    ],
)
def test_days_as_the_server_stores_them(stored, kind, shown):
    assert written_out(bytes.fromhex(stored), kind) == shown


# --------------------------------------------------------------------------- files


def test_a_packed_dump(dump):
    text = PG + "CREATE TABLE t (a bytea);\nCOPY t (a) FROM stdin;\n\\\\x414243\n\\.\n" + PG_END
    path = dump(gzip.compress(text.encode()), "dump.sql.gz")
    assert sqldump.takes(path, path.read_bytes()[:4096])
    assert read(path) == {"t": [{"a": b"ABC"}]}
    assert findings(path) == ["gz"]


def test_a_folder_of_scripts_is_one_dump(dump, tmp_path):
    dump("INSERT INTO t VALUES (1, 'x');\n", "1-data.sql")
    dump("CREATE TABLE t (id int PRIMARY KEY, a text);\n", "2-tables.sql")
    dump("not a script", "notes.txt")
    assert sqldump.takes(tmp_path, b"")
    with sqldump.opened(tmp_path) as source:
        assert [row.cells for row in source.rows()] == [{"id": "1", "a": "x"}]
        assert source.findings() == ()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"PK\x03\x04",
        b"id,ten\n1,x\n",
        b"<?xml version='1.0'?>",
        b"{}",
        b"SELECT",
        b"set of\nwords",
        b"set,on\n",
        b"%PDF-1.4",
        b"\0" * 99,
    ],
)
def test_what_is_no_dump(dump, head):
    assert not sqldump.takes(dump(head), head)


def test_texts_that_are_not_in_the_encoding_stated(dump):
    lines = b"\n".join(
        ["Quyết định".encode("cp1258", "replace"), "Công văn".encode("cp1258"), b"\xb9\xb8\xff", b""]
    )
    path = dump(PG.encode() + b"COPY t (a) FROM stdin;\n" + lines + b"\\.\n" + PG_END.encode())
    with sqldump.opened(path) as source:
        texts = [row.cells["a"] for row in source.rows()]
        assert texts[1:] == ["Công văn", "¹¸ÿ"]
        assert source.encodings() == ("utf-8", "cp1258", "latin-1")
    assert findings(path) == ["undeclared", "encoding", "encoding"]


def test_texts_of_the_time_before_unicode_are_named_and_left(dump):
    old = "Quyết định về việc thu hồi đất của hộ gia đình".translate(
        str.maketrans("ếịềệồđấủộ", "Õ\xde\xd2Öå®Êñé")
    )
    path = dump(PG + "COPY t (a) FROM stdin;\n" + f"{old}\n" * 5 + "\\.\n" + PG_END)
    with sqldump.opened(path) as source:
        assert {row.cells["a"] for row in source.rows()} == {old}
        assert source.encodings() == ("utf-8", "tcvn3")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PG + "COPY t (a) FROM stdin;\n1\n2\n", ["rows_unfinished", "truncated", "undeclared", "rows_unfinished"]),
        (PG + "CREATE TABLE t (a int", ["unfinished", "truncated"]),
        (MY + "INSERT INTO t VALUES (1),(2", ["truncated", "undeclared", "rows_unfinished"]),
        (MY + "INSERT INTO t VALUES (1),('it", ["truncated", "undeclared", "rows_unfinished"]),
        (MY + "CREATE TABLE t (a int);\n", ["truncated"]),
        (MY + "CREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1),(1,2),(1,2,3);" + MY_END, ["row"]),
        (MY + "FROB x; %%%;" + MY_END, ["unknown"]),
        (MS + "INSERT [t] ([a]) VALUES (N'it", ["undeclared", "rows_unfinished"]),
        (PG + "SET client_encoding = 'KLINGON';" + PG_END, ["encoding_unknown"]),
        (PG + "COPY t (a) FROM stdin WITH (FORMAT csv);\n1\n\\.\n" + PG_END, ["copy", "undeclared"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(dump, text, found):
    path = dump(text)
    assert set(findings(path)) - {"skipped"} == set(found) - {"skipped"}


@pytest.mark.parametrize(
    "text",
    [
        PG + "COPY t (a, b) FROM stdin;\n1\t2\n1\n1\t2\n\\.\n" + PG_END,
        MY + "INSERT INTO t (a,b) VALUES\n(1,2),\n(1),\n(1,2);" + MY_END,
        MS
        + "\r\n\r\nINSERT [t] ([a], [b]) VALUES (1, 2)\r\nINSERT [t] ([a], [b]) VALUES (1)\r\nGO\r\nINSERT [t] ([a], [b]) VALUES (1, 2)",
    ],
)
def test_a_row_with_too_few_values_is_named_and_the_next_read(dump, text):
    with sqldump.opened(dump(text)) as source:
        assert [row.number for row in source.rows()] == [1, 3]
        found = next(found for found in source.findings() if found.code == "snapshot.sql_row")
    line = text.split("\n").index(
        next(
            said
            for said in text.split("\n")
            if said.strip("\r") in ("1", "(1),", "INSERT [t] ([a], [b]) VALUES (1)")
        )
    )
    assert (found.values["row"], found.values["line"]) == ("2", str(line + 1))


def test_a_packed_dump_that_was_cut(dump):
    packed = gzip.compress(
        (PG + "COPY t (a) FROM stdin;\n" + "".join(f"{n}\n" for n in range(9999)) + "\\.\n" + PG_END).encode()
    )
    path = dump(packed[: len(packed) // 2], "dump.sql.gz")
    with sqldump.opened(path) as source:
        assert 0 < sum(1 for _ in source.rows()) < 9999
    assert {"damaged", "truncated"} < set(findings(path))


# --------------------------------------------------------------------------- hostile


def count(path: Path) -> int:
    with sqldump.opened(path) as source:
        return sum(1 for _ in source.rows())


def test_brackets_a_hundred_thousand_deep(dump):
    deep = "(" * 100_000
    closed = deep + "1" + ")" * 100_000
    assert count(dump(MY + f"INSERT INTO t VALUES ({closed}),(2);" + MY_END)) == 2
    assert count(dump(MY + f"INSERT INTO t VALUES ({deep};" + MY_END)) == 0
    assert (
        count(
            dump(
                MY
                + f"CREATE TABLE t {deep};\nCREATE TABLE u (a int DEFAULT {closed});INSERT INTO u VALUES (1);"
                + MY_END
            )
        )
        == 1
    )


def test_very_many_columns(dump):
    names = ",".join(f"c{number} int" for number in range(20_000))
    values = ",".join(map(str, range(20_000)))
    path = dump(MY + f"CREATE TABLE t ({names});INSERT INTO t VALUES ({values});" + MY_END)
    assert len(tables(path)["t"].columns) == 20_000
    assert count(path) == 1
    more = dump(MY + f"CREATE TABLE t ({names},{','.join('x int' for _ in range(80_000))});" + MY_END)
    assert findings(more) == ["cut"]


@pytest.mark.parametrize(
    "filler", ["'", "''", "[", "`", '"', "$", "$$", "/*", "\\", "-", "_", "a.", "(')", "E'\\'", "\nGO", "N'"]
)
def test_very_much_of_what_opens_something(dump, filler):
    for start in (PG, MY, MS):
        path = dump(start + "INSERT INTO t VALUES (1, " + filler * (50_000 // len(filler)))
        count(path)
        path = dump(start + "CREATE TABLE t (" + filler * (50_000 // len(filler)))
        count(path)


def most_memory_of_reading(path: Path) -> int:
    """Bytes that a process of its own held at most."""
    code = (
        "import sys, pathlib; from ingest.snapshots.forms import sqldump\n"
        "for _ in sqldump.opened(pathlib.Path(sys.argv[1])).rows(): pass\n"
        "print(pathlib.Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024


def test_a_literal_of_a_hundred_megabytes_is_not_held(dump, tmp_path):
    """Nor is a statement of that size."""
    size = 100 << 20
    path = tmp_path / "big.sql"
    with path.open("wb") as target:
        target.write(
            MY.encode() + b"CREATE TABLE t (a int, b longblob, c longtext);\nINSERT INTO t VALUES (1,0x"
        )
        for _ in range(size >> 20):
            target.write(b"41" * (1 << 19))
        target.write(b",'x'),(2,NULL,'")
        for _ in range(size >> 20):
            target.write(b"\\'" * (1 << 19))
        target.write(b"');\n" + MY_END.encode())
    assert most_memory_of_reading(path) < 160 << 20
    with sqldump.opened(path) as source:
        first, second = (row.cells for row in source.rows())
    assert isinstance(first["b"], Blob) and isinstance(second["c"], Blob)
    assert first["c"] == "x" and second["b"] is None
    assert len(content(tmp_path, first["b"].locator, size)) == size // 2
    assert content(tmp_path, second["c"].locator, size) == b"'" * (size // 2)


def large_object(loid: str, *literals: str) -> str:
    """As pg_dump writes one."""
    writes = "".join(f"SELECT pg_catalog.lowrite(0, {literal});\n" for literal in literals)
    opened = f"SELECT pg_catalog.lo_open('{loid}', 131072);\n"
    return f"SELECT pg_catalog.lo_create('{loid}');\nBEGIN;\n{opened}{writes}SELECT pg_catalog.lo_close(0);\nCOMMIT;\n"


def test_large_objects_are_rows_that_their_columns_lead_to(dump):
    table = (
        "CREATE TABLE tep (id integer, noi_dung oid);\nCOPY tep (id, noi_dung) FROM stdin;\n1\t16400\n\\.\n"
    )
    first = large_object("16400", "'\\x" + b"%PDF-".hex() + "'", "'\\x" + b"1.4 ').".hex() + "'")
    older = "SET standard_conforming_strings = off;\n" + large_object("7", "'a''\\\\000\\\\\\\\'", "''")
    path = dump(PG + table + first + large_object("8") + older + PG_END)
    assert read(path) == {
        "tep": [{"id": "1", "noi_dung": "16400"}],
        "pg_largeobject": [
            {"loid": "16400", "data": b"%PDF-1.4 ')."},
            {"loid": "8", "data": b""},
            {"loid": "7", "data": b"a'\0\\"},
        ],
    }
    with sqldump.opened(path) as source:
        tables = {table.name: table for table in source.tables()}
    assert tables["tep"].foreign == {"noi_dung": ("pg_largeobject", "loid")}
    assert tables["pg_largeobject"].key == ("loid",)
    assert findings(path) in ([], ["skipped"])


def test_bytea_in_the_older_form_is_bytes(dump):
    """bytea_output = escape, as before PostgreSQL 9.0: by COPY, by INSERT, and with strings that have escapes."""
    copied = "CREATE TABLE t (a bytea);\nCOPY t (a) FROM stdin;\nab\\\\000\\\\377\\\\\\\\\\t\n\n\\N\n\\.\n"
    inserted = "INSERT INTO t VALUES ('ab\\000''\\\\'),(E'\\\\001\\'');\n"
    path = dump(PG + copied + inserted + PG_END)
    assert [row["a"] for row in read(path)["t"]] == [b"ab\0\xff\\\t", b"", None, b"ab\0'\\", b"\1'"]
    assert findings(path) == []
