"""Entries of the access log in words: the same on the terminal, on the screen and in tables. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from archive import dates, wording
from archive.audit.entry import Entry, Recorded
from archive.messages import say
from archive.people.accounts import grant_from_plain
from archive.units.succession import Register

COLUMNS = (
    "number", "when", "actor", "action", "object", "unit", "outcome", "why", "purpose", "detail", "generation",
    "session", "address",
)  # fmt: skip
"""Of a table with everything; the heading of each is the message `audit.col.<name>`."""
PURPOSE = "purpose"
"""The detail that says what personal data were looked at for: it stands with the reason, not among the others."""


@dataclass(frozen=True)
class LogWords:
    """Tells entries in one language, units by the names they have in `register`."""

    register: Register
    language: str

    def why(self, entry: Entry) -> str:
        """Why it was allowed or refused, in a few words where we have them."""
        short = f"audit.reason.{entry.why.rpartition('.')[2]}"
        found = say(short, self.language)
        return found if found != short else say(entry.why, self.language)

    def why_and_purpose(self, entry: Entry) -> str:
        purpose = entry.detail.get(PURPOSE)
        told = f"{say('audit.detail.purpose', self.language)}: {purpose}" if purpose else ""
        return " · ".join(filter(None, [self.why(entry), told]))

    def unit(self, code: str) -> str:
        return wording.unit_name(code, self.register)

    def action(self, entry: Entry) -> str:
        return say(f"audit.action.{entry.action}", self.language)

    def outcome(self, entry: Entry) -> str:
        return say(f"audit.outcome.{entry.outcome}", self.language)

    def details(self, entry: Entry) -> list[tuple[str, str]]:
        """(what, value) of everything else the entry holds."""
        return [
            (wording.named("audit.detail", name, self.language), self._detail(name, value))
            for name, value in entry.detail.items()
            if name != PURPOSE
        ]

    def row(self, recorded: Recorded) -> tuple[str, ...]:
        """A cell for each of COLUMNS."""
        entry = recorded.entry
        when = f"{entry.when[:10]} {entry.when[11:19]}"
        unit = self.unit(entry.unit) if entry.unit else ""
        told = (entry.actor, self.action(entry), entry.object, unit, self.outcome(entry), self.why(entry))
        details = "; ".join(f"{name}: {value}" for name, value in self.details(entry))
        purpose = str(entry.detail.get(PURPOSE, ""))
        rest = (purpose, details, entry.generation, entry.session, entry.address)
        return (str(recorded.number), when, *told, *rest)

    def _detail(self, name: str, value: object) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self._detail(name, one) for one in value)
        told = _TOLD.get(name)
        return told(self, str(value)) if told else "" if value is None else str(value)

    def _grant(self, written: str) -> str:
        """A grant is kept as JSON; one of another version is shown as it stands."""
        try:
            return wording.grant(grant_from_plain(json.loads(written)), self.register, self.language)
        except (ValueError, TypeError):
            return written


def _coded(prefix: str) -> Callable[[LogWords, str], str]:
    return lambda words, value: wording.named(prefix, value, words.language)


def _day(_: LogWords, value: str) -> str:
    return dates.shown(value)


_TOLD: dict[str, Callable[[LogWords, str], str]] = {
    "grants": LogWords._grant,
    "unit": LogWords.unit,
    "units": LogWords.unit,
    "level": _coded("access.levels"),
    "action": _coded("audit.action"),
    "outcome": _coded("audit.outcome"),
    "stage": _coded("audit.stage"),
    "until": _day,
    "first": _day,
    "last": _day,
    "day": _day,
}
"""Details whose value is a code or a day -> how it is told."""
