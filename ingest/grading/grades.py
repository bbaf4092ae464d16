"""Secrecy grades: what a catalogue's cell and what a file's or a folder's name say. Pure."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

from archive import text
from archive.rights.declassification import GRADES, LIFTED
from ingest.data import table

UNKNOWN = "chưa rõ"
"""Stands for the grade of a document withheld because a page with a stamp could not be read."""

UNCLEAR = "chưa rõ, theo mục lục"
"""Stands for the grade of a document whose catalogue cell says neither a grade nor clearly that there is none."""

SHARED = "chưa rõ, có tệp của văn bản mật"
"""Stands for the grade of a record of a system that has a file of a secret one, but is not called secret itself."""

OPEN_QUESTIONS = (UNKNOWN, UNCLEAR, SHARED, LIFTED)
"""No grades: such a document is withheld, and asked about again by every run."""


def column_grade(said: str) -> str:
    """What a cell of the secrecy column states: "" only when it is blank or clearly says that there is no grade.

    All else closes the document: where it says no grade, either, writing "Thường" opens it; a stated grade only the
    act of declassifying (archive.rights.declassification).
    """
    plain = _plain(said)
    return "" if _clear().fullmatch(plain) else _stated(plain, text.fold) or UNCLEAR


def says_open(said: str) -> bool:
    """Does a cell of the secrecy column say clearly that there is no grade, or that it was lifted and by what?"""
    plain = _plain(said)
    return bool(plain and (_clear().fullmatch(plain) or _lifted().match(plain)))


def grade(said: str) -> str:
    """The grade a cell of another column states, "" for none. Text without any marks is taken for such without.

    That a grade was or will be lifted is for a person to decide: UNCLEAR when it was, the grade when it will be.
    """
    if text.has_marks(said):
        return _stated(" ".join(text.words(text.exact(text.clean(said)))), text.exact)
    return _stated(_plain(said), text.fold)


def _stated(words: str, form) -> str:
    lifted = re.search(rf"\b{form('đã giải mật')}\b", words) and not re.search(rf"\b{form('chưa')}\b", words)
    if lifted or words == form("giải mật"):
        return UNCLEAR
    stated = re.sub(rf"\b{form('không mật')}\b", " ", words)
    return next((name for name in GRADES if re.search(rf"\b{form(name)}\b", stated)), "")


def highest(*grades: str) -> str:
    """The highest of some grades, "" when there is none."""
    return min(filter(None, grades), key=(*GRADES, *OPEN_QUESTIONS).index, default="")


def whole_grade(said: str) -> str:
    """The grade when the cell says nothing else, marks or not."""
    return next((name for name in GRADES if text.fold(name) == _plain(said)), "")


def _plain(said: str) -> str:
    return " ".join(text.words(text.fold(text.clean(said))))


@cache
def _clear() -> re.Pattern[str]:
    """Any sequence of the words that say there is no grade, also an empty one."""
    said = sorted(map(_plain, _words()["clear"]), key=len)
    return re.compile(rf"(?:(?:{'|'.join(reversed(said))})(?: |\Z))*")


@cache
def _lifted() -> re.Pattern[str]:
    """That the grade was lifted, and on what basis, in nothing but these words or followed by the basis."""
    words = _words()
    lifted, basis, doubt = ("|".join(map(_plain, words[name])) for name in ("lifted", "basis", "doubt"))
    return re.compile(rf"(?!.*\b(?:{doubt})\b)(?:{lifted})(?: (?:{basis})\b|\Z)")


@cache
def _words() -> dict[str, list[str]]:
    return table("secrecy")


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
