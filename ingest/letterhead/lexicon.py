"""Known words of Vietnamese administrative documents and near matches against them. Data in ingest/data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from archive import text
from ingest.data import table


@dataclass(frozen=True)
class DocumentType:
    """`title` is the line in the middle of the page; `weak`: the abbreviation alone proves nothing."""

    name: str
    title: str
    abbreviation: str
    group: str
    weak: bool


@cache
def document_types() -> tuple[DocumentType, ...]:
    """All types, longest title first, so that "Nghị quyết liên tịch" is tried before "Nghị quyết"."""
    types = [
        DocumentType(
            name, row.get("title", name.upper()), row.get("abbreviation", ""), group, row.get("weak", False)
        )
        for group, rows in table("document_types").items()
        for name, row in rows.items()
    ]
    return tuple(sorted(types, key=lambda kind: -len(kind.title)))


@cache
def type_of_abbreviation(abbreviation: str) -> DocumentType | None:
    """The type an abbreviation of a notation stands for, marks and capitals as official ("TTr", "QĐ")."""
    return next((kind for kind in document_types() if kind.abbreviation == abbreviation), None)


@cache
def abbreviations() -> dict[str, tuple[str, ...]]:
    """Folded abbreviation -> official spellings: "qd" -> ("QĐ",), "hd" -> ("HD", "HĐ")."""
    known: dict[str, list[str]] = {}
    spellings = [kind.abbreviation for kind in document_types() if kind.abbreviation]
    for spelling in [*spellings, *table("issuers")["abbreviations"]]:
        known.setdefault(text.fold(spelling), []).append(spelling)
    return {key: tuple(dict.fromkeys(values)) for key, values in known.items()}


def restore_abbreviation(value: str) -> str:
    """Official spelling of a part of a notation: "QD", "QÐ", "QO" -> "QĐ". Unknown parts stay as read."""
    spellings = abbreviations().get(text.fold(value), ())
    if value in spellings or not spellings:
        return value
    return spellings[0] if len(spellings) == 1 else value


_OFFICE = re.compile(r"[a-z]\d{1,2}")


def is_abbreviation(part: str) -> bool:
    """Known in notations, or a known one with a term's number, or an office's number: QH13, P6, C07."""
    key = text.fold(part)
    return (
        key in abbreviations() or key.rstrip("0123456789") in abbreviations() or bool(_OFFICE.fullmatch(key))
    )


@cache
def _glued() -> dict[str, str]:
    return {text.fold(phrase.replace(" ", "")): phrase for phrase in table("issuers")["phrases"]}


def unglued(token: str) -> list[str]:
    """CHÍNHPHỦ -> CHÍNH, PHỦ; any other token alone."""
    return _glued().get(text.fold(token), token).split()


@cache
def _phrases(kind: str) -> dict[int, dict[str, str]]:
    """Number of words -> folded phrase -> official spelling."""
    issuers = table("issuers")
    phrases = {
        "issuer": [*issuers["phrases"], *issuers["heads"], *issuers["levels"], *_provinces()],
        "position": table("signing")["positions"],
    }[kind]
    by_length: dict[int, dict[str, str]] = {}
    for phrase in phrases:
        by_length.setdefault(len(phrase.split()), {})[text.fold(phrase)] = phrase
    return by_length


def restore(words: list[str], kind: str) -> tuple[list[str], list[bool]]:
    """Words in capitals with their known phrases in official spelling, and which of them were so confirmed.

    UY BẠN NHAN DÂN XA AN HÒA -> ỦY BAN NHÂN DÂN XÃ | AN HÒA. Longest phrases first; short ones must match
    letter for letter once folded, long ones may have a letter wrong. The number of words stays.
    """
    words, done = list(words), [False] * len(words)
    for length in sorted(_phrases(kind), reverse=True):
        for start in range(len(words) - length + 1):
            if any(done[start : start + length]):
                continue
            phrase = _near(text.fold(" ".join(words[start : start + length])), _phrases(kind)[length])
            if phrase and (length > 1 or _may_stand_alone(phrase, start, words, done)):
                words[start : start + length] = phrase.split()
                done[start : start + length] = [True] * length
    return words, done


def _near(key: str, phrases: dict[str, str]) -> str | None:
    if key in phrases:
        return phrases[key]
    long = [phrase for phrase in phrases if len(phrase) >= 9]  # places are short and differ by a letter
    found = process.extractOne(key, long, scorer=fuzz.ratio, score_cutoff=100 - 130 / max(9, len(key)))
    return phrases[found[0]] if found else None


def _may_stand_alone(phrase: str, start: int, words: list[str], done: list[bool]) -> bool:
    """One-word phrases are levels and heads: sure after a known phrase, doubtful inside a place name."""
    return start == 0 or done[start - 1] or words[start] == phrase


def _provinces() -> list[str]:
    """Names of provinces with their level: alone, the same syllables also name communes."""
    return [f"{level} {name}" for name in table("issuers")["provinces"] for level in ("TỈNH", "THÀNH PHỐ")]


def initials(name: str) -> set[str]:
    """Abbreviations a body's name may have in notations: SỞ TÀI CHÍNH -> STC, TC."""
    skipped = {"VÀ", "-"}
    letters = "".join(word[0] for word in name.split() if word not in skipped)
    return {letters, letters[1:]} - {""}


@cache
def heads() -> tuple[str, ...]:
    """Folded beginnings of names of bodies, longest first."""
    return tuple(sorted((text.fold(head) for head in table("issuers")["heads"]), key=len, reverse=True))


def opens_body(key: str) -> bool:
    """Does a folded heading line begin with the name of a kind of body?"""
    return any(key == head or key.startswith(head + " ") for head in heads())


@cache
def surnames() -> dict[str, tuple[str, ...]]:
    """Folded family name -> spellings: "vu" -> ("Vũ",), "ho" -> ("Hồ",)."""
    known: dict[str, list[str]] = {}
    for name in table("signing")["surnames"]:
        known.setdefault(text.fold(name), []).append(name)
    return {key: tuple(values) for key, values in known.items()}


def ratio(one: str, other: str) -> float:
    """Likeness of two folded texts, 0..100."""
    return fuzz.ratio(one, other)


def find(needle: str, hay: str, cutoff: float = 80) -> tuple[int, int] | None:
    """Where a folded phrase stands, nearly, in a folded text: (start, end), None below `cutoff` of 100."""
    if len(hay) < 0.7 * len(needle):
        return None
    found = fuzz.partial_ratio_alignment(needle, hay, score_cutoff=cutoff)
    return (found.dest_start, found.dest_end) if found and found.score >= cutoff else None


_LEAD = re.compile(r"(?:ve viec|v\s?[/.,i1l|7j]{1,2}\s?[vyw]|vv)\b[\W_]*")


def without_lead(subject: str) -> str:
    """A subject without its leading "Về việc" or "V/v", however its marks were read."""
    match = _LEAD.match(text.fold(subject))
    return subject[match.end() :] if match else subject
