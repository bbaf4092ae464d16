"""Writes what a system held as a dump, in the form that the server's own tool gives: pg_dump, mysqldump, SSMS script.

postgresql: COPY … FROM stdin. mysql: rows in one long INSERT. sqlserver: UTF-16, one INSERT a row, GO, IDENTITY_INSERT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from samples.systems.model import Kept, Made, MadeTable

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_COPY = str.maketrans(
    {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
)
_MYSQL = str.maketrans(
    {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\\": "\\\\", "'": "\\'", '"': '\\"', "\x1a": "\\Z"}
)
_ROWS = 500
"""Rows in one INSERT of mysqldump; the tool itself fills up to max_allowed_packet."""


@dataclass(frozen=True)
class Form:
    """`types`: ours -> the server's. `quoted`: a name. `lines`: the whole dump in pieces."""

    types: dict[str, str]
    encoding: str
    quoted: Callable[[str], str]
    pieces: Callable[[Made], Iterator[str]]


def write(made: Made, path: Path, dialect: str) -> None:
    """The dump at `path` and what lies beside the database in its folder. `dialect`: postgresql, mysql, sqlserver."""
    form = FORMS[dialect]
    with path.open("w", encoding=form.encoding, newline="") as target:
        for piece in form.pieces(made):
            target.write(piece)
    for name, held in made.files.items():
        (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / name).write_bytes(held)


def shown(value: Kept, dialect: str) -> str | bytes | None:
    """A value as the dump shows it, without quotes and escapes; bytes as they are."""
    if isinstance(value, bool):
        return ("t" if value else "f") if dialect == "postgresql" else str(int(value))
    if isinstance(value, datetime):
        return value.isoformat("T", "milliseconds") if dialect == "sqlserver" else value.isoformat(" ")
    if isinstance(value, (int, date)):
        return str(value)
    return value


def _columns(table: MadeTable, dialect: str) -> Iterator[str]:
    form = FORMS[dialect]
    for name, kind in table.columns.items():
        yield f"{form.quoted(name)} {form.types[kind]} {'NOT NULL' if name in table.key else 'NULL'}"


def _names(names: Sequence[str], dialect: str) -> str:
    return ", ".join(map(FORMS[dialect].quoted, names))


# --------------------------------------------------------------------------- PostgreSQL


def _postgresql(made: Made) -> Iterator[str]:
    yield (
        "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.8\n-- Dumped by pg_dump version 15.8\n\n"
        "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET client_encoding = 'UTF8';\n"
        "SET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\n"
        "SET check_function_bodies = false;\n\nSET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n"
    )
    for name, table in made.tables.items():
        columns = ",\n    ".join(column.replace(" NULL", "") if "NOT NULL" not in column else column
                                for column in _columns(table, "postgresql"))  # fmt: skip
        yield f"--\n-- Name: {name}; Type: TABLE; Schema: public; Owner: qlvb\n--\n\n"
        yield f"CREATE TABLE public.{_pg_name(name)} (\n    {columns}\n);\n\n\n"
        yield f"ALTER TABLE public.{_pg_name(name)} OWNER TO qlvb;\n\n"
    for name, table in made.tables.items():
        yield f"--\n-- Data for Name: {name}; Type: TABLE DATA; Schema: public; Owner: qlvb\n--\n\n"
        yield f"COPY public.{_pg_name(name)} ({_names(list(table.columns), 'postgresql')}) FROM stdin;\n"
        for row in table.rows:
            yield "\t".join(map(_copied, row)) + "\n"
        yield "\\.\n\n\n"
    for name, table in made.tables.items():
        only = f"ALTER TABLE ONLY public.{_pg_name(name)}\n    ADD CONSTRAINT "
        if table.key:
            yield f"{only}{_pg_name(name + '_pkey')} PRIMARY KEY ({_names(table.key, 'postgresql')});\n\n\n"
        for column, (other, there) in table.foreign.items():
            yield f"{only}{_pg_name(f'{name}_{column}_fkey')} FOREIGN KEY ({_pg_name(column)}) "
            yield f"REFERENCES public.{_pg_name(other)}({_pg_name(there)});\n\n\n"
    yield "--\n-- PostgreSQL database dump complete\n--\n\n"


def _pg_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _copied(value: Kept) -> str:
    found = shown(value, "postgresql")
    if found is None:
        return "\\N"
    return f"\\\\x{found.hex()}" if isinstance(found, bytes) else found.translate(_COPY)


# --------------------------------------------------------------------------- MySQL


def _mysql(made: Made) -> Iterator[str]:
    yield (
        "-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n-- Host: localhost    Database: qlvb\n"
        "-- ------------------------------------------------------\n-- Server version\t8.0.36\n\n"
        "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n/*!50503 SET NAMES utf8mb4 */;\n"
        "/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n"
        "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n\n"
    )
    for name, table in made.tables.items():
        quoted = _ticked(name)
        yield f"--\n-- Table structure for table {quoted}\n--\n\nDROP TABLE IF EXISTS {quoted};\n"
        yield "/*!40101 SET @saved_cs_client     = @@character_set_client */;\n/*!50503 SET character_set_client = utf8mb4 */;\n"
        yield f"CREATE TABLE {quoted} (\n  " + ",\n  ".join(
            [*_columns(table, "mysql"), *_mysql_keys(name, table)]
        )
        yield "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;\n"
        yield "/*!40101 SET character_set_client = @saved_cs_client */;\n\n"
        yield f"--\n-- Dumping data for table {quoted}\n--\n\nLOCK TABLES {quoted} WRITE;\n"
        yield f"/*!40000 ALTER TABLE {quoted} DISABLE KEYS */;\n"
        rows = iter(table.rows)
        while some := list(islice(rows, _ROWS)):
            yield f"INSERT INTO {quoted} VALUES "
            yield ",".join("(" + ",".join(map(_mysql_value, row)) + ")" for row in some) + ";\n"
        yield f"/*!40000 ALTER TABLE {quoted} ENABLE KEYS */;\nUNLOCK TABLES;\n\n"
    yield "/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n\n-- Dump completed on 2025-06-30 23:59:59\n"


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _mysql_keys(name: str, table: MadeTable) -> Iterator[str]:
    if table.key:
        yield f"PRIMARY KEY ({','.join(map(_ticked, table.key))})"
    for column, (other, there) in table.foreign.items():
        yield f"KEY {_ticked(f'{name}_{column}')} ({_ticked(column)})"
        yield f"CONSTRAINT {_ticked(f'{name}_{column}')} FOREIGN KEY ({_ticked(column)}) REFERENCES {_ticked(other)} ({_ticked(there)})"


def _mysql_value(value: Kept) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"0x{value.hex().upper()}" if value else "''"
    found = shown(value, "mysql")
    return found if isinstance(value, int) else f"'{found.translate(_MYSQL)}'"


# --------------------------------------------------------------------------- SQL Server


def _sqlserver(made: Made) -> Iterator[str]:
    for piece in _sqlserver_lines(made):
        yield piece + "\r\n"


def _sqlserver_lines(made: Made) -> Iterator[str]:
    yield from ("USE [QLVB]", "GO")
    for name, table in made.tables.items():
        yield f"/****** Object:  Table [dbo].{_bracketed(name)}    Script Date: 30/06/2025 23:59:59 ******/"
        yield from ("SET ANSI_NULLS ON", "GO", "SET QUOTED_IDENTIFIER ON", "GO")
        key = ",\r\n".join(f"\t{_bracketed(column)} ASC" for column in table.key)
        columns = ",\r\n\t".join(_columns(table, "sqlserver"))
        primary = f",\r\n CONSTRAINT {_bracketed('PK_' + name)} PRIMARY KEY CLUSTERED \r\n(\r\n{key}\r\n)WITH (PAD_INDEX = OFF) ON [PRIMARY]"
        yield f"CREATE TABLE [dbo].{_bracketed(name)}(\r\n\t{columns}{primary if key else ''}\r\n) ON [PRIMARY]"
        yield "GO"
    for name, table in made.tables.items():
        yield from (f"SET IDENTITY_INSERT [dbo].{_bracketed(name)} ON ", "GO")
        start = f"INSERT [dbo].{_bracketed(name)} ({_names(list(table.columns), 'sqlserver')}) VALUES ("
        for row in table.rows:
            yield start + ", ".join(map(_sqlserver_value, row)) + ")"
            yield "GO"
        yield from (f"SET IDENTITY_INSERT [dbo].{_bracketed(name)} OFF", "GO")
    for name, table in made.tables.items():
        for column, (other, there) in table.foreign.items():
            yield (
                f"ALTER TABLE [dbo].{_bracketed(name)}  WITH CHECK ADD  CONSTRAINT {_bracketed(f'FK_{name}_{column}')} "
                f"FOREIGN KEY({_bracketed(column)})\r\nREFERENCES [dbo].{_bracketed(other)} ({_bracketed(there)})"
            )
            yield "GO"


def _bracketed(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


def _sqlserver_value(value: Kept) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"0x{value.hex().upper()}"
    found = shown(value, "sqlserver")
    if isinstance(value, date):
        return f"CAST(N'{found}' AS {'DateTime' if isinstance(value, datetime) else 'Date'})"
    return found if isinstance(value, int) else "N'" + found.replace("'", "''") + "'"


FORMS = {
    "postgresql": Form(
        {"integer": "integer", "text": "text", "date": "date", "timestamp": "timestamp without time zone",
         "boolean": "boolean", "blob": "bytea"},
        "utf-8", _pg_name, _postgresql,
    ),
    "mysql": Form(
        {"integer": "int", "text": "longtext", "date": "date", "timestamp": "datetime(6)", "boolean": "tinyint(1)", "blob": "longblob"},
        "utf-8", _ticked, _mysql,
    ),
    "sqlserver": Form(
        {"integer": "[int]", "text": "[nvarchar](max)", "date": "[date]", "timestamp": "[datetime]", "boolean": "[bit]",
         "blob": "[varbinary](max)"},
        "utf-16", _bracketed, _sqlserver,
    ),
}  # fmt: skip
