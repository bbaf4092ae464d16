"""Dossier <-> description.json and events.json of its package. Pure.

description.json holds our whole model (`dossier`) and repeats it under the field codes of Thông tư 02/2019,
Nghị định 30/2020 and Dublin Core (archive/holdings/fields.toml). events.json is PREMIS-like.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from archive import dates, serial
from archive.model import Dossier, Event, Item

DESCRIPTION_FORMAT = "kho-description/1"
EVENTS_FORMAT = "kho-events/1"


def dump(dossier: Dossier) -> bytes:
    """description.json: everything but the events. The same dossier gives the same bytes."""
    values = dossier_values(dossier)
    return serial.dumps(
        {
            "format": DESCRIPTION_FORMAT,
            "dossier": replace(dossier, events=()),
            "fields": named("dossier", values),
            "dublin_core": named("dossier_dublin_core", values),
            "documents": [_document(dossier, item) for item in dossier.items],
        }
    )


def _document(dossier: Dossier, item: Item) -> dict[str, Any]:
    values = document_values(dossier, item)
    return {
        "id": item.id,
        "fields": named("document", values),
        "dublin_core": named("document_dublin_core", values),
    }


def describe_dossier(dossier: Dossier) -> dict[str, Any]:
    """What is known of a dossier, for people and programs: standard names first, then our own."""
    values = dossier_values(dossier)
    return {
        "title": dossier.title,
        **named("dossier", values),
        **named("dossier_dublin_core", values),
        **serial.to_plain(replace(dossier, items=(), events=())),
    }


def describe_item(dossier: Dossier, item: Item) -> dict[str, Any]:
    """The same for a document; `fields` holds confidence, origin and place on the page of each value."""
    values = document_values(dossier, item)
    return {
        "title": item.title,
        **named("document", values),
        **named("document_dublin_core", values),
        **serial.to_plain(item),
    }


def load(description: bytes, events: bytes) -> Dossier:
    """The inverse of `dump` and `dump_events`."""
    dossier = serial.from_plain(Dossier, {**json.loads(description)["dossier"], "events": []})
    return replace(dossier, events=load_events(events))


@cache
def _names() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "fields.toml").read_text(encoding="utf-8"))


def named(table: str, values: dict[str, str]) -> dict[str, str]:
    """The known values under the names of one standard; unknown ones are left out."""
    return {name: values[key] for name, key in _names()[table].items() if values.get(key)}


def dossier_values(dossier: Dossier) -> dict[str, str]:
    """Every value a standard's dossier field may ask for, as text; "" when unknown."""
    return {
        "rights": "",
        "language": "Tiếng Việt",
        "language_code": "vi",
        "collection": "Collection",
        **dossier.extra,
        "id": dossier.id,
        "code": dossier.code,
        "title": dossier.title,
        "unit_code": dossier.fonds.unit.code,
        "unit_name": dossier.fonds.unit.name,
        "fonds_code": dossier.fonds.code,
        "fonds_title": dossier.fonds.title,
        "retention": dossier.retention,
        "start_date": dates.shown(dossier.start_date),
        "end_date": dates.shown(dossier.end_date),
        "date_span": "/".join(filter(None, [dossier.start_date, dossier.end_date])),
        "documents": str(len(dossier.items)),
        "pages": str(sum(len(item.pages) for item in dossier.items)),
        "media_types": _media_types(dossier.items),
    }


def document_values(dossier: Dossier, item: Item) -> dict[str, str]:
    """Every value a standard's document field may ask for. A quarantined item has its place and mode only."""
    place = {
        "id": item.id,
        "dossier_id": dossier.id,
        "document_code": f"{dossier.code}.{item.ordinal:03d}",
        "ordinal": f"{item.ordinal:03d}",
    }
    if item.access == "quarantined":
        return {**place, "mode": "quarantined"}
    number, _, notation = item.value("code").partition("/")
    return {
        "language": "Tiếng Việt",
        "language_code": "vi",
        "code_number": number if notation else "",
        "code_notation": notation,
        **item.extra,
        **{name: field.value for name, field in item.fields.items()},
        **place,
        "title": item.title,
        "issued_date": dates.shown(item.value("issued_date")),
        "iso_date": item.value("issued_date"),
        "pages": str(len(item.pages)),
        "media_types": _media_types((item,)),
    }


def _media_types(items: tuple[Item, ...]) -> str:
    return ", ".join(sorted({file.media_type for item in items for file in item.files}))


# --------------------------------------------------------------------------- events


def item_events(dossier: Dossier, item: Item) -> list[Event]:
    """The events that concern this document, its files or the whole dossier, oldest first."""
    own = {item.id, dossier.id, *(file.path for file in item.files), *(file.sha256 for file in item.files)}
    concerning = (event for event in dossier.events if not event.objects or own & set(event.objects))
    return sorted(concerning, key=lambda event: event.when)


def dump_events(dossier: Dossier) -> bytes:
    """events.json: PREMIS event units in order; an event's identifier is its place, which never changes."""
    numbered = enumerate(dossier.events, 1)
    return serial.dumps(
        {
            "format": EVENTS_FORMAT,
            "events": [_premis(dossier.id, number, event) for number, event in numbered],
        }
    )


def _premis(dossier_id: str, number: int, event: Event) -> dict[str, Any]:
    return {
        "eventIdentifier": {
            "eventIdentifierType": "kho",
            "eventIdentifierValue": f"{dossier_id}#event-{number}",
        },
        "eventType": event.type,
        "eventDateTime": event.when,
        "eventDetailInformation": {"eventDetail": event.detail},
        "eventOutcomeInformation": {"eventOutcome": event.outcome},
        "linkingAgentIdentifier": {
            "linkingAgentIdentifierType": "kho",
            "linkingAgentIdentifierValue": event.agent,
        },
        "linkingObjectIdentifier": [
            {"linkingObjectIdentifierType": "kho", "linkingObjectIdentifierValue": value}
            for value in event.objects
        ],
    }


def load_events(content: bytes) -> tuple[Event, ...]:
    return tuple(
        Event(
            type=entry["eventType"],
            when=entry["eventDateTime"],
            agent=entry["linkingAgentIdentifier"]["linkingAgentIdentifierValue"],
            outcome=entry["eventOutcomeInformation"]["eventOutcome"],
            detail=entry["eventDetailInformation"]["eventDetail"],
            objects=tuple(link["linkingObjectIdentifierValue"] for link in entry["linkingObjectIdentifier"]),
        )
        for entry in json.loads(content)["events"]
    )


def merged_events(known: tuple[Event, ...], new: tuple[Event, ...]) -> tuple[Event, ...]:
    """Nothing recorded is ever dropped; an event that differs from a known one by its time only is the same."""
    seen = {replace(event, when="") for event in known}
    return known + tuple(event for event in new if replace(event, when="") not in seen)


def timeless(dossier: Dossier) -> Dossier:
    """What is said of a dossier, without when and in which accession it was said."""
    return replace(dossier, events=tuple(replace(event, when="") for event in dossier.events), accession="")
