"""What earlier reports remember: which folders were delivered under one name, and which dossiers they made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count, takewhile
from pathlib import Path

from archive.model import Dossier
from ingest.reports.quality import ToCheck

REPORT = "report.json"


def report_folder(reports: Path, name: str, source: Path) -> Path:
    """Where this delivery's report goes: the same place for the same source folder, never another one's."""
    return next(
        folder
        for folder in _folders(reports, name)
        if not (folder / REPORT).exists() or _read(folder / REPORT).get("source") == str(source)
    )


def merged(
    dossiers: Iterable[Dossier], reports: Path, name: str, accession: str, source: Path
) -> list[ToCheck]:
    """One `dossier.merged` for each dossier that holds documents of another delivery too."""
    others = _other_sources(reports, name, source)
    rows = []
    for dossier in dossiers:
        accessions = {item.extra.get("accession", accession) for item in dossier.items} - {accession}
        said = [*sorted(accessions), *(path for path, made in others if dossier.id in made)]
        if said:
            values = {"others": ", ".join(said)}
            rows.append(ToCheck(dossier.id, "", dossier.title, None, "dossier.merged", "warning", values))
    return rows


def _other_sources(reports: Path, name: str, source: Path) -> list[tuple[str, set[str]]]:
    """(source folder, ids of its dossiers) of every other folder delivered under the same name."""
    found = []
    for folder in takewhile(lambda folder: (folder / REPORT).exists(), _folders(reports, name)):
        report = _read(folder / REPORT)
        if report.get("source", str(source)) != str(source):
            found.append((report["source"], {line["id"] for line in report.get("dossiers", ())}))
    return found


def _folders(reports: Path, name: str) -> Iterator[Path]:
    """name, name-2, name-3, …"""
    yield reports / name
    yield from (reports / f"{name}-{number}" for number in count(2))


def _read(path: Path) -> dict:
    """A report as plain values; {} when it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
