"""The official forms: which columns stand in which order, and what stands in them for one entry. Pure.

The screen, its print and the files made of a form all take columns and cells from here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archive import dates, text, wording
from archive.messages import say
from archive.model import Dossier, Fonds, Item, ItemRow
from archive.processing import Party

REGISTERS = ("incoming", "outgoing", "internal", "draft")
"""Directions of registers that have a name of their own; every one but the first is kept in the form of the second."""


@dataclass(frozen=True)
class Form:
    """`shares` are widths as parts of their sum; `numbers` are columns that are set right."""

    name: str
    columns: tuple[str, ...]
    shares: tuple[int, ...]
    numbers: tuple[str, ...] = ()

    def headings(self, language: str) -> list[str]:
        return [say(f"form.col.{column}", language) for column in self.columns]

    def row(self, cells: dict[str, str]) -> list[str]:
        return [cells.get(column, "") for column in self.columns]


@cache
def forms() -> dict[str, Form]:
    plain = tomllib.loads(Path(__file__).with_name("forms.toml").read_text(encoding="utf-8"))
    return {
        name: Form(name, **{key: tuple(value) for key, value in row.items()}) for name, row in plain.items()
    }


def of_register(direction: str) -> Form:
    return forms()["incoming" if direction == "incoming" else "outgoing"]


# --------------------------------------------------------------------------- registers


def register_cells(item: Item, office: str, language: str) -> dict[str, str]:
    """What the columns of a register ask for; `office` is whose register it is."""
    record, code = item.record, item.value("code")
    number = record.number
    shared = {"title": type_and_subject(item, language), "signer": item.value("signer")}
    shared |= {"recipients": item.value("recipients"), "copies": str(record.copies or "")}
    notes = [record.note, say("form.left_open", language) if record.unfinished else ""]
    if record.direction.value in ("incoming", ""):
        lead = [step for step in record.steps if step.role.value == "lead"] or record.steps[:1]
        got = dict.fromkeys(filter(None, (received_by(step.receiver, office) for step in lead)))
        shared |= {"receiver": "; ".join(got), "moved": dates.shown(lead[0].sent[:10]) if lead else ""}
        shared |= {"date": dates.shown(item.value("issued_date"))}
    else:
        issued = next((step.sent or step.done for step in record.steps if step.action.value == "issue"), "")
        filed = _FILED.search(item.value("recipients"))
        shared |= {"moved": dates.shown(issued[:10]), "keeper": record.keeper or (filed[1] if filed else "")}
        if number and not code.startswith(number):
            notes.append(say("form.number_note", language, number=number))
        code = code or number
    shared |= {"arrived": dates.shown(record.arrived[:10]), "number": number, "author": item.value("issuer")}
    shared |= {"date_of": dates.shown(item.value("issued_date") or record.arrived[:10]), "code": code}
    return shared | {"note": "; ".join(filter(None, notes))}


def type_and_subject(item: Item, language: str) -> str:
    """Tên loại và trích yếu: the type is not said twice."""
    kind, subject = item.value("type_name"), item.value("subject") or item.title
    if kind and not subject.lower().startswith(kind.lower()):
        return f"{kind} – {subject}" if subject else kind
    return subject or say("form.untitled", language)


_FILED = re.compile(r"\bLưu\s*:?\s*(.+?)[\s.;]*\Z", re.DOTALL)
"""The last of the recipients says who has the file copy (Nghị định 30/2020/NĐ-CP, Annex I: "- Lưu: VT, ...")."""
_FONDS_OF = re.compile(r"^\s*phông(?:\s+lưu trữ)?(?:\s+của)?\s+", re.IGNORECASE)
_COMMITTEE = {"", "ubnd", "ủy ban nhân dân"}


def received_by(somebody: Party, office: str) -> str:
    """Person and section, as far as they are known; the office itself only where nothing else is."""
    own, name = (text.exact(text.clean(each)) for each in (office, somebody.unit))
    itself = name.endswith(own) and name.removesuffix(own).strip() in _COMMITTEE
    section = "" if somebody.name and itself else somebody.unit
    return ", ".join(filter(None, (somebody.name, section))) or somebody.position


def office(fonds: Fonds) -> str:
    """Whose records a fonds has, as the cover of its papers names it."""
    return _FONDS_OF.sub("", fonds.title) or fonds.unit.name


# --------------------------------------------------------------------------- lists of dossiers and documents


def dossier_cells(place: int, dossier: Dossier, pages: int) -> dict[str, str]:
    """A line of mục lục hồ sơ."""
    days = dict.fromkeys(filter(None, (dates.shown(dossier.start_date), dates.shown(dossier.end_date))))
    return {
        "place": str(place),
        "dossier_code": dossier.code,
        "dossier_title": dossier.title,
        "span": " – ".join(days),
        "retention": dossier.retention,
        "pages": str(pages),
        "note": dossier.extra.get("note", ""),
    }


def document_lines(rows: Iterable[ItemRow], language: str) -> Iterator[dict[str, str]]:
    """The lines of mục lục văn bản; `sheets`: from which page to which in the dossier."""
    page = 0
    for place, row in enumerate(rows, 1):
        first, page = page + 1, page + row.page_count
        spread = "" if not row.page_count else str(first) if first == page else f"{first}–{page}"
        yield {
            "place": str(place),
            "code": row.code,
            "date": dates.shown(row.date),
            "title": wording.title(row, language),
            "author": row.issuer,
            "sheets": spread,
        }
