"""What of a batch is secret, by the digests of its bytes: said by names, catalogues, holdings and the pages.

Secret bytes are secret wherever they come, and so is all of a document that has some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archive.holdings.renditions import Renditions
from ingest.batch.dossier import Making, is_complete, paper_grade
from ingest.batch.earlier import Document, Earlier
from ingest.batch.folder import PlannedItem, is_sheet
from ingest.batch.stock import Stock
from ingest.grading.grades import LIFTED, OPEN_QUESTIONS, grade_of_name, highest


class Secrets:
    """`grades`: digest -> grade of all known to be secret or withheld. It only grows while a batch runs.

    `lifted`: digests of what was declassified. Its paper still bears the stamp, so that no longer counts.
    """

    def __init__(self) -> None:
        self.grades: dict[str, str] = {}
        self.lifted: frozenset[str] = frozenset()

    def mark(self, digests: Iterable[str], grade: str) -> None:
        if grade:
            self.grades |= {digest: highest(grade, self.grades.get(digest, "")) for digest in digests}

    def of(self, digests: Iterable[str]) -> str:
        """The highest grade of some digests, "" for none."""
        return highest(*(self.grades.get(digest, "") for digest in digests))

    def mark_stated(self, stock: Stock, batch_name: str, earlier: Earlier) -> None:
        """What names and the catalogue call secret is known before anything of it is read.

        What was declassified waits for a catalogue that says it is open, unless it is held as open already.
        """
        for name, file in stock.files.items():
            if not is_sheet(name):
                self.mark([file.sha256], grade_of_name(f"{batch_name}/{name}"))
        for planned in stock.plan.dossiers:
            matched = stock.match(planned)
            for position, item in enumerate(planned.items):
                digests = stock.digests(item)
                self.mark(digests, matched.grade_of(position))
                waiting = self.lifted.intersection(digests)
                if waiting and not (matched.cleared(position) or all(map(earlier.is_open, digests))):
                    self.mark(waiting, LIFTED)

    def mark_papers(self, makings: Iterable[Making], kept: Renditions) -> None:
        """What bears a secrecy mark on its pages, once these are read."""
        for making in makings:
            if not is_complete(making, kept):
                for draft in making.drafts:
                    if not self.lifted.issuperset(draft.digests):
                        self.mark(draft.digests, paper_grade(making, draft, kept))

    def spread(self, stock: Stock, held: Collection[Document]) -> None:
        """Until nothing changes: a document with secret bytes makes all its bytes secret.

        One that is held makes the catalogue sheets secret, too, that describe it; no open question closes it.
        """
        known: dict[str, str] = {}
        while known != self.grades:
            known = dict(self.grades)
            for item in _items(stock):
                self.mark(stock.digests(item), self.of(stock.digests(item)))
            self._mark_held(held)

    def spread_held(self, held: Collection[Document]) -> None:
        """The same where nothing new comes in."""
        known: dict[str, str] = {}
        while known != self.grades:
            known = dict(self.grades)
            self._mark_held(held)

    def _mark_held(self, held: Iterable[Document]) -> None:
        for document in held:
            if (grade := self.of(document.digests)) not in OPEN_QUESTIONS:
                self.mark((*document.digests, *document.sheets), grade)

    def mark_sheets(self, stock: Stock, batch_name: str) -> set[str]:
        """The usable sheets that are secret: named so, or with a row about a secret document."""
        graded = {name: grade_of_name(f"{batch_name}/{name}") for name in stock.files if is_sheet(name)}
        rows = [row for assigned in (*stock.rows.values(), stock.homeless) for row in assigned]
        stated = [(row.sheet, row.grade) for row in rows]
        for sheet, grade in (*stated, *self._about(stock)):
            if sheet in graded:
                graded[sheet] = highest(graded[sheet], grade)
        for name, grade in graded.items():
            self.mark([stock.files[name].sha256], grade)
        return {name for name in graded if stock.files[name].sha256 in self.grades}

    def _about(self, stock: Stock) -> Iterator[tuple[str, str]]:
        """(sheet, grade) for each row about a secret document."""
        for planned in stock.plan.dossiers:
            about = stock.match(planned).about
            for position, item in enumerate(planned.items):
                if grade := self.of(stock.digests(item)):
                    yield from ((row.sheet, grade) for row in about.get(position, ()))


def _items(stock: Stock) -> Iterator[PlannedItem]:
    return (item for planned in stock.plan.dossiers for item in planned.items)
