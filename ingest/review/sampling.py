"""Acceptance of a batch by a sample: draw it, judge what a person found, keep both on record in the batch's dossiers.

What was drawn is an event of the batch's first dossier, with a mark of plan, seed and lot, from which the list follows. So a
sheet with another list, or of a batch that changed since, is not judged. The event tells no numbers: who reads one dossier
is not to learn how much a batch has beside it. The access log has all of them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from archive.errors import UsageError
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Dossier, Event, Item
from archive.settings import Settings, now
from ingest.review.plans import Plan, plan
from ingest.review.queue import dossiers

DRAWN, JUDGED = "sampling", "acceptance"
STAGING = ".review"


Witness = Callable[[dict[str, object]], object]
"""Told of the act before it is put into the dossiers: the access log. What it raises stops the act."""


@dataclass(frozen=True)
class Sample:
    """`records` are the item ids to look at, drawn by `seed` from the lot of `fonds` and `batch`; `mark` is of all that."""

    fonds: str
    batch: str
    plan: Plan
    seed: int
    mark: str
    records: tuple[str, ...]

    @property
    def said(self) -> str:
        """What the dossiers have on record of the drawing."""
        return f"{self.batch} · ISO 2859-1 · {self.plan.level} · AQL {self.plan.aql} · {self.mark}"

    @property
    def told(self) -> dict[str, object]:
        """What the access log has on record of it."""
        one, records = self.plan, list(self.records)
        figures = {"level": one.level, "aql": one.aql, "lot": one.lot, "size": one.size, "accept": one.accept}
        return {"batch": self.batch, **figures, "seed": self.seed, "mark": self.mark, "records": records}


@dataclass(frozen=True)
class Verdict:
    """`wrong`: item id -> what a person found wrong in it."""

    sample: Sample
    wrong: Mapping[str, str]
    by: str
    when: str

    @property
    def accepted(self) -> bool:
        return len(self.wrong) <= self.sample.plan.accept


class Acceptance:
    """The lot of one batch: its open documents, as they are held."""

    def __init__(self, settings: Settings, fonds: str, batch: str, by: str, witness: Witness) -> None:
        self.settings, self.fonds, self.batch, self.by = settings, fonds, batch, by
        self.witness = witness
        self.holdings = HoldingsWriter(settings.holdings, settings.work / "staging" / STAGING, by)
        damaged: list[str] = []
        found = [(one, _documents(one, batch)) for one in dossiers(self.holdings, fonds, damaged)]
        self.homes = [one.id for one, documents in found if documents]
        self.items = {item.id: item for _, documents in found for item in documents}
        self.title = next((one.fonds.title for one, documents in found if documents), "")
        if damaged:
            raise UsageError("review.sample_damaged", package=damaged[0])
        if not self.items:
            raise UsageError("review.no_batch", batch=batch, fonds=fonds)

    def draw(self, level: str, aql: str, seed: int) -> Sample:
        """Draw and put on record. The same seed and lot give the same list."""
        drawn = self._sample(plan(len(self.items), level, aql), seed)
        self.witness({"stage": DRAWN, **drawn.told})
        self._tell(self.homes[:1], DRAWN, drawn.said, now().isoformat())
        return drawn

    def drawn(self, level: str, aql: str, seed: int) -> Sample:
        """The sample as drawn before. Raises UsageError when no such one is on record for the lot of today."""
        sample = self._sample(plan(len(self.items), level, aql), seed)
        held = self.holdings.dossier(self.homes[0])
        if not any(event.type == DRAWN and event.detail == sample.said for event in held.events):
            raise UsageError("review.not_drawn", batch=self.batch)
        return sample

    def judge(self, sample: Sample, wrong: Mapping[str, str]) -> Verdict:
        """Put the result on record in every dossier of the batch."""
        verdict = Verdict(sample, wrong, self.by, now().isoformat())
        said = "accepted" if verdict.accepted else "rejected"
        self.witness({"stage": JUDGED, **sample.told, "wrong": sorted(wrong), "result": said})
        self._tell(self.homes, JUDGED, f"{sample.said} · {said}", verdict.when)
        return verdict

    def _sample(self, chosen: Plan, seed: int) -> Sample:
        lot = sorted(self.items)
        mark = hashlib.sha256(repr((chosen, seed, lot)).encode()).hexdigest()[:16]
        records = tuple(sorted(random.Random(seed).sample(lot, chosen.size)))
        return Sample(self.fonds, self.batch, chosen, seed, mark, records)

    def _tell(self, homes: list[str], kind: str, said: str, when: str) -> None:
        self.holdings.recover()
        with turn(self.settings):
            for dossier_id in homes:
                held = self.holdings.dossier(dossier_id)
                event = Event(kind, when, self.by, detail=said, objects=(dossier_id,))
                self.holdings.commit(replace(held, events=(*held.events, event)))


def _documents(dossier: Dossier, batch: str) -> list[Item]:
    return [
        item
        for item in dossier.items
        if item.access == "open" and item.extra.get("accession") == batch and item.record is None
    ]
