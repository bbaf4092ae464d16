"""Description: EAD 2002 of the dossier with its documents, and the form of Thông tư 05/2025 for each document. Pure."""

from __future__ import annotations

from lxml import etree
from lxml.builder import E as plain

from archive import dates
from archive.holdings import description
from archive.messages import say
from archive.model import Dossier, Item
from archive.packages.profile import dumped, said, schema, table
from archive.rights.access import stricter

LANGUAGE = "vi"
"""The packages' own words are Vietnamese, as the circular's."""


def level_told(dossier: Dossier, item: Item | None = None) -> str:
    """The access level in words: of dossier and document the stricter."""
    level = stricter(dossier.level, item.level) if item else dossier.level
    return say(f"access.levels.{level}", LANGUAGE)


def whole(dossier: Dossier, package_id: str, created: str) -> bytes:
    """EAD.xml: the dossier (archdesc level="file") and a component for each document."""
    ead = schema("ead").maker
    header = ead.eadheader(
        ead.eadid(said(package_id)),
        ead.filedesc(ead.titlestmt(ead.titleproper(said(dossier.title or dossier.code)))),
        ead.profiledesc(ead.creation("Kho ", ead.date(created, normal=created[:10]))),
    )
    return dumped(ead.ead(header, _archdesc(ead, dossier)), schema("ead"))


def _archdesc(ead, dossier: Dossier) -> etree._Element:
    told = ead.archdesc(_did(ead, dossier), _of_the_circular(ead, dossier), level="file")
    if dossier.retention:
        told.append(ead.appraisal(ead.p(said(dossier.retention))))
    told.append(_access(ead, level_told(dossier), dossier.embargo))
    arranged = ead.p(said(f"{dossier.fonds.title} ({dossier.fonds.code})"))
    told.append(ead.arrangement(arranged))
    if dossier.items:
        told.append(ead.dsc(*(_component(ead, dossier, item) for item in dossier.items), type="combined"))
    return told


def _did(ead, dossier: Dossier) -> etree._Element:
    unit = dossier.fonds.unit
    values = description.dossier_values(dossier)
    counted = say("packages.extent", LANGUAGE, documents=values["documents"], pages=values["pages"])
    did = ead.did(
        ead.unitid(said(dossier.code), type="arcFileCode"),
        ead.unitid(said(dossier.id), type="kho"),
        ead.unittitle(said(dossier.title or dossier.code)),
        ead.origination(ead.corpname(said(unit.name), authfilenumber=said(unit.code))),
        ead.physdesc(ead.extent(said(counted))),
        ead.langmaterial(ead.language("Tiếng Việt", langcode="vie")),
    )
    span = "/".join(filter(None, [dossier.start_date, dossier.end_date]))
    if span:
        shown = " – ".join(dates.shown(each) for each in span.split("/"))
        did.insert(3, ead.unitdate(said(shown), normal=said(span)))
    return did


def _of_the_circular(ead, dossier: Dossier) -> etree._Element:
    """The elements of the circular for a dossier, in their order; unknown ones are left out."""
    values = description.dossier_values(dossier) | {"access_level": level_told(dossier)}
    rows = ((name, values.get(key, "")) for name, key in table()["dossier"].items())
    known = [ead.defitem(ead.label(name), ead.item(said(value))) for name, value in rows if value]
    return ead.odd(ead.head("Thông tư 05/2025/TT-BNV"), ead.list(*known, type="deflist"))


def _access(ead, level: str, embargo: str) -> etree._Element:
    told = ead.accessrestrict(ead.p(level))
    if embargo:
        told.append(ead.p(ead.date(dates.shown(embargo), normal=said(embargo), type="embargo")))
    return told


def _component(ead, dossier: Dossier, item: Item) -> etree._Element:
    values = description.document_values(dossier, item)
    did = ead.did(
        ead.unitid(said(values["document_code"]), type="docCode"), ead.unitid(said(item.id), type="kho")
    )
    if item.access != "open":
        withheld = say("item.withheld", LANGUAGE, ordinal=item.ordinal)
        did.append(ead.unittitle(withheld))
        return ead.c01(did, level="item")
    did.append(ead.unittitle(said(item.title or values["document_code"])))
    if issued := item.value("issued_date"):
        did.append(ead.unitdate(said(values["issued_date"]), normal=said(issued)))
    if issuer := item.value("issuer"):
        did.append(ead.origination(ead.corpname(said(issuer))))
    did.append(ead.physdesc(ead.extent(values["pages"], unit="trang")))
    told = ead.c01(did, level="item")
    if kind := item.value("type_name"):
        told.append(ead.controlaccess(ead.genreform(said(kind))))
    told.append(_access(ead, level_told(dossier, item), item.embargo))
    return told


# --------------------------------------------------------------------------- one document


def document(dossier: Dossier, item: Item) -> bytes:
    """EAD_doc_*.xml: the document under the circular's names, all there and in its order (document.xsd)."""
    values = description.document_values(dossier, item) | {
        "dossier_code": dossier.code,
        "access_level": level_told(dossier, item),
        "process": process(item),
    }
    rows = (getattr(plain, name)(said(values.get(key, ""))) for name, key in table()["document"].items())
    return dumped(plain.simpledc(*rows))


def process(item: Item) -> str:
    """The course of a document of a closed system, a line for each step; "" for others."""
    steps = item.record.steps if item.record else ()
    return "\n".join(" · ".join(filter(None, step_told(step))) for step in steps)


def step_told(step) -> tuple[str, ...]:
    """One step in words: when, from whom to whom, what, the opinion, the deadline."""
    people = " → ".join(
        filter(None, (step.sender.name or step.sender.unit, step.receiver.name or step.receiver.unit))
    )
    due = say("packages.step_due", LANGUAGE, day=dates.shown(step.deadline)) if step.deadline else ""
    return (
        step.sent or step.done or step.read,
        people,
        step.action.raw or step.action.value,
        step.opinion,
        due,
    )
