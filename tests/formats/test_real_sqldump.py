"""Real SQL files: the administrative units as published for PostgreSQL, and patches that only change rows."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from ingest.snapshots.forms import sqldump


@pytest.fixture
def units(shared_data, tmp_path) -> Path:
    """The tables and their rows, alone in a folder."""
    for name in ("postgres_CreateTables_vn_units.sql", "postgres_ImportData_vn_units.sql"):
        shutil.copy(shared_data / "07-admin-units" / name, tmp_path / name)
    return tmp_path


def test_the_units_of_the_country(units):
    assert sqldump.takes(units, b"")
    with sqldump.opened(units) as source:
        tables = {table.name: table for table in source.tables()}
        rows = list(source.rows())
        assert source.findings()[0].values["kinds"] == "CREATE INDEX 3"
        assert source.encodings() == ("utf-8",)
    counts = Counter(row.table for row in rows)
    assert counts == {"administrative_regions": 8, "administrative_units": 5, "provinces": 34, "wards": 3321}
    assert tables["wards"].key == ("code",)
    assert tables["wards"].foreign["province_code"] == ("provinces", "code")
    provinces = {row.cells["code"] for row in rows if row.table == "provinces"}
    wards = [row.cells for row in rows if row.table == "wards"]
    assert {ward["province_code"] for ward in wards} == provinces
    assert len({ward["code"] for ward in wards}) == 3321
    assert wards[0]["full_name"] == "Phường Ba Đình"


@pytest.mark.parametrize(("name", "count"), [("01_HaNoi.sql", 126), ("46_Hue.sql", 40)])
def test_rows_without_tables(shared_data, name, count):
    path = shared_data / "07-admin-units" / name
    with sqldump.opened(path) as source:
        assert sum(1 for _ in source.rows()) == count
        assert [found.code for found in source.findings()] == ["snapshot.sql_undeclared"]


def test_patches_are_told_and_not_applied(shared_data):
    for path in sorted((shared_data / "07-admin-units").glob("*NQ-UBTVQH15*.sql")):
        assert sqldump.takes(path, path.read_bytes()[:4096])
        with sqldump.opened(path) as source:
            assert not list(source.rows())
            assert {found.code for found in source.findings()} == {"snapshot.sql_changes"}
