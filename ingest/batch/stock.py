"""Taking stock of a batch: every file looked at in a worker, catalogue sheets read, all of it planned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from archive.errors import EngineError, StorageError
from archive.ports import Executor, JobFailure
from archive.settings import Settings
from ingest.batch import survey
from ingest.batch.folder import FolderPlan, Listed, Owner, PlannedDossier, PlannedItem, plan
from ingest.batch.survey import Refusal, Surveyed
from ingest.catalogue import match as catalogue_match
from ingest.catalogue import sheet as catalogue_sheet
from ingest.catalogue.match import Match
from ingest.catalogue.sheet import Row
from ingest.progress import Tally

MEANING = {
    "page.timeout": "refused.too_slow",
    "page.crashed": "refused.crashing",
    "page.memory": "refused.crashing",
}
"""What a failed look at a file means for the file."""

SHEET_ALONE, SECRET_SHEET = "refused.sheet_alone", "refused.secret_sheet"
"""A sheet that describes a secret document may itself be secret: its rows serve, its bytes are not kept."""


@dataclass(frozen=True)
class Stock:
    """What a batch folder holds, looked at and planned. `files` are the usable ones by name.

    `rows` are the catalogue rows of each dossier by its code, `homeless` those of no dossier.
    """

    files: dict[str, Surveyed]
    refusals: list[Refusal]
    ignored: tuple[str, ...]
    plan: FolderPlan
    rows: dict[str, list[Row]]
    homeless: list[Row]

    def match(self, planned: PlannedDossier) -> Match:
        """Which catalogue row describes which document of a dossier."""
        absent = [refusal.file for refusal in self.refusals]
        return catalogue_match.match(self.rows.get(planned.code, []), planned, absent)

    def digests(self, item: PlannedItem) -> list[str]:
        return [self.files[name].sha256 for name in item.files]


def take_stock(
    settings: Settings, folder: Path, executor: Executor, progress: Tally, owner: Owner = lambda code: None
) -> Stock:
    """Look at everything in `folder`; nothing is written. `owner` tells whose the held dossier codes are."""
    listing = survey.list_folder(folder)
    progress.stage("ingest.stage.survey", len(listing.found))
    files, refusals = _look_at(settings, listing, executor, progress)
    rows = _read_sheets(files, refusals, executor)
    usable = [Listed(name, max(1, file.pages), file.media_type) for name, file in files.items()]
    planned = plan(usable, folder.name, owner)
    assigned, homeless = catalogue_match.assign(rows, planned.dossiers)
    return Stock(files, refusals, listing.ignored, planned, assigned, homeless)


def without(stock: Stock, names: Collection[str], code: str) -> Stock:
    """The stock less some files, which are refused for `code`. The rows of a sheet serve on without it."""
    left = [_less(dossier, names) for dossier in stock.plan.dossiers]
    dossiers = tuple(dossier for dossier in left if dossier.items or dossier.sheets)
    sheets = tuple(name for name in stock.plan.sheets if name not in names)
    refused = {name: code for name in sorted(names)}
    if not dossiers:  # a catalogue without a single document has no package to be kept in
        refused |= dict.fromkeys(sheets, SHEET_ALONE)
        sheets = ()
    return replace(
        stock,
        files={name: file for name, file in stock.files.items() if name not in refused},
        refusals=[*stock.refusals, *(Refusal(name, why) for name, why in refused.items())],
        plan=replace(stock.plan, dossiers=dossiers, sheets=sheets),
    )


def heeding(stock: Stock, lifted: Collection[str]) -> Stock:
    """The stock in which a row that says a grade was lifted is believed, where all it speaks of is declassified.

    `lifted`: digests of what was declassified.
    """
    if not lifted:
        return stock
    heeded = {one.code: _heeding(stock, one, lifted) for one in stock.plan.dossiers if one.code in stock.rows}
    return replace(stock, rows=stock.rows | heeded)


def _heeding(stock: Stock, planned: PlannedDossier, lifted: Collection[str]) -> list[Row]:
    rows = stock.rows[planned.code]
    released = [all(digest in lifted for digest in stock.digests(item)) for item in planned.items]
    if not any(released):
        return rows
    free, bound = set(), set()
    for position, about in stock.match(planned).about.items():
        (free if released[position] else bound).update((row.sheet, row.line) for row in about)

    def is_free(row: Row) -> bool:
        return all(released) if row.describes_dossier else (row.sheet, row.line) in free - bound

    return [replace(row, grade="") if row.cleared and is_free(row) else row for row in rows]


def _less(planned: PlannedDossier, names: Collection[str]) -> PlannedDossier:
    """A dossier without some of its files; the same one when it has none of them."""
    items = [
        replace(item, files=tuple(name for name in item.files if name not in names)) for item in planned.items
    ]
    return replace(
        planned,
        items=tuple(item for item in items if item.files),
        sheets=tuple(name for name in planned.sheets if name not in names),
    )


def _look_at(
    settings: Settings, listing: survey.Listing, executor: Executor, progress: Tally
) -> tuple[dict[str, Surveyed], list[Refusal]]:
    """(usable files by name, refusals), both in the order of the listing."""
    files, refused = {}, {}
    look = partial(survey.look, settings)
    for found, outcome in executor.run(look, listing.found, seconds=survey.LOOK_SECONDS):
        progress.step()
        if isinstance(outcome, Surveyed):
            files[found.name] = outcome
        else:
            refused[found.name] = _refusal(found.name, outcome)
    names = [found.name for found in listing.found]
    usable = {name: files[name] for name in names if name in files}
    return usable, [*listing.refused, *(refused[name] for name in names if name in refused)]


def _read_sheets(files: dict[str, Surveyed], refusals: list[Refusal], executor: Executor) -> list[Row]:
    """Rows of all sheets; a sheet that cannot be read is taken out of `files` and refused like any file."""
    sheets = [file.found for file in files.values() if file.media_type == survey.SHEET_TYPE]
    rows = []
    for found, outcome in executor.run(_read_sheet, sheets):
        if isinstance(outcome, list):
            rows += outcome
        else:
            del files[found.name]
            refusals.append(_refusal(found.name, outcome))
    return sorted(rows, key=lambda row: (row.sheet, row.line))


def _read_sheet(found: survey.Found) -> list[Row]:
    return catalogue_sheet.read(Path(found.path), found.name)


def _refusal(name: str, outcome: object) -> Refusal:
    """A Refusal as it is; a failed job as the refusal it means."""
    if isinstance(outcome, Refusal):
        return outcome
    failure = outcome if isinstance(outcome, JobFailure) else JobFailure("page.failed", repr(outcome))
    stop_if_hopeless(failure)
    code = (
        failure.code if failure.code.startswith("refused.") else MEANING.get(failure.code, "refused.broken")
    )
    return Refusal(name, code, {"reason": failure.detail})


def stop_if_hopeless(failure: JobFailure) -> None:
    """Raise when a failure is not the file's: the disk is full, a program is missing. The whole run stops."""
    if failure.code.startswith("error."):
        kind = EngineError if failure.code == "error.tool_missing" else StorageError
        said = failure.detail
        raise kind(failure.code, path=said, reason=said, tool="tesseract", command=said)
