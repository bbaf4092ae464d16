"""Composition root of the write side: settings -> publishing. Not for the web process."""

from __future__ import annotations

from collections.abc import Callable

from archive import home
from archive import publish as publishing
from archive import rollback as rolling_back
from archive.audit import journal
from archive.holdings import Holdings
from archive.ports import AuditSink
from archive.publish import Report
from archive.renditions import Renditions
from archive.settings import Settings


def publish(
    settings: Settings,
    *,
    rebuild: bool = False,
    accept_missing: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Publish what is committed; an ingest may go on meanwhile, its unfinished versions are not seen."""
    home.check(settings)
    return publishing.publish(
        settings,
        Holdings(settings.holdings),
        Renditions(settings.renditions),
        rebuild=rebuild,
        accept_missing=accept_missing,
        progress=progress,
    )


def access_log(settings: Settings) -> AuditSink:
    """The access log as commands of this machine write it. Heads are signed by the keeper and `kho audit`."""
    return journal.of_home(settings)


def rollback(settings: Settings) -> Report:
    home.check(settings)
    return rolling_back.rollback(settings, Holdings(settings.holdings))
