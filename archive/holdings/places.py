"""What lies where in the storage root: strange files, packages gone, in a wrong place, put twice or exchanged; bytes that
went from one package to another. Every damage is named once. Changes nothing.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from archive.holdings import damage, ledger, package
from archive.holdings.damage import Differences
from archive.holdings.package_look import Looked
from archive.holdings.store import Holdings
from archive.model import Finding

DEPTH = 4
"""Folders above the files of a package, in the layout of the storage root."""
_OF_FILES = {
    f"fixity.{kind}" for kind in ("missing", "changed", "truncated", "untracked", "renamed", "swapped")
}


def name(holdings: Holdings, root: Path) -> str:
    return root.relative_to(holdings.root).as_posix()


def storage_root(holdings: Holdings) -> Iterator[Finding]:
    """The storage root says what it is, and nothing else lies beside the packages."""
    file, content = package.ROOT_DECLARATION
    if (holdings.root / file).read_bytes() != content:
        yield Finding("fixity.declaration", "error", file, values={"rule": "E080"})
    known = {file, *package.ROOT_FILES}
    for path, wanted in package.ROOT_FILES.items():
        try:
            sound = (holdings.root / path).read_bytes() == wanted
        except OSError:
            sound = False
        if not sound:
            yield Finding("fixity.declaration", "error", path, values={"rule": "E070"})
    for path in sorted(holdings.root.iterdir()):
        if (path.is_file() or path.is_symlink()) and path.name not in known:
            yield Finding("fixity.untracked", "error", path.name, values={"rule": "E087"})


def strays(root: Path) -> Iterator[Finding]:
    """Files, links and empty folders between the root and the packages."""
    for parent, folders, files in os.walk(root):
        depth = len(Path(parent).relative_to(root).parts)
        if depth == 0:
            folders[:] = [folder for folder in folders if folder != "extensions"]
            continue
        if depth >= DEPTH:
            folders[:] = []
            continue
        where = os.path.relpath(parent, root)
        if not folders and not files:
            yield Finding("fixity.empty_folder", "error", where, values={"rule": "E073"})
        links = [folder for folder in folders if os.path.islink(os.path.join(parent, folder))]
        for file in sorted([*files, *links]):
            yield Finding("fixity.untracked", "error", f"{where}/{file}", values={"rule": "E072"})


# --------------------------------------------------------------------------- bytes that changed packages


def named_together(looked: Mapping[str, Looked]) -> dict[str, Looked]:
    """The packages whose files differ, their differences named anew as those of one whole: what one misses may lie
    in another."""
    differing = {part: one for part, one in looked.items() if one.differences}
    if len(differing) < 2:
        return differing
    together = Differences()
    for one in differing.values():
        together.add(one.differences)
    found: dict[str, list[Finding]] = {part: [] for part in differing}
    for finding in damage.named(together, package_of):
        part = package_of(finding.file or "")
        found[part].append(replace(finding, values={**finding.values, "id": differing[part].id or "?"}))
    return {
        part: replace(one, findings=_renamed(one.findings, found[part])) for part, one in differing.items()
    }


def package_of(path: str) -> str:
    return "/".join(PurePosixPath(path).parts[:DEPTH])


def _renamed(before: Iterable[Finding], files: Iterable[Finding]) -> list[Finding]:
    """Findings of a package with those of its files replaced; what followed from another one still does."""
    before = list(before)
    structure = [
        one for one in before if one.code not in _OF_FILES or one.values.get("rule") not in damage.OF_FILES
    ]
    return damage.once([*structure, *files])


# --------------------------------------------------------------------------- packages


@dataclass(frozen=True)
class Found:
    """`known`: the place of each package that should be there -> its dossier. `there`: places at which one lies;
    `ids`: the dossier of each of them that was asked."""

    known: Mapping[str, str]
    there: set[str]
    ids: Mapping[str, str]

    def astray(self) -> dict[str, str]:
        """Place -> where the package that lies there belongs."""
        right = {part: ledger.part_of(dossier_id) for part, dossier_id in self.ids.items() if dossier_id}
        return {part: place for part, place in right.items() if place != part}

    def packages(self) -> Iterator[Finding]:
        """Packages exchanged, put twice, in a wrong place, or gone."""
        astray = self.astray()
        for part, right in sorted(astray.items()):
            if astray.get(right) == part:
                if part < right:
                    yield self._fault("packages_swapped", part, to=right)
            else:
                yield self._fault("copied" if right in self.there else "misplaced", part, to=right)
        for part in sorted(self.known.keys() - self.there - set(astray.values())):
            yield Finding("fixity.vanished", "error", part, values={"id": self.known[part]})

    def _fault(self, kind: str, part: str, **values: str) -> Finding:
        return Finding(f"fixity.{kind}", "error", part, values={"id": self.ids[part], **values})


def without_followers(strange: Iterable[Finding], packages: Iterable[Finding]) -> list[Finding]:
    """What is strange, without folders that are empty only because a package went from them."""
    left = {one.file or "" for one in packages} | {one.values.get("to", "") for one in packages}
    emptied = {parent.as_posix() for part in left for parent in PurePosixPath(part).parents}
    return [one for one in strange if not (one.code == "fixity.empty_folder" and one.file in emptied)]


def by_place(packages: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Place -> what is said of the package there; of two that were exchanged both."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for one in packages:
        found[one.file or ""].append(one)
        if one.code == "fixity.packages_swapped":
            found[one.values["to"]].append(one)
    return found
