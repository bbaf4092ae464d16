"""Real SIARD archives: every row of their descriptions is read, and their content is what their digests say."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from archive.holdings.locator import content
from ingest.snapshots.forms import siard
from ingest.snapshots.source import Blob

ARCHIVES = {
    "dvd-rental_postgres11_2-1.siard": ("2.1", 15, 44_820, []),
    "nations.siard": ("2.2", 3, 1_680, []),
    "sample-datalink-2.2.siard": ("2.2", 2, 6, []),
    "simple-teams-example_mysql5_2-2.siard": ("2.2", 2, 13, ["snapshot.siard_altered"]),
    "simple-teams-example_postgres13_2-2.siard": ("2.2", 2, 13, []),
    "sql1999.siard": ("1.0", 1, 1, ["snapshot.siard_altered"]),
}
"""Version, tables (views hold no rows), rows, findings. Two of them were edited by hand after their export."""


@pytest.fixture
def folder(shared_data) -> Path:
    return shared_data / "04-siard-sql"


def head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4096)


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_row_is_read_and_every_digest_holds(folder, name):
    path = folder / name
    assert siard.takes(path, head(path))
    with siard.opened(path) as source:
        rows = list(source.rows())
        version, tables, count, findings = ARCHIVES[name]
        assert (source.kind, source.layout.version, len(source.tables())) == ("siard", version, tables)
        assert [finding.code for finding in source.findings()] == findings
    assert len(rows) == count
    read = Counter(row.table for row in rows)
    assert {table.name: table.declared for table in source.tables() if table.declared} == dict(read)
    blobs = [cell for row in rows for cell in row.cells.values() if isinstance(cell, Blob)]
    for blob in blobs:
        held = content(folder, blob.locator, blob.size)
        assert len(held) == blob.size
        if blob.digest:
            assert f"md5:{hashlib.md5(held).hexdigest()}" == blob.digest


def test_long_texts_arrays_and_user_types(folder):
    with siard.opened(folder / "dvd-rental_postgres11_2-1.siard") as source:
        film = next(row for row in source.rows() if row.table == "film")
        assert film.locator == "dvd-rental_postgres11_2-1.siard#film/1"
        assert film.cells["description"].startswith("A Fateful Reflection of a Moose And a Husband")
        assert film.cells["special_features"] == '["Trailers"]'
        keys = {table.name: table.foreign for table in source.tables()}
        assert keys["film_actor"] == {"actor_id": ("actor", "actor_id"), "film_id": ("film", "film_id")}
    with siard.opened(folder / "sample-datalink-2.2.siard") as source:
        complex_row = next(row for row in source.rows() if row.table == "TCOMPLEX")
        assert complex_row.cells["CARRAY"] == '["element 0,1", null, "element 0,3", "element 0,4"]'
        assert complex_row.cells["CUDTC.NESTEDROW.SOUND"].size == 4567


def test_danish_parts_side_by_side(folder):
    path = folder / "siarddk"
    assert siard.takes(path, b"")
    with siard.opened(path) as source:
        rows = Counter(row.table for row in source.rows())
        assert source.kind == "siard-dk"
        assert [table.declared for table in source.tables()] == [22710, 15, 42]
        assert rows == {"AMT_kode": 15, "ART_kode": 42}
        findings = {
            finding.code.removeprefix("snapshot.siard_"): finding.values for finding in source.findings()
        }
    assert findings.keys() == {"table_missing", "rows_differ", "files_missing"}
    assert findings["table_missing"]["table"] == "AGG"
    assert findings["files_missing"]["count"] == "11"
