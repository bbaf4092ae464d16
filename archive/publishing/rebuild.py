"""Builds the look-up anew from packages and readings alone, and shows that it says what it said before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive import durable
from archive.errors import KhoError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Finding
from archive.publishing import catalogue_lines, generation
from archive.publishing.build import Progress
from archive.publishing.generation import Generation
from archive.publishing.publish import publish
from archive.settings import Settings


@dataclass(frozen=True)
class Rebuilt:
    """`digest` is that of the whole catalogue written out, `before` that of the one in use before ("": none sound).

    `changed` are dossiers committed or gone since that one was built; `differing` say something else in the same
    state: none, unless another version of Kho built it.
    """

    generation: str
    dossiers: int
    digest: str
    before: str
    changed: tuple[str, ...]
    differing: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def same(self) -> bool:
        return self.digest == self.before


def rebuild(settings: Settings, progress: Progress | None = None, export: Path | None = None) -> Rebuilt:
    """Raises as `publish` does. `export`: where the catalogue is written out."""
    earlier, states = _earlier(settings)
    report = publish(
        settings,
        Holdings(settings.holdings),
        Renditions(settings.renditions),
        rebuild=True,
        progress=progress,
    )
    built = generation.current(settings)
    now, shown = _digests(built), built.catalogue().states()
    if export:
        durable.write_parts(export, (line for _, line in catalogue_lines.lines(built.catalogue())))
    changed = _differing(states, shown)
    differing = [name for name in _differing(earlier, now) if name and name not in changed]
    return Rebuilt(
        report.generation,
        report.dossiers,
        catalogue_lines.digest(now),
        catalogue_lines.digest(earlier) if earlier else "",
        tuple(changed) if earlier else (),
        tuple(differing) if earlier else (),
        report.findings,
    )


def _earlier(settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """Digests of the lines, and states, of the generation in use, when it is sound."""
    in_use = generation.find(settings)
    try:
        if in_use and not in_use.check() and in_use.readable:
            return _digests(in_use), in_use.catalogue().states()
    except KhoError:
        pass
    return {}, {}


def _digests(of: Generation) -> dict[str, str]:
    return catalogue_lines.digests(catalogue_lines.lines(of.catalogue()))


def _differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
