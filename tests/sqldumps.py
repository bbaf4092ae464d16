"""What tests of SQL dumps share: texts that are hard to write down, and a dump read with the bytes of its blobs."""

from pathlib import Path

from archive.holdings.locator import content
from ingest.snapshots.forms import sqldump
from ingest.snapshots.source import Blob
from samples.systems import as_sql
from samples.systems.model import Made

NASTY = (
    "", "'", "''", "\\", "\\'", "\\\\", "\\N", "\\.", "\n\\.\n", "\n", "\r\n", "\t", ";", "--", "/*", "*/", "\nGO\n", "\r\nGO\r\n",
    "NULL", "N'x'", "0x41", "_binary 'x'", "$$", "$tag$", "`", "]", '"', "#", "(", ")", "),(", "VALUES (", ",", "\x1a", "\x7f",
    "Quyết định số 12/QĐ-UBND", "ngày", "𠀋", "\u0301", "e\u0301", "\ufeff", "\u2028", "B¸o c¸o", "INSERT INTO x VALUES (1);",
    "\nINSERT [dbo].[x] ([a]) VALUES (1)", "-- PostgreSQL database dump complete", "DELIMITER ;;", "\\x41", "E'\\n'",
)  # fmt: skip
COLUMNS = {
    "id": "integer", "Trích yếu (bản 2)": "text", "mật": "boolean", "ngày": "date", "lúc": "timestamp", "tệp": "blob", "values": "text"
}  # fmt: skip


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
