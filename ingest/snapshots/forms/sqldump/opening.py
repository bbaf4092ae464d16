"""Is it a dump, and of which server? Told by what stands in it, never by its name alone."""

from __future__ import annotations

import codecs
import re
import zlib
from pathlib import Path

from archive.errors import SourceRefused
from ingest.snapshots.forms.folders import TABLES, levels
from ingest.snapshots.forms.sqldump.dialects import DIALECTS, Dialect
from ingest.snapshots.forms.sqldump.dump import SqlDump
from ingest.snapshots.forms.sqldump.stream import GZIP, Bytes

CUSTOM = b"PGDMP"
"""The first bytes of pg_dump's binary form."""

_SAMPLE = 1 << 16
_COMMENTS = re.compile(
    rb"(?:\s++|--[^\n]*+(?:\n|\Z)|/\*.*?\*/;?+|/\*.*\Z|#[^\n]*+(?:\n|\Z)|\\\w++[^\n]*+\n|)*+", re.DOTALL
)
_STATEMENT = re.compile(
    rb"CREATE\s+(?:(?:OR\s+REPLACE|TEMP|TEMPORARY|UNLOGGED)\s+)*(?:TABLE|DATABASE|SCHEMA|TYPE|SEQUENCE|EXTENSION|VIEW|FUNCTION|USER|ROLE)\b"
    rb"|INSERT\s+(?:INTO\s+)?[\w\"`\[]|REPLACE\s+INTO\s|SET\s+(?:NAMES\s|[\w@.]+\s*=|[\w.]+\s+(?:TO|ON|OFF)\b|(?:SESSION|GLOBAL)\s+\w+\s|IDENTITY_INSERT\s)|USE\s+[\w\[`]|COPY\s+[\w.\"]+.*\sFROM\s"
    rb"|DROP\s+(?:TABLE|DATABASE|SCHEMA|VIEW|TYPE)\s|ALTER\s+(?:TABLE|DATABASE)\s|BEGIN\s*;|START\s+TRANSACTION"
    rb"|UPDATE\s+[\w\"`\[\].]+\s+SET\s|DELETE\s+FROM\s|LOCK\s+TABLES\s|SELECT\s+pg_catalog|IF\s+(?:NOT\s+)?EXISTS|EXEC\s+",
    re.IGNORECASE,
)
_MARKERS = re.compile(rb"-- (?:PostgreSQL database|MySQL|MariaDB) dump|/\*{6} Object:|/\*M?!\d{5,6}\b")
_NAMED = re.compile(rb"^-- Host: .*Database: +(\S+)|^USE +[`\[]?([^`\];\r\n]+)", re.MULTILINE)
_SIGNS = (
    ("postgresql", re.compile(rb"^-- PostgreSQL database|^COPY .* FROM stdin;|^SET client_encoding|pg_catalog", re.MULTILINE)),
    ("mysql", re.compile(rb"^-- (?:MySQL|MariaDB) dump|/\*!\d{5}|\bENGINE=|^-- phpMyAdmin|(?:INTO|TABLE|EXISTS) `", re.MULTILINE)),
    ("sqlserver", re.compile(
        rb"^GO\s*$|/\*{6} Object:|\[dbo\]\.|SET (?:ANSI_NULLS|QUOTED_IDENTIFIER|IDENTITY_INSERT)|(?:INSERT|INTO|TABLE|USE) \[",
        re.MULTILINE)),
)  # fmt: skip


def takes(path: Path, head: bytes) -> bool:
    """A script of SQL statements, also packed with gzip; a folder that is led by such files."""
    if path.is_dir():
        return bool(_files(path))
    return (
        head.startswith(CUSTOM)
        or _is_script(_plain(head))
        or (_is_open(_plain(head)) and _is_script(_sample(path)))
    )


def opened(path: Path) -> SqlDump:
    files = _files(path) if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as held:
            if held.read(len(CUSTOM)) == CUSTOM:
                raise SourceRefused("refused.sql_custom", file=file.name)
    if not files:
        raise SourceRefused("refused.sql_none")
    return SqlDump(path if path.is_dir() else path.parent, files, _dialect([_sample(file) for file in files]))


def database(path: Path) -> str:
    """The database that a dump names at its beginning, "" for none: several files of one name are parts of one dump."""
    named = _NAMED.search(_plain(_head(path)))
    return (named[1] or named[2]).decode("utf-8", "replace").casefold() if named else ""


def _files(folder: Path) -> list[Path]:
    """The scripts of the highest level that has any, in the order of their names; none beneath a register."""
    for files in levels(folder):
        found = [
            file
            for file in files
            if file.name.lower().endswith((".sql", ".sql.gz")) and takes(file, _head(file))
        ]
        if found or any(file.suffix.lower() in TABLES for file in files):
            return found
    return []


def _head(path: Path) -> bytes:
    with path.open("rb") as held:
        return held.read(4096)


def _sample(path: Path) -> bytes:
    stream = Bytes(path)
    try:
        return stream.read(_SAMPLE)
    finally:
        stream.close()


def _plain(head: bytes) -> bytes:
    """The head unpacked and as UTF-8, as far as it goes."""
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, _SAMPLE)
        except zlib.error:
            return b""
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(name, "replace").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def _is_script(text: bytes) -> bool:
    return bool(_MARKERS.search(text) or _STATEMENT.match(text, _COMMENTS.match(text).end()))


def _is_open(text: bytes) -> bool:
    """Is there nothing but comments so far?"""
    return b"\0" not in text and bool(text) and _COMMENTS.match(text).end() == len(text)


def _dialect(samples: list[bytes]) -> Dialect:
    """The server that the first telling sign names; without one, PostgreSQL, which reads strings by the standard."""
    found = [
        (not _MARKERS.match(sign[0]), file, sign.start(), name)
        for file, text in enumerate(samples)
        for name, pattern in _SIGNS
        if (sign := pattern.search(text))
    ]
    return DIALECTS[min(found)[3] if found else "postgresql"]
