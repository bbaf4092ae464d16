"""After a run: has every file that lay in the folder its fate, and are the kept ones really in the holdings?

The names come from a walk of their own, so that a file lost by the survey or the plan is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from archive.holdings.store import Holdings
from archive.model import Dossier, Finding
from ingest.batch.folder import is_system_file, is_system_folder
from ingest.reports.accounting import Account


def listed(folder: Path) -> frozenset[str]:
    """Names, relative to `folder`, of everything received; a folder that cannot be opened counts as one."""
    names: set[str] = set()

    def unreadable(error: OSError) -> None:
        name = os.path.relpath(error.filename, folder)
        names.add(name if name == "." else name + "/")

    for place, folders, files in os.walk(folder, onerror=unreadable):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        folders[:] = [name for name in folders if not is_system_folder(name)]
        names |= {
            os.path.relpath(os.path.join(place, name), folder)
            for name in (*files, *links)
            if not is_system_file(name)
        }
    return frozenset(names)


def empty_folders(folder: Path, received: Collection[str]) -> list[Finding]:
    """Dossier folders in which nothing was received."""
    used = {name.partition("/")[0] for name in received}
    with os.scandir(folder) as entries:
        empty = [
            entry.name
            for entry in entries
            if entry.is_dir(follow_symlinks=False)
            and not is_system_folder(entry.name)
            and entry.name not in used
        ]
    return [Finding("folder.empty", file=f"{name}/") for name in sorted(empty)]


def faults(
    folder: Path,
    received: Iterable[str],
    account: Account,
    digests: Mapping[str, str],
    holdings: Holdings,
    dossiers: Iterable[Dossier],
) -> tuple[Finding, ...]:
    """`account.lost` for a file still lying there without a fate, `account.not_held` for a kept one not held.

    `digests`: file -> sha256; `dossiers`: those of the batch as now held. Both are defects of the program.
    """
    known = {fate.file for fate in account.fates}
    lost = [name for name in received if name not in known and os.path.lexists(folder / name)]
    held = held_digests(holdings, dossiers)
    absent = [fate.file for fate in account.of_kind("kept") if digests.get(fate.file) not in held]
    return (
        *(Finding("account.lost", "error", file=name) for name in sorted(lost)),
        *(Finding("account.not_held", "error", file=name) for name in absent),
    )


def counts(account: Account, found: Iterable[Finding]) -> dict[str, int]:
    """The account's counts as they really are: lost files were received, files not held were not kept."""
    codes = [finding.code for finding in found]
    known = {fate.file for fate in account.fates}
    return account.counts | {
        "received": len(known) + codes.count("account.lost"),
        "kept": account.counts["kept"] - codes.count("account.not_held"),
    }


def held_digests(holdings: Holdings, dossiers: Iterable[Dossier]) -> set[str]:
    """SHA-256 of every described file whose bytes lie in the package."""
    found = set()
    for dossier in dossiers:
        root, inventory = holdings.object_root(dossier.id), holdings.inventory(dossier.id)
        for sha256, logical in _described(dossier):
            if logical in inventory.state and (root / inventory.content_path(logical)).is_file():
                found.add(sha256)
    return found


def _described(dossier: Dossier) -> list[tuple[str, str]]:
    """(sha256, logical path) of the files of all items and of the catalogue sheets."""
    files = [(file.sha256, file.path) for item in dossier.items for file in item.files]
    sheets = [line.partition(" ") for line in dossier.extra.get("sheets", "").splitlines()]
    return files + [(sha256, logical) for sha256, _, logical in sheets]
