"""Which files of a folder or zip are messages: told by their first bytes."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archive.errors import IntegrityError, SourceRefused
from archive.holdings import locator
from archive.holdings.locator import Locator

MAX_FILE = 1 << 33
LOOKED_AT = 5_000
_HEAD = 4096
_MESSAGE = re.compile(rb"<(?:[\w.-]+:)?edXML(?:Envelope|Header|Message)?[\s>]", re.IGNORECASE)
_NAMED = (".edxml", ".xml")


def is_message(head: bytes) -> bool:
    return bool(_MESSAGE.search(head.replace(b"\x00", b"")))


def begins(path: Path) -> bool:
    """Is this file a message?"""
    try:
        with path.open("rb") as source:
            return is_message(source.read(_HEAD))
    except OSError:
        return False


def messages(path: Path, most: int | None) -> Iterator[Locator]:
    """Files with edXML in a folder or zip, in the order of their names. Looks at the first `most` only."""
    base = path if path.is_dir() else path.parent
    for place in islice(_places(path), most):
        try:
            with locator.opened(base, str(place), MAX_FILE) as stream:
                if is_message(stream.read(_HEAD)):
                    yield place
        except (IntegrityError, OSError):
            if place.path.lower().endswith(_NAMED):
                yield place


def _places(path: Path) -> Iterator[Locator]:
    if path.is_dir():
        for folder, inner, names in os.walk(path):
            inner.sort()
            for name in sorted(names):
                found = Path(folder, name)
                if found.is_file() and not found.is_symlink():
                    yield Locator(found.relative_to(path).as_posix())
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise SourceRefused("refused.edxml_none") from error
    yield from (Locator(path.name).then("zip", member) for member in sorted(members))
