"""A take-over that was wrong is withdrawn: its packages stay as they are, but are published no more. Pure.

The newest version of each package says so; a later take-over that keeps the package anew lifts the mark. A volume that an
earlier take-over had kept stands again as that left it.
"""

from __future__ import annotations

from dataclasses import replace

from archive.model import Dossier, Event

MARK = "withdrawal"
"""The dossier's extra that says since when it is withdrawn, and why."""

EVENT = "withdrawal"


def is_withdrawn(dossier: Dossier) -> bool:
    return MARK in dossier.extra


def withdrawn(dossier: Dossier, version: int, reason: str, by: str, when: str) -> Dossier:
    """The dossier marked as withdrawn; `version` is the number of the one that is."""
    told = on_record(dossier, version, reason, by, when)
    return replace(told, extra=dossier.extra | {MARK: f"{when[:10]} {by}: {reason}"})


def on_record(dossier: Dossier, version: int, reason: str, by: str, when: str) -> Dossier:
    """The dossier with the event that its version of this number is withdrawn."""
    event = Event(EVENT, when, by, detail=f"v{version} · {reason}", objects=(dossier.id,))
    return replace(dossier, events=(*dossier.events, event))


def restored(dossier: Dossier) -> Dossier:
    return replace(dossier, extra={name: said for name, said in dossier.extra.items() if name != MARK})
