"""One message, its skeleton parsed: the rows it makes in each table. Elements count by their local name only.

Case does not count, nor does one s more or less in "Bussiness", nor the order of elements.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from lxml import etree

from ingest.snapshots.forms.edxml import fields
from ingest.snapshots.forms.edxml.skeleton import Held, Skeleton

Cells = dict[str, str | None]
_APART = {"to", "responsefor", "appendixes", "appendix"}
"""Elements of the header with tables of their own."""


@dataclass(frozen=True)
class Part:
    """An attachment as the message states it; `held` is None when its bytes are not there."""

    name: str
    description: str
    content_type: str
    content_id: str
    held: Held | None


@dataclass
class Message:
    """`document` is None in a pure status message. `status` rows have no @document yet."""

    document: Cells | None
    rows: dict[str, list[Cells]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)


def parse(skeleton: Skeleton) -> tuple[list[Message], int]:
    """The messages of a file, and at how many places the XML had to be repaired. No DTD, entities or network."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_pis=True,
    )
    root = etree.fromstring(skeleton.xml, parser) if skeleton.xml.strip() else None
    repairs = sum(
        each.level_name != "WARNING" and "NS_ERR" not in each.type_name for each in parser.error_log
    )
    if root is None:
        return [], repairs
    return [_message(unit, skeleton) for unit in _units(root)], repairs


def local(element: etree._Element) -> str:
    """The local name, without case: <edXML:To>, <To xmlns=…> and <x:TO> (x unbound) are all "to"."""
    name = element.tag if isinstance(element.tag, str) else ""
    return name.rpartition("}")[2].rpartition(":")[2].lower().replace("bussiness", "business")


def _units(root: etree._Element) -> list[etree._Element]:
    """Each envelope together with the attachments beside it."""
    envelopes = [each for each in root.iter() if local(each) == "edxmlenvelope"]
    if not envelopes:
        return [root] if _all(root, "messageheader") or _all(root, "status") else []
    if len(envelopes) == 1:
        return [root]
    units = (next((up for up in each.iterancestors() if local(up) == "edxml"), each) for each in envelopes)
    return list(dict.fromkeys(units))


def _all(element: etree._Element, *names: str) -> list[etree._Element]:
    return [each for each in element.iter() if local(each) in names]


def _message(unit: etree._Element, skeleton: Skeleton) -> Message:
    headers, status = _all(unit, "messageheader"), _status(unit)
    found = Message(None)
    if headers and any(local(each) != "status" for each in headers[0]):
        found.document = _document(unit, headers[0], skeleton)
    replies = [each for each in _all(unit, "responsefor") if not _in_status(each)]
    for table, elements, columns in (
        ("receiver", [each for header in headers for each in _all(header, "to")], fields.ORGAN),
        ("trace", _all(unit, "traceheader"), fields.TRACE),
        ("reply", replies, fields.REPLY),
        ("status", status, fields.STATUS),
    ):
        rows = (_cells(_leaves(element, skeleton), columns) for element in elements)
        found.rows[table] = [row for row in rows if any(row.values())]
    said = (_said(each, skeleton) for each in _all(unit, "appendix"))
    found.rows["appendix"] = [{"text": text} for text in said if text]
    found.rows["signature"] = [
        _signature(each, skeleton) for each in _all(unit, "signature") if _all(each, "signedinfo")
    ]
    found.parts = _parts(unit, skeleton)
    return found


def _status(unit: etree._Element) -> list[etree._Element]:
    return [each for each in _all(unit, "status") if _all(each, "statuscode", "responsefor")]


def _in_status(element: etree._Element) -> bool:
    return any(local(up) == "status" for up in element.iterancestors())


# --------------------------------------------------------------------------- fields

Leaf = tuple[tuple[str, ...], str, str]
"""Names on the way in lower case, the same as written, text."""


def _document(unit: etree._Element, header: etree._Element, skeleton: Skeleton) -> Cells:
    leaves = list(_leaves(header, skeleton, _APART | {"status"}))
    business = (each for each in _all(unit, "business") if not _in_status(each))
    named = [
        (("business", *names), f"Bussiness.{written}", said)
        for one in business
        for names, written, said in _leaves(one, skeleton)
    ]
    cells = _cells([*leaves, *named], (*fields.HEADER, *fields.BUSINESS))
    root = etree.QName(header).namespace if "}" in str(header.tag) else None
    return cells | {"@namespace": root}


def _leaves(element: etree._Element, skeleton: Skeleton, apart: Iterable[str] = ()) -> Iterator[Leaf]:
    """Every element within that says something itself; of attributes those that say more than a type does."""
    waiting: list[tuple[etree._Element, tuple[str, ...], str]] = [(element, (), "")]
    while waiting:
        current, names, written = waiting.pop()
        if said := skeleton.restored(current.text or "").strip():
            yield names, written, said
        for child in reversed(current):
            if isinstance(child.tag, str) and local(child) not in apart:
                plain = child.tag.rpartition("}")[2].rpartition(":")[2]
                waiting.append((child, (*names, local(child)), f"{written}.{plain}".lstrip(".")))


def _cells(leaves: Iterable[Leaf], columns: Sequence[str]) -> Cells:
    """Each leaf in the column that ends its way; in the only one of its name when the way is another; else @other."""
    ways = {tuple(column.lower().replace("bussiness", "business").split(".")): column for column in columns}
    last = [way[-1] for way in ways]
    alone = {way[-1]: column for way, column in ways.items() if last.count(way[-1]) == 1}
    cells: dict[str, list[str]] = {}
    for names, written, said in leaves:
        column = next(
            (ways[names[at:]] for at in range(len(names)) if names[at:] in ways and len(names[at:]) > 1), ""
        )
        column = (
            column
            or ways.get(names)
            or next((column for way, column in ways.items() if names[: len(way)] == way), "")
        )
        column = column or (alone.get(names[-1], "") if names else "")
        cells.setdefault(column or fields.OTHER, []).append(said if column else f"{written}={said}")
    return {
        column: "; ".join(said) if column != fields.OTHER else "\n".join(said)
        for column, said in cells.items()
    }


def _said(element: etree._Element, skeleton: Skeleton) -> str:
    return " ".join(skeleton.restored("".join(element.itertext())).split())


def _first(element: etree._Element, skeleton: Skeleton, *names: str) -> str:
    """The first text or attribute of one of these names within."""
    for name in names:
        for each in element.iter():
            if local(each) == name and (said := (each.text or "").strip()):
                return skeleton.restored(said)
            for attribute, said in each.attrib.items():
                if attribute.rpartition("}")[2].rpartition(":")[2].lower() == name and said.strip():
                    return skeleton.restored(said.strip())
    return ""


# --------------------------------------------------------------------------- attachments and signatures


def _parts(unit: etree._Element, skeleton: Skeleton) -> list[Part]:
    """Attachments with their bytes, in stored order, then those that are only listed."""
    listed = {
        _cid(_first(each, skeleton, "contentid")): each
        for each in _all(unit, "reference")
        if _first(each, skeleton, "contentid")
    }
    found = []
    for element in _all(unit, "attachment"):
        own = _part(element, skeleton)
        reference = listed.pop(_cid(own.content_id), None)
        stated = _part(reference, skeleton) if reference is not None else own
        found.append(
            Part(
                *(
                    (getattr(own, name) or getattr(stated, name))
                    for name in ("name", "description", "content_type", "content_id")
                ),
                own.held,
            )
        )
    return found + [_part(each, skeleton) for each in listed.values()]


def _part(element: etree._Element, skeleton: Skeleton) -> Part:
    held = next((found for each in element.iter() if (found := skeleton.held_in(each.text))), None)
    return Part(
        _first(element, skeleton, "attachmentname", "filename", "name"),
        _first(element, skeleton, "description"),
        _first(element, skeleton, "contenttype", "mimetype"),
        _first(element, skeleton, "contentid"),
        held,
    )


def _cid(said: str) -> str:
    return said.strip().lower().removeprefix("cid:")


def _signature(element: etree._Element, skeleton: Skeleton) -> Cells:
    """Method and certificate of an XML signature; whether it holds is not judged here."""
    algorithms = {local(each): each.get("Algorithm", "") for each in element.iter() if each.get("Algorithm")}
    cells: Cells = {
        "algorithm": algorithms.get("signaturemethod"),
        "digest": algorithms.get("digestmethod"),
        "subject": _first(element, skeleton, "x509subjectname"),
        "key_name": _first(element, skeleton, "keyname"),
    }
    try:
        held = base64.b64decode("".join(_first(element, skeleton, "x509certificate").split()), validate=True)
        certificate = x509.load_der_x509_certificate(held)
        return cells | {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "serial": f"{certificate.serial_number:x}",
            "valid_from": certificate.not_valid_before_utc.isoformat(),
            "valid_until": certificate.not_valid_after_utc.isoformat(),
        }
    except (ValueError, binascii.Error, TypeError):
        return cells
