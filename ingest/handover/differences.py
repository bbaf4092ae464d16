"""What of a hand-over does not agree, or was not taken: each with its numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from archive.model import Finding, SourceFile
from archive.processing import TableCount
from ingest.handover.counting import Counts
from ingest.handover.declaration import BESIDE, Declaration
from ingest.handover.lines import Compared, TableLine


def of_balance(tables: Iterable[TableLine], closed: int, total: Counts) -> Iterable[Finding]:
    for line in tables:
        if not line.balanced:
            yield Finding("handover.unbalanced", "error", values={"table": line.name})
    if closed != total.quarantined:
        values = {"taken": str(closed), "entries": str(total.quarantined)}
        yield Finding("handover.entries_differ", "error", values=values)


def of_tables(tables: Iterable[TableLine], sources: Iterable[TableCount]) -> Iterable[Finding]:
    by_source = {table.name: table.declared for table in sources}
    for line in tables:
        values = {"table": line.name, "declared": str(line.declared), "received": str(line.received)}
        if line.missing:
            yield Finding("handover.rows_missing", "error", values=values | {"count": str(line.missing)})
        if line.extra:
            yield Finding("handover.rows_extra", "error", values=values | {"count": str(line.extra)})
        if line.role == "unmapped" and line.received:
            yield Finding("handover.unmapped", values={"table": line.name, "count": str(line.received)})
        own = by_source.get(line.name)
        if own not in (None, line.declared):
            yield Finding("handover.declared_twice", values=values | {"stated": str(own)})
        for reason, count in line.refused.items():
            severity = "info" if reason == "not_selected" else "warning"
            yield Finding(
                f"handover.refused.{reason}", severity, values={"table": line.name, "count": str(count)}
            )


def of_compared(compared: Iterable[Compared]) -> Iterable[Finding]:
    for one in compared:
        values = {
            "of": " · ".join(one.of) or "*",
            "declared": str(one.declared),
            "received": str(one.received),
            "count": str(one.missing or one.extra),
        }
        if one.missing:
            yield Finding(f"handover.missing.{one.what}", "error", values=values)
        if one.extra:
            yield Finding(f"handover.extra.{one.what}", "error", values=values)


def of_attachments(total: Counts) -> Iterable[Finding]:
    stated = str(total.named)
    if total.missing:
        values = {"count": str(total.missing), "stated": stated}
        yield Finding("handover.attachments_missing", "error", values=values)
    if total.unreadable:
        values = {"count": str(total.unreadable), "stated": stated}
        yield Finding("handover.attachments_unreadable", values=values)


def of_files(received_files: Iterable[SourceFile], declared: Declaration) -> Iterable[Finding]:
    if not declared.name:
        yield Finding("handover.no_declaration", "info")
    if not declared.files:
        return
    stated = {file.name: file.sha256 for file in declared.files}
    received = {file.name: file.sha256 for file in received_files}
    for name in sorted(stated.keys() - received.keys()):
        yield Finding("handover.file_missing", "error", values={"name": name})
    for name in sorted(received.keys() - stated.keys() - set(BESIDE)):
        yield Finding("handover.file_extra", "warning", values={"name": name})
    for name in sorted(stated.keys() & received.keys()):
        if stated[name] != received[name]:
            yield Finding("handover.file_changed", "error", values={"name": name})
