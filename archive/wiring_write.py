"""Composition root of the write side: settings -> holdings, renditions and publishing. Not for the web process."""

from __future__ import annotations

from collections.abc import Callable

from archive import home
from archive import publish as publishing
from archive.holdings import Holdings
from archive.publish import Report
from archive.renditions import Renditions
from archive.renditions_writer import RenditionsWriter
from archive.settings import Settings
from archive.writer import HoldingsWriter


def holdings(settings: Settings) -> HoldingsWriter:
    """The holdings of a checked home, to commit to. The caller holds the fonds' lock."""
    home.check(settings)
    return HoldingsWriter(settings.holdings, settings.work / "staging", settings.operator)


def renditions(settings: Settings) -> RenditionsWriter:
    return RenditionsWriter(settings.renditions)


def publish(
    settings: Settings, *, rebuild: bool = False, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Publish what is committed; an ingest may go on meanwhile, its unfinished versions are not seen."""
    home.check(settings)
    return publishing.publish(
        settings,
        Holdings(settings.holdings),
        Renditions(settings.renditions),
        rebuild=rebuild,
        progress=progress,
    )


def rollback(settings: Settings) -> Report:
    home.check(settings)
    return publishing.rollback(settings)
