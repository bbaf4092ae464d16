"""METS as E-ARK CSIP 2.1 has it: one for the package, one for each representation. Pure.

Every file of the package is named in one of them with size and SHA-256; that of the package names those of representations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.builder import ElementMaker

from archive.model import Unit
from archive.packages.profile import XSI, Kind, dumped, said, schema, table
from archive.packages.stored import Stored

_XLINK = schema("xlink")
_CSIP = schema("csip")


def _maker() -> ElementMaker:
    spaces = {None: schema("mets").namespace, "xlink": _XLINK.namespace, "csip": _CSIP.namespace, "xsi": XSI}
    return ElementMaker(namespace=schema("mets").namespace, nsmap=spaces)


@dataclass(frozen=True)
class Group:
    """Files of one use: Documentation, Schemas, Data, Representations/rep1."""

    use: str
    files: tuple[Stored, ...]


@dataclass(frozen=True)
class Sheet:
    """All that one METS says. `base` is the folder it lies in, `prefix` keeps its ids apart from those of the others.

    `descriptive` and `preservation` are (file, type of metadata); `pointers` lead to the METS of representations.
    """

    kind: Kind
    id: str
    label: str
    category: str
    unit: Unit
    created: str
    software: str
    base: str = ""
    prefix: str = "root"
    descriptive: tuple[tuple[Stored, str], ...] = ()
    preservation: tuple[tuple[Stored, str], ...] = ()
    groups: tuple[Group, ...] = ()
    pointers: tuple[Stored, ...] = ()


def dump(sheet: Sheet) -> bytes:
    """METS.xml of a package or representation."""
    mets = _maker()
    root = mets.mets(
        OBJID=said(sheet.id),
        LABEL=said(sheet.label),
        TYPE=sheet.category,
        PROFILE=table()["kind"][sheet.kind]["profile"],
    )
    _content_type(root)
    root.append(_header(mets, sheet))
    root.extend(_descriptive(mets, sheet))
    if sheet.preservation:
        root.append(_administrative(mets, sheet))
    if sheet.groups:
        root.append(_files(mets, sheet))
    root.append(_structure(mets, sheet))
    return dumped(root, schema("mets"), _CSIP, _XLINK)


def _content_type(element: etree._Element) -> None:
    content = table()["content"]
    element.set(_CSIP.tag("CONTENTINFORMATIONTYPE"), content["type"])
    element.set(_CSIP.tag("OTHERCONTENTINFORMATIONTYPE"), content["other"])


# --------------------------------------------------------------------------- header


def _header(mets: ElementMaker, sheet: Sheet) -> etree._Element:
    header = mets.metsHdr(CREATEDATE=sheet.created, LASTMODDATE=sheet.created, RECORDSTATUS="NEW")
    header.set(_CSIP.tag("OAISPACKAGETYPE"), sheet.kind)
    software = mets.agent(mets.name("Kho"), ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
    software.append(_note(mets, sheet.software, "SOFTWARE VERSION"))
    header.append(software)
    header.append(_organisation(mets, sheet.unit, "ARCHIVIST"))
    if sheet.kind == "SIP":  # E-ARK SIP 2.1, SIP15-20: who hands the package over
        header.append(_organisation(mets, sheet.unit, "CREATOR"))
    return header


def _organisation(mets: ElementMaker, unit: Unit, role: str) -> etree._Element:
    agent = mets.agent(mets.name(said(unit.name or unit.code)), ROLE=role, TYPE="ORGANIZATION")
    agent.append(_note(mets, unit.code, "IDENTIFICATIONCODE"))
    return agent


def _note(mets: ElementMaker, text: str, kind: str) -> etree._Element:
    note = mets.note(said(text))
    note.set(_CSIP.tag("NOTETYPE"), kind)
    return note


# --------------------------------------------------------------------------- metadata


def _descriptive(mets: ElementMaker, sheet: Sheet) -> list[etree._Element]:
    return [
        mets.dmdSec(
            _reference(mets, sheet, file, kind),
            ID=f"{sheet.prefix}-dmd-{n}",
            CREATED=sheet.created,
            STATUS="CURRENT",
        )
        for n, (file, kind) in enumerate(sheet.descriptive, 1)
    ]


def _administrative(mets: ElementMaker, sheet: Sheet) -> etree._Element:
    sections = (
        mets.digiprovMD(
            _reference(mets, sheet, file, kind),
            ID=f"{sheet.prefix}-amd-{n}",
            CREATED=sheet.created,
            STATUS="CURRENT",
        )
        for n, (file, kind) in enumerate(sheet.preservation, 1)
    )
    return mets.amdSec(*sections)


def _reference(mets: ElementMaker, sheet: Sheet, file: Stored, kind: str) -> etree._Element:
    known, other = (kind, {}) if kind in ("EAD", "PREMIS") else ("OTHER", {"OTHERMDTYPE": kind})
    return mets.mdRef(MDTYPE=known, **other, **_located(sheet, file), **_digested(sheet, file))


def _located(sheet: Sheet, file: Stored) -> dict[str, str]:
    return {"LOCTYPE": "URL", _XLINK.tag("type"): "simple", _XLINK.tag("href"): file.href(sheet.base)}


def _digested(sheet: Sheet, file: Stored) -> dict[str, str]:
    return {
        "MIMETYPE": said(file.media_type or "application/octet-stream"),
        "SIZE": str(file.size),
        "CREATED": sheet.created,
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


# --------------------------------------------------------------------------- files and structure


def _files(mets: ElementMaker, sheet: Sheet) -> etree._Element:
    section = mets.fileSec(ID=f"{sheet.prefix}-files")
    for number, group in enumerate(sheet.groups, 1):
        held = mets.fileGrp(USE=group.use, ID=_group_id(sheet, number))
        _content_type(held)
        held.extend(
            mets.file(
                mets.FLocat(**_located(sheet, file)),
                ID=f"{_group_id(sheet, number)}-{n}",
                **_digested(sheet, file),
            )
            for n, file in enumerate(group.files, 1)
        )
        section.append(held)
    return section


def _group_id(sheet: Sheet, number: int) -> str:
    return f"{sheet.prefix}-group-{number}"


def _structure(mets: ElementMaker, sheet: Sheet) -> etree._Element:
    top = mets.div(ID=f"{sheet.prefix}-struct-package", LABEL=said(sheet.id))
    top.append(_metadata_div(mets, sheet))
    numbered = list(enumerate(sheet.groups, 1))
    for number, group in numbered:
        if "/" not in group.use:
            top.append(_division(mets, sheet, group.use, [number]))
    if sheet.pointers:
        represented = [number for number, group in numbered if "/" in group.use]
        content = _division(mets, sheet, "Representations", represented)
        content.extend(
            _pointer(mets, sheet, n, file) for n, file in zip(represented, sheet.pointers, strict=True)
        )
        top.append(content)
    return mets.structMap(top, ID=f"{sheet.prefix}-struct", TYPE="PHYSICAL", LABEL="CSIP")


def _metadata_div(mets: ElementMaker, sheet: Sheet) -> etree._Element:
    div = mets.div(ID=f"{sheet.prefix}-struct-metadata", LABEL="Metadata")
    for name, kind, known in (("DMDID", "dmd", sheet.descriptive), ("ADMID", "amd", sheet.preservation)):
        if known:
            div.set(name, " ".join(f"{sheet.prefix}-{kind}-{n}" for n in range(1, len(known) + 1)))
    return div


def _division(mets: ElementMaker, sheet: Sheet, label: str, groups: Sequence[int]) -> etree._Element:
    pointers = (mets.fptr(FILEID=_group_id(sheet, number)) for number in groups)
    return mets.div(*pointers, ID=f"{sheet.prefix}-struct-{label.lower()}", LABEL=label)


def _pointer(mets: ElementMaker, sheet: Sheet, number: int, file: Stored) -> etree._Element:
    located = _located(sheet, file) | {_XLINK.tag("title"): _group_id(sheet, number)}
    name = sheet.groups[number - 1].use
    return mets.div(mets.mptr(**located), ID=f"{sheet.prefix}-struct-rep-{number}", LABEL=name)
