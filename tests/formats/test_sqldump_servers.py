"""Dumps that the real servers' own tools write of invented data read back the same; skipped where no server is installed."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest

from ingest.snapshots.forms import sqldump
from samples.systems import as_sql
from samples.systems.model import Made, MadeTable
from tests.sqldumps import COLUMNS, NASTY, expected, findings, read

ROWS = [
    (number, text, bool(number % 2), date(2021, 1, 1 + number % 28), datetime(2021, 3, 4, 5, 6, 7), bytes(range(256)), "x" + text)
    for number, text in enumerate(NASTY)
] + [(98, "".join(NASTY), None, None, None, b"", ""), (99, None, None, None, None, None, None)]  # fmt: skip
MADE = Made(
    {
        "don_vi": MadeTable(
            {"id": "integer", "ten": "text"}, [(number, "Sở") for number in range(100)], ("id",)
        ),
        "van_ban": MadeTable(COLUMNS, ROWS, ("id",), {"id": ("don_vi", "id")}),
    }
)
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
MARIADB = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def folder_of(user: str) -> Iterator[tuple[Path, list[str]]]:
    """A folder the server may write to, and the words before a command: servers do not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="sql"))
    is_root = os.geteuid() == 0
    if is_root:
        shutil.chown(folder, user)
    try:
        yield folder, ["runuser", "-u", user, "--"] if is_root else []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(*command: object, given: bytes | None = None) -> bytes:
    done = subprocess.run([str(word) for word in command], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def postgresql():
    if POSTGRES is None:
        pytest.skip("no PostgreSQL server installed")
    with folder_of("postgres") as (folder, as_user):
        run(
            *as_user,
            POSTGRES / "initdb",
            "-D",
            folder / "data",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-A",
            "trust",
            "-U",
            "kho",
        )
        started = [*as_user, POSTGRES / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
        run(*started, "-o", f"-c listen_addresses='' -k {folder} -F", "start")
        yield ["-h", folder, "-U", "kho"]
        run(*started, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def mariadb():
    if MARIADB is None:
        pytest.skip("no MariaDB server installed")
    with folder_of("mysql") as (folder, as_user):
        data = [f"--datadir={folder / 'data'}"]
        run(
            *as_user, "mariadb-install-db", "--no-defaults", *data, "--auth-root-authentication-method=normal"
        )
        server = subprocess.Popen(
            [*as_user, MARIADB, "--no-defaults", *data, f"--socket={folder / 's'}", "--skip-networking"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        there = [f"--socket={folder / 's'}", "-u", "root"]
        while subprocess.run(["mariadb-admin", *there, "ping"], capture_output=True, check=False).returncode:
            assert server.poll() is None
            time.sleep(0.2)
        yield there
        run("mariadb-admin", *there, "shutdown")
        server.wait()


def plain(rows: list[dict], dialect: str) -> list[dict]:
    """Truth values in one spelling, times without a fraction of noughts."""
    words = {"true": "t", "false": "f"} if dialect == "postgresql" else {}
    return [
        {
            name: words.get(cell, cell) if name == "mật" else cell.removesuffix(".000000") if name == "lúc" and cell else cell
            for name, cell in row.items()
        }
        for row in rows
    ]  # fmt: skip


def check(dumped: bytes, path: Path, dialect: str) -> None:
    path.write_bytes(dumped)
    found, wanted = read(path), expected(MADE, dialect)
    for name in wanted:
        assert plain(found[name], dialect) == wanted[name]
    with sqldump.opened(path) as source:
        assert source.kind == f"sql-{dialect}"
        tables = {table.name: table for table in source.tables()}
    assert tables["van_ban"].key == ("id",)
    assert tables["van_ban"].foreign == {"id": ("don_vi", "id")}
    assert tables["van_ban"].note == "Văn bản; 'đi'"
    assert set(findings(path)) <= {"skipped"}


@pytest.mark.parametrize(
    "options", [(), ("--inserts",), ("--column-inserts", "--rows-per-insert=7"), ("-C", "-c")]
)
def test_pg_dump(postgresql, tmp_path, options):
    as_sql.write(MADE, tmp_path / "in.sql", "postgresql")
    run(
        "psql",
        *postgresql,
        "-d",
        "postgres",
        "-c",
        "DROP DATABASE IF EXISTS qlvb",
        "-c",
        "CREATE DATABASE qlvb",
    )
    owner = "DO $$ BEGIN CREATE ROLE qlvb; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    more = """
        COMMENT ON TABLE van_ban IS 'Văn bản; ''đi''';
        CREATE VIEW v AS SELECT id FROM van_ban;
        CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $q$ BEGIN INSERT INTO van_ban VALUES (1); RETURN 1; END $q$;
    """
    script = (
        owner.encode()
        + b";\n"
        + (tmp_path / "in.sql").read_bytes()
        + b"SET search_path = public;"
        + more.encode()
    )
    run("psql", *postgresql, "-d", "qlvb", "-v", "ON_ERROR_STOP=1", given=script)
    check(run("pg_dump", *postgresql, *options, "qlvb"), tmp_path / "out.sql", "postgresql")


@pytest.mark.parametrize(
    "options", [(), ("--hex-blob",), ("--complete-insert", "--skip-extended-insert"), ("--databases",)]
)
def test_mariadb_dump(mariadb, tmp_path, options):
    as_sql.write(MADE, tmp_path / "in.sql", "mysql")
    more = """
        ALTER TABLE van_ban COMMENT 'Văn bản; ''đi''';
        CREATE VIEW v AS SELECT id FROM van_ban;
        CREATE TRIGGER t BEFORE INSERT ON don_vi FOR EACH ROW SET NEW.ten = 'x';
    """
    script = b"DROP DATABASE IF EXISTS qlvb; CREATE DATABASE qlvb CHARACTER SET utf8mb4; USE qlvb;\n"
    script += (tmp_path / "in.sql").read_bytes() + more.encode()
    run("mariadb", *mariadb, "--default-character-set=utf8mb4", "--binary-mode", given=script)
    check(run("mariadb-dump", *mariadb, *options, "qlvb"), tmp_path / "out.sql", "mysql")
