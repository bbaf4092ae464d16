"""Which damage it was, told from what should lie where and from what lies there. Pure; every damage is named once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from archive.model import Finding

OF_FILES = {"E092", "E093", "E023"}
"""OCFL rules that findings of content files are told under."""


@dataclass(frozen=True)
class Wrong:
    """A file that is not what it should be: the digest it should have, the one it has, and what is to be said of it."""

    wanted: str
    found: str
    length: int
    shorter: bool = False
    rule: str = "E092"


@dataclass
class Differences:
    """Paths with their digests: `gone` and not found, there with `wrong` content, there but not listed (`extra`)."""

    gone: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, Wrong] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.gone or self.wrong or self.extra)

    def below(self, folder: str) -> Differences:
        """The same, with paths that begin at a folder further up."""
        tables = (self.gone, self.wrong, self.extra)
        return Differences(*({f"{folder}/{path}": value for path, value in t.items()} for t in tables))

    def add(self, other: Differences) -> None:
        self.gone |= other.gone
        self.wrong |= other.wrong
        self.extra |= other.extra


def named(found: Differences, package_of: Callable[[str], str] = lambda path: "") -> Iterator[Finding]:
    """A finding for each damage: `renamed` inside a package, `moved` to another one, `swapped`, `missing`, ….

    `package_of` tells which package a path belongs to.
    """
    extra, places = dict(found.extra), defaultdict(list)
    for path, digest in found.extra.items():
        places[digest].append(path)
    for path, digest in sorted(found.gone.items()):
        to = _lies_at(path, [other for other in places.get(digest, ()) if digest and other in extra])
        if to is None:
            yield _fault("missing", path, "E092")
        else:
            del extra[to]
            yield _fault("renamed" if package_of(to) == package_of(path) else "moved", path, "E092", to=to)
    yield from _wrong(found.wrong)
    for path in sorted(extra):
        yield _fault("untracked", path, "E023")


def _lies_at(path: str, places: Sequence[str]) -> str | None:
    """Where the bytes of a missing file lie; of several places the one that bears its name."""
    name = PurePosixPath(path).name
    return min(places, key=lambda other: (PurePosixPath(other).name != name, other), default=None)


def _wrong(wrong: Mapping[str, Wrong]) -> Iterator[Finding]:
    partners = swaps(wrong)
    for path, fault in sorted(wrong.items()):
        if path in partners:
            if path < partners[path]:
                yield _fault("swapped", path, fault.rule, to=partners[path])
        else:
            kind = "truncated" if fault.shorter else "changed"
            yield _fault(kind, path, fault.rule, found=str(fault.length))


def swaps(wrong: Mapping[str, Wrong]) -> dict[str, str]:
    """Path -> the path whose bytes it has, where that one has its bytes."""
    having = defaultdict(list)
    for path, its in sorted(wrong.items()):
        having[its.wanted, its.found].append(path)
    pairs: dict[str, str] = {}
    for path, its in sorted(wrong.items()):
        free = [other for other in having[its.found, its.wanted] if other not in pairs and other != path]
        if path not in pairs and free:
            pairs[path], pairs[free[0]] = free[0], path
    return pairs


def _fault(kind: str, path: str, rule: str, **values: str) -> Finding:
    return Finding(f"fixity.{kind}", "error", path, values={"rule": rule, **values})


def once(findings: Iterable[Finding]) -> list[Finding]:
    """Without what only follows from another finding: what lies below a missing folder or a link, and folders that
    are empty because of what is missing."""
    findings = list(findings)
    roots = {f.file for f in findings if f.code == "fixity.link" or f.values.get("rule") == "E010"}
    left = {f.file or "" for f in findings if f.code in ("fixity.missing", "fixity.renamed", "fixity.moved")}
    emptied = left | {parent.as_posix() for path in left for parent in PurePosixPath(path).parents}
    kept = []
    for finding in findings:
        above = {parent.as_posix() for parent in PurePosixPath(finding.file or "").parents}
        if (
            finding.file in roots
            and finding.code == "fixity.missing"
            and finding.values.get("rule") != "E010"
        ):
            continue
        if above & roots or (finding.code == "fixity.empty_folder" and finding.file in emptied):
            continue
        kept.append(finding)
    return kept


def whole(finding: Finding, folder: str, **values: str) -> Finding:
    """A finding with its paths from further up, and more to say."""
    to = {"to": f"{folder}/{finding.values['to']}"} if "to" in finding.values else {}
    return replace(finding, file=f"{folder}/{finding.file}", values={**finding.values, **to, **values})
