"""The scanned-folder convention: a listing of names -> dossiers, items, page order. Pure.

Each top-level folder is one dossier (hồ sơ). Loose files are grouped by the file code of Thông tư
02/2019/TT-BNV names, the rest form one dossier named after the batch folder. Inside a dossier a PDF or a
multi-page TIFF is one item; numbered images of one stem, or a sub-folder of images only, are one item.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from pathlib import PurePosixPath

from archive import ids, text
from archive.model import Finding
from ingest.data import table
from ingest.grading.grades import grade_of_name

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".jp2"}
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d{1,9})\)?\Z", re.DOTALL)


@dataclass(frozen=True)
class Listed:
    """A usable file: `name` relative to the batch folder, with `/`; `pages` and type once it was looked at."""

    name: str
    pages: int = 1
    media_type: str = ""

    @property
    def is_image(self) -> bool:
        """One page of a possible sequence (a multi-page TIFF is a document)."""
        by_name = PurePosixPath(self.name).suffix.lower() in IMAGE_SUFFIXES
        return self.pages == 1 and (self.media_type.startswith("image/") if self.media_type else by_name)


@dataclass(frozen=True)
class PlannedItem:
    """One document to be: its files in page order and the ordinal its name states, if any."""

    files: tuple[str, ...]
    ordinal: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PlannedDossier:
    """One dossier to be. `folder` is its name as received, "" for loose files; `sheets` lie inside it.

    `name` tells dossiers apart: the folder's name in NFC, bytes that are no UTF-8 escaped. `stated`: the code is
    the file code in the names of its documents.
    """

    code: str
    title: str
    folder: str
    items: tuple[PlannedItem, ...]
    sheets: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    name: str = ""
    stated: bool = False


@dataclass(frozen=True)
class FolderPlan:
    """All dossiers in order; `sheets` are the catalogue sheets beside the dossier folders."""

    dossiers: tuple[PlannedDossier, ...]
    sheets: tuple[str, ...] = ()


# --------------------------------------------------------------------------- names


@cache
def _patterns() -> dict[str, list[str]]:
    return table("system_files")


def is_system_file(name: str) -> bool:
    return _matches(name.lower(), "files")


def is_system_folder(name: str) -> bool:
    return _matches(name.lower(), "folders")


def is_sheet(name: str) -> bool:
    """Is this the name of a catalogue sheet (mục lục)?"""
    plain = text.fold(text.clean(PurePosixPath(name).name)).strip()
    return _matches(re.sub(r"[\s_-]+", "-", plain), "sheets")


def _matches(name: str, kind: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _patterns()[kind])


def composed(name: str) -> str:
    """NFC: the form in which names are compared; names are kept as received."""
    return unicodedata.normalize("NFC", name)


def readable(name: str) -> str:
    """A name fit for a title: bytes that are no UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()


def natural(name: str) -> tuple:
    """Sort key in which 2 comes before 10, whatever case, marks and normal form; the name itself breaks ties."""
    parts = re.split(r"(\d+)", text.fold(composed(name)))
    return (tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts), name)


# --------------------------------------------------------------------------- plan


Owner = Callable[[str], str | None]
"""Dossier code -> `name` of the held dossier that has it, None when there is none."""


def plan(files: Iterable[Listed], batch_name: str, owner: Owner = lambda code: None) -> FolderPlan:
    """The plan of a batch: every file lands in exactly one item or among the sheets."""
    ordered = sorted(files, key=lambda file: natural(file.name))
    loose_sheets = tuple(file.name for file in ordered if "/" not in file.name and is_sheet(file.name))
    groups: dict[str, list[Listed]] = defaultdict(list)
    for file in ordered:
        if file.name not in loose_sheets:
            groups[_dossier_key(file.name, batch_name)].append(file)
    dossiers = [
        _dossier(key, group) for key, group in sorted(groups.items(), key=lambda pair: natural(pair[0]))
    ]
    return FolderPlan(tuple(_with_codes(dossiers, owner)), loose_sheets)


def _dossier_key(name: str, batch_name: str) -> str:
    folder, slash, _ = name.partition("/")
    if slash:
        return composed(folder)
    stated = ids.parse_document_name(PurePosixPath(name).stem)
    return stated[0] if stated else composed(batch_name)


def _dossier(key: str, files: list[Listed]) -> PlannedDossier:
    sheets = tuple(file.name for file in files if is_sheet(file.name))
    contents = [file for file in files if file.name not in sheets]
    stated = {
        name[0] for file in contents if (name := ids.parse_document_name(PurePosixPath(file.name).stem))
    }
    shown = _neutral(key) if grade_of_name(key + "/-") else key
    code = stated.pop() if len(stated) == 1 else shown
    folder = next((file.name.partition("/")[0] for file in files if "/" in file.name), "")
    return PlannedDossier(
        code=ids.dossier_code(code),
        title=readable(shown).strip(),
        folder=folder,
        items=tuple(_items(contents)),
        sheets=sheets,
        findings=tuple(_same_names(contents)),
        name=shown.encode("utf-8", "backslashreplace").decode(),
        stated=code != shown,
    )


def _neutral(key: str) -> str:
    """What stands for the name of a folder that says it is secret."""
    return f"ho-so-{sha256(key.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"


def _with_codes(dossiers: Sequence[PlannedDossier], owner: Owner) -> list[PlannedDossier]:
    """Different folders get different codes, and a folder keeps its code whatever others come beside it."""
    wanted = Counter(dossier.code for dossier in dossiers)
    return [replace(one, code=_code(one, owner, wanted[one.code] > 1)) for one in dossiers]


def _code(dossier: PlannedDossier, owner: Owner, contested: bool) -> str:
    """The plain code when it is the dossier's own, else one with a digest of its name.

    Own: a held dossier of the same name has it; or it is free and nobody else wants it, or it is the name itself.
    A file code stated by the documents also joins a held dossier of another name.
    """
    digest = sha256(dossier.name.encode()).hexdigest()[:6]
    apart = f"{dossier.code[:90]}-{digest}"
    holder = owner(dossier.code)
    if holder == dossier.name:
        return dossier.code
    if owner(apart) is not None:
        return apart
    free = holder is None
    own = (free and dossier.name == dossier.code) if contested else (free or dossier.stated)
    return dossier.code if own else apart


def _same_names(files: Sequence[Listed]) -> list[Finding]:
    """Names that differ only in Unicode normal form look the same to a person: two files, one finding."""
    groups: dict[str, list[str]] = defaultdict(list)
    for file in files:
        groups[composed(file.name)].append(file.name)
    return [
        Finding("name.same_after_nfc", file=names[0], values={"name": composed(PurePosixPath(names[0]).name)})
        for names in groups.values()
        if len(names) > 1
    ]


# --------------------------------------------------------------------------- items of a dossier


def _items(files: Sequence[Listed]) -> list[PlannedItem]:
    folders: dict[str, list[Listed]] = defaultdict(list)
    for file in files:
        folders[composed(str(PurePosixPath(file.name).parent))].append(file)
    items: list[PlannedItem] = []
    for folder, group in folders.items():
        inner = folder.count("/") >= 1
        if inner and len(group) > 1 and all(file.is_image for file in group):
            items.append(_sequence(group))
        else:
            items += _items_of_folder(group)
    return sorted(items, key=lambda item: natural(item.files[0]))


def _items_of_folder(files: Sequence[Listed]) -> list[PlannedItem]:
    sequences: dict[str, list[Listed]] = defaultdict(list)
    items = []
    for file in files:
        match = _NUMBERED.match(PurePosixPath(composed(file.name)).stem)
        if file.is_image and match:
            sequences[match["stem"].casefold().rstrip(" _-.(")].append(file)
        else:
            items.append(_document(file))
    return items + [_sequence(group) for group in sequences.values()]


def _document(file: Listed) -> PlannedItem:
    stated = ids.parse_document_name(PurePosixPath(file.name).stem)
    return PlannedItem(files=(file.name,), ordinal=stated[1] if stated else None)


def _sequence(files: Sequence[Listed]) -> PlannedItem:
    names = sorted((file.name for file in files), key=natural)
    numbers = [_number(name) for name in names]
    missing = missing_numbers([number for number in numbers if number is not None])
    findings = ()
    if missing:
        findings = (Finding("sequence.missing", file=names[0], values={"numbers": ranges(missing)}),)
    return PlannedItem(files=tuple(names), findings=findings)


def _number(name: str) -> int | None:
    match = _NUMBERED.match(PurePosixPath(composed(name)).stem)
    return int(match["number"]) if match else None


def missing_numbers(numbers: Sequence[int]) -> list[int]:
    """Numbers absent between the first and the last; a sequence that starts at 2 or 3 lacks its beginning.

    Numbers that are far apart are no page numbers (dates, serial numbers): nothing is said to be missing.
    """
    present = set(numbers)
    if len(present) < 2:
        return []
    first = 1 if min(present) in (2, 3) else min(present)
    missing = [number for number in range(first, min(max(present), first + 100_000)) if number not in present]
    return missing if len(missing) <= max(3, len(present)) else []


def ranges(numbers: Sequence[int]) -> str:
    """[3, 4, 5, 9] -> "3-5, 9"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def ordinals(claims: Sequence[int | None], taken: Iterable[int] = ()) -> list[int]:
    """An ordinal for each item: the one it claims when free and claimed once, else the smallest free one."""
    used = set(taken)
    result: list[int | None] = []
    for claim in claims:
        granted = claim if claim is not None and claim > 0 and claim not in used else None
        result.append(granted)
        if granted is not None:
            used.add(granted)
    free = 1
    for position, value in enumerate(result):
        if value is None:
            while free in used:
                free += 1
            used.add(free)
            result[position] = free
    return [value for value in result if value is not None]
