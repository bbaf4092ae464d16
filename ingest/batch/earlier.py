"""What the holdings already have, by the digests of bytes: of all fonds, since secret bytes are secret in every one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive import ids
from archive.errors import IntegrityError
from archive.holdings.store import Holdings
from archive.model import Dossier, Fonds, Item
from archive.rights.declassification import digests_of, lifted_digests
from archive.rights.same_bytes import Standing, Twin, differing, standings
from archive.rights.withdrawing import is_withdrawn
from ingest.catalogue import kept_sheets
from ingest.grading.grades import OPEN_QUESTIONS, highest


@dataclass(frozen=True)
class Document:
    """An open document: the digests of its files, and of the catalogue sheets that may describe it."""

    digests: tuple[str, ...]
    sheets: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """What one dossier says. `open`: digest -> (accession, file name) of its open documents; `withdrawn` by whom.

    `shown`: it is no part of a take-over that was withdrawn.
    """

    state: str
    fonds: Fonds
    documents: tuple[Document, ...]
    open: dict[str, tuple[str, str]]
    secret: dict[str, str]
    sheets: frozenset[str]
    withdrawn: frozenset[str]
    lifted: frozenset[str]
    standings: tuple[Standing, ...]
    shown: bool


class Earlier:
    """Knows what is held. `damaged` are packages that cannot be read, by their folder."""

    def __init__(self, holdings: Holdings) -> None:
        self.holdings = holdings
        self.damaged: dict[str, str] = {}
        self._known: dict[str, _Known] = {}

    def learn(self, own_fonds: str) -> None:
        """Read what is new since the last time. Raises IntegrityError for a damaged package of the own fonds."""
        found = self.holdings.survey(self._known)
        self.damaged = dict(found.damaged)
        for dossier_id, state in found.states.items():
            if dossier_id not in self._known or self._known[dossier_id].state != state:
                try:
                    self._known[dossier_id] = _known(self.holdings.dossier(dossier_id), state)
                except IntegrityError:
                    if ids.fonds_of(dossier_id) == own_fonds:
                        raise
                    self.damaged[dossier_id] = dossier_id

    def known(self) -> set[str]:
        """Ids of all dossiers held."""
        return set(self._known)

    def secret(self) -> dict[str, str]:
        """Digest -> grade of all that is held as secret, without what was only withheld."""
        found: dict[str, str] = {}
        for known in self._known.values():
            for digest, grade in known.secret.items():
                found[digest] = highest(grade, found.get(digest, ""))
        return found

    def lifted(self) -> frozenset[str]:
        """Digests of what was declassified, wherever that is on record, and that is secret by nothing else held."""
        said = (digest for known in self._known.values() for digest in known.lifted)
        return frozenset(said) - self.secret().keys()

    def documents(self) -> Iterator[Document]:
        """All open documents."""
        return (document for known in self._known.values() for document in known.documents)

    def described(self, fonds: str) -> frozenset[Fonds]:
        """The fonds with its creator, in each way its dossiers state them."""
        return frozenset(
            known.fonds for known in self._known.values() if known.shown and known.fonds.code == fonds
        )

    def brought(self, fonds: str, accession: str) -> dict[str, str]:
        """Digest -> where another batch brought it into the fonds as an open document."""
        return {
            digest: f"{dossier_id}/{name}"
            for dossier_id, known in self._known.items()
            if ids.fonds_of(dossier_id) == fonds and known.shown
            for digest, (brought_by, name) in known.open.items()
            if brought_by != accession
        }

    def elsewhere(self, fonds: str) -> dict[str, str]:
        """Digest -> another fonds that holds it as an open document."""
        return {
            digest: ids.fonds_of(dossier_id)
            for dossier_id, known in self._known.items()
            if ids.fonds_of(dossier_id) != fonds and known.shown
            for digest in known.open
        }

    def is_open(self, digest: str) -> bool:
        return any(known.shown and digest in known.open for known in self._known.values())

    def showing(self, digests: set[str]) -> list[str]:
        """Dossiers that have some of the digests in an open document or a catalogue sheet."""
        return sorted(
            dossier_id
            for dossier_id, known in self._known.items()
            if not digests.isdisjoint(known.open) or not digests.isdisjoint(known.sheets)
        )

    def two_levels(self) -> list[Twin]:
        """Bytes that stand under different access levels."""
        return differing(one for known in self._known.values() for one in known.standings)

    def withdrawn_by(self, batch: str) -> set[str]:
        """Dossiers in which this batch closed what another one had brought."""
        return {dossier_id for dossier_id, known in self._known.items() if batch in known.withdrawn}


def _known(dossier: Dossier, state: str) -> _Known:
    opened, secret, withdrawn = {}, {}, set(dossier.extra.get("withdrawn", "").split())
    sheets = kept_sheets.noted(dossier)
    for item in dossier.items:
        if item.access == "open":
            for file in item.files:
                opened[file.sha256] = (item.extra.get("accession", ""), file.name)
            continue
        withdrawn.add(item.extra.get("withdrawn", ""))
        if (grade := item.extra.get("grade", "")) not in (*OPEN_QUESTIONS, ""):
            secret |= dict.fromkeys(digests_of(item), grade)
    documents = tuple(_document(item, sheets) for item in dossier.items if item.access == "open")
    return _Known(
        state,
        dossier.fonds,
        documents,
        opened,
        secret,
        frozenset(sheets),
        frozenset(withdrawn),
        frozenset(lifted_digests(dossier)),
        () if is_withdrawn(dossier) else tuple(standings(dossier)),
        not is_withdrawn(dossier),
    )


def _document(item: Item, kept_sheets: Iterable[str]) -> Document:
    """Which of the dossier's sheets describes it is not recorded: any of them may."""
    described = any(field.origin == "catalogue" for field in item.fields.values())
    return Document(digests_of(item), tuple(kept_sheets) if described else ())
