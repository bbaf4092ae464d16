"""Personal numbers in texts and on pages: found, and covered. Pure.

Citizen and identity card numbers, mobile phones, bank accounts, passports (Luật 91/2025/QH15, Nghị định
356/2025/NĐ-CP count them as personal data). Covering keeps the length of a text, so that places in it stay true.
What cannot be told from a personal number is covered: a sum of money is told by its dots or its unit.
`known` are personal values that the record itself names, such as its applicant's name: they are found and covered too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from archive import text as rule
from archive.model import Box, Word

COVER = "•"
SHORTEST_KNOWN = 4
"""Letters and digits of a known value from which on it is looked for in texts."""
Span = tuple[int, int]

_GAP = r"[ .\-\t\n\u00a0\u2009\u202f\u2010-\u2015]{0,3}"
_DIGIT = r"[0-9]"
_LIKE = r"[0-9OoQqIiİıLlBb|]"
"""Digits and what is read in their place, in any case, where a word before says that a number follows."""


def _run(digit: str, least: int, most: int | None = None) -> str:
    return rf"{digit}(?:{_GAP}{digit}){{{least - 1},{(most or least) - 1}}}"


_ALONE = (
    # căn cước, mã định danh: 12 digits, the first three the province of birth (Nghị định 137/2015/NĐ-CP, Art. 13)
    rf"0{_GAP}[0-9]{_GAP}[0-9]{_GAP}[0-9]{_GAP}" + _run(_DIGIT, 8),
    # chứng minh nhân dân: 9 digits, written without gaps
    r"(?<![A-Za-z])[0-9]{9}(?![A-Za-z])(?!/(?![0-9]{9})[0-9])",
    # mobile phones: ten digits, eleven before 2018, with or without the country's code
    rf"(?:\(?\+?84\)?|0){_GAP}[35789]{_GAP}" + _run(_DIGIT, 8),
    rf"(?:\(?\+?84\)?|0){_GAP}1{_GAP}[2689]{_GAP}" + _run(_DIGIT, 8),
)
_BEGINS = (
    r"(?=[0-9(+])(?<![0-9])(?<![0-9]\.)(?:(?<![0-9][/,\-])|(?<=[0-9]{6}[/,\-])|(?<=[^0-9][0-9]{3}[/,\-])(?!0\s))"
    r"(?!0\s{1,3}[1-9][0-9]?(?:\.[0-9]{3}){2}\s)"
)
"""Not the end of a decimal, nor a cell of a table and the sum in the next: 117,0 81.500.000 6."""
_ENDS = r"(?![0-9])(?!\.[0-9])(?![,\-](?!0|84|[0-9]{9})[0-9])"
"""Not within a longer number, a date or a sum. Numbers may follow each other: 0912345678/0987654321."""
_NAMED = (
    # after words that announce one, whatever its form; of each of these words a piece first, see _NAMED_RULES
    (
        ("căn c", "cccd", "cmnd", "cmt", "chứng m", "định d"),
        r"(?:căn cước(?: công dân)?|cccd|cmnd|cmt|cmtnd|chứng minh(?: nhân dân| thư)?|định danh(?: cá nhân)?)",
        _run(_LIKE, 8, 12),
    ),
    (("khoản", "tk"), r"(?:số tài khoản|tài khoản|stk|số tk)", _run(_LIKE, 6, 19)),
    (("hộ ch", "port"), r"(?:hộ chiếu|passport)", rf"[A-Z]{_GAP}" + _run(_LIKE, 7, 8)),
    (("n tho", "đt", " động", "zalo"), r"(?:điện thoại|đt|sđt|di động|zalo)", _run(_LIKE, 9, 12)),
)
_BETWEEN = r"[^0-9\n]{0,24}?\n?[^0-9\n]{0,12}?"

_ALONE_RULE = re.compile(f"{_BEGINS}(?:{'|'.join(f'(?:{one}){_ENDS}' for one in _ALONE)})")
_NAMED_RULES = tuple(
    (
        pieces,
        re.compile(
            rf"(?<!\w){words}(?![^\W\d]){_BETWEEN}(?<![0-9])(?:(?=[0-9])|(?<![A-Za-z]))(?P<number>{number})(?![0-9])",
            re.IGNORECASE,
        ),
    )
    for pieces, words, number in _NAMED
)
"""(pieces, rule): a rule meets nothing in a text without one of its pieces. None has an i or s, which have odd capitals."""
_SIX = re.compile(_run(_LIKE, 6))
"""What every personal number has in it: most texts are done with by it."""
_NINE = re.compile(_run(_DIGIT, 9))
"""What each number of those that stand alone has in it."""
_PERSONAL_TOKEN = re.compile(r"[0-9]{6,19}|[A-Z][0-9]{7,8}")
_MONEY = re.compile(r"\s{0,2}(?:đồng(?!\s+chí)|đ\b(?!/)|vnđ|vnd|triệu|tỷ|nghìn|m2|m²|ha\b)", re.IGNORECASE)
_WITHIN = re.compile(r"[0-9][ \u00a0]\Z")


def spans(text: str, known: tuple[str, ...] = ()) -> list[Span]:
    """Where personal numbers stand in a text (any normal form), in order, without overlaps."""
    flat, places = _composed(text)
    found = _numbers(flat)
    return _merged(
        [*_known_spans(text, known), *((places[first], places[last - 1] + 1) for first, last in found)]
    )


def _known_spans(text: str, known: tuple[str, ...]) -> list[Span]:
    if not known:
        return []
    flat, places = _composed(text)
    found = (match.span() for match in _known(known).finditer(rule.fold(flat)))
    return [(places[first], places[last - 1] + 1) for first, last in found]


@lru_cache(maxsize=500)
def _known(values: tuple[str, ...]) -> re.Pattern[str]:
    """Each of the values as it may be written: any case and marks, anything but letters and digits between its words."""
    words = [rule.words(rule.fold(rule.clean(value))) for value in values]
    said = [r"[\W_]+".join(map(re.escape, each)) for each in words if len("".join(each)) >= SHORTEST_KNOWN]
    return re.compile(
        rf"(?<![^\W_])(?:{'|'.join(sorted(said, key=len, reverse=True))})(?![^\W_])" if said else r"(?!)"
    )


def _numbers(flat: str) -> list[Span]:
    found: list[Span] = []
    if not _SIX.search(flat):
        return found
    if _NINE.search(flat):
        found += [match.span() for match in _ALONE_RULE.finditer(flat) if not _is_money(match)]
    small = flat.lower()
    for pieces, named in _NAMED_RULES:
        for piece in pieces:
            if piece in small:
                found += [match.span("number") for match in named.finditer(flat)]
                break
    return found


def _is_money(found: re.Match[str]) -> bool:
    """Is it a sum? None begins with 0, but the end of one may: 1 000 000 000 000 đồng."""
    text, first = found.string, found.start()
    ends_a_sum = not found[0].isdigit() and _WITHIN.search(text, max(0, first - 2), first)
    if text[first] in "+(" or (text[first] == "0" and not ends_a_sum):
        return False
    return _MONEY.match(text, found.end()) is not None


def _composed(text: str) -> tuple[str, Sequence[int]]:
    """The text in NFC with, for each of its characters, the place in `text` where it begins."""
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    flat: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        composed = unicodedata.normalize("NFC", text[at:end])
        flat.append(composed)
        places += [at] * len(composed)
        at = end
    return "".join(flat), places


def _merged(found: Iterable[Span]) -> list[Span]:
    out: list[Span] = []
    for first, last in sorted(found):
        if out and first < out[-1][1]:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return out


def numbers(text: str) -> list[str]:
    """The personal numbers of a text as bare digits and letters."""
    return ["".join(filter(str.isalnum, text[first:last])).upper() for first, last in spans(text)]


def covered(text: str, known: tuple[str, ...] = ()) -> str:
    """The text with every letter and digit of personal numbers replaced by COVER; the same length."""
    hidden = spans(text, known)
    if not hidden:
        return text
    pieces, at = [], 0
    for first, last in hidden:
        pieces += [text[at:first], *(COVER if c.isalnum() or c == "|" else c for c in text[first:last])]
        at = last
    return "".join([*pieces, text[at:]])


def covered_known(text: str, known: tuple[str, ...]) -> str:
    """The text with only the known values covered; the same length."""
    pieces, at = [], 0
    for first, last in _known_spans(text, known):
        pieces += [text[at:first], *(COVER if c.isalnum() else c for c in text[first:last])]
        at = last
    return "".join([*pieces, text[at:]])


def taken_out(text: str, known: tuple[str, ...] = ()) -> str:
    """The text with a blank in place of personal numbers: what may be indexed for everybody."""
    pieces, at = [], 0
    for first, last in spans(text, known):
        pieces += [text[at:first], " "]
        at = last
    return "".join([*pieces, text[at:]])


def covered_words(
    words: Sequence[Word], known: tuple[str, ...] = ()
) -> tuple[tuple[Word, ...], tuple[Box, ...]]:
    """The words of a page with personal numbers covered, and the boxes of the words they stand in.

    A number may run over several words and over the end of a line.
    """
    joined, starts = _joined(words)
    text = covered(joined, known)
    if text == joined:
        return tuple(words), ()
    shown = tuple(
        replace(word, text=text[start : start + len(word.text)])
        for word, start in zip(words, starts, strict=True)
    )
    return shown, tuple(word.box for word, new in zip(words, shown, strict=True) if word.text != new.text)


def _joined(words: Sequence[Word]) -> tuple[str, list[int]]:
    """The words as one text, lines apart, and where each begins."""
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for word, before in zip(words, (None, *words), strict=False):
        gap = "" if before is None else " " if before.line == word.line else "\n"
        starts.append(at + len(gap))
        at += len(gap) + len(word.text)
        pieces += [gap, word.text]
    return "".join(pieces), starts


def name_covered(name: str) -> str:
    """The first letter of each word, an asterisk for each other one: N***** V** A*."""
    return " ".join(word[:1] + "*" * (len(word) - 1) for word in unicodedata.normalize("NFC", name).split())


def person_tokens(name: str, *others: str) -> list[str]:
    """What somebody is looked up by, by those who may: any two or more neighbouring words of the name, other values whole."""
    words = rule.words(rule.fold(rule.clean(name)))
    runs = [words[first:last] for first in range(len(words)) for last in range(first + 2, len(words) + 1)]
    return sorted({"".join(run).upper() for run in runs} | {person_token(value) for value in others if value})


def person_token(value: str) -> str:
    """A name, number or address as one token: without marks, blanks and signs."""
    return "".join(rule.words(rule.fold(rule.clean(value)))).upper()


def looks_personal(token: str) -> bool:
    """Could this word of a query be a personal number? Then it is looked up as one, by those who may."""
    return _PERSONAL_TOKEN.fullmatch(token.replace(".", "").replace("-", "").upper()) is not None
