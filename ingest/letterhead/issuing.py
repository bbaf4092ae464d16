"""The issuing body and the one above it (box 2 of Nghị định 30/2020/NĐ-CP, Annex I). Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from archive import text
from archive.model import FieldValue
from ingest.data import table
from ingest.letterhead import lexicon
from ingest.letterhead.heading import Heading, is_stamp
from ingest.letterhead.layout import Placed, Run, Sheet, box_of, trust, words_of
from ingest.letterhead.numbering import Notation


def issuer(
    heading: Heading, number: Notation | None, page: Sheet, place: FieldValue | None
) -> dict[str, FieldValue]:
    """Issuer and the body above it, from the lines in capitals over the number."""
    bodies = _bodies(_issuer_lines(heading, number, page))
    if not bodies:
        return {}
    own = _body_field(bodies[-1], page, place)
    if len(bodies) == 1:
        return {"issuer": own}
    parent = _body_field(bodies[-2], page, place)
    return {"issuer": _commune_of(own, parent, place), "parent_issuer": parent}


def _commune_of(own: FieldValue, parent: FieldValue, place: FieldValue | None) -> FieldValue:
    """A council under a district whose own place could not be read sits where the date line says.

    Nine in ten communes of rural districts are xã; offered as a guess for a person to look at, never as a fact.
    """
    council = next((name for name in _COUNCILS if own.value == name or own.value.startswith(name + " ")), "")
    rural = any(parent.value.startswith(f"{name} HUYỆN ") for name in _COUNCILS)
    if not (council and rural and place and _is_incomplete(own.value)):
        return own
    name = place.value.upper()
    if text.fold(parent.value).endswith(text.fold(name)):
        return own
    return replace(own, value=f"{council} XÃ {name}", confidence=0.5)


def _issuer_lines(heading: Heading, number: Notation | None, page: Sheet) -> list[Run]:
    limit = number.run.top if number else heading.top + 7 * page.em
    lines = []
    for run in heading.left:
        if number is not None and run.middle > limit - 0.1 * page.em:
            break
        letters = sum(map(str.isalpha, run.text))
        if letters < 2 or is_stamp(run):
            continue
        if _reads_like_number(run):
            break
        if not run.upper or run.middle > limit:
            if lines and number is None:
                break
            continue
        lines.append(run)
    return lines


def _reads_like_number(run: Run) -> bool:
    """The number's line where the number itself could not be read."""
    digits = sum(map(str.isdigit, run.text))
    return digits >= 3 or (
        bool(re.search(r"[/!|-]", run.text))
        and any(map(lexicon.is_abbreviation, re.split(r"[\W_]+", run.text)))
    )


def _bodies(lines: list[Run]) -> list[list[Run]]:
    """Heading lines grouped into names: a line that opens no new body continues the one above."""
    bodies: list[list[Run]] = []
    for run in lines:
        opening, _ = lexicon.restore([token for token, _ in _tokens([run])], "issuer")
        if bodies and not lexicon.opens_body(text.fold(" ".join(opening))):
            bodies[-1].append(run)
        else:
            bodies.append([run])
    return bodies


def _tokens(lines: list[Run]) -> list[tuple[str, Placed]]:
    """Words in capitals without the marks that rules, stamps and specks leave."""
    tokens = []
    for placed in words_of(lines):
        token = re.sub(r"[^\w,&()'’/-]|_", "", placed.word.text.upper().replace("–", "-")).strip("/'’")
        if any(map(str.isalpha, token)) or token == "-":
            tokens += [(part, placed) for part in lexicon.unglued(token)]
    while tokens and tokens[0][0] == "-":
        tokens.pop(0)
    while tokens and tokens[-1][0] == "-":
        tokens.pop()
    return tokens


def _body_field(lines: list[Run], page: Sheet, place: FieldValue | None) -> FieldValue:
    tokens = _tokens(lines)
    name, known = lexicon.restore([token for token, _ in tokens], "issuer")
    read = list(name)
    name, known = _place_confirmed(name, known, place)
    doubtful = [placed for (_, placed), sure in zip(tokens, known, strict=True) if not sure]
    belief = trust(doubtful) if doubtful else 0.95
    if name != read:
        belief = min(belief, 0.75)
    written = " ".join(name).strip(" -,")
    if _is_incomplete(written):
        belief = min(belief, 0.5)
    if not lexicon.opens_body(text.fold(written)):
        belief = min(belief, 0.6)
    return FieldValue(written, belief, "letterhead", page.number, box_of(words_of(lines)))


_COUNCILS = ("ỦY BAN NHÂN DÂN", "UBND", "HỘI ĐỒNG NHÂN DÂN", "HĐND")
_BARE = frozenset({"SỞ", "PHÒNG", "BAN", "BỘ", "CỤC", "CHI CỤC", "HỘI"})


def _is_incomplete(name: str) -> bool:
    """A name that lacks its place or field: the line with the rest was not read, or read wrongly."""
    for council in _COUNCILS:
        if name == council or name.startswith(council + " "):
            rest = name.removeprefix(council).strip()
            return not rest.startswith(tuple(level + " " for level in table("issuers")["levels"]))
    return name in _BARE


def _place_confirmed(
    name: list[str], known: list[bool], place: FieldValue | None
) -> tuple[list[str], list[bool]]:
    """A unit issues under its own place name: the end of its name and the start of the date line confirm each other.

    Where they differ in marks only, small letters are the surer reading: marks on capitals blur first.
    """
    upper = place.value.upper().split() if place else []
    before, own = name[: -len(upper)], name[-len(upper) :]
    if place is None or not upper or not before or known[-len(upper)] or not _alike(own, upper):
        return name, known
    before, known = _level_mended(before, known)
    if own == upper or place.confidence >= 0.8:
        known = known[: -len(upper)] + [own == upper] * len(upper)
        return before + upper, known
    return before + own, known


def _alike(own: list[str], place: list[str]) -> bool:
    return lexicon.ratio(text.fold(" ".join(own)), text.fold(" ".join(place))) >= 75


def _level_mended(before: list[str], known: list[bool]) -> tuple[list[str], list[bool]]:
    """One unknown word between a council and a confirmed place is its level, poorly read: "XN" is "XÃ"."""
    if known[len(before) - 1] or not all(known[: len(before) - 1]) or len(before) < 2:
        return before, known
    key = text.fold(before[-1])
    levels = [level for level in table("issuers")["levels"] if text.fold(level)[0] == key[0]]
    likest = max(levels, key=lambda level: lexicon.ratio(text.fold(level), key), default="")
    return ([*before[:-1], likest], known) if lexicon.ratio(text.fold(likest), key) >= 50 else (before, known)
