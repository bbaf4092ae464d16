"""What a user types -> Query. Pure and lenient: only a query that is far too long is an error.

đất đai            all words, with or without marks      "giao đất"      the words side by side
quyet*             words that begin so                   -hủy            without this
15/QĐ-UBND         a document number                     loại:"báo cáo"  within a field of the description
                                                         lạ:từ           no such field: named, not looked for
ngày:1/2020..6/2021   từ:2019   đến:5/2020   năm:2018    within dates (a part of a date is enough)
đơn vị:"phường Ba Đình"   of the units of this name, old or new, and what came to them (archive.units.unit_search)
số đến:12a   mã hồ sơ:H62-201105-0004   thủ tục:"khai sinh"   hệ thống:qlvb    of records of closed systems
người nộp:"Trần Văn Hòa"    by those who may see personal data
phông:H30.01     a whole code of a fonds, unit or dossier, where there is one; else words of its name
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

from archive import dates, text
from archive.errors import QueryError

MAX_LENGTH = 2000
MAX_WORDS = 64
MOST_NEAREST = 3
"""Known fields named for one that is unknown."""

FIELDS = {
    "code": ("số", "số hiệu", "ký hiệu", "số ký hiệu", "code", "number"),
    "type": ("loại", "loại văn bản", "type"),
    "issuer": ("cơ quan", "cơ quan ban hành", "nơi ban hành", "issuer"),
    "subject": ("trích yếu", "tiêu đề", "subject", "title"),
    "signer": ("người ký", "signer"),
    "recipient": ("nơi nhận", "kính gửi", "recipient"),
    "place": ("địa danh", "place"),
    "dossier": ("hồ sơ", "dossier"),
    "fonds": ("phông", "fonds"),
    "unit": ("đơn vị", "unit"),
    "kind": ("dạng", "kind"),
    "arrival": ("số đến", "arrival"),
    "case": ("mã hồ sơ", "case"),
    "procedure": ("thủ tục", "procedure"),
    "applicant": ("người nộp", "applicant"),
    "system": ("hệ thống", "system"),
    "year": ("năm", "year"),
    "date": ("ngày", "ngày ban hành", "date"),
    "from": ("từ", "từ ngày", "from", "since"),
    "to": ("đến", "đến ngày", "to", "until"),
}
"""Field of the description -> the names a user may type, also without marks and without spaces."""

HOLDERS = ("fonds", "unit", "dossier")
"""Fields of what a document belongs to: each has a code beside its name."""

ENDLESS = ("0000-01-01", "9999-12-31")


@dataclass(frozen=True)
class Clause:
    """One thing that must (or, `negative`, must not) stand in a document.

    `exact` and `folded` are its words with and without marks, equally many; a number has its one-token form in
    `code`, and so has what may be the whole code of a holder. `strict`: quoted or excluded with marks, so the marks must match. `span` is its place in the query's text.
    A unit asked for by its name in the register (archive.units.unit_search) also has its id in `units`, and in `terms` the scope
    terms of what came to it: records that carry one of either meet the clause too.
    """

    kind: Literal["word", "phrase", "prefix", "code"]
    exact: tuple[str, ...]
    folded: tuple[str, ...]
    span: tuple[int, int]
    field: str = ""
    negative: bool = False
    strict: bool = False
    code: str = ""
    units: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class DateRange:
    """Documents dated between two full ISO days inclusive, as far as their (partial) date can tell."""

    first: str
    last: str
    negative: bool = False


@dataclass(frozen=True)
class UnknownField:
    """What was typed as a field's name and is none. `nearest`: names that may have been meant, the nearest first.

    `mended`: the query's text with each of them in its place.
    """

    name: str
    nearest: tuple[str, ...]
    mended: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A parsed query; `text` is what was typed, cleaned. All clauses and dates must be met.

    `unreadable`: what stands in the place of a date and is none. `unknown`: fields that there are none of.
    """

    text: str = ""
    clauses: tuple[Clause, ...] = ()
    dates: tuple[DateRange, ...] = ()
    unreadable: tuple[str, ...] = ()
    unknown: tuple[UnknownField, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing was asked: everything in scope meets it."""
        return not self.text

    @property
    def meets_nothing(self) -> bool:
        """True when something was asked that cannot be looked for: signs alone, a date or a field that is none."""
        asked = self.is_empty or self.clauses or self.dates
        return bool(self.unreadable or self.unknown) or not asked

    @property
    def excludes(self) -> bool:
        """True when something must not be there: such a query is meant exactly as typed."""
        return any(each.negative for each in (*self.clauses, *self.dates))

    @property
    def highlights(self) -> tuple[Clause, ...]:
        """The clauses whose words may be marked in a page's text."""
        return tuple(clause for clause in self.clauses if not clause.negative)

    @property
    def marked(self) -> bool:
        """True when words were typed with marks, so that exact hits should come first."""
        return any(text.has_marks(word) for clause in self._words for word in clause.exact)

    @property
    def as_phrase(self) -> str:
        """The same words side by side, when two or more plain words and nothing else were typed; "" otherwise."""
        plain = all(
            clause.kind == "word" and not (clause.field or clause.negative) for clause in self.clauses
        )
        quoted = any(sign in self.text for sign in _QUOTES)
        other = quoted or self.dates or self.unreadable or self.unknown or len(self.text) + 2 > MAX_LENGTH
        return f'"{self.text}"' if plain and len(self.clauses) > 1 and not other else ""

    @property
    def _words(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.highlights if not clause.field and clause.kind != "code")


def _field_names() -> dict[str, str]:
    names = {}
    for known, aliases in FIELDS.items():
        for alias in aliases:
            names |= {form.replace(" ", ""): known for form in (alias, text.fold(alias))}
    return names


_FIELD_OF = _field_names()
_NAMES = [name for names in FIELDS.values() for name in names]
_LONGEST_NAME = max(len(name.split()) for name in _NAMES)
_ALIKE = 0.7
"""Share of common letters from which on one name may have been meant for another."""
_ALIASES = sorted(
    {form for names in FIELDS.values() for name in names for form in (name, text.fold(name))}, key=len
)
_FIELD = re.compile(
    "(?:" + "|".join(name.replace(" ", r"\s*") for name in reversed(_ALIASES)) + r")\s*:\s*(?=\S)"
)
_QUOTES = '"“”„«»'
_NO_FIELD = re.compile(rf"([^\W\d_]{{2,}}):(?=[\w{_QUOTES}])")
"""Letters, a colon and a value without a blank between: meant as a field. Times, addresses and codes are not so."""
_QUOTED = re.compile(f"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?")
_BARE = re.compile(f"[^\\s{_QUOTES}]+")
_DAY = rf"(?:[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]?|(?:(?!\.\.)[^\s{_QUOTES}])*)"
_DAYS = re.compile(rf"{_DAY}(?:\s*\.\.(?P<blanks>\s*)(?P<last>{_DAY}))?")
_NUMERIC_DAY = re.compile(r"\d{4}\b|\d+[/.-]\d")
_HOLDER_CODE = re.compile(r"[a-z0-9][a-z0-9._:-]*\Z")
_ROUND_DAYS = _QUOTES + ",; \t\r\n"
_SPACE = re.compile(r"\s*")
_STAR = re.compile(r"\*?")


def parse(typed: str) -> Query:
    """The query a user means. Raises QueryError when it is longer than any sensible query."""
    if len(typed) > MAX_LENGTH:
        raise QueryError("search.too_long", limit=MAX_LENGTH)
    cleaned = text.exact(text.clean(typed).strip())
    shown = text.clean(typed).strip()
    read, at = _Read(), 0
    while at < len(cleaned):
        at = _next(cleaned, shown, at, read)
    if sum(len(clause.folded) for clause in read.clauses) > MAX_WORDS:
        raise QueryError("search.too_many_words", limit=MAX_WORDS)
    return Query(shown, *map(tuple, (read.clauses, read.dates, read.unreadable, read.unknown)))


@dataclass
class _Read:
    """What has been read of a query so far."""

    clauses: list[Clause] = field(default_factory=list)
    dates: list[DateRange] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unknown: list[UnknownField] = field(default_factory=list)


def _next(cleaned: str, shown: str, at: int, read: _Read) -> int:
    """Read one thing from `at` on; returns where the next one starts."""
    start = at = _SPACE.match(cleaned, at).end()
    negative = cleaned[at : at + 1] == "-" and cleaned[at + 1 : at + 2].strip() != ""
    at += negative
    name, value_at = _field(cleaned, at)
    if name in ("date", "year", "from", "to"):
        end = _days_end(cleaned, value_at)
        value = cleaned[value_at:end]
        if found := _range(name, value):
            read.dates.append(DateRange(*found, negative=negative))
            return end
        meant = name in ("year", "date") and cleaned[value_at - 1] == ":"
        if meant or any(letter.isdigit() for letter in value):
            read.unreadable.append(value.strip(_ROUND_DAYS))
            return end
        name, value_at = "", at
    elif not name and (other := _NO_FIELD.match(cleaned, at)):
        read.unknown.append(_unknown(shown, other.end(1)))
        return (_QUOTED.match(cleaned, other.end()) or _BARE.match(cleaned, other.end())).end()
    return _words(cleaned, shown, start, value_at, name, negative, read)


def _words(
    cleaned: str, shown: str, start: int, value_at: int, name: str, negative: bool, read: _Read
) -> int:
    """Read the quoted words, the number or the run without blanks at `value_at`, asked for from `start` on."""
    if quoted := _QUOTED.match(cleaned, value_at):
        strict = not name and text.has_marks(quoted[1])
        read.clauses.extend(_phrase(quoted[1], (start, quoted.end()), name, negative, strict))
        return quoted.end()
    if (code := text.CODE.match(shown, value_at)) and name in ("", "code"):
        end = _STAR.match(cleaned, code.end()).end()
        read.clauses.append(_code(code[0], (start, end), name, negative))
        return end
    bare = _BARE.match(cleaned, value_at)
    if bare is None:
        return value_at + 1
    read.clauses.extend(_bare(bare[0], (start, bare.end()), name, negative))
    return bare.end()


def _unknown(shown: str, end: int) -> UnknownField:
    """The name that ends at `end`, and the known ones most like it or like the last words up to there."""
    words = list(text.tokens(shown[:end]))[-_LONGEST_NAME:]
    scored = sorted(
        (
            -SequenceMatcher(None, _joined(shown[word.start() : end]), _joined(name)).ratio(),
            name,
            word.start(),
        )
        for word in words
        for name in _NAMES
    )
    near: dict[str, tuple[str, int]] = {}
    for likeness, name, at in scored:
        if -likeness >= _ALIKE:
            near.setdefault(_FIELD_OF[_joined(name)], (name, at))
    best = list(near.values())[:MOST_NEAREST]
    mended = tuple(shown[:at] + name + shown[end:] for name, at in best)
    return UnknownField(words[-1][0], tuple(name for name, _ in best), mended)


def _joined(name: str) -> str:
    return text.fold(name).replace(" ", "")


def _field(cleaned: str, at: int) -> tuple[str, int]:
    match = _FIELD.match(cleaned, at)
    if match is None:
        return "", at
    return _FIELD_OF[re.sub(r"[\s:]", "", match[0])], match.end()


def _days_end(cleaned: str, at: int) -> int:
    """Where a day or a range of days ends. Past a blank after the dots only what looks like a day belongs to it."""
    match = _DAYS.match(cleaned, at)
    last = (match["last"] or "").strip(_ROUND_DAYS)
    if match["blanks"] and not (dates.parse(last) or _NUMERIC_DAY.match(last)):
        return match.start("blanks")
    return match.end()


def _range(field: str, value: str) -> tuple[str, str] | None:
    """First and last day of `1/2020..6/2021`, `2019..`, `..2019`, `5/2020`; None when it is no date."""
    first, dots, last = (part.strip(_ROUND_DAYS) for part in value.partition(".."))
    start, end = dates.parse(first), dates.parse(last if dots else first)
    if (first and not start) or (last and not end) or not (start or end):
        return None
    low, high = ENDLESS
    low = dates.first_day(start) if start and field != "to" else low
    high = dates.last_day(end) if end and field != "from" else high
    return low, high


def _phrase(
    value: str, span: tuple[int, int], field: str, negative: bool, strict: bool = False
) -> list[Clause]:
    exact = tuple(text.words(value))
    if not exact:
        return []
    strict = strict or (negative and not field and text.has_marks(value))
    kind = "word" if len(exact) == 1 else "phrase"
    code = _holder_code(value) if field in HOLDERS else ""
    return [Clause(kind, exact, tuple(map(text.fold, exact)), span, field, negative, strict, code)]


def _holder_code(value: str) -> str:
    """The folded code that the value may be; "" when it is none, such as a name of several words."""
    code = text.fold(value).strip(" ,;.")
    return code if _HOLDER_CODE.match(code) else ""


def _code(value: str, span: tuple[int, int], field: str, negative: bool) -> Clause:
    exact = tuple(text.words(text.exact(value)))
    return Clause(
        "code", exact, tuple(map(text.fold, exact)), span, field, negative, code=text.code_token(value)
    )


def _bare(value: str, span: tuple[int, int], field: str, negative: bool) -> list[Clause]:
    """A run without spaces: a word, a prefix, or words held together by punctuation (QĐ-UBND)."""
    if not value.endswith("*"):
        return _phrase(value, span, field, negative)
    exact = tuple(text.words(value))
    if not exact:
        return []
    start = _phrase(" ".join(exact[:-1]), span, field, negative)
    return [*start, Clause("prefix", exact[-1:], (text.fold(exact[-1]),), span, field, negative)]
