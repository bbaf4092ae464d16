"""Write side of the memory of heads. Whoever writes holds the commit lock of the holdings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from archive import durable, settings
from archive.holdings import sealed_lines
from archive.holdings.heads import Head, Heads


def remember(heads: Heads, dossier_id: str, version: int, state: str, when: str = "") -> None:
    """Add a line, durably, when it is news. Version 0: the package is given up."""
    known = heads.refresh().newest.get(dossier_id, Head(0, ""))
    if (known.version, known.state) == (version, state):
        return
    append_line(
        heads.path, heads.end, row(dossier_id, Head(version, state, when or settings.now().isoformat()))
    )
    heads.refresh()


def row(dossier_id: str, head: Head) -> str:
    return json.dumps([dossier_id, head.version, head.state, head.when], ensure_ascii=False)


def lines(texts: Iterable[str]) -> bytes:
    return b"".join(sealed_lines.sealed(text) for text in texts)


def append_line(path: Path, end: int, *texts: str) -> None:
    """Add lines after byte `end`, where the last whole line ends: what a crash left behind it is cut off."""
    durable.make_folder(path.parent)
    if path.exists() and path.stat().st_size > end:
        durable.cut(path, end)
    durable.append(path, lines(texts), end, 0o640)
