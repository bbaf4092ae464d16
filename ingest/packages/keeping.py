"""Keeps what a package holds: readings first, then the dossier in one commit. What is held already is never replaced."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PIL import Image

from archive import durable, settings
from archive.errors import SourceRefused, StorageError
from archive.holdings import renditions
from archive.holdings.package import NewFile
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Dossier, Event, Item, PageReading
from archive.packages.opened import Opened
from archive.settings import Settings
from ingest.batch.batch import lock_of
from ingest.batch.earlier import Earlier
from ingest.packages import shape
from ingest.packages.received import Received, received

MOST_READING = 64 << 20
"""Bytes of one unpacked reading at most."""
_CHUNK = 1 << 20
_UNSOUND = (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error)

Fate = Literal["kept", "there"]


class Keeper:
    """Takes packages into one home, in the name of `agent`."""

    def __init__(self, config: Settings, agent: str) -> None:
        self._config, self._agent = config, agent
        self._holdings = HoldingsWriter(config.holdings, config.work / "staging", agent)
        self._renditions = RenditionsWriter(config.renditions)
        self._earlier = Earlier(self._holdings)

    def look(self, path: Path) -> tuple[Dossier, Fate]:
        """What would become of a package. Raises SourceRefused."""
        with received(path) as found:
            return found.dossier, self._fate(found)

    def keep(self, path: Path) -> tuple[Dossier, Fate]:
        """Keep it, or find that all of it is there already. Raises SourceRefused, StorageError; then nothing is kept."""
        with received(path) as found, lock_of(self._config, found.dossier.fonds), turn(self._config):
            fate = self._fate(found)
            self._require_space(found)
            for rendition, place in found.readings.items():
                self._keep_reading(found.package, rendition, place)
            for rendition, place in found.texts.items():
                if not self._renditions.has_text(rendition):
                    self._renditions.put_text(rendition, _text(found.package.content(place), place))
            self._require_readings(found.dossier)
            if fate == "kept":
                self._commit(found)
            return found.dossier, fate

    # ----------------------------------------------------------------- what may not come in

    def _fate(self, found: Received) -> Fate:
        """Raises SourceRefused for what is secret here, another unit's, or held otherwise."""
        dossier = found.dossier
        self._earlier.learn(dossier.fonds.code)
        secret = self._earlier.secret()
        for item in dossier.items:
            if any(file.sha256 in secret for file in item.files):
                raise SourceRefused("packages.secret", item=item.id)
        for held in self._earlier.described(dossier.fonds.code):
            if held.unit.code != dossier.fonds.unit.code:
                values = {"fonds": held.code, "unit": held.unit.code, "other": dossier.fonds.unit.code}
                raise SourceRefused("packages.other_unit", **values)
        if not self._holdings.has(dossier.id):
            return "kept"
        if not _holds(self._holdings.dossier(dossier.id), dossier):
            raise SourceRefused("packages.held_otherwise", id=dossier.id)
        return "there"

    def _require_space(self, found: Received) -> None:
        free = shutil.disk_usage(self._config.home).free
        if free < 2 * found.size + self._config.free_reserve:
            raise StorageError("error.disk_full", path=self._config.home, reason=free)

    # ----------------------------------------------------------------- keeping

    def _keep_reading(self, package: Opened, rendition: str, place: str) -> None:
        if self._renditions.has(rendition):
            return
        image = package.content(f"{place}.jpg")
        self._require_image(image, place)
        self._renditions.put(
            rendition, _reading(package.content(f"{place}.json.gz"), rendition, place), image
        )

    def _require_image(self, image: bytes, place: str) -> None:
        try:
            with Image.open(io.BytesIO(image), formats=("JPEG",)) as header:
                pixels = header.width * header.height
        except Exception as error:  # whatever the decoder says
            raise SourceRefused("packages.reading_unsound", path=place) from error
        if pixels > self._config.page_pixels:
            raise SourceRefused("packages.reading_unsound", path=place)

    def _require_readings(self, dossier: Dossier) -> None:
        """Without its readings a dossier could not be published: a SIP has none."""
        for item in dossier.items:
            pages = all(self._renditions.has(page.rendition) for page in item.pages)
            if not pages or not all(self._renditions.has_text(text.rendition) for text in item.texts):
                raise SourceRefused("packages.no_readings", item=item.id)

    def _commit(self, found: Received) -> None:
        dossier = found.dossier
        said = Event(
            "accession",
            settings.now().isoformat(),
            self._agent,
            detail=found.package.id,
            objects=(dossier.id,),
        )
        with self._files(found) as files:
            self._holdings.commit(replace(dossier, events=(*dossier.events, said)), files)

    @contextmanager
    def _files(self, found: Received) -> Iterator[list[NewFile]]:
        """The originals as plain files for the writer, which counts their digests again."""
        folder = self._config.work / "packages"
        durable.remove_tree(folder)
        durable.make_folder(folder)
        wanted = {file.path: file.sha256 for item in found.dossier.items for file in item.files}
        places: dict[str, Path] = {}
        try:
            for sha256 in dict.fromkeys(wanted.values()):
                places[sha256] = folder / sha256
                durable.copy_chunks(_chunks(found, sha256), places[sha256])
            yield [NewFile(path, places[sha256], sha256) for path, sha256 in wanted.items()]
        finally:
            durable.remove_tree(folder)


def _chunks(found: Received, sha256: str) -> Iterator[bytes]:
    """The bytes of an original, never more than its METS states."""
    stated = found.package.files[found.originals[sha256]]
    left = stated.size
    with found.package.container.open(stated.path) as file:
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


# --------------------------------------------------------------------------- is it held?


def _holds(held: Dossier, dossier: Dossier) -> bool:
    """Is every document of the package there as it says? Where the bytes lie does not count, nor what was added to it."""
    by_id = {item.id: item for item in held.items}
    return all(item.id in by_id and _said(by_id[item.id]) == _said(item) for item in dossier.items)


def _said(item: Item) -> tuple[object, ...]:
    return item.access, item.title, item.fields, [(file.name, file.sha256) for file in item.files]


# --------------------------------------------------------------------------- readings


def _reading(packed: bytes, rendition: str, place: str) -> PageReading:
    """A reading from outside: unpacked within bounds, every value of its type. Raises SourceRefused."""
    try:
        said = json.loads(_unpacked(packed).partition(b"\n")[2])
        words = said.pop("words")
        shape.require(PageReading, {**said, "words": []}, place)
        shape.require(tuple[tuple[str, int, int, int, int, float, int], ...], words, place)
        return renditions.unpack(packed, rendition)
    except _UNSOUND as error:
        raise SourceRefused("packages.reading_unsound", path=place) from error


def _text(packed: bytes, place: str) -> str:
    """The text of a file without pages, from outside. Raises SourceRefused."""
    try:
        digest, _, said = _unpacked(packed).partition(b"\n")
        if hashlib.sha256(said).hexdigest().encode() != digest:
            raise ValueError(digest)
        return said.decode()
    except _UNSOUND as error:
        raise SourceRefused("packages.reading_unsound", path=place) from error


def _unpacked(packed: bytes) -> bytes:
    """Raises ValueError beyond MOST_READING."""
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(packed, MOST_READING)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("too big or cut short")
    return plain
