"""Planned dossier + what is already held of it -> the items to be: new, unchanged or quarantined. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from archive import ids
from archive.holdings.package import original_path
from archive.model import Dossier, Finding, Item
from archive.rights.declassification import digests_of
from ingest.batch.folder import PlannedDossier, PlannedItem, ordinals
from ingest.batch.survey import Surveyed
from ingest.catalogue.match import Match
from ingest.catalogue.sheet import Row


@dataclass(frozen=True)
class Kept:
    """A file of an item and the logical path its bytes get in the package."""

    file: Surveyed
    logical: str


@dataclass(frozen=True)
class Draft:
    """An item to be. `held` is the same item as the package already has it; `grade` quarantines it.

    `positions` are its places in the planned dossier (several when its bytes came repeatedly).
    """

    id: str
    ordinal: int
    positions: tuple[int, ...]
    files: tuple[Kept, ...]
    grade: str = ""
    held: Item | None = None
    also: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(kept.file.sha256 for kept in self.files)


def inner_name(name: str) -> str:
    """A file's name inside its dossier, as received."""
    folder, slash, rest = name.partition("/")
    return rest if slash else folder


def drafts(
    dossier_id: str,
    planned: PlannedDossier,
    files: Mapping[str, Surveyed],
    held: Dossier | None,
    matched: Match,
    secret: Mapping[str, str],
) -> list[Draft]:
    """One draft for each different document of the plan, in order. Items of other batches are not among them.

    Documents whose bytes repeat an earlier one of the dossier are named there (`also`) instead.
    """
    known = {digests_of(item): item for item in held.items} if held else {}
    taken = {file.path for item in known.values() for file in item.files}
    found: dict[tuple[str, ...], Draft] = {}
    for position, item in enumerate(planned.items):
        originals, repeats = _without_repeats(item, files)
        key = tuple(file.sha256 for file in originals)
        names = tuple(inner_name(file.found.name) for file in originals)
        if key in found:
            first = found[key]
            again = (*first.also, *names, *repeats)
            found[key] = replace(first, also=again, positions=(*first.positions, position))
            continue
        already = known.get(key)
        found[key] = Draft(
            id=already.id if already else "",
            ordinal=already.ordinal if already else 0,
            positions=(position,),
            files=_paths(originals, already, taken),
            grade=next((secret[digest] for digest in key if digest in secret), ""),
            held=already,
            also=(*_other_names(already, names), *repeats),
            findings=item.findings,
        )
    numbered = _numbered(dossier_id, planned, list(found.values()), held, matched)
    return [_with_grown(draft, known) for draft in numbered]


def _with_grown(draft: Draft, known: Mapping[tuple[str, ...], Item]) -> Draft:
    """The draft with a `sequence.grown` for each held document whose files are only some of its own."""
    grown = [
        Finding("sequence.grown", values={"old": item.id, "new": draft.id})
        for digests, item in known.items()
        if item.access == "open" and set(digests) < set(draft.digests)
    ]
    return replace(draft, findings=(*draft.findings, *grown))


def _without_repeats(item: PlannedItem, files: Mapping[str, Surveyed]) -> tuple[list[Surveyed], list[str]]:
    """The item's files, each content once, and the names of the repeats."""
    originals: dict[str, Surveyed] = {}
    repeats = []
    for name in item.files:
        if files[name].sha256 in originals:
            repeats.append(inner_name(name))
        else:
            originals[files[name].sha256] = files[name]
    return list(originals.values()), repeats


def _paths(originals: list[Surveyed], already: Item | None, taken: set[str]) -> tuple[Kept, ...]:
    if already and already.files:
        return tuple(Kept(file, source.path) for file, source in zip(originals, already.files, strict=True))
    kept = []
    for file in originals:
        logical = original_path(inner_name(file.found.name), taken)
        taken.add(logical)
        kept.append(Kept(file, logical))
    return tuple(kept)


def _other_names(already: Item | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names under which the bytes came again, beyond those the held item already has."""
    if not already or already.access == "quarantined":
        return ()
    own = {file.name for file in already.files} | set(already.also_received_as)
    return tuple(name for name in names if name not in own)


def _numbered(
    dossier_id: str, planned: PlannedDossier, found: list[Draft], held: Dossier | None, matched: Match
) -> list[Draft]:
    """Give each new draft its ordinal: the name's, else the catalogue's, else the next free one."""
    fresh = [draft for draft in found if not draft.held]
    claims = [_claim(planned, matched, draft) for draft in fresh]
    numbers = dict(zip((draft.digests for draft in fresh), ordinals(claims, _used(held)), strict=True))
    return [
        draft if draft.held else _with_ordinal(draft, dossier_id, numbers[draft.digests]) for draft in found
    ]


def _with_ordinal(draft: Draft, dossier_id: str, ordinal: int) -> Draft:
    return replace(draft, ordinal=ordinal, id=ids.item_id(dossier_id, ordinal))


def _claim(planned: PlannedDossier, matched: Match, draft: Draft) -> int | None:
    stated = planned.items[draft.positions[0]].ordinal
    row = row_of(draft, matched)
    return stated if stated is not None else row.ordinal if row else None


def row_of(draft: Draft, matched: Match) -> Row | None:
    """The catalogue row of an item: that of any of the names under which its bytes came."""
    return next((matched.rows[position] for position in draft.positions if position in matched.rows), None)


def _used(held: Dossier | None) -> set[int]:
    return {item.ordinal for item in held.items} if held else set()
