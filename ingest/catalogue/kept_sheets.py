"""The catalogue sheets that are kept with a dossier: which belong to it, and the note that remembers them. Pure.

The note is the dossier's extra `sheets`: a line "<sha256> <logical path>" for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from archive.holdings.package import NewFile, original_path
from archive.model import Dossier
from ingest.batch.assemble import inner_name
from ingest.batch.folder import FolderPlan, PlannedDossier
from ingest.batch.survey import Surveyed
from ingest.catalogue.sheet import Row

NOTE = "sheets"


def sheets_of(
    planned: PlannedDossier,
    plan: FolderPlan,
    rows: Mapping[str, Sequence[Row]],
    files: Mapping[str, Surveyed],
) -> list[Surveyed]:
    """The sheets that describe this dossier; one that describes none goes with the first dossier.

    `rows` are the rows of each dossier by its code.
    """
    named = {row.sheet for row in rows.get(planned.code, ())}
    if planned.code == plan.dossiers[0].code:
        named |= set(plan.sheets) - {row.sheet for one in plan.dossiers for row in rows.get(one.code, ())}
    return [files[name] for name in (*planned.sheets, *(name for name in plan.sheets if name in named))]


def noted(dossier: Dossier | None) -> dict[str, str]:
    """sha256 -> logical path of the sheets kept with a dossier."""
    lines = dossier.extra.get(NOTE, "").splitlines() if dossier else ()
    return dict(line.split(" ", 1) for line in lines)


def note(known: Mapping[str, str]) -> str:
    return "\n".join(f"{digest} {logical}" for digest, logical in known.items())


def files_of(
    sheets: Iterable[Surveyed], held: Dossier | None, taken: Collection[str]
) -> tuple[list[NewFile], str]:
    """(files to copy, the note). `taken` are the logical paths of the other files to copy."""
    known = noted(held)
    used = {*taken, *known.values()}
    used |= {file.path for item in (held.items if held else ()) for file in item.files}
    new = []
    for sheet in sheets:
        if sheet.sha256 not in known:
            known[sheet.sha256] = original_path(inner_name(sheet.found.name), used)
            used.add(known[sheet.sha256])
        new.append(NewFile(known[sheet.sha256], Path(sheet.found.path), sheet.sha256))
    return new, note(known)
