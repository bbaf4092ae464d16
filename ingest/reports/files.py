"""The report as files: JSON for programs, XLSX and HTML for people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archive import durable, serial
from ingest.reports import as_html, as_xlsx
from ingest.reports.report import Report


def write(report: Report, folder: Path, language: str) -> Report:
    """Write report.json, report.xlsx and report.html; returns the report with their paths."""
    paths = {kind: folder / f"report.{kind}" for kind in ("json", "xlsx", "html")}
    report = replace(report, files={kind: str(path) for kind, path in paths.items()})
    html = as_html.render(report, language).encode("utf-8", "backslashreplace")
    durable.write_file(paths["json"], serial.dumps(report))
    durable.write_file(paths["xlsx"], as_xlsx.render(report, language))
    durable.write_file(paths["html"], html)
    return report
