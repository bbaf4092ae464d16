"""Writes an invented database as a SIARD 2.2 file (eCH-0165): rows as XML, content as files in the ZIP.

Content of at most 2,000 bytes stands inside the XML as hexadecimal digits, as the common exporters do it.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

from samples.systems.model import Kept, Made, MadeTable

INLINE = 2000
"""Bytes of content."""
SCHEMA = "qlvb"
_TYPES = {
    "integer": "BIGINT", "text": "VARCHAR(4000)", "date": "DATE", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN",
    "blob": "BLOB",
}  # fmt: skip
_NAMESPACE = "http://www.bar.admin.ch/xmlns/siard/2"
_STAMP = (2025, 7, 1, 0, 0, 0)
_ESCAPED = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ufffe\uffff]|(?<= ) ")


def write(made: Made, path: Path) -> None:
    """The SIARD file at `path`, and what lies beside the database in the same folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        for place, table in enumerate(made.tables.values()):
            _write_table(container, f"content/schema0/table{place}", f"table{place}", table)
        container.fp.flush()
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest().upper()
        container.writestr(_member("header/siardversion/2.2/"), b"")
        container.writestr(_member("header/metadata.xml"), _metadata(made, digest))
    for name, held in made.files.items():
        target = path.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(held)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _STAMP)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


# --------------------------------------------------------------------------- rows


def _write_table(container: zipfile.ZipFile, folder: str, name: str, table: MadeTable) -> None:
    large: list[tuple[str, bytes]] = []
    with container.open(_member(f"{folder}/{name}.xml"), "w", force_zip64=True) as stream:
        _write_rows(stream, folder, name, table, large)
    for member, held in large:
        container.writestr(_member(member), held)


def _write_rows(
    stream: BinaryIO, folder: str, name: str, table: MadeTable, large: list[tuple[str, bytes]]
) -> None:
    stream.write(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<table xmlns="{_NAMESPACE}/table.xsd" version="2.2">'.encode()
    )
    for number, row in enumerate(table.rows):
        cells = "".join(
            _cell(f"c{place + 1}", value, f"{folder}/lob{place}/record{number}.bin", large)
            for place, value in enumerate(row)
        )
        stream.write(f"<row>{cells}</row>".encode())
    stream.write(b"</table>")


def _cell(name: str, value: Kept, member: str, large: list[tuple[str, bytes]]) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes) and len(value) > INLINE:
        large.append((member, value))
        digest = hashlib.md5(value, usedforsecurity=False).hexdigest().upper()
        return f'<{name} file="{member}" length="{len(value)}" digestType="MD5" digest="{digest}"/>'
    return f"<{name}>{shown(value)}</{name}>"


def shown(value: Kept) -> str:
    """The value as the XML shows it."""
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return escape(_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04X}", str(value)))


# --------------------------------------------------------------------------- metadata


def _metadata(made: Made, digest: str) -> str:
    tables = "".join(_table(place, name, table) for place, (name, table) in enumerate(made.tables.items()))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<siardArchive xmlns="{_NAMESPACE}/metadata.xsd" version="2.2"><dbname>{SCHEMA}</dbname>'
        "<dataOwner>UBND huyện Ví Dụ</dataOwner><dataOriginTimespan>2015-2025</dataOriginTimespan>"
        "<archivalDate>2025-07-01Z</archivalDate>"
        f"<messageDigest><digestType>MD5</digestType><digest>{digest}</digest></messageDigest>"
        f"<schemas><schema><name>{SCHEMA}</name><folder>schema0</folder><tables>{tables}</tables></schema></schemas>"
        "</siardArchive>"
    )


def _table(place: int, name: str, table: MadeTable) -> str:
    columns = "".join(
        f"<column><name>{shown(column)}</name><type>{_TYPES[kind]}</type></column>"
        for column, kind in table.columns.items()
    )
    return (
        f"<table><name>{shown(name)}</name><folder>table{place}</folder><columns>{columns}</columns>"
        f"{''.join(_keys(table))}<rows>{len(table.rows)}</rows></table>"
    )


def _keys(table: MadeTable) -> Iterator[str]:
    if table.key:
        columns = "".join(f"<column>{shown(column)}</column>" for column in table.key)
        yield f"<primaryKey><name>pk</name>{columns}</primaryKey>"
    foreign = "".join(
        f"<foreignKey><name>fk</name><referencedSchema>{SCHEMA}</referencedSchema>"
        f"<referencedTable>{shown(target)}</referencedTable><reference><column>{shown(column)}</column>"
        f"<referenced>{shown(referred)}</referenced></reference></foreignKey>"
        for column, (target, referred) in table.foreign.items()
    )
    if foreign:
        yield f"<foreignKeys>{foreign}</foreignKeys>"
