"""How the three SQL dialects write strings, names, comments and rows: one table of compiled patterns each.

All patterns work on bytes, never step back (possessive) and so take time in proportion to what they read. The empty
alternative in each loop is for Python before 3.11.5, which went on behind a part that had failed (gh-106052).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_PLAIN = rb"'[^']*+(?:''[^']*+|)*+'"
_ESCAPED = rb"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+|)*+'"
_DOUBLE = rb'"[^"]*+(?:""[^"]*+|)*+"'
_TICKS = rb"`[^`]*+(?:``[^`]*+|)*+`"
_BRACKETS = rb"\[[^\]]*+(?:\]\][^\]]*+|)*+\]"
_WORD = rb"[\w$@\x80-\xff]++"
_NUMBER = rb"[\w.@\x80-\xff]++"

RUNS = {
    "plain": re.compile(rb"(?:[^']++|''|)*+", re.DOTALL),
    "escaped": re.compile(rb"(?:[^'\\]++|\\.|''|)*+", re.DOTALL),
    "word": re.compile(rb"[\w$.@\x80-\xff]*+"),
}
"""What goes on inside a literal that is too long to be held."""


@dataclass(frozen=True, eq=False)
class Dialect:
    """`strings` are the quoted literals with their prefixes, `prefix` what may stand before the quote of one, `names` the
    quoted names, `odd` the bytes that need the slow way in a row. `nested_comments`, `hash_comments`, `go` and
    `delimiters` say what else ends or hides text."""

    name: str
    strings: bytes
    prefix: bytes
    names: bytes
    odd: bytes
    escapes: bool = False
    nested_comments: bool = True
    hash_comments: bool = False
    go: bool = False
    home: str = ""

    @property
    def kind(self) -> str:
        return f"sql-{self.name}"

    @property
    def run(self) -> re.Pattern[bytes]:
        return RUNS["escaped" if self.escapes else "plain"]


_E_STRING = rb"[eE]" + _ESCAPED
POSTGRESQL = Dialect(
    "postgresql",
    rb"(?:" + _E_STRING + rb"|(?:[bBxXnN]|[uU]&|)" + _PLAIN + rb")",
    rb"(?:[eEbBxXnN]|[uU]&|)",
    _DOUBLE,
    rb'"$',
    home="public",
)
OLD_POSTGRESQL = Dialect(
    "postgresql",
    POSTGRESQL.prefix + _ESCAPED,
    POSTGRESQL.prefix,
    _DOUBLE,
    rb'"$',
    escapes=True,
    home="public",
)
"""PostgreSQL with standard_conforming_strings off, as old dumps say: every string has backslash escapes."""

MYSQL = Dialect(
    "mysql",
    rb"(?:(?:[xXbBnN]|_\w++\s*+|)" + _ESCAPED + rb'|"[^"\\]*+(?:(?:\\.|"")[^"\\]*+|)*+")',
    rb"(?:[xXbBnN]|_\w++\s*+|)",
    _TICKS,
    rb'"`#',
    escapes=True,
    nested_comments=False,
    hash_comments=True,
)
SQLSERVER = Dialect(
    "sqlserver",
    rb"[nN]?+" + _PLAIN,
    rb"[nN]?+",
    rb"(?:" + _BRACKETS + rb"|" + _DOUBLE + rb")",
    rb'"[',
    go=True,
    home="dbo",
)
DIALECTS = {found.name: found for found in (POSTGRESQL, MYSQL, SQLSERVER)}


@dataclass(frozen=True)
class Patterns:
    """`token`: the next one. `quote`: how a string begins. `literal`: a string and nothing else. `extent`: a row from behind its "(" as far as it is easy to read. `values`: its values as
    (string literal, other). `header`: INSERT … VALUES up to the "(" of the first row. `leap`: what no token starts in."""

    token: re.Pattern[bytes]
    quote: re.Pattern[bytes]
    literal: re.Pattern[bytes]
    extent: re.Pattern[bytes]
    values: re.Pattern[bytes]
    header: re.Pattern[bytes]
    leap: re.Pattern[bytes]


@cache
def patterns(dialect: Dialect) -> Patterns:
    odd = re.escape(dialect.odd)
    word = rb"(?:(?!(?i:VALUES|SELECT)\b)" + _WORD + rb"|" + dialect.names + rb"|[\s.,]++|)"
    return Patterns(
        token=re.compile(
            rb"(?P<string>" + dialect.strings + rb")|(?P<word>" + _WORD + rb")|(?P<name>" + dialect.names
            + rb")|(?P<mark>[^\s'" + odd + rb"])",
            re.DOTALL,
        ),
        quote=re.compile(dialect.prefix + rb"'"),
        literal=re.compile(rb"(?:" + dialect.strings + rb")\Z", re.DOTALL),
        extent=re.compile(_part(dialect, b"") + rb"*+", re.DOTALL),
        values=re.compile(
            rb"(?!\Z)\s*+(?:(" + dialect.strings + rb")\s*+(?=,|\Z)|(" + _part(dialect, b",") + rb"++))(?:,|\Z)", re.DOTALL
        ),
        header=re.compile(
            rb"(?i:INSERT|REPLACE)\b" + word + rb"*+(?:\(" + word + rb"*+\)" + word + rb"*+|)(?i:VALUES)\s*+(?=\()",
            re.DOTALL,
        ),
        leap=re.compile(rb"[^'\n;$/#\\" + odd + rb"-]*+"),
    )  # fmt: skip


def _part(dialect: Dialect, without: bytes, depth: int = 2) -> bytes:
    """A piece of a value; brackets in it may stand `depth` deep, and `without` not outside of them."""
    plain = (
        dialect.strings
        + rb"|"
        + _NUMBER
        + rb"|[^()'\w.@/"
        + without
        + re.escape(dialect.odd)
        + rb"-]++|-(?!-)|/(?!\*)"
    )
    inner = rb"|\(" + _part(dialect, b"", depth - 1) + rb"*+\)" if depth else b""
    return rb"(?:" + plain + inner + rb"|)"
