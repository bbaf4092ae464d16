"""Headings under which offices name the columns of their lists, and what such a column holds. Pure.

Compared without marks, case and punctuation. Data: data/catalogue_columns.toml, data/register_columns.toml.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from archive import text
from ingest.data import table


def heading(said: str) -> str:
    """The form in which headings are compared."""
    return " ".join(text.words(text.fold(text.clean(said))))


def data(name: str) -> dict[str, Any]:
    return table(f"{name}_columns")


@cache
def catalogue_names() -> dict[str, str]:
    """Heading -> key of a column of a catalogue sheet."""
    return {heading(name): key for key, names in data("catalogue")["columns"].items() for name in names}


@cache
def register_names() -> dict[str, str]:
    """Heading -> key of a column of a register; a register's names go before the catalogue's."""
    own = {
        heading(name): key
        for key, column in data("register")["columns"].items()
        for name in (column["title"], *column.get("names", ()))
    }
    keys = data("register")["columns"]
    return {name: key for name, key in catalogue_names().items() if key in keys} | own


@cache
def register_titles() -> dict[str, str]:
    """Key of a register's column -> the heading by which mapping files name it."""
    return {key: column["title"] for key, column in data("register")["columns"].items()}
