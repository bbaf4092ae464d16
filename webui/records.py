"""Records of closed systems as a page shows them: attachments with their files, register lines, procedure days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from archive.model import Item, SourceFile
from archive.papers.forms import REGISTERS
from archive.processing import Attachment, SystemRecord
from archive.publishing.handles import RegisterKey, RegisterSummary, register_of

FORMS = REGISTERS


@dataclass(frozen=True)
class Attached:
    """An attachment and its file: `index` counts the item's files from 0; None when it is missing."""

    said: Attachment
    file: SourceFile | None = None
    index: int | None = None


def attached(item: Item) -> list[Attached]:
    """What the system says was attached, then files of the item that it does not speak of."""
    places = {file.path: (file, index) for index, file in enumerate(item.files)}
    rows = [Attached(said, *places.pop(said.path, (None, None))) for said in item.record.attachments]
    rest = (
        Attached(Attachment(file.name, file.path, "other"), file, index) for file, index in places.values()
    )
    return [*rows, *rest]


def by_path(item: Item) -> dict[str, int]:
    """Index of each of the item's files by its path."""
    return {file.path: index for index, file in enumerate(item.files)}


@dataclass(frozen=True)
class BookLine:
    """One entry of a register: the document and what stands in each column of the form."""

    item: Item
    cells: Mapping[str, str]


def form(key: RegisterKey) -> str:
    """Which form of register it is."""
    return key.direction if key.direction in FORMS else "other"


def register_address(key: RegisterKey) -> dict[str, str]:
    """The parameters of the address of a register."""
    named = {
        "direction": key.direction,
        "name": key.name,
        "year": key.year,
        "system": key.system,
        "unit": key.unit,
    }
    return {"code": key.fonds} | {name: value for name, value in named.items() if value}


def register_key(code: str, arguments: Mapping[str, str]) -> RegisterKey:
    return RegisterKey(
        code, *(arguments.get(name, "") for name in ("direction", "name", "year", "system", "unit"))
    )


def own_register(fonds_code: str, item: Item) -> RegisterKey | None:
    return register_of(fonds_code, item)


def told_by_unit(key: RegisterKey, summaries: Iterable[RegisterSummary]) -> bool:
    """Is there another register that differs only in the unit's id in the system? Then that id is shown."""
    return sum(replace(one.key, unit="") == replace(key, unit="") for one in summaries) > 1


def registers_by_form(summaries: Iterable[RegisterSummary]) -> dict[str, list[RegisterSummary]]:
    found: dict[str, list[RegisterSummary]] = {}
    for summary in summaries:
        found.setdefault(form(summary.key), []).append(summary)
    return {name: found[name] for name in (*FORMS, "other") if name in found}


def known_days(record: SystemRecord) -> list[tuple[str, str]]:
    """(name, day) of the days a procedure dossier had."""
    days = ((name, getattr(record.procedure, name)) for name in ("received", "due", "finished", "delivered"))
    return [(name, day) for name, day in days if day]
