"""Repairs packages and pages that `kho verify` found damaged, from a second copy, and only with bytes that verify there.

The package is built anew beside the damaged one: what is sound here is kept, what is not comes from the copy. It takes
the damaged one's place after every byte was checked; that one is kept in `<home>/set-aside/`. Nothing is guessed: the
inventory must be the one that was committed last. What happened is an event of the dossier, and in the access log first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive import durable, settings, space
from archive.errors import IntegrityError, NotFound, UsageError
from archive.holdings import heads, ledger
from archive.holdings.package_look import Look
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.model import Event, Finding
from archive.replicas import second_copy
from archive.replicas.rebuilt_package import Incomplete, build
from archive.settings import Settings

ASIDE = "set-aside"
STAGING = ".repair"
OF_PAGES = ("fixity.page_", "fixity.text_")
OTHERS = {ledger.PUBLISHED, ledger.HOME, ledger.ROOT}
Witness = Callable[[Finding], object]
"""Told of a repair before it is made: the access log. What it raises stops the repair."""


@dataclass(frozen=True)
class Report:
    """`repaired` and `pages` say what was put in order, `left` what was not and why."""

    repaired: tuple[Finding, ...]
    pages: tuple[Finding, ...]
    left: tuple[Finding, ...]


def repair(config: Settings, copy: Path, by: str, witness: Witness, dry_run: bool = False) -> Report:
    """Raises UsageError when `copy` is none, or nothing was verified yet."""
    theirs = second_copy.other_than(config, copy)
    kept = ledger.load(config.home / heads.FOLDER)
    if not any(run.ended for run in kept.runs):
        raise UsageError("copies.verify_first")
    work = _Repair(config, theirs, str(copy), by, witness, dry_run)
    told = [finding for check in kept.checks.values() for finding in check.findings]
    for part in work.damaged_packages(kept):
        work.package(part)
    for file in sorted({one.file for one in told if one.code.startswith(OF_PAGES) and one.file}):
        work.page(file)
    work.others(kept)
    return Report(tuple(work.repaired), tuple(work.pages), tuple(work.left))


@dataclass
class _Repair:
    config: Settings
    theirs: Holdings
    copy: str
    by: str
    witness: Witness
    dry_run: bool
    repaired: list[Finding] = field(default_factory=list)
    pages: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ours = HoldingsWriter(self.config.holdings, self.config.work / "staging" / STAGING, self.by)
        self.known = heads.of(self.config.holdings)
        self.aside = _unused(self.config.home / ASIDE / settings.now().strftime("%Y%m%dT%H%M%S"))
        self.dossiers = {ledger.part_of(dossier_id): dossier_id for dossier_id in self.known.newest}

    def damaged_packages(self, kept: ledger.Ledger) -> list[str]:
        """Packages whose last check found something that is still there, and those that are gone."""
        look = Look(self.config, self.ours, self.known)
        suspects = {part for part, check in kept.checks.items() if check.findings} - OTHERS
        gone = {part for part in self.dossiers if not (self.ours.root / part).is_dir()}
        astray = {
            part for part in suspects if (self.ours.root / part).is_dir() and self._is_damaged(look, part)
        }
        return sorted(gone | astray)

    def _is_damaged(self, look: Look, part: str) -> bool:
        looked = look.package(self.ours.root / part, part)
        at_home = looked.id and ledger.part_of(looked.id) == part
        return not at_home or any(not one.code.startswith(OF_PAGES) for one in looked.errors)

    # ----------------------------------------------------------------- packages

    def package(self, part: str) -> None:
        dossier_id = self.dossiers.get(part) or second_copy.dossier_at(self.theirs, part)
        here = self.ours.root / part
        if not dossier_id:  # nobody knows of a package there
            return self._put_aside(part)
        wanted = self.known.newest.get(dossier_id)
        staged = self.ours.staging / here.name
        try:
            copied = build(staged, here, self.theirs.root / part, wanted.state if wanted else "", self._room)
        except Incomplete as lack:
            durable.remove_tree(staged)
            code = "copies.not_in_copy" if lack.path else "copies.not_newest"
            self.left.append(
                Finding(code, "error", part, values={"id": dossier_id, "missing": lack.path or "?"})
            )
            return None
        return self._replace(part, dossier_id, staged, copied)

    def _room(self, needed: int) -> None:
        space.require(self.config.holdings, needed, self.config.free_reserve)

    def _replace(self, part: str, dossier_id: str, staged: Path, copied: Iterable[str]) -> None:
        files = len(list(copied))
        aside = (self.aside / part).relative_to(self.config.home).as_posix()
        values = {"id": dossier_id, "files": str(files), "aside": aside}
        told = Finding("copies.repaired", "info", part, values=values)
        if self.dry_run:
            durable.remove_tree(staged)
            self.repaired.append(replace(told, code="copies.would"))
            return
        self.witness(told)
        self._swap(part, staged)
        held = self.ours.dossier(dossier_id)
        detail = f"{files} file(s) from {self.copy}; damaged package kept in {aside}"
        event = Event("repair", settings.now().isoformat(), self.by, detail=detail, objects=(dossier_id,))
        self.ours.commit(replace(held, events=(*held.events, event)))
        self.repaired.append(told)

    def _swap(self, part: str, staged: Path) -> None:
        """A kill in between leaves no package in place: then it is one that is gone, and repaired by the next call."""
        here = self.ours.root / part
        with durable.lock(self.ours.commit_lock, wait=True):
            if here.exists():
                self._move_aside(part)
            durable.make_folder(here.parent)
            durable.rename(staged, here)

    def _move_aside(self, part: str) -> None:
        durable.make_folder((self.aside / part).parent)
        durable.rename(self.ours.root / part, self.aside / part)

    def _put_aside(self, part: str) -> None:
        aside = (self.aside / part).relative_to(self.config.home).as_posix()
        told = Finding("copies.put_aside", "info", part, values={"aside": aside})
        self.repaired.append(told)
        if not self.dry_run:
            self.witness(told)
            with durable.lock(self.ours.commit_lock, wait=True):
                self._move_aside(part)
                self.ours.prune((self.ours.root / part).parent)

    # ----------------------------------------------------------------- the rest

    def page(self, file: str) -> None:
        """A page image or reading, or the text of a file without pages: all files of it come from the copy."""
        path = Path(file)
        rendition = "/".join((path.parts[1], path.parts[3], path.name.split(".")[0]))
        ours = Renditions(self.config.renditions)
        theirs = Renditions(self.theirs.root.parent / self.config.renditions.name)
        sound = _sound_text if path.name.endswith(".text.gz") else _sound
        if sound(ours, rendition):
            return
        told = Finding("copies.page_repaired", "info", file)
        if not sound(theirs, rendition):
            self.left.append(replace(told, code="copies.page_not_in_copy", severity="error"))
            return
        self.pages.append(told)
        if not self.dry_run:
            self.witness(told)
            for name in theirs.files(rendition):
                self._take(ours.root / name, theirs.root / name)

    def _take(self, ours: Path, theirs: Path) -> None:
        if ours.exists():
            aside = self.aside / ours.relative_to(self.config.home)
            durable.make_folder(aside.parent)
            durable.rename(ours, aside)
        durable.write_file(ours, theirs.read_bytes())

    def others(self, kept: ledger.Ledger) -> None:
        """What is never taken from a copy: accounts, restrictions, the log, generations, strange files; each says what to do."""
        for part in sorted(OTHERS):
            if part in kept.checks:
                self.left += kept.checks[part].findings


def _unused(folder: Path) -> Path:
    """The folder, or the next of its name that is not there: a repair stopped in this second may have used it."""
    names = (folder.with_name(f"{folder.name}-{number}") for number in range(2, 1000))
    return next((path for path in (folder, *names) if not path.exists()), folder)


def _sound_text(renditions: Renditions, rendition: str) -> bool:
    try:
        return isinstance(renditions.text(rendition), str)
    except (NotFound, IntegrityError):
        return False


def _sound(renditions: Renditions, rendition: str) -> bool:
    try:
        return bool(renditions.check(rendition))
    except (NotFound, IntegrityError):
        return False
