"""The three papers of an archive, filled: mục lục hồ sơ, mục lục văn bản, sổ văn bản. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.messages import say
from archive.model import Dossier, Fonds, Item, ItemRow
from archive.papers import forms
from archive.papers.files import Filled
from archive.publishing.handles import RegisterKey

MOST = 5000
"""Lines of a paper that a word processor opens at ease: longer ones are made as a workbook only."""


def dossier_line(place: int, dossier: Dossier, pages: int) -> list[str]:
    return forms.forms()["dossiers"].row(forms.dossier_cells(place, dossier, pages))


def of_dossiers(lines: Iterable[Sequence[str]], language: str, fonds: Fonds | None = None) -> Filled:
    """Mục lục hồ sơ of these lines, each of `dossier_line`."""
    above, below = (forms.office(fonds), f"{fonds.code} · {fonds.title}") if fonds else ("", "")
    return Filled(forms.forms()["dossiers"], say("form.title.dossiers", language), tuple(lines), above, below)


def of_documents(dossier: Dossier, rows: Sequence[ItemRow], language: str, whole: bool = True) -> Filled:
    """Mục lục văn bản of a dossier; only where it is `whole` is it known on which pages a document stands."""
    form = forms.forms()["documents"]
    lines = forms.document_lines(rows, language)
    filled = [form.row(cells if whole else cells | {"sheets": ""}) for cells in lines]
    below = f"{dossier.code} · {dossier.title}"
    return Filled(form, say("form.title.documents", language), filled, forms.office(dossier.fonds), below)


def of_register(key: RegisterKey, items: Sequence[Item], fonds: Fonds, language: str) -> Filled:
    """A register of a closed system in the columns of its form."""
    form = forms.of_register(key.direction)
    rows = [form.row(forms.register_cells(item, fonds.unit.name, language)) for item in items]
    kind = key.direction if key.direction in forms.REGISTERS else "other"
    year = say("web.book.year", language, year=key.year or say("web.book.no_year", language))
    below = " · ".join(filter(None, [key.name, year]))
    return Filled(form, say(f"web.book.{kind}", language), rows, forms.office(fonds), below)
