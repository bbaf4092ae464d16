"""`kho verify`: every byte of the home against its digest, part after part, the one checked longest ago first.

A part is one package with its pages, the published generations, or the other files of the home. Changes nothing by
itself: what is found goes to `note`. What looks damaged is looked at again while nobody commits.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from archive import durable, home_check, home_identity, ids
from archive import settings as clock
from archive.errors import IntegrityError
from archive.holdings import heads, ledger, package, places
from archive.holdings.ledger import HOME, PUBLISHED, ROOT, Check, Ledger
from archive.holdings.package_look import Look, Looked
from archive.holdings.places import Found
from archive.holdings.store import Holdings
from archive.model import Finding
from archive.publishing import generation, published_check
from archive.publishing.plan import readable
from archive.rights.withdrawing import is_withdrawn
from archive.settings import Settings

Progress = Callable[[int, int], None]
"""Called with (parts checked, parts to check)."""


@dataclass(frozen=True)
class Choice:
    """What of the home is to be checked: part n of t, a share, as much as fits into so many seconds (0: no limit).

    `since`: what was checked since then is not checked again; what was found then is told.
    """

    part: tuple[int, int] = (1, 1)
    percent: float = 100.0
    seconds: float = 0.0
    since: str = ""

    def of(self, parts: Sequence[str], kept: Ledger, now: str) -> list[str]:
        """The parts to check, oldest first."""
        number, count = self.part
        mine = [part for part in parts if _draw(part) % count == number - 1]
        if self.since:
            mine = [part for part in mine if kept.when(part, now) < self.since]
        mine.sort(key=lambda part: (kept.when(part, now), part))
        return mine[: math.ceil(len(mine) * self.percent / 100)]


def _draw(part: str) -> int:
    return int(hashlib.sha256(part.encode()).hexdigest()[:8], 16)


@dataclass(frozen=True)
class Report:
    """What was read and what is wrong. `bytes` counts content; `digest` is one digest over all package states.

    `objects`, `files` and `bytes` are of packages, `pages` those of which reading and image were checked. `parts` of
    the `of` parts were checked; `whole` when all were (`digest` is "" otherwise). `findings` name every damage once;
    `notes` are no damage: leftovers of a killed run, dossiers not yet published, page images without digests.
    """

    objects: int
    files: int
    bytes: int
    digest: str
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    seconds: float
    pages: int = 0
    parts: int = 0
    of: int = 0
    whole: bool = False

    @property
    def sound(self) -> bool:
        return not self.findings


def verify(
    settings: Settings,
    progress: Progress | None = None,
    choice: Choice | None = None,
    note: Callable[[Check], None] = lambda check: None,
) -> Report:
    """Check the home, or what `choice` names of it. Raises HomeError when there is none."""
    home_identity.check(settings)
    run = _Run(settings, choice or Choice())
    run.check_parts(progress, note)
    run.check_places(note)
    home_identity.check(settings)  # a disk that vanished meanwhile is not damage of every package
    return run.report()


@dataclass
class _Run:
    settings: Settings
    choice: Choice
    looked: dict[str, Looked] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.holdings = Holdings(self.settings.holdings)
        self.heads = heads.of(self.settings.holdings)  # before the packages are listed: they only grow
        self.roots = {places.name(self.holdings, root): root for root in self.holdings.object_roots()}
        self.shown = _shown(self.settings)
        kept = ledger.load(self.settings.home / heads.FOLDER)
        self.parts = [*self.roots, PUBLISHED, HOME]
        now = clock.now().isoformat()
        self.chosen = self.choice.of(self.parts, kept, now)
        since = self.choice.since
        self.skipped = {part for part in self.parts if since and kept.when(part, now) >= since}
        self.findings += [finding for part in sorted(self.skipped) for finding in kept.checks[part].findings]
        self.look = Look(self.settings, self.holdings, self.heads)

    # ----------------------------------------------------------------- parts

    def check_parts(self, progress: Progress | None, note: Callable[[Check], None]) -> None:
        for done, (part, looked) in enumerate(self._each(), 1):
            self.looked[part] = looked
            note(Check(part, looked.when, looked.size, tuple(looked.errors)))
            if progress:
                progress(done, len(self.chosen))
        for looked in self.looked.values():
            self.notes += [finding for finding in looked.findings if finding.severity == "info"]
        for part, looked in places.named_together(self.looked).items():
            if looked.errors != self.looked[part].errors:
                self.looked[part] = looked
                note(Check(part, looked.when, looked.size, tuple(looked.errors)))
        self.findings += [finding for looked in self.looked.values() for finding in looked.errors]

    def _each(self) -> Iterator[tuple[str, Looked]]:
        """Parts looked at, in order, several at a time: hashing lets other threads work."""
        until = self.started + self.choice.seconds if self.choice.seconds else float("inf")
        workers, ahead = self.settings.worker_count, deque[tuple[str, Future]]()
        with ThreadPoolExecutor(workers) as pool:
            for part in self.chosen:
                if time.monotonic() >= until:
                    break
                ahead.append((part, pool.submit(self._part, part)))
                if len(ahead) > workers:
                    part, future = ahead.popleft()
                    yield part, future.result()
            for part, future in ahead:
                yield part, future.result()

    def _part(self, part: str) -> Looked:
        if part == PUBLISHED:
            return Looked(findings=published_check.check(self.settings))
        if part == HOME:
            return Looked(findings=list(home_check.check(self.settings)))
        return self.look.package(self.roots[part], part)

    # ----------------------------------------------------------------- places

    def check_places(self, note: Callable[[Check], None]) -> None:
        """What lies where no package should, and packages that are not where they should be."""
        with durable.held_off(self.holdings.commit_lock):
            strays = [*places.storage_root(self.holdings), *places.strays(self.holdings.root)]
        known = {ledger.part_of(dossier_id): dossier_id for dossier_id in {*self.heads.newest, *self.shown}}
        ids_found = {part: looked.id for part, looked in self.looked.items() if looked.id}
        for part in self.roots.keys() - known.keys() - ids_found.keys():
            ids_found[part] = _id_of(self.roots[part])
        found = Found(known, set(self.roots), ids_found)
        packages = list(found.packages())
        strange = places.without_followers(strays, packages)
        self.findings = [*strange, *self.findings, *packages]
        now = clock.now().isoformat()
        note(Check(ROOT, now, 0, tuple(strange)))
        for part, told in places.by_place(packages).items():
            before = self.looked[part].errors if part in self.looked else []
            note(Check(part, now, 0, (*before, *told)))

    # ----------------------------------------------------------------- outcome

    def report(self) -> Report:
        whole = self.looked.keys() | self.skipped == set(self.parts)
        sound = {looked.id: looked.state for looked in self.looked.values() if looked.id and looked.state}
        behind = sum(
            self.shown.get(dossier_id) != state and not self._is_withdrawn(dossier_id)
            for dossier_id, state in sound.items()
        )
        self.notes += _leftovers(self.settings)
        if self.look.pages.undigested:
            self.notes.append(_count("fixity.pages_undigested", self.look.pages.undigested))
        if behind and not self._published_damage():
            self.notes.append(_count("fixity.unpublished", behind))
        packages = [looked for part, looked in self.looked.items() if part in self.roots]
        return Report(
            objects=len(packages),
            files=sum(looked.files for looked in packages),
            bytes=sum(looked.size for looked in packages),
            digest=hashlib.sha256(repr(sorted(sound.items())).encode()).hexdigest()
            if whole and not self.skipped
            else "",
            findings=tuple(self.findings),
            notes=tuple(self.notes),
            seconds=round(time.monotonic() - self.started, 3),
            pages=self.look.pages.pages,
            parts=len(self.looked),
            of=len(self.parts),
            whole=whole,
        )

    def _is_withdrawn(self, dossier_id: str) -> bool:
        """Is it as it should be that it is not published?"""
        if dossier_id in self.shown:
            return False
        found = readable(self.holdings, dossier_id)
        return found is not None and is_withdrawn(found)

    def _published_damage(self) -> bool:
        return bool(self.looked[PUBLISHED].errors) if PUBLISHED in self.looked else False


def _shown(settings: Settings) -> Mapping[str, str]:
    """Dossier -> state of the generation in use, as far as its catalogue can be opened and its digest holds."""
    published = generation.find(settings)
    return published_check.states(published) if published else {}


def _id_of(root: Path) -> str:
    try:
        return ids.dossier_of_object(package.read_inventory(root)[0].id)
    except (IntegrityError, OSError):  # named when it is checked
        return ""


def _leftovers(settings: Settings) -> Iterator[Finding]:
    """What a killed run left: packages and generations not finished. Each fonds may stage in its own folder."""
    staging, generations = settings.work / "staging", generation.generations_folder(settings)
    staged = [path for place in ("*", "*/*") for path in staging.glob(place)]
    left = [path for path in staged if package.is_object_folder(path.name)]
    left += [path for path in generations.glob("*") if path.suffix]
    for path in sorted(left):
        yield Finding("fixity.leftover", "info", path.relative_to(settings.home).as_posix())


def _count(code: str, number: int) -> Finding:
    return Finding(code, "info", values={"count": str(number)})
