"""The files of a hand-over: the declaration as it came with the snapshot; report.json and the minutes as they are written."""

from __future__ import annotations

import hashlib
from pathlib import Path

from archive import durable, serial
from archive.settings import Settings
from ingest.handover import declaration, docx, minutes, sheets
from ingest.handover.declaration import Declaration
from ingest.handover.holding import Held
from ingest.handover.report import Report
from ingest.reports import as_xlsx
from ingest.snapshots.contents import keeping, office
from ingest.snapshots.contents.keeping import Kept
from ingest.snapshots.contents.kinds import Office

REPORT, WORKBOOK, MINUTES = "report.json", "doi-chieu.xlsx", "bien-ban.docx"
_TEXT = Office("docx", "writer", ("docx",), ())


def declared_beside(held: Held) -> Declaration:
    """What was declared beside the data when it was taken over; it is part of the snapshot's package."""
    received = {file.name: file for file in held.snapshot.files}
    for name in declaration.NAMES:
        if name in received:
            path = held.holdings.file_path(held.snapshot.id, received[name].path)
            return declaration.load(path, name)
    return Declaration()


def write(report: Report, folder: Path, language: str) -> list[Path]:
    made = {
        REPORT: serial.dumps(report),
        WORKBOOK: as_xlsx.workbook(sheets.sheets(report, language), language),
        MINUTES: docx.write(minutes.blocks(report, language), minutes.title(report, language), language),
    }
    for name, content in made.items():
        durable.write_file(folder / name, content)
    return [folder / name for name in made]


def write_pdf(settings: Settings, folder: Path) -> Path:
    """The minutes as PDF, by LibreOffice. Raises ToolMissing, SourceRefused."""
    path = folder / MINUTES
    content = path.read_bytes()
    kept = Kept(path, hashlib.sha256(content).hexdigest(), len(content))
    made, _ = office.pdf_of(settings, kept, _TEXT)
    target = path.with_suffix(".pdf")
    durable.write_file(target, made.read_bytes())
    keeping.forget(settings, kept.sha256)
    return target
