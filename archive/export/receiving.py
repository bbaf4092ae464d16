"""The file an export is written to: `<name>.part` until it is whole, continued after a stop, then renamed. Not for the web."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from archive import durable
from archive.errors import StorageError
from archive.export.bag import DECLARATION, REQUEST, Bag, Request
from archive.export.writing import Kept
from archive.export.zipping import Scan

SUFFIX = ".part"


def part_of(target: Path) -> Path:
    return target.with_name(target.name + SUFFIX)


def begun(target: Path) -> dict | None:
    """What an unfinished export at this place was asked for; None when there is none that can be read."""
    try:
        with part_of(target).open("rb") as file:
            scan = Scan(file)
            entries = scan.entries()
            names = {next(entries).name.partition("/")[2]: None}
            request = next(entries)
            if DECLARATION in names and request.name.endswith(f"/{REQUEST}"):
                return json.loads(b"".join(scan.content(request)))
    except (OSError, StopIteration, ValueError):
        pass
    return None


def same(request: Request, found: dict) -> Request | None:
    """The request with the name and time of an unfinished one, when it asks for just the same; else None."""
    try:
        earlier = Request(
            str(found["export"]),
            datetime.fromisoformat(found["began"]),
            request.actor,
            request.plan,
            request.generation,
            request.language,
            str(found.get("stamp", "")),
        )
    except (KeyError, TypeError, ValueError):
        return None
    return (
        earlier if json.loads(earlier.plain) == found and bool(earlier.stamp) == bool(request.stamp) else None
    )


@contextmanager
def kept(target: Path) -> Iterator[Kept | None]:
    """The entries of the unfinished file, to be taken over as far as they are sound; None when there is none."""
    path = part_of(target)
    if not path.exists():
        yield None
        return
    with path.open("rb") as file:
        yield Kept(Scan(file))


def require_room(target: Path, needed: int, reserve: int) -> None:
    """Raises StorageError when the disk has not enough room for what is still to be written."""
    path = part_of(target)
    there = path.stat().st_size if path.exists() else 0
    free = shutil.disk_usage(target.parent).free
    if free < needed - there + reserve:
        raise StorageError("export.no_room", path=target, needed=_mib(needed + reserve), free=_mib(free))


def _mib(size: int) -> int:
    return -(-size // (1 << 20))


def receive(bag: Bag, target: Path, found: Kept | None) -> None:
    """Write the stream; what is kept of an unfinished file stays where it is. Raises what `Bag.chunks` and the disk do."""
    part, chunks = part_of(target), bag.chunks()
    first = next(chunks, b"")
    with durable.growing(part, found.end if found else 0) as write:
        write(first)
        for chunk in chunks:
            write(chunk)
    durable.rename(part, target)
