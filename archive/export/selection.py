"""What is to be exported: the results of a search, a dossier, a fonds, or a list of ids. Pure but for reading the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive import ids
from archive.errors import UsageError

Kind = Literal["query", "dossier", "fonds", "list"]


@dataclass(frozen=True)
class Selection:
    """`value`: the query, the dossier's id, the fonds' code, or the name of the list whose `ids` these are.

    `filters` narrow a search, as the facets of the look-up do.
    """

    kind: Kind
    value: str
    ids: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def plain(self) -> dict[str, object]:
        """What stands in certificate and log."""
        filters = {name: list(values) for name, values in self.filters}
        return {"kind": self.kind, "value": self.value} | ({"filters": filters} if filters else {})


def of_search(text: str, filters: Mapping[str, Sequence[str]] | None = None) -> Selection:
    chosen = tuple((name, tuple(values)) for name, values in sorted((filters or {}).items()) if values)
    return Selection("query", text, filters=chosen)


def of_list(path: Path) -> Selection:
    """A text file with an id of a document or dossier in each line; what follows a # is a remark."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("export.list_unreadable", path=path, reason=error) from error
    named = dict.fromkeys(filter(None, (line.partition("#")[0].strip() for line in lines)))
    return Selection("list", path.name, tuple(named))


def in_order(found: Sequence[str]) -> list[str]:
    """Ids of documents, each once, those of a dossier together and in their order there."""
    return sorted(dict.fromkeys(found), key=lambda one: (ids.dossier_of(one), int(one.rpartition(":")[2])))
