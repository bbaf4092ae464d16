"""What goes into one package: representations with their files, each read from the holdings only when it is written. Pure.

A file that a dossier reads in place, inside a snapshot, becomes a file of its own here: a package stands by itself.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from archive import ids
from archive.holdings import description, renditions
from archive.holdings.package import ORIGINALS, path_key, unused
from archive.lookup.taking import Takeable, Taken
from archive.model import Dossier, Item, SourceFile
from archive.packages.profile import Kind, table
from archive.processing import SystemRecord

_OURS = uuid.UUID("6d0fd0a6-2f0e-5a0a-9a3b-6b686f676f69")
"""Namespace of package numbers: the same content gets the same number."""
PDF, JPEG, GZIP = "application/pdf", "image/jpeg", "application/gzip"

Chunks = Callable[[Taken], Iterator[bytes]]


@dataclass(frozen=True)
class Part:
    """A file of a representation. `path` is below its data folder; `size` and `sha256` are None until it is made."""

    path: str
    name: str
    media_type: str
    chunks: Chunks
    items: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Representation:
    """`use`: originals, access or readings; `name` its folder."""

    name: str
    use: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Package:
    """A package as it will be written. `dossier` is described as it stands in the package."""

    kind: Kind
    id: str
    dossier: Dossier
    representations: tuple[Representation, ...]
    withheld: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Name of its root folder: the id as file systems can hold it."""
        return self.id.replace(":", "_")

    @property
    def files(self) -> int:
        return sum(len(each.parts) for each in self.representations)

    @property
    def size(self) -> int:
        """Bytes of the originals; what is made on the way is not known before."""
        return sum(part.size or 0 for each in self.representations for part in each.parts)


def package(kind: Kind, takeable: Takeable) -> Package:
    """The package of what may be taken of a dossier."""
    dossier, sources = self_contained(takeable.dossier)
    wanted = table()["kind"][kind]["representations"]
    parts = {
        "originals": _originals(dossier, sources) if "originals" in wanted else (),
        "access": tuple(map(_copy, _with_pages(dossier))) if "access" in wanted else (),
        "readings": _readings(dossier) if "readings" in wanted else (),
    }
    made = [use for use in wanted if parts[use] or use == "originals"]
    found = tuple(Representation(f"rep{n}", use, parts[use]) for n, use in enumerate(made, 1))
    number = _number(kind, dossier, found)
    return Package(kind, f"urn:{dossier.fonds.code}:uuid:{number}", dossier, found, takeable.withheld)


def _number(kind: Kind, dossier: Dossier, representations: tuple[Representation, ...]) -> uuid.UUID:
    digest = hashlib.sha256(description.dump(dossier) + description.dump_events(dossier))
    for representation in representations:
        for part in representation.parts:
            digest.update(f"{representation.name}/{part.path} {part.sha256}\n".encode())
    return uuid.uuid5(_OURS, f"{kind} {dossier.id} {digest.hexdigest()}")


# --------------------------------------------------------------------------- originals


@dataclass(frozen=True)
class _Source:
    """Where the bytes of a file of an item really are."""

    item: str
    file: SourceFile


def self_contained(dossier: Dossier) -> tuple[Dossier, dict[str, _Source]]:
    """The dossier with no file outside it, and for each of its paths where the bytes are."""
    items: list[Item] = []
    sources: dict[str, _Source] = {}
    for item in dossier.items:
        moved: dict[str, str] = {}
        for file in item.files:
            path = moved[file.path] = _own_path(item, file, sources)
            sources[path] = _Source(item.id, file)
        items.append(_moved(item, moved) if any(file.within for file in item.files) else item)
    return replace(dossier, items=tuple(items)), sources


def _own_path(item: Item, file: SourceFile, taken: Collection[str]) -> str:
    if not file.within:
        return file.path
    name = ids.safe_name(file.name.rpartition("/")[2])
    return unused(f"{ORIGINALS}{item.ordinal:03d}/{name}", taken)


def _moved(item: Item, moved: dict[str, str]) -> Item:
    files = tuple(replace(file, path=moved[file.path], within="", locator="") for file in item.files)
    pages = tuple(replace(page, file=moved.get(page.file, page.file)) for page in item.pages)
    texts = tuple(replace(text, file=moved.get(text.file, text.file)) for text in item.texts)
    return replace(item, files=files, pages=pages, texts=texts, record=_record(item.record, moved))


def _record(record: SystemRecord | None, moved: dict[str, str]) -> SystemRecord | None:
    if record is None:
        return None

    def each(parts):
        return tuple(replace(part, path=moved.get(part.path, part.path)) for part in parts)

    procedure = record.procedure and replace(record.procedure, papers=each(record.procedure.papers))
    return replace(
        record,
        attachments=each(record.attachments),
        signatures=each(record.signatures),
        procedure=procedure,
    )


def _originals(dossier: Dossier, sources: dict[str, _Source]) -> tuple[Part, ...]:
    """One file for each content, under the first name it has."""
    by_content: dict[str, list[tuple[str, _Source]]] = {}
    for path, source in sources.items():
        by_content.setdefault(source.file.sha256, []).append((path, source))
    taken: set[str] = set()
    return tuple(_original(held, taken) for held in by_content.values())


def _original(held: list[tuple[str, _Source]], taken: set[str]) -> Part:
    path, source = held[0]
    safe = "/".join(ids.safe_name(part) for part in path.removeprefix(ORIGINALS).split("/"))
    safe = unused(safe, taken, path_key)
    taken.add(path_key(safe))
    file = source.file
    items = tuple(dict.fromkeys(each.item for _, each in held))
    return Part(
        safe,
        file.name,
        file.media_type,
        lambda taken: taken.original(source.item, file).chunks(),
        items,
        file.size,
        file.sha256,
    )


# --------------------------------------------------------------------------- what was made of them


def _with_pages(dossier: Dossier) -> list[Item]:
    return [item for item in dossier.items if item.pages]


def _copy(item: Item) -> Part:
    name = f"{item.ordinal:03d}.pdf"
    return Part(name, name, PDF, lambda taken: taken.copy(item.id), (item.id,))


def _readings(dossier: Dossier) -> tuple[Part, ...]:
    """Image and reading of each page, under the key of the reading: the same page of two documents is there once."""
    keys: dict[str, list[tuple[str, int]]] = {}
    for item in _with_pages(dossier):
        for number, page in enumerate(item.pages, 1):
            keys.setdefault(page.rendition, []).append((item.id, number))
    texts = {text.rendition: item.id for item in dossier.items for text in item.texts}
    return (
        *(part for key, pages in keys.items() for part in _page(key, pages)),
        *(_text(key, item_id) for key, item_id in texts.items()),
    )


def _text(key: str, item_id: str) -> Part:
    """The text of a file without pages."""
    path = f"{key}.text.gz"
    return Part(
        path, path.rpartition("/")[2], GZIP, lambda taken: iter([taken.text(item_id, key)]), (item_id,)
    )


def _page(key: str, pages: list[tuple[str, int]]) -> tuple[Part, Part]:
    item_id, number = pages[0]
    items = tuple(dict.fromkeys(each for each, _ in pages))

    def image(taken: Taken) -> Iterator[bytes]:
        yield taken.page(item_id, number)[1]

    def reading(taken: Taken) -> Iterator[bytes]:
        yield renditions.pack(*taken.page(item_id, number), key)

    about = ((f"{key}.jpg", JPEG, image), (f"{key}.json.gz", GZIP, reading))
    return tuple(Part(path, path.rpartition("/")[2], media, chunks, items) for path, media, chunks in about)
