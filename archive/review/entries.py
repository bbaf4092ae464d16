"""A dossier -> the entries of the work list: weak pages, doubtful and unknown fields, findings. Pure.

The list is never stored: an entry is there as long as its cause is, and as no person has settled it. What a person said of
a field is the field's value (origin `person`); that a finding was looked at is noted in the record's extra SEEN.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from archive.model import Dossier, FieldValue, Finding, Item
from archive.wording import SHOWN_FIELDS

Kind = Literal["field", "page", "finding"]
KINDS: tuple[Kind, ...] = ("field", "page", "finding")

SEEN = "seen"
"""The extra of an item or a dossier that holds the keys of findings a person has looked at."""

UNKNOWN, DOUBTFUL = "review.unknown", "review.doubtful"
"""Why a field is on the list: message codes. A finding says so itself."""


@dataclass(frozen=True)
class Entry:
    """One thing to look at. `record` is an item or, of the dossier as a whole, a dossier id.

    `what` is a field's name or a finding's code, `why` the finding that says it; `value` and `confidence` (0..100) are the
    proposal of a field, or a page's confidence. `key` is made of all that the entry says: it is another one when that
    changes.
    """

    record: str
    kind: Kind
    what: str
    why: Finding
    weight: int
    value: str = ""
    confidence: float | None = None
    batch: str = ""

    @property
    def page(self) -> int | None:
        return self.why.page

    @property
    def todo(self) -> str:
        """The message code of what a person should do."""
        if self.kind == "field":
            return f"{self.why.code}.todo"
        return "review.todo.differs" if "field" in self.why.values else f"review.todo.{self.kind}"

    @property
    def key(self) -> str:
        said = (self.record, self.kind, self.what, self.value, self.why.file, self.why.page)
        return digest(*said, sorted(self.why.values.items()))


def digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def entries(dossier: Dossier) -> list[Entry]:
    """All open entries of a dossier, what a person gains most by first. Secret documents have none."""
    found = list(_findings(dossier.id, dossier.findings, dossier.extra, dossier.accession))
    for item in dossier.items:
        if item.access == "open":
            found += of_item(item)
    return most_gain_first(found)


def of_item(item: Item) -> Iterator[Entry]:
    """The entries of an open document."""
    batch = item.extra.get("accession", "")
    yield from _fields(item, batch)
    for entry in _findings(item.id, item.findings, item.extra, batch):
        if not _is_settled(entry.why, item):
            yield entry


def most_gain_first(found: Iterable[Entry]) -> list[Entry]:
    return sorted(found, key=lambda one: (-one.weight, one.record, one.page or 0, one.what))


def field_key(item: Item, name: str) -> str:
    """The key of the entry that this field has today; "" when it has none."""
    batch = item.extra.get("accession", "")
    return next((one.key for one in _fields(item, batch) if one.what == name), "")


def seen(extra: dict[str, str]) -> frozenset[str]:
    return frozenset(extra.get(SEEN, "").split())


def _is_settled(finding: Finding, item: Item) -> bool:
    """Does the finding ask which value of a field is right, and has a person said so?"""
    field = item.fields.get(finding.values.get("field", ""))
    return field is not None and field.origin == "person"


def _fields(item: Item, batch: str) -> Iterator[Entry]:
    """Values that are proposals only; of scans also fields that every document should have."""
    for name in SHOWN_FIELDS:
        field = item.fields.get(name)
        if field and field.value and not field.sure:
            percent = round(field.confidence * 100)
            why = Finding(DOUBTFUL, "warning", page=field.page, values={"percent": str(percent)})
            yield Entry(item.id, "field", name, why, _doubt(name, field), field.value, percent, batch)
        elif _is_missing(item, name, field):
            why = Finding(UNKNOWN, "warning", page=1)
            yield Entry(item.id, "field", name, why, _rules()["expected"][name], batch=batch)


def _is_missing(item: Item, name: str, field: FieldValue | None) -> bool:
    expected = item.record is None and item.pages and name in _rules()["expected"]
    return bool(expected) and not (field and (field.value or field.origin == "person"))


def _doubt(name: str, field: FieldValue) -> int:
    worth = _rules()["doubtful"]
    return round(worth.get(name, worth["other"]) * (1 - field.confidence / 2))


def _findings(record: str, findings: Iterable[Finding], extra: dict[str, str], batch: str) -> Iterator[Entry]:
    done = set(seen(extra))
    for finding in findings:
        one = _of_finding(record, finding, batch)
        if one.key not in done:
            done.add(one.key)
            yield one


def _of_finding(record: str, finding: Finding, batch: str) -> Entry:
    kind: Kind = "page" if finding.code.startswith("page.") else "finding"
    confidence = _number(finding.values.get("confidence", "")) if kind == "page" else None
    batch = finding.batch or batch
    return Entry(record, kind, finding.code, finding, _gain(finding, confidence), "", confidence, batch)


def _gain(finding: Finding, confidence: float | None) -> int:
    rules = _rules()
    if finding.severity == "warning" and finding.code == "page.low_confidence":
        return min(90, round(rules["page"]["low_confidence"] * (1 - (confidence or 0) / 100)))
    worth = rules["severity"][finding.severity]
    return rules["finding"].get(finding.code, worth) if finding.severity == "warning" else worth


def _number(said: str) -> float | None:
    try:
        return float(said)
    except ValueError:
        return None


@cache
def _rules() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
