"""The door for received files: say what a file is by its content, look at it, open one of its pages.

Nothing here trusts a file: formats are told by content, sizes are checked before anything is decoded, and
every failure becomes a SourceRefused (whole file) or an EngineError "page.unreadable" (one page).
A hostile PDF may still crash the PDF engine: call from a worker process.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePath

from archive.errors import EngineError, SourceRefused
from archive.model import Finding
from archive.settings import Settings
from ingest.data import table
from ingest.files import images, pdf
from ingest.files.opened import PageInput, SourceInfo

__all__ = ["PageInput", "SourceInfo", "inspect", "named_right", "open_page", "recognised"]

HEAD = 2048
"""So many first bytes tell a format."""


@dataclass(frozen=True)
class Format:
    """One row of data/formats.toml."""

    type: str
    magic: bytes
    offset: int = 0
    within: int = 0
    contains: bytes = b""
    suffixes: tuple[str, ...] = ()
    refused: str = ""

    def matches(self, head: bytes) -> bool:
        start = head.lower() if self.type == "text/html" else head
        found = (
            self.magic in start[: self.within] if self.within else start.startswith(self.magic, self.offset)
        )
        return found and self.contains in head


@cache
def formats() -> tuple[Format, ...]:
    rows = table("formats")["format"]
    return tuple(
        Format(
            **row
            | {"magic": bytes.fromhex(row["magic"]), "contains": bytes.fromhex(row.get("contains", ""))}
            | {"suffixes": tuple(row.get("suffixes", ()))}
        )
        for row in rows
    )


def inspect(path: Path, settings: Settings, name: str = "") -> SourceInfo:
    """Cheap look at one received file. Raises SourceRefused with a reason `refused.*`.

    `name`: what the file is called where it comes from; without it, its own name.
    """
    found = recognised(_head(path, settings))
    if found is None:
        raise SourceRefused("refused.unknown_format")
    if found.refused:
        raise SourceRefused(found.refused, type=found.type)
    engine = pdf if found.type == "application/pdf" else images
    info = _guarded(engine.inspect, path, found.type, settings)
    return replace(info, findings=named_right(name or path.name, found.type, found.suffixes) + info.findings)


def open_page(path: Path, media_type: str, index: int, settings: Settings) -> PageInput:
    """Page `index` (from 0) of a file that `inspect` took. Raises EngineError "page.unreadable"."""
    engine = pdf if media_type == "application/pdf" else images
    try:
        return engine.open_page(path, index, settings)
    except EngineError:
        raise
    except Exception as error:
        raise EngineError("page.unreadable", page=index + 1, reason=_short(error, path)) from error


def _head(path: Path, settings: Settings) -> bytes:
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise SourceRefused("refused.not_a_file")
        if state.st_size == 0:
            raise SourceRefused("refused.empty")
        if state.st_size > settings.file_bytes:
            limit = f"{settings.file_bytes / 2**30:.1f}"
            raise SourceRefused("refused.too_large", size=f"{state.st_size / 2**30:.1f}", limit=limit)
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise SourceRefused("refused.unreadable", reason=error.strerror or error) from error


def recognised(head: bytes) -> Format | None:
    """The format a file with these first bytes has, if it is one of data/formats.toml."""
    return next((known for known in formats() if known.matches(head)), None)


_SUFFIX = re.compile(r"(?=.*[a-z])[a-z0-9]{1,8}")


def named_right(name: str, media_type: str, suffixes: tuple[str, ...]) -> tuple[Finding, ...]:
    """A Finding when the name ends otherwise than names of this type do. A name without a suffix claims no type."""
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if suffix in suffixes or not _SUFFIX.fullmatch(suffix):
        return ()
    return (Finding("file.wrong_extension", "info", values={"suffix": suffix, "type": media_type}),)


def _guarded(function, path: Path, media_type: str, settings: Settings) -> SourceInfo:
    """Run an engine's look; whatever it did not foresee means the file is broken."""
    try:
        return function(path, media_type, settings)
    except SourceRefused:
        raise
    except Exception as error:
        raise SourceRefused("refused.broken", reason=_short(error, path)) from error


def _short(error: Exception, path: Path) -> str:
    """What went wrong, for a person who knows which file is meant."""
    return f"{type(error).__name__}: {error}".replace(str(path), path.name)[:200]
