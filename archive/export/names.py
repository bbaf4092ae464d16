"""Names of entries in a bag: ASCII, fit for every file system, different where case does not count. Pure.

What a file was called when it was received stands in the tables of the bag.
"""

from __future__ import annotations

import re
from datetime import datetime

from archive import ids, text

LONGEST = 60


def base(when: datetime, mark: str) -> str:
    """The bag's folder: kho-xuat-20261231-0800-1a2b3c."""
    return f"kho-xuat-{when:%Y%m%d-%H%M}-{mark[:6]}"


class Folders:
    """One folder for each dossier. Its name begins with the fonds, so that no reserved name stands alone."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, dossier_id: str) -> str:
        fonds, code = ids.fonds_of(dossier_id), ids.code_of(dossier_id)
        name = f"{fonds}_{code}"[:120].rstrip(".") or "_"
        found, number = name, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{name}~{number}"
        self._taken.add(found.lower())
        return f"data/ho-so/{found}"


def document(folder: str, dossier_id: str, item_id: str) -> str:
    """By the number that ends its id; one that came from another dossier has that of the other: its whole id."""
    own = ids.dossier_of(item_id) == dossier_id
    return f"{folder}/{item_id.rpartition(':')[2] if own else item_id.replace(':', '_')}"


def original(folder: str, place: int, received: str) -> str:
    """The file's place among those of its document (from 1), then what is plain in its name."""
    name = received.replace("\\", "/").rpartition("/")[2]
    stem, _, suffix = name.rpartition(".")
    stem, suffix = (stem, suffix) if stem else (name, "")
    plain, ending = _plain(stem)[:LONGEST].strip("-."), re.sub(r"[^a-z0-9]", "", text.fold(suffix))[:10]
    return f"{folder}/goc/{place}-{plain or 'tep'}{'.' + ending if ending else ''}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text.fold(name))
