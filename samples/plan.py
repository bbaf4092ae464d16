"""What a sample batch consists of, read from words/plan-*.toml: fonds, dossiers, files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date

from samples import texts
from samples.documents import Creator


@dataclass(frozen=True)
class FilePlan:
    """One line of the plan: a document in a form, or a special file. Keys as explained in README.md."""

    name: str
    form: str = "pdf"
    kind: str = "quyet-dinh"
    topic: str = ""
    group: str = "clean"
    creator: str = ""
    era: str = "nd30"
    face: str = "tinos"
    day: date | None = None
    length: int = 7
    table: int = 0
    draft: bool = False
    secrecy: str = ""
    urgency: str = ""
    trap: bool = False
    personal: bool = False
    dpi: int = 200
    blank: bool = False
    skip: tuple[int, ...] = ()
    of: str = ""
    nfd: bool = False
    catalogue: dict[str, str] = field(default_factory=dict)
    listed: bool = True

    @property
    def stored(self) -> str:
        """The name as it stands on the disk."""
        return unicodedata.normalize("NFD" if self.nfd else "NFC", self.name)


@dataclass(frozen=True)
class DossierPlan:
    """A folder; `creator`, `topic` and `year` hold for its files unless they say otherwise."""

    folder: str
    creator: str
    topic: str
    year: int
    files: tuple[FilePlan, ...]


@dataclass(frozen=True)
class FondsPlan:
    ma: str
    ten: str
    don_vi_ma: str
    don_vi_ten: str
    don_vi_cap: str
    dossiers: tuple[DossierPlan, ...]
    catalogue: bool = False


def load(name: str) -> list[FondsPlan]:
    """The plan `full` or `small`."""
    return [_fonds(table) for table in texts.words(f"plan-{name}")["fonds"]]


def _fonds(table: dict) -> FondsPlan:
    return FondsPlan(**{**table, "dossiers": tuple(_dossier(row) for row in table["dossiers"])})


def _dossier(table: dict) -> DossierPlan:
    return DossierPlan(**{**table, "files": tuple(_file(row) for row in table["files"])})


def _file(row: dict) -> FilePlan:
    return FilePlan(**{**row, "skip": tuple(row.get("skip", ()))})


def creator(key: str) -> Creator:
    """An issuing office of words/creators.toml."""
    row = texts.words("creators")[key]
    return Creator(**{**row, "name": tuple(row["name"])})
