"""What a closed system knew of a record, on the terminal: its course, files, ties and source."""

from __future__ import annotations

from collections.abc import Iterator

import click

from archive import dates, record_words
from archive.console import language, sentence
from archive.lookup.views import ItemView, OnLine, Tie
from archive.model import Item
from archive.processing import Attachment, Coded, Step, SystemRecord
from archive.text import visible

FACTS = (
    "register",
    "number",
    "arrived",
    "deadline",
    "work_dossier",
    "keeper",
    "copies",
    "note",
    "exchange_id",
    "old_id",
)
_LABELS = {"number": "number_in"}
DAYS = ("received", "due", "finished", "delivered")
_COLOURS = {"good": "green", "bad": "red"}
WIDTH = 20


def print_record(view: ItemView) -> None:
    """Everything the system knew, in the order in which one reads it; nothing for what is no system record."""
    record = view.item.record
    if record is None:
        return
    _part("web.record.knew", _facts(record))
    if record.procedure:
        _part("web.case.summary", _case(record))
        _part("web.flow.line", [line for act in view.ties.line for line in _act(act)])
    else:
        _part("web.flow.title", [line for step in record.steps for line in _step(step)])
    _part("web.record.attachments", _attachments(view.item))
    _part("web.record.signatures", list(_signatures(record)))
    _part("web.record.links", [_tie(tie) for tie in view.ties.links])
    _part("web.record.messages", list(_messages(record)))
    _part("web.record.system", list(_source(view)))


def _part(heading: str, lines: list[str]) -> None:
    if lines:
        click.secho(f"\n{sentence(heading)}", bold=True)
    for line in lines:
        click.echo(f"  {line}")


def _fact(label: str, value: str) -> str:
    return f"{sentence(label) + ':':<{WIDTH}} {visible(value)}"


def _facts(record: SystemRecord) -> list[str]:
    values = {name: getattr(record, name) for name in FACTS}
    values |= {name: dates.moment(values[name]) for name in ("arrived", "deadline")}
    told = (
        [_fact("web.record.direction", record_words.direction(record, language()))]
        if record.direction.raw
        else []
    )
    told += [_fact(f"web.record.{_LABELS.get(name, name)}", value) for name, value in values.items() if value]
    if status := record_words.coded("status", record.status, language()):
        told.append(_fact("web.record.status", status))
    if record.unfinished:
        told.append(click.style(sentence("system.unfinished"), fg="red"))
    return told


def _case(record: SystemRecord) -> list[str]:
    procedure = record.procedure
    names = ("code", "procedure", "procedure_code", "field", "result", "fee", "fee_paid")
    told = [_fact(f"web.case.{name}", getattr(procedure, name)) for name in names if getattr(procedure, name)]
    days = ((name, getattr(procedure, name)) for name in DAYS)
    told += [_fact(f"web.case.{name}", dates.moment(day)) for name, day in days if day]
    if due := record_words.due(procedure, record.unfinished, language()):
        told.append(_fact("web.case.time", "") + _toned(due))
    who = procedure.applicant
    told += [
        _fact(f"web.case.{label}", getattr(who, name))
        for label, name in (("fullname", "name"), ("identity", "identity"), ("phone", "phone"), ("email", "email"), ("address", "address"))
        if getattr(who, name)
    ]  # fmt: skip
    told += [_fact("web.case.paper", paper.name) for paper in procedure.papers]
    return told + [_fact("web.case.supplements", each) for each in procedure.supplements]


def _act(act: OnLine) -> list[str]:
    if act.step:
        return _step(act.step, act.systems)
    name = sentence(f"system.procedure_day.{act.what}")
    return [visible(f"{dates.moment(act.when):<16}  {name} · {', '.join(act.systems)}")]


def _step(step: Step, systems: tuple[str, ...] = ()) -> list[str]:
    """When and what, from whom to whom, what was said."""
    action = _coded("action", step.action) or sentence("system.action.none")
    what = [action, _coded("role", step.role), ", ".join(systems)]
    head = f"{dates.moment(step.sent or step.done):<16}  {visible(' · '.join(filter(None, what)))}"
    if due := record_words.deadline(step, language()):
        head += f"  {_toned(due)}"
    parties = " → ".join(filter(None, map(record_words.party, (step.sender, step.receiver))))
    lines = [head, f"{'':<18}{visible(parties or sentence('system.nobody'))}"]
    times = [
        f"{sentence(f'web.flow.{name}')} {dates.moment(when)}"
        for name, when in (("read", step.read), ("done", step.done))
        if when
    ]
    if step.opinion:
        lines.append(f"{'':<18}“{visible(step.opinion)}”")
    return [*lines, *([f"{'':<18}{visible(' · '.join(times))}"] if times else [])]


def _coded(group: str, value: Coded) -> str:
    """The value's meaning; as the system wrote it, and said so, where none is known."""
    told = record_words.coded(group, value, language())
    return f"{told} ({sentence('system.unmapped')})" if record_words.raw_only(value) else told


def _toned(told: record_words.Told) -> str:
    return click.style(visible(told.words), fg=_COLOURS.get(told.tone))


def _attachments(item: Item) -> list[str]:
    sizes = {file.path: file.size for file in item.files}
    return [_attachment(each, sizes.get(each.path)) for each in item.record.attachments]


def _attachment(one: Attachment, size: int | None) -> str:
    role = record_words.attachment_role(one.role, language())
    kept = f"{size:,} B" if size is not None else ""
    line = " · ".join(filter(None, (one.name, role, one.version, kept)))
    state = record_words.file_state(one, size is not None, language())
    if state is None:
        return visible(line)
    why = record_words.missing(one, language()) or sentence("system.attachment.missing")
    at = f" ({sentence('system.attachment.stated', path=one.stated)})" if one.stated else ""
    return f"{visible(line)} · {_toned(state)}{visible(f': {why}{at}')}"


def _signatures(record: SystemRecord) -> Iterator[str]:
    for one in record.signatures:
        told = ", ".join(_toned(each) for each in record_words.signature(one, language()))
        yield f"{visible(' · '.join(filter(None, (one.signer, dates.moment(one.when), one.issuer))))} · {told}"


def _tie(tie: Tie) -> str:
    kind = record_words.link(tie.kind, tie.backward, language())
    if tie.row is None:
        return visible(f"{kind}: {tie.text} ({sentence('web.record.not_held')})")
    return visible(f"{kind}: {tie.row.code or '—'}  {tie.row.title}  [{tie.row.id}]")


def _messages(record: SystemRecord) -> Iterator[str]:
    for one in record.messages:
        said = (_coded("status", one.status), one.organ, one.detail)
        yield visible(f"{dates.moment(one.when):<16}  {' · '.join(filter(None, said))}")


def _source(view: ItemView) -> Iterator[str]:
    facts = view.dossier.snapshot
    yield _fact("web.record.code", view.item.record.system)
    if facts:
        told = {
            "snapshot": facts.title,
            "as_of": dates.shown(facts.as_of),
            "closed": dates.shown(facts.closed),
        }
        told |= {"decision": facts.decision, "method": facts.method}
        yield from (_fact(f"web.record.{name}", value) for name, value in told.items() if value)
