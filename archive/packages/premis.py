"""PREMIS 3: objects with fixity, events with the processing history of the old system, agents, rights. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from archive.model import Dossier, Event, Item
from archive.packages import ead
from archive.packages.content import Package, Representation
from archive.packages.profile import XSI, dumped, said, schema, table
from archive.packages.stored import Stored
from archive.processing import Party, Step

OURS = "kho"
NO_TIME = "XXXX"
"""A time nobody stated: an unspecified year of EDTF (ISO 8601-2)."""
_TYPE = f"{{{XSI}}}type"


def _made(name: str, *parts: object, **attributes: str) -> etree._Element:
    """An element; texts that are "" are left out with their element by `_given`."""
    return getattr(schema("premis").maker, name)(*parts, **attributes)


def _identifier(name: str, value: str, kind: str = OURS, *more: etree._Element) -> etree._Element:
    return _made(name, _made(f"{name}Type", kind), _made(f"{name}Value", said(value)), *more)


def _given(name: str, value: str) -> list[etree._Element]:
    return [_made(name, said(value))] if value else []


def _document(*parts: Iterable[etree._Element]) -> bytes:
    root = _made("premis", *(each for group in parts for each in group), version="3.0")
    return dumped(root, schema("premis"))


# --------------------------------------------------------------------------- the whole package


def whole(package: Package) -> bytes:
    """PREMIS.xml: dossier, documents and representations, what happened to them, who did it, who may use them."""
    dossier = package.dossier
    acts = list(_acts(dossier))
    return _document(
        _entities(dossier),
        map(_representation, package.representations),
        map(_event, acts),
        map(_agent, dict.fromkeys(name for act in acts for name, _ in act.agents)),
        [_made("rights", *_rights(dossier))],
    )


def _entities(dossier: Dossier) -> Iterator[etree._Element]:
    yield _entity(dossier.id)
    for item in dossier.items:
        yield _entity(item.id, ("structural", "is Part Of", dossier.id))


def _entity(value: str, tie: tuple[str, str, str] | None = None) -> etree._Element:
    made = _made("object", _identifier("objectIdentifier", value), **{_TYPE: "intellectualEntity"})
    return _with(made, tie)


def _with(made: etree._Element, tie: tuple[str, str, str] | None, kind: str = OURS) -> etree._Element:
    if tie:
        type_, sub, related = tie
        to = _identifier("relatedObjectIdentifier", related, kind)
        made.append(
            _made("relationship", _made("relationshipType", type_), _made("relationshipSubType", sub), to)
        )
    return made


def _representation(representation: Representation) -> etree._Element:
    path = f"representations/{representation.name}"
    made = _made("object", _identifier("objectIdentifier", path, "path"), **{_TYPE: "representation"})
    made.append(_made("originalName", representation.use))
    return made


# --------------------------------------------------------------------------- events and agents


@dataclass(frozen=True)
class _Act:
    """An event as PREMIS has it; `agents` are (name, role)."""

    id: str
    type: str
    when: str
    detail: str
    outcome: str
    agents: tuple[tuple[str, str], ...]
    objects: tuple[str, ...]


def _acts(dossier: Dossier) -> Iterator[_Act]:
    """What happened here, then what had happened in the old system."""
    for number, event in enumerate(dossier.events, 1):
        yield _own(f"{dossier.id}#event-{number}", event)
    for item in dossier.items:
        for step in item.record.steps if item.record else ():
            yield _earlier(item, step)


def _own(value: str, event: Event) -> _Act:
    agents = ((event.agent, "executing"),) if event.agent else ()
    return _Act(value, event.type, event.when, event.detail, event.outcome, agents, event.objects)


def _earlier(item: Item, step: Step) -> _Act:
    """A step of the flow in the closed system: the processing history that came with the record."""
    parties = ((_party(step.sender), "sender"), (_party(step.receiver), "receiver"))
    return _Act(
        f"{item.id}#step-{step.number}",
        step.action.value or step.action.raw or "processing step",
        step.sent or step.done or step.read or NO_TIME,
        " · ".join(filter(None, ead.step_told(step))),
        step.status.value or step.status.raw,
        tuple((name, role) for name, role in parties if name),
        (item.id,),
    )


def _party(party: Party) -> str:
    return ", ".join(filter(None, (party.name, party.position, party.unit)))


def _event(act: _Act) -> etree._Element:
    made = _made("event", _identifier("eventIdentifier", act.id))
    made.extend([_made("eventType", said(act.type)), _made("eventDateTime", said(act.when or NO_TIME))])
    if act.detail:
        made.append(_made("eventDetailInformation", _made("eventDetail", said(act.detail))))
    if act.outcome:
        made.append(_made("eventOutcomeInformation", _made("eventOutcome", said(act.outcome))))
    for name, role in act.agents:
        made.append(_identifier("linkingAgentIdentifier", name, OURS, _made("linkingAgentRole", role)))
    made.extend(_identifier("linkingObjectIdentifier", value) for value in act.objects)
    return made


def _agent(name: str) -> etree._Element:
    return _made("agent", _identifier("agentIdentifier", name), _made("agentName", said(name)))


# --------------------------------------------------------------------------- rights


def _rights(dossier: Dossier) -> Iterator[etree._Element]:
    """Who may use it: of the dossier, and of each document whose level or embargo differs."""
    yield _statement(dossier.id, ead.level_told(dossier), dossier.embargo)
    for item in dossier.items:
        told, until = ead.level_told(dossier, item), max(dossier.embargo, item.embargo)
        if (told, until) != (ead.level_told(dossier), dossier.embargo):
            yield _statement(item.id, told, until)


def _statement(value: str, level: str, embargo: str) -> etree._Element:
    law = table()["rights"]
    granted = _made("rightsGranted", _made("act", "disseminate"), _made("restriction", level))
    if embargo:
        # EDTF: closed from some day nobody states until the embargo ends
        term = _made("termOfRestriction", _made("startDate", "open"), _made("endDate", said(embargo)))
        granted.append(term)
    return _made(
        "rightsStatement",
        _identifier("rightsStatementIdentifier", f"{value}#rights"),
        _made("rightsBasis", "statute"),
        _made(
            "statuteInformation",
            _made("statuteJurisdiction", law["jurisdiction"]),
            _made("statuteCitation", law["citation"]),
        ),
        granted,
        _identifier("linkingObjectIdentifier", value),
    )


# --------------------------------------------------------------------------- one representation


def files(representation: Representation, stored: Sequence[Stored]) -> bytes:
    """PREMIS_rep*.xml: every file of a representation with its digest, size and format."""
    base = f"representations/{representation.name}"
    return _document([_representation(representation)], (_file(each, base) for each in stored))


def _file(stored: Stored, base: str) -> etree._Element:
    designation = _made(
        "formatDesignation", _made("formatName", said(stored.media_type or "application/octet-stream"))
    )
    fixity = _made(
        "fixity", _made("messageDigestAlgorithm", "SHA-256"), _made("messageDigest", stored.sha256)
    )
    made = _made("object", _identifier("objectIdentifier", stored.path, "path"), **{_TYPE: "file"})
    size = _made("size", str(stored.size))
    made.append(_made("objectCharacteristics", fixity, size, _made("format", designation)))
    made.extend(_given("originalName", stored.part.name if stored.part else ""))
    return _with(made, ("structural", "is Included In", base), "path")
