"""A person's corrections into the holdings: each dossier a new version, what became secret closed wherever it lies.

On record first (`witness`), then written. Cut short, the same file finishes it: rows that stand already change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from archive import ids
from archive.errors import IntegrityError, NotFound, UsageError
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Dossier
from archive.rights.declassification import digests_of
from archive.settings import Settings, now
from ingest.batch.earlier import Earlier
from ingest.batch.keeping import Keeper
from ingest.grading.secrecy import Secrets
from ingest.review.corrections import DECISIONS, Act, Decided, Fate, Row, decide

STAGING = ".review"
Witness = Callable[[Dossier, Sequence[Fate]], object]


@dataclass
class Applied:
    """What became of each row, in the order of the sheet. `closed` are documents that a person called secret."""

    fates: list[Fate] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def of(self, outcome: str) -> list[Fate]:
        return [fate for fate in self.fates if fate.outcome == outcome]

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(self.of(name)) for name in ("changed", "unchanged", "refused")}


def apply(
    settings: Settings, rows: Sequence[Row], *, by: str, reason: str, witness: Witness, dry_run: bool
) -> Applied:
    """Take the rows in. Raises UsageError without a name or a reason; a bad row stops no other."""
    if not by.strip() or not reason.strip():
        raise UsageError("review.no_reason")
    act = Act(by.strip(), reason.strip(), now().isoformat())
    holdings = HoldingsWriter(settings.holdings, settings.work / "staging" / STAGING, act.by)
    if dry_run:
        return _sorted(_decided(holdings, rows, act))
    holdings.recover()
    with turn(settings):
        done = _Keeping(settings, holdings, witness)
        for decided in (found := _decided(holdings, rows, act)):
            done.keep(decided)
        applied = _sorted(found)
        applied.closed = done.close(act)
    return applied


def _sorted(found: Sequence[Decided]) -> Applied:
    return Applied(sorted((fate for one in found for fate in one.fates), key=lambda fate: fate.line))


def _decided(holdings: HoldingsWriter, rows: Sequence[Row], act: Act) -> list[Decided]:
    """What is to become of each dossier that a row names; `Decided.dossier` is the one to be."""
    by_dossier: dict[str, list[Row]] = {}
    for row in rows:
        home = ids.dossier_of(row.record) if ids.is_item_id(row.record) else row.record
        by_dossier.setdefault(home, []).append(row)
    return [_of_dossier(holdings, dossier_id, own, act) for dossier_id, own in by_dossier.items()]


def _of_dossier(holdings: HoldingsWriter, dossier_id: str, rows: Sequence[Row], act: Act) -> Decided:
    sound = [row for row in rows if row.decision in ("", *DECISIONS)]
    refused = [_refused(row, _unsound(row)) for row in rows if row not in sound]
    try:
        decided = decide(holdings.dossier(dossier_id), sound, act)
    except (NotFound, ValueError):
        return Decided(None, [*refused, *(_refused(row, "review.row.gone") for row in sound)])
    except IntegrityError:
        return Decided(None, [*refused, *(_refused(row, "review.row.damaged") for row in sound)])
    return Decided(decided.dossier, [*refused, *decided.fates], decided.secret)


def _unsound(row: Row) -> str:
    return "review.row.formula" if row.decision == "formula" else "review.row.decision"


def _refused(row: Row, code: str) -> Fate:
    return Fate(row.line, row.record, row.what, "refused", code)


class _Keeping:
    def __init__(self, settings: Settings, holdings: HoldingsWriter, witness: Witness) -> None:
        self.settings, self.holdings, self.witness = settings, holdings, witness
        self.secrets, self.homes, self.closed = Secrets(), [], []

    def keep(self, decided: Decided) -> None:
        changed = [fate for fate in decided.fates if fate.outcome == "changed"]
        if decided.dossier is None or not changed:
            return
        self.witness(decided.dossier, changed)
        for item in decided.dossier.items:
            if item.id in decided.secret:
                self.secrets.mark(digests_of(item), decided.secret[item.id])
                self.closed.append(item.id)
        self.homes.append(decided.dossier.id)
        self.holdings.commit(decided.dossier)

    def close(self, act: Act) -> list[str]:
        """Control entries for what is secret, in every fonds; its readings and page images go."""
        if not self.secrets.grades:
            return []
        kept, earlier = RenditionsWriter(self.settings.renditions), Earlier(self.holdings)
        keeper = Keeper(self.settings, self.holdings, kept, f"review:{act.when}")
        earlier.learn(ids.fonds_of(self.homes[0]))
        self.secrets.spread_held(list(earlier.documents()))
        keeper.withdraw(self.secrets, earlier)
        earlier.learn(ids.fonds_of(self.homes[0]))
        keeper.forget(self.secrets, earlier)
        return self.closed
