"""The words of a system record that a search finds it by. Pure. Personal data of an applicant are not among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive import text
from archive.model import Item
from archive.processing import Party, SystemRecord


def kind(item: Item) -> str:
    """What facet and field `kind` say of a system record; "" where its pages say it, and for what is none."""
    if item.record is None:
        return ""
    if item.record.kind == "procedure":
        return "procedure"
    return "" if item.pages else "system"


def fields(record: SystemRecord | None) -> dict[str, str]:
    """Values searched by field: số đến, mã hồ sơ, thủ tục, hệ thống."""
    if record is None:
        return {}
    procedure = record.procedure
    found = {"arrival": record.number, "system": record.system}
    if procedure:
        found |= {
            "case": procedure.code,
            "procedure": _joined((procedure.procedure_code, procedure.procedure)),
        }
    return {name: text.clean(value) for name, value in found.items() if value}


def words(record: SystemRecord | None) -> str:
    """Opinions, people and units of the flow, attachments, numbers of linked records: as lines of the record's text."""
    return "\n".join(dict.fromkeys(text.clean(line) for line in _lines(record) if line)) if record else ""


def _lines(record: SystemRecord) -> Iterator[str]:
    for step in record.steps:
        yield from (_party(step.sender), _party(step.receiver), step.opinion)
    for attachment in record.attachments:
        yield attachment.name
    for signature in record.signatures:
        yield signature.signer
    for message in record.messages:
        yield from (message.organ, message.detail)
    yield from (link.text for link in record.links)
    yield from (record.work_dossier, record.exchange_id, record.old_id)
    if procedure := record.procedure:
        yield from (procedure.field, procedure.result, *procedure.supplements)
        yield from (paper.name for paper in procedure.papers)


def _party(party: Party) -> str:
    return _joined((party.name, party.position, party.unit))


def _joined(values: Iterable[str]) -> str:
    return " ".join(filter(None, values))
