"""What a package made by `kho package` holds: its dossier, where its originals and readings lie. Checked whole; nothing is kept yet.

Nothing it says is believed because it says so: ids follow from codes, paths stay inside, digests are counted anew, every
value is of its type. Bookkeeping of the archive it came from is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from archive import ids, serial
from archive.errors import SourceRefused, UsageError
from archive.holdings import description
from archive.holdings.package import ORIGINALS, checked_logical
from archive.lookup.taking import without_notes
from archive.model import Dossier, Event, Fonds, Item, PageRef, TextRef
from archive.packages.build import DESCRIPTION, EVENTS
from archive.packages.check import faults
from archive.packages.opened import Opened, opened
from archive.rights.access import LEVELS
from ingest.packages import shape

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)?")
_READING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}/(?P<sha256>[0-9a-f]{64})/\d{4}")
_DATA = re.compile(r"representations/[^/]+/data/(?P<path>.+)")


@dataclass(frozen=True)
class Received:
    """A package found sound. `originals`: sha256 -> path in it; `readings`: rendition -> path without its ending; `texts` of
    files without pages: rendition -> path."""

    package: Opened
    dossier: Dossier
    originals: dict[str, str]
    readings: dict[str, str]
    texts: dict[str, str]

    @property
    def size(self) -> int:
        return sum(each.size for each in self.package.files.values())


@contextmanager
def received(path: Path) -> Iterator[Received]:
    """Raises SourceRefused when anything of it is not as it must be."""
    with opened(path) as package:
        for fault in faults(package):
            raise SourceRefused(fault.code, **fault.values, file=fault.file)
        dossier = _dossier(package)
        _require_sound(dossier)
        data = _data(package)
        originals = {stated.sha256: stated.path for stated in data.values()}
        for item in dossier.items:
            _require_held(item, package, originals)
        keys = dict.fromkeys(page.rendition for item in dossier.items for page in item.pages)
        readings = {key: place for key in keys if (place := _reading_path(key, data))}
        named = (f"{text.rendition}.text.gz" for item in dossier.items for text in item.texts)
        texts = {name.removesuffix(".text.gz"): data[name].path for name in named if name in data}
        yield Received(package, dossier, originals, readings, texts)


def _data(package: Opened):
    """Files of the representations, by their path below the data folder."""
    return {
        match["path"]: stated
        for stated in package.files.values()
        if stated.use == "Data" and (match := _DATA.fullmatch(stated.path))
    }


def _reading_path(key: str, data: dict) -> str:
    both = [data.get(f"{key}{ending}") for ending in (".json.gz", ".jpg")]
    return both[0].path.removesuffix(".json.gz") if all(both) else ""


# --------------------------------------------------------------------------- the description


def _dossier(package: Opened) -> Dossier:
    """description.json and events.json as a Dossier."""
    said, events = _json(package, DESCRIPTION), _json(package, EVENTS)
    if not isinstance(said, dict) or said.get("format") != description.DESCRIPTION_FORMAT:
        raise SourceRefused("packages.not_ours")
    plain = said.get("dossier")
    shape.require(Dossier, {**plain, "events": []} if isinstance(plain, dict) else plain, "dossier")
    try:
        happened = description.load_events(serial.dumps(events))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceRefused("packages.description_unsound", reason="events") from error
    shape.require(tuple[Event, ...], serial.to_plain(happened), "events")
    dossier = serial.from_plain(Dossier, {**plain, "events": []})
    return replace(dossier, events=happened, extra=without_notes(dossier.extra))


def _json(package: Opened, path: str):
    if path not in package.files:
        raise SourceRefused("packages.not_ours")
    try:
        return json.loads(package.content(path))
    except (ValueError, RecursionError) as error:
        raise SourceRefused("packages.description_unsound", reason=path) from error


def _require_sound(dossier: Dossier) -> None:
    """Codes, ids and levels are such as this archive makes; no record is secret."""
    _require_fonds(dossier.fonds)
    _require(ids.dossier_code(dossier.code) == dossier.code, "code")
    _require(dossier.id == ids.dossier_id(dossier.fonds.code, dossier.code), "id")
    _require(dossier.kind != "snapshot" and not dossier.files, "kind")
    _require_levels(dossier.level, dossier.embargo)
    seen: set[str] = set()
    for item in dossier.items:
        _require(item.ordinal > 0 and item.id == ids.item_id(dossier.id, item.ordinal), f"{item.id}.id")
        _require(item.id not in seen, f"{item.id}.id")
        seen.add(item.id)
        _require_levels(item.level, item.embargo)
        if item.value("secrecy"):
            raise SourceRefused("packages.secret", item=item.id)


def _require_fonds(fonds: Fonds) -> None:
    try:
        ids.fonds_code(fonds.code)
        ids.fonds_code(fonds.unit.code)
    except UsageError as error:
        raise SourceRefused("packages.description_unsound", reason="fonds") from error


def _require_levels(level: str, embargo: str) -> None:
    _require(level in LEVELS and _DAY.fullmatch(embargo) is not None, "level")


def _require(holds: bool, part: str) -> None:
    if not holds:
        raise SourceRefused("packages.description_unsound", reason=part)


# --------------------------------------------------------------------------- files and pages


def _require_held(item: Item, package: Opened, originals: dict[str, str]) -> None:
    """Every file of an item is in the package with its size; a quarantined one has none; pages are pages of its files."""
    if item.access != "open":
        _require(
            item == Item(item.id, item.ordinal, "", {}, (), (), access="quarantined"), f"{item.id}.access"
        )
        return
    digests = {}
    for file in item.files:
        path = originals.get(file.sha256)
        _require(path is not None and package.files[path].size == file.size, f"{item.id}.{file.name}")
        _require(not file.within and not file.locator and _is_logical(file.path), f"{item.id}.{file.name}")
        digests[file.path] = file.sha256
    for page in item.pages:
        _require(_is_of(page, digests) and page.index >= 0, f"{item.id}.pages")
    for text in item.texts:
        _require(_is_of(text, digests), f"{item.id}.texts")


def _is_of(made: PageRef | TextRef, digests: dict[str, str]) -> bool:
    """Is it the reading of one of the item's own files?"""
    match = _READING.fullmatch(made.rendition)
    return match is not None and match["sha256"] == made.sha256 == digests.get(made.file)


def _is_logical(path: str) -> bool:
    try:
        return path.startswith(ORIGINALS) and checked_logical(path) == path and "\0" not in path
    except UsageError:
        return False
