"""Giải mật: what lifts the grade of a document that is held as secret. Pure.

A control entry is secret by its `grade`. The act of a person replaces that grade by LIFTED and notes the digests in the
dossier; an event says who did it, when and on what basis. The document itself comes in by the next delivery.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from archive.model import Dossier, Event, Item

GRADES = ("Tuyệt mật", "Tối mật", "Mật")
"""Secrecy grades, highest first (Luật Bảo vệ bí mật nhà nước 29/2018/QH14, Điều 8)."""

LIFTED = "đã giải mật"
"""Stands for the grade of a document that is declassified, but that no catalogue says is open yet."""

NOTE = "declassified"
"""The dossier's extra that holds the digests whose grade was lifted; a digest secret by another entry stays so."""

GRADE = "lifted"
"""An item's extra that names the grade that was lifted from it: one without digests is known again by its id."""

EVENT = "declassification"


def digests_of(item: Item) -> tuple[str, ...]:
    """The digests by which an item is known again; a quarantined one keeps them in `extra`."""
    if item.access == "quarantined":
        return tuple(item.extra.get("sha256", "").split())
    return tuple(file.sha256 for file in item.files)


def is_secret(item: Item) -> bool:
    return item.access == "quarantined" and item.extra.get("grade", "") in GRADES


def lifted_digests(dossier: Dossier) -> tuple[str, ...]:
    return tuple(dossier.extra.get(NOTE, "").split())


def lifted(dossier: Dossier, items: Collection[str], basis: str, by: str, when: str) -> Dossier:
    """The dossier with the grade of these control entries lifted. What deliveries planned for it is planned anew."""
    entries = [item for item in dossier.items if item.id in items]
    digests = dict.fromkeys(
        (*lifted_digests(dossier), *(one for item in entries for one in digests_of(item)))
    )
    extra = {name: said for name, said in dossier.extra.items() if not name.startswith("planned.")}
    events = tuple(
        Event(EVENT, when, by, detail=f"{item.extra['grade']} · {basis}", objects=(item.id,))
        for item in entries
    )
    return replace(
        dossier,
        items=tuple(_without_grade(item) if item in entries else item for item in dossier.items),
        events=(*dossier.events, *events),
        extra=extra | {NOTE: " ".join(digests)},
    )


def _without_grade(entry: Item) -> Item:
    extra = {name: said for name, said in entry.extra.items() if name != "withdrawn"}
    return replace(entry, extra=extra | {"grade": LIFTED, GRADE: entry.extra["grade"]})
