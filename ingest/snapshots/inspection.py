"""What a snapshot is and holds, without taking anything in."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive import dates
from archive.model import Finding
from ingest.batch import origin, survey
from ingest.progress import Tally
from ingest.snapshots import handed, mapping, proposal
from ingest.snapshots.forms.open import opened
from ingest.snapshots.proposal import Proposal
from ingest.snapshots.records import RecordReader
from ingest.snapshots.staging import Staging

SECONDS_AN_ATTACHMENT = 1.5
"""What looking at an attachment and reading its pages takes one worker on average, for the estimate; scans take longer."""

_SAMPLE = 60
_ORGAN = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.[0-9A-Za-z]{1,6})*\Z")
"""Ids of organs in both shapes: QCVN 102:2016/BTTTT (000.00.12.H62) and Quyết định 20/2020/QĐ-TTg (H37.DN.002)."""


@dataclass(frozen=True)
class TableSeen:
    """`attachments`: cells that hold bytes. `declared`: rows the source states, None when it states none."""

    name: str
    rows: int
    declared: int | None
    columns: tuple[str, ...]
    attachments: int
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """`seconds` of one worker for the whole take-over; `gigabytes` that the holdings will grow by."""

    rows_per_second: float
    seconds: float
    gigabytes: float


@dataclass(frozen=True)
class Inspection:
    """`attachments`: files in the snapshot, in its tables and beside the data (`files_beside`). `attachments_named`: as often
    as records name one by the proposed mapping; None without one."""

    kind: str
    tables: tuple[TableSeen, ...]
    rows: int
    attachments: int
    attachments_named: int | None
    files_beside: int
    first_day: str
    last_day: str
    units: dict[str, int]
    encodings: tuple[str, ...]
    findings: tuple[Finding, ...]
    proposal: Proposal | None
    estimate: Estimate


@contextmanager
def staged(path: Path, progress: Tally) -> Iterator[tuple[Staging, str]]:
    """The snapshot's rows in a scratch file, and its kind. Raises SourceRefused."""
    with tempfile.TemporaryDirectory(prefix="kho-snapshot-") as scratch:
        staging = Staging(Path(scratch) / "rows.sqlite")
        try:
            with opened(path.resolve()) as source:
                staging.load(source, "looked at", progress)
                kind = source.kind
            yield staging, kind
        finally:
            staging.close()


def inspect(path: Path, progress: Tally) -> Inspection:
    """Raises SourceRefused when the form is not known or the snapshot cannot be read."""
    begun = time.process_time()
    with staged(path, progress) as (staging, kind):
        seconds = time.process_time() - begun
        tables = tuple(_tables(staging))
        rows, inside = sum(table.rows for table in tables), sum(table.attachments for table in tables)
        files = survey.list_folder(path.resolve()).found if path.is_dir() else ()
        data = {*_data_files(staging), handed.DECLARATION, origin.DECLARATION}
        beside = [file for file in files if file.name not in data]
        size = sum(file.size for file in files) if files else path.stat().st_size
        first, last = _days(staging)
        proposed = proposal.propose(staging)
        cost = estimate(rows, seconds, inside + len(beside), size)
        return Inspection(
            kind, tables, rows, inside + len(beside), _named(staging, proposed), len(beside), first, last, _units(staging), staging.encodings(),
            staging.findings(), proposed, cost,
        )  # fmt: skip


def estimate(rows: int, seconds: float, attachments: int, size: int) -> Estimate:
    """`seconds` is what reading the rows took, `size` the bytes of the snapshot."""
    seconds = max(0.001, seconds)
    return Estimate(rows / seconds, 4 * seconds + attachments * SECONDS_AN_ATTACHMENT, size * 1.3 / 2**30)


def _named(staging: Staging, proposed: Proposal | None) -> int | None:
    if proposed is None:
        return None
    said = mapping.resolved(mapping.parse(proposed.text), staging.columns())
    reader, known = RecordReader(staging, said, ""), staging.columns()
    return sum(reader.named(records) for records in said.records if records.table in known)


def _tables(staging: Staging) -> Iterator[TableSeen]:
    counts = {table.name: table for table in staging.counts()}
    for table in staging.tables():
        place = staging.sql_table(table.name)
        blobs = [f"sum(typeof({staging.sql(table.name, column.name)}) = 'blob')" for column in table.columns]
        bytes_in = (
            sum(
                value or 0
                for value in staging.db.execute(f"SELECT {', '.join(blobs)} FROM {place}").fetchone()
            )
            if blobs
            else 0
        )
        count = counts[table.name]
        yield TableSeen(
            table.name,
            count.read,
            count.declared,
            tuple(one.name for one in table.columns),
            bytes_in,
            table.note,
        )


def _data_files(staging: Staging) -> Iterator[str]:
    """Files that rows stand in: "<file>#<table>/<number>"."""
    for table in staging.tables():
        for (place,) in staging.db.execute(
            f"SELECT DISTINCT substr(_at, 1, instr(_at, '#') - 1) FROM {staging.sql_table(table.name)}"
        ):
            yield place


def _sampled(staging: Staging) -> Iterator[tuple[str, str, list[str]]]:
    """(table, column, some of its texts) of every column with texts."""
    for table in staging.tables():
        for column in table.columns:
            name = staging.sql(table.name, column.name)
            found = staging.db.execute(
                f"SELECT {name} FROM {staging.sql_table(table.name)} WHERE typeof({name}) = 'text' AND {name} != '' LIMIT {_SAMPLE}"
            )
            if texts := [text for (text,) in found]:
                yield table.name, name, texts


def _days(staging: Staging) -> tuple[str, str]:
    """(first, last) day that the columns of days hold, as far as plausible: 1945 to this year's next."""
    day = lru_cache(maxsize=100_000)(lambda said: dates.parse_moment(said)[:10])
    first, last = "", ""
    for table, name, texts in _sampled(staging):
        if sum(len(day(said)) == 10 for said in texts) < 0.9 * len(texts):
            continue
        for (said,) in staging.db.execute(
            f"SELECT DISTINCT {name} FROM {staging.sql_table(table)} WHERE typeof({name}) = 'text'"
        ):
            found = day(said)
            if len(found) == 10 and "1945" < found < "2100":
                first, last = min(first or found, found), max(last, found)
    return first, last


def _units(staging: Staging) -> dict[str, int]:
    """Ids of organs with how often they stand in a column that has little else."""
    seen: dict[str, int] = {}
    for table, name, texts in _sampled(staging):
        if sum(bool(_ORGAN.match(said.strip())) for said in texts) < 0.9 * len(texts):
            continue
        for said, count in staging.db.execute(
            f"SELECT trim({name}), count(*) FROM {staging.sql_table(table)} WHERE typeof({name}) = 'text' AND {name} != '' GROUP BY 1 LIMIT 1000"
        ):
            seen[said] = seen.get(said, 0) + count
    return dict(sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))[:100])
