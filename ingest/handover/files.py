"""The files of a hand-over: the declaration as it came with the snapshot; report.json and the minutes as they are written."""

from __future__ import annotations

from pathlib import Path

from archive import durable, serial
from archive.papers import docx
from archive.settings import Settings
from ingest.handover import declaration, minutes, sheets
from ingest.handover.declaration import Declaration
from ingest.handover.holding import Held
from ingest.handover.report import Report
from ingest.papers import pdf
from ingest.reports import as_xlsx

REPORT, WORKBOOK, MINUTES = "report.json", "doi-chieu.xlsx", "bien-ban.docx"


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
    return pdf.write_beside(settings, folder / MINUTES)
