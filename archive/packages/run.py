"""Plan and making of packages: what would leave and what would not, then one package after the other; a second run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive import durable
from archive.errors import IntegrityError, NotFound, SourceRefused, StorageError, UsageError, Withheld
from archive.lookup.reader import HoldingsReader
from archive.model import Finding, Notice
from archive.packages import build, check, content, sinks
from archive.packages.content import Package
from archive.packages.flat import Flat
from archive.packages.profile import Kind
from archive.rights.access import Actor
from archive.settings import Settings, now

TABLES_FOLDER = "bang-du-lieu"
PAGE = 200
"""Dossiers of a fonds asked for at a time."""


@dataclass(frozen=True)
class Order:
    """What is asked for. `purpose`: why personal numbers may be seen, where the role allows that for a purpose."""

    kind: Kind | None
    out: Path
    zip: bool = False
    bag: bool = False
    purpose: str = ""


@dataclass(frozen=True)
class Planned:
    """A package to be made: `bytes` of its originals; what is made of pages comes on top."""

    dossier: str
    title: str
    package: str
    files: int
    bytes: int
    withheld: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """A dossier that no package is made of, and why."""

    dossier: str
    why: Notice


@dataclass
class Outcome:
    """`made` and `kept` (there already, and sound) are names in the target folder."""

    planned: list[Planned] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    bytes: int = 0


def dossiers_of(reader: HoldingsReader, actor: Actor, fonds: str) -> Iterator[str]:
    """Ids of the dossiers of a fonds that the actor may read. Raises NotFound."""
    page = 1
    while rows := reader.fonds_page(actor, fonds, page, PAGE).dossiers:
        yield from (row.id for row in rows)
        page += 1


class Run:
    """One order, for one actor."""

    def __init__(self, settings: Settings, reader: HoldingsReader, actor: Actor, order: Order) -> None:
        self._settings, self._reader, self._actor, self._order = settings, reader, actor, order
        self.outcome = Outcome()

    def plan(self, dossiers: Sequence[str]) -> Outcome:
        """What packages there would be, and which dossiers give none. Their bytes are not looked at yet."""
        for dossier in dossiers:
            if package := self._refusing(dossier, lambda id_: self._package(id_)[0]):
                about = package.dossier
                withheld = package.withheld
                row = (about.id, about.title, self._name(package), package.files, package.size, withheld)
                self.outcome.planned.append(Planned(*row))
        return self.outcome

    def make(self, progress: Callable[[int, int], None]) -> Outcome:
        """Make what was planned. A package that is there and sound is kept. Raises StorageError, AuditUnavailable."""
        self._check_target()
        for done, planned in enumerate(self.outcome.planned, 1):
            self._refusing(planned.dossier, self._make)
            progress(done, len(self.outcome.planned))
        return self.outcome

    def tables(
        self, dossiers: Sequence[str], files: bool, progress: Callable[[int, int], None]
    ) -> list[Finding]:
        """Flat tables of what may leave, into the new folder `out`; with `files`, the originals too. Raises StorageError."""
        self._check_target()
        if any(self._order.out.iterdir()):
            raise UsageError("packages.out_not_empty", path=self._order.out)
        flat = Flat()
        with sinks.folder(self._order.out / TABLES_FOLDER) as sink:
            for done, dossier in enumerate(dossiers, 1):
                self._refusing(dossier, lambda id_: self._flatten(id_, flat, sink if files else None))
                progress(done, len(dossiers))
            for name, chunks in flat.files():
                self.outcome.bytes += sink.put(name, chunks).size
        return flat.findings

    def _flatten(self, dossier: str, flat: Flat, sink: sinks.Sink | None) -> None:
        """One dossier into the tables. What is damaged is refused before anything of it is written."""
        takeable = self._reader.takeable(self._actor, dossier, self._order.purpose)
        taken = self._reader.take(takeable, form="tables", purpose=self._order.purpose)
        held = [(item.id, file) for item in takeable.dossier.items for file in item.files] if sink else []
        for item_id, file in held:
            taken.original(item_id, file)
        placed = flat.add(takeable.dossier)
        for path, (item_id, file) in placed.items() if sink else ():
            self.outcome.bytes += sink.put(path, taken.original(item_id, file).chunks()).size
        self.outcome.made.append(dossier)

    def _refusing(self, dossier: str, step: Callable[[str], object]):
        """What `step` gives for the dossier; None, and the reason among the refused, when it may not or cannot leave."""
        try:
            return step(dossier)
        except (NotFound, Withheld, IntegrityError, SourceRefused) as error:
            if error.code == "export.no_right":
                raise
            self.outcome.refused.append(Refusal(dossier, Notice(error.code, error.values)))
            return None

    def _package(self, dossier: str) -> tuple[Package, object]:
        takeable = self._reader.takeable(self._actor, dossier, self._order.purpose)
        return content.package(self._order.kind, takeable), takeable

    def _name(self, package: Package) -> str:
        return package.folder + (".zip" if self._order.zip else "")

    # ----------------------------------------------------------------- one package

    def _make(self, dossier: str) -> None:
        package, takeable = self._package(dossier)
        name = self._name(package)
        if (self._order.out / name).exists():
            self._keep(name)
            return
        self._require_space(package)
        taken = self._reader.take(
            takeable,
            form=self._order.kind,
            files=package.files,
            bytes=package.size,
            purpose=self._order.purpose,
        )
        when = now()
        with ExitStack() as stack:
            sink = self._sink(stack, package, when)
            self.outcome.bytes += build.write(package, taken, sink, when.isoformat())
        self.outcome.made.append(name)

    def _keep(self, name: str) -> None:
        """Made by an earlier run: it is kept when every byte is as it states, and never written over."""
        faults = check.check(self._order.out / name)
        if faults:
            raise IntegrityError("packages.there_damaged", path=self._order.out / name, count=len(faults))
        self.outcome.kept.append(name)

    def _sink(self, stack: ExitStack, package: Package, when: datetime) -> sinks.Sink:
        target = self._order.out / self._name(package)
        made = sinks.zipped(target, package.folder, when) if self._order.zip else sinks.folder(target)
        sink = stack.enter_context(made)
        return stack.enter_context(sinks.bagged(sink, package.folder)) if self._order.bag else sink

    # ----------------------------------------------------------------- where to

    def _check_target(self) -> None:
        out, home = self._order.out.resolve(), self._settings.home.resolve()
        if out.is_relative_to(home) or home.is_relative_to(out):
            raise UsageError("packages.out_in_home", path=out, home=home)
        durable.make_folder(out)

    def _require_space(self, package: Package) -> None:
        free = shutil.disk_usage(self._order.out).free
        if free < package.size + self._settings.free_reserve:
            raise StorageError("error.disk_full", path=self._order.out, reason=free)
