"""Two copies of the holdings compared by the digests of their inventories, without reading the content. Changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import ids
from archive.errors import IntegrityError, UsageError
from archive.holdings import heads, package, places
from archive.holdings.package import Inventory
from archive.holdings.store import Holdings
from archive.model import Finding
from archive.settings import Settings


@dataclass(frozen=True)
class Compared:
    """`digest` is that of the places and states of all packages of this home, `other` of the copy."""

    packages: int
    digest: str
    other: str
    findings: tuple[Finding, ...]

    @property
    def same(self) -> bool:
        return not self.findings and self.digest == self.other


def holdings_of(copy: Path) -> Holdings:
    """The holdings of a copy: its home folder or its storage root. Raises UsageError when it has none."""
    for root in (copy / "holdings", copy):
        if (root / package.ROOT_DECLARATION[0]).is_file():
            return Holdings(root)
    raise UsageError("copies.no_copy", path=copy)


def other_than(settings: Settings, copy: Path) -> Holdings:
    """The same, when it is not this home itself."""
    found = holdings_of(copy)
    if os.path.samefile(found.root, settings.holdings):
        raise UsageError("copies.same_home", path=copy)
    return found


def compare(settings: Settings, copy: Path) -> Compared:
    """Raises UsageError when `copy` is no copy."""
    theirs_root, ours_root = other_than(settings, copy), Holdings(settings.holdings)
    known = heads.of(settings.holdings)
    ours, theirs = _states(ours_root), _states(theirs_root)
    findings = [
        finding
        for part in sorted(ours.keys() | theirs.keys())
        if not (ours.get(part) and ours.get(part) == theirs.get(part))
        for finding in _difference(part, ours_root, theirs_root, known)
    ]
    return Compared(len(ours), _digest(ours), _digest(theirs), tuple(findings))


def _states(holdings: Holdings) -> dict[str, str]:
    """Place -> state of each package; "" where the inventory is not what its sidecar says."""
    found = {}
    for root in holdings.object_roots():
        try:
            found[places.name(holdings, root)] = package.read_inventory(root)[1]
        except (IntegrityError, OSError):
            found[places.name(holdings, root)] = ""
    return found


def _digest(states: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(states.items())).encode()).hexdigest()


def _difference(part: str, ours: Holdings, theirs: Holdings, known: heads.Heads) -> Iterator[Finding]:
    """What of a package is not the same here and there."""
    here, there = _read(ours.root / part), _read(theirs.root / part)
    for found, holdings, where in ((here, ours, "here"), (there, theirs, "there")):
        if found is None:
            absent = not (holdings.root / part).is_dir()
            values = {"id": ids.dossier_of_object((here or there)[0].id)} if here or there else {"id": "?"}
            kind = "missing" if absent else "unreadable"
            yield Finding(f"copies.{kind}_{where}", "error", part, values=values)
    if here and there:
        yield _newer(part, here, there, known)


def _newer(
    part: str, here: tuple[Inventory, str], there: tuple[Inventory, str], known: heads.Heads
) -> Finding:
    (ours, our_state), (theirs, their_state) = here, there
    dossier_id = ids.dossier_of_object(ours.id)
    values = {"id": dossier_id}
    if ours.head != theirs.head:
        older = "there" if theirs.head < ours.head else "here"
        first, last = sorted((ours.head, theirs.head))
        values |= {"found": str(first), "newest": str(last)}
        return Finding(f"copies.older_{older}", "error", part, values=values)
    right = known.newest.get(dossier_id)
    which = {our_state: "here", their_state: "there"}.get(right.state if right else "", "nowhere")
    return Finding(f"copies.differs_{which}", "error", part, values=values)


def dossier_at(holdings: Holdings, part: str) -> str:
    """The dossier whose package lies at a place; "" when there is none or it cannot say."""
    found = _read(holdings.root / part)
    return ids.dossier_of_object(found[0].id) if found else ""


def _read(root: Path) -> tuple[Inventory, str] | None:
    try:
        return package.read_inventory(root)
    except (IntegrityError, OSError):
        return None
