"""What became of each received file: received = kept + duplicates + refused. Pure.

The answer depends only on the batch, on what earlier batches brought and on what is secret, never on how far
an earlier run of this batch came: the same command gives the same account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ingest.batch.folder import FolderPlan
from ingest.batch.page import UNREAD_STAMP
from ingest.batch.survey import Refusal
from ingest.grading.grades import LIFTED, UNCLEAR, UNKNOWN

SECRET = "refused.secret"
WITHHELD = {UNKNOWN: UNREAD_STAMP, UNCLEAR: "refused.unclear_secrecy", LIFTED: "refused.declassified"}
"""Why a document without a known grade is not taken in."""


@dataclass(frozen=True)
class Fate:
    """`of` names, for a duplicate, the file that was kept; `code` and `values` say why a file was refused."""

    file: str
    kind: Literal["kept", "duplicate", "refused"]
    of: str = ""
    code: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    fates: tuple[Fate, ...]

    def of_kind(self, kind: str) -> list[Fate]:
        return [fate for fate in self.fates if fate.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """received, kept, duplicates, refused: the first is the sum of the others."""
        kept, duplicates, refused = (len(self.of_kind(kind)) for kind in ("kept", "duplicate", "refused"))
        return {"received": len(self.fates), "kept": kept, "duplicates": duplicates, "refused": refused}


def account(
    plan: FolderPlan,
    digests: Mapping[str, str],
    refusals: Sequence[Refusal],
    earlier: Mapping[str, str],
    secret: Mapping[str, str],
) -> Account:
    """`digests`: file -> sha256 of the usable files; `earlier`: sha256 -> where an earlier batch brought it;
    `secret`: sha256 -> grade."""
    fates = [Fate(refusal.file, "refused", code=refusal.code, values=refusal.values) for refusal in refusals]
    seen = dict(earlier)
    for name in files_of(plan):
        digest = digests[name]
        if digest in secret:
            fates.append(_withheld(name, secret[digest]))
        elif digest in seen:
            fates.append(Fate(name, "duplicate", of=seen[digest]))
        else:
            fates.append(Fate(name, "kept"))
            seen[digest] = name
    return Account(tuple(fates))


def _withheld(name: str, grade: str) -> Fate:
    if grade in WITHHELD:
        return Fate(name, "refused", code=WITHHELD[grade])
    return Fate(name, "refused", code=SECRET, values={"grade": grade})


def files_of(plan: FolderPlan) -> Iterator[str]:
    """Every file of the plan, in its order."""
    yield from plan.sheets
    for dossier in plan.dossiers:
        yield from dossier.sheets
        for item in dossier.items:
            yield from item.files
