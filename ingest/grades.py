"""Secrecy grades: what a catalogue's cell and what a file's or a folder's name say. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from archive import text

GRADES = ("Tuyệt mật", "Tối mật", "Mật")
"""Secrecy grades, highest first (Luật Bảo vệ bí mật nhà nước 29/2018/QH14, Điều 8)."""

UNKNOWN = "chưa rõ"
"""Stands for the grade of a document withheld because a page with a stamp could not be read."""


def grade(said: str) -> str:
    """The secrecy grade a cell states, "" for none.

    Only "không mật", "đã giải mật" and a bare "giải mật" say that there is none; "chưa giải mật" or a year in
    which it ends leave the grade as it is.
    """
    lowered = text.exact(text.clean(said)).strip(" .")
    lifted = re.search(r"\bđã giải mật\b", lowered) and not re.search(r"\bchưa\b", lowered)
    if lifted or lowered == "giải mật":
        return ""
    stated = re.sub(r"\bkhông mật\b", " ", lowered)
    found = next((name for name in GRADES if re.search(rf"\b{name.lower()}\b", stated)), "")
    return found or whole_grade(said)


def highest(*grades: str) -> str:
    """The highest of some grades, "" when there is none."""
    return min(filter(None, grades), key=(*GRADES, UNKNOWN).index, default="")


def whole_grade(said: str) -> str:
    """The grade when the cell says nothing else, marks or not."""
    plain = " ".join(text.words(text.fold(text.clean(said))))
    return next((name for name in GRADES if text.fold(name) == plain), "")


def grade_of_name(name: str) -> str:
    """The grade that a file's name or a folder on its way states, "" for none. `name` has `/` between folders."""
    *folders, file = PurePosixPath(name).parts
    return highest(*map(_grade_of_part, (*folders, PurePosixPath(file).stem)))


def _grade_of_part(part: str) -> str:
    """Two words are enough wherever they stand; "mật" is also honey and a person's name: alone or bracketed."""
    plain = re.sub(r"[\s_.-]+", " ", text.exact(text.clean(part))).strip()
    for name in GRADES[:-1]:
        if re.search(rf"\b(?:{text.exact(name)}|{text.fold(name)})\b", plain):
            return name
    lowest = plain == "mật" or re.search(r"\(\s*(?:mật|mat)\s*\)|\[\s*(?:mật|mat)\s*\]", plain)
    return GRADES[-1] if lowest else ""
