"""What a closed system knew of a record, in words: the same on the terminal and on the screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from archive import dates
from archive.messages import say
from archive.processing import (
    INSIDE_CONTAINER,
    Attachment,
    Coded,
    Party,
    Procedure,
    Signature,
    Step,
    SystemRecord,
)

Tone = Literal["good", "bad", "plain"]


@dataclass(frozen=True)
class Told:
    """A few words and how they are meant: a deadline met is good, one missed is bad."""

    words: str
    tone: Tone = "plain"


def coded(group: str, value: Coded, language: str) -> str:
    """What a coded value means, in our words or the mapping's own; where it does not say, what the system wrote."""
    code = f"system.{group}.{value.value}"
    found = say(code, language)
    return found if value.value and found != code else value.value or value.raw


def raw_only(value: Coded) -> bool:
    """Is the value shown as the system wrote it, because no meaning of it is known?"""
    return bool(value.raw) and not value.value


def party(somebody: Party) -> str:
    """Name, position and unit as far as they are known."""
    return ", ".join(filter(None, (somebody.name, somebody.position, somebody.unit)))


def direction(record: SystemRecord, language: str) -> str:
    return coded("direction", record.direction, language)


def deadline(step: Step, language: str) -> Told | None:
    """Was the step's deadline met? None without one."""
    if not step.deadline:
        return None
    return _due(step.deadline, step.done, step.late, language)


def due(procedure: Procedure, unfinished: bool, language: str) -> Told | None:
    """Was a procedure dossier done in time? None when it was never due."""
    if not procedure.due:
        return None
    done = procedure.finished or procedure.delivered
    late = done[:10] > procedure.due[:10] if done else True if unfinished else None
    return _due(procedure.due, done, late, language)


def _due(deadline: str, done: str, late: bool | None, language: str) -> Told:
    values = {"day": dates.shown(deadline[:10]), "done": dates.shown(done[:10]), "n": _days(deadline, done)}
    if late is None:
        return Told(say("system.deadline.untold" if done else "system.deadline.open", language, **values))
    if late:
        return Told(
            say("system.deadline.late" if done else "system.deadline.never", language, **values), "bad"
        )
    return Told(
        say("system.deadline.met" if done else "system.deadline.open", language, **values),
        "good" if done else "plain",
    )


def _days(first: str, last: str) -> int | str:
    """Days from one to the other; "?" when one of them is no whole day."""
    try:
        return abs((date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days)
    except ValueError:
        return "?"


def signature(one: Signature, language: str) -> list[Told]:
    """Is it intact, was something added after it, is its certificate's root known?"""
    intact = {True: ("intact", "good"), False: ("broken", "bad"), None: ("untold", "plain")}[one.intact]
    whole = {True: None, False: ("added", "bad"), None: None}[one.whole]
    chain = (f"chain_{one.chain}", {"known": "good", "broken": "bad"}.get(one.chain, "plain"))
    return [
        Told(say(f"system.signature.{name}", language), tone)
        for name, tone in filter(None, (intact, whole, chain))
    ]


def file_state(attachment: Attachment, held: bool, language: str) -> Told | None:
    """How it stands with the file when not all is well: gone, within a container, there but not to be read.

    `held`: its bytes are there by themselves.
    """
    if held and not attachment.missing:
        return None
    if held:
        return Told(say("system.attachment.unread", language), "bad")
    if attachment.missing == INSIDE_CONTAINER:
        return Told(say("system.attachment.inside", language))
    return Told(say("system.attachment.gone", language), "bad")


def missing(attachment: Attachment, language: str) -> str:
    """Why a file is not there or not read; "" when all is well."""
    if not attachment.missing:
        return ""
    found = say(attachment.missing, language, name=attachment.name, path=attachment.name)
    return say("system.attachment.missing", language) if found == attachment.missing else found


def attachment_role(role: str, language: str) -> str:
    return coded("attachment", Coded(role, role), language)


def link(kind: str, backward: bool, language: str) -> str:
    """What the other record is to this one; `backward`: as the other one says."""
    code = f"system.{'named_by' if backward and kind not in _BOTH_WAYS else 'link'}.{kind}"
    found = say(code, language)
    return say("system.link.related", language) if found == code else found


_BOTH_WAYS = {"replies_to", "replied_by", "replaces", "replaced_by", "related"}
