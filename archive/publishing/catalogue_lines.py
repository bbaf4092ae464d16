"""A catalogue written out whole, engine by engine the same: the proof that a rebuilt one says what the one before said.

Canonical JSON, a line each (keys sorted, no blanks, UTF-8): first {"format", "counts", "fonds", "classes"}, then for each
dossier by id {"dossier", "state", "items", "rows", "pages"}: all that the look-up can show, to those who may see all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from archive import serial
from archive.ports import CatalogueReader
from archive.rights.access import Scope, everything

FORMAT = "kho-catalogue/1"


def lines(catalogue: CatalogueReader) -> Iterator[tuple[str, bytes]]:
    """(dossier id, or "" for the first line; the line with its line feed). Holds one dossier at a time."""
    classes = catalogue.classes()
    scope = everything(classes)
    yield (
        "",
        _line(
            format=FORMAT,
            counts=catalogue.counts(),
            fonds=sorted((serial.to_plain(one) for one in catalogue.fonds(scope)), key=_written),
            classes=sorted((serial.to_plain(one) for one in classes), key=_written),
        ),
    )
    for dossier_id, state in sorted(catalogue.states().items()):
        yield dossier_id, _dossier(catalogue, dossier_id, state, scope)


def _dossier(catalogue: CatalogueReader, dossier_id: str, state: str, scope: Scope) -> bytes:
    dossier = catalogue.dossier(dossier_id, scope)
    opened = [item.id for item in dossier.items if item.access == "open"]
    pages = catalogue.page_texts(opened, scope)
    return _line(
        dossier=serial.to_plain(dossier),
        state=state,
        items=[serial.to_plain(catalogue.item(item_id, scope)) for item_id in opened],
        rows=[serial.to_plain(row) for row in catalogue.dossier_rows(dossier_id, scope)],
        pages={item_id: [page.text for page in kept] for item_id, kept in pages.items()},
    )


def _line(**plain: object) -> bytes:
    return _written(plain).encode("utf-8", "backslashreplace") + b"\n"


def _written(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digests(written: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Dossier -> SHA-256 of its line; "" -> that of the first."""
    return {name: hashlib.sha256(line).hexdigest() for name, line in written}


def digest(of_lines: dict[str, str]) -> str:
    """One digest for the whole: SHA-256 of the digests of all lines, in order."""
    return hashlib.sha256("\n".join(of_lines.values()).encode()).hexdigest()
