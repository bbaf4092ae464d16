"""Values of a row: what stands in an INSERT becomes cells. Text loses its quotes and escapes and nothing else."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from archive.holdings.locator import Locator
from ingest.snapshots.forms.sqldump.dialects import Dialect, patterns
from ingest.snapshots.forms.sqldump.stream import Window
from ingest.snapshots.forms.sqldump.texts import Texts
from ingest.snapshots.forms.sqldump.tokens import Token
from ingest.snapshots.forms.sqldump.tsql_times import written_out
from ingest.snapshots.source import Blob, Cell

Located = Callable[[int, int], Locator]
"""Offsets in the file -> the locator of what stands between them."""

At = Callable[[int], int]
CODE = 64
"""Binary values of at most so many bytes in columns of fixed small size are keys and marks: text, not attachments."""

_TYPE = re.compile(r"\s*([\w ]*?)\s*(?:\(\s*(\w+)|$)")
_BLOB_TYPES = ("tinyblob", "blob", "mediumblob", "longblob", "image", "varbinary", "binary")
_HEX = re.compile(rb"0[xX]([0-9A-Fa-f]*+)\Z|[xX]'([0-9A-Fa-f]*+)'\Z")
_QUOTED = re.compile(rb"([A-Za-z]&?|_\w++\s*+)?(['\"])(.*)['\"]\Z", re.DOTALL)
_CAST = re.compile(
    rb"(?:CAST\s*+\(\s*+(.+?)\s++AS\s++([\w ]++).*|CONVERT\s*+\(\s*+([\w ]++)(?:\([^)]*+\))?\s*+,\s*+(.+?)(?:,\s*+\d++\s*+)?)\)\Z",
    re.DOTALL | re.IGNORECASE,
)
_TYPED = re.compile(rb"(.+?)\s*+::[\w\s.\"()\[\]]++\Z", re.DOTALL)
_NUMBER = re.compile(rb"[+-]?\s*+[\d.][\w.+-]*+\Z|TRUE\Z|FALSE\Z|B'[01]*+'\Z", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|''", re.DOTALL)
_MYSQL_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_HALVES = re.compile("[\ud800-\udfff]")
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_MYSQL_LETTERS = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_MYSQL_BYTES = re.compile(rb"\\(.)|''", re.DOTALL)


@lru_cache(maxsize=1000)
def use_of(column_type: str, dialect: Dialect) -> str:
    """ "blob" for a column of attachments, "code" for one of small binary keys, "bits", or "" for text."""
    found = _TYPE.match(column_type.lower())
    name, size = (found[1].strip(), found[2] or "") if found else ("", "")
    if dialect.name == "postgresql":
        return "blob" if name == "bytea" else ""
    if name == "bit":
        return "bits" if dialect.name == "mysql" else ""
    if name in ("timestamp", "rowversion"):
        return "code" if dialect.name == "sqlserver" else ""
    small = int(size) <= CODE if size.isdigit() else size == ""
    if name in ("binary", "varbinary") and small:
        return "code"
    return "blob" if name in _BLOB_TYPES else ""


class Values:
    """Turns the values of rows of one table into cells. `uses` has one entry for each value of a row.

    `odd` collects expressions that were kept as written.
    """

    def __init__(self, dialect: Dialect, texts: Texts, uses: Sequence[str]) -> None:
        self._dialect, self._texts, self._uses = dialect, texts, uses
        self._pattern, self._literal = patterns(dialect).values, patterns(dialect).literal
        self._binary = any(use in ("blob", "code", "bits") for use in uses)
        self.odd = 0

    def cells(self, extent: bytes, at: int, window: Window, located: Located) -> list[Cell]:
        """`extent` is the row between its brackets, `at` its place in the window."""
        if self._binary or b"0x" in extent or b"_binary" in extent or b"x'" in extent or b"X'" in extent:
            return list(self._exact(extent, at, window, located))
        plain, other = self.text, self._other
        return [plain(string) if string else other(rest) for string, rest in self._pattern.findall(extent)]

    def parts(self, extent: bytes) -> list[tuple[bytes, bytes]]:
        """The values as written."""
        return self._pattern.findall(extent)

    def _exact(self, extent: bytes, at: int, window: Window, located: Located) -> Iterator[Cell]:
        """The same where some values may be binary: these are left in the file, so their places count."""
        uses = self._uses
        for place, found in enumerate(self._pattern.finditer(extent)):
            group = 1 if found[1] else 2
            use = uses[place] if place < len(uses) else ""
            start = at + found.start(group)
            yield self._binary_cell(
                found[group].rstrip(),
                lambda at, start=start: window.raw(start + at),
                use,
                group == 1,
                located,
            )

    def _binary_cell(self, raw: bytes, at: At, use: str, literal: bool, located: Located) -> Cell:
        """`at` gives the offset in the file of a place in `raw`."""
        base = 0
        if (cast := _CAST.match(raw)) and b"BINARY" in (cast[2] or cast[3]).upper():
            base = cast.start(1 if cast[1] else 4)
            raw = cast[1] or cast[4]
        if found := _HEX.match(raw):
            group = 1 if found[1] is not None else 2
            size = len(found[group]) // 2
            if use == "bits":
                return str(int(found[group] or b"0", 16))
            if use == "code" or (not use and size <= CODE):
                return raw.decode("ascii")
            first, last = at(base + found.start(group)), at(base + found.end(group))
            return Blob(str(located(first, last).then("hex")), size)
        if literal and (cell := self._quoted_blob(raw, at, use, located)) is not None:
            return cell
        return self.text(raw) if literal else self._other(raw)

    def _quoted_blob(self, raw: bytes, at: At, use: str, located: Located) -> Cell:
        """A string that holds bytes; None when it is text."""
        found = _QUOTED.match(raw)
        prefix, content = (found[1] or b"").strip().lower(), found[3]
        if self._dialect.home == "public":
            if use != "blob":
                return None
            if content.startswith(b"\\x"):
                size = len(content) // 2 - 1
                return Blob(str(located(at(found.start(3) + 2), at(found.end(3))).then("hex")), size)
            return self._bytea(located(at(found.start(3)), at(found.end(3))), prefix)
        if not self._dialect.escapes or prefix == b"b":
            return None
        if use in ("code", "bits"):
            return _short(content, use)
        if use != "blob" and prefix != b"_binary":
            return None
        return Blob(str(located(at(found.start(3)), at(found.end(3))).then("unescape", "mysql")))

    def _bytea(self, found: Locator, prefix: bytes) -> Blob:
        """A string of PostgreSQL for a column of bytes, in whatever form."""
        escapes = self._dialect.escapes or prefix in (b"e", b"E")
        return Blob(str(found.then("unescape", "mysql" if escapes else "quote").then("bytea")))

    # ----------------------------------------------------------------- text

    def text(self, raw: bytes) -> str:
        """A string literal with whatever prefix."""
        if raw[0] == 39:
            content, escapes = raw[1:-1], self._dialect.escapes
        else:
            found = _QUOTED.match(raw)
            prefix, content = (found[1] or b"").strip(), found[3]
            escapes = self._dialect.escapes or prefix in (b"e", b"E")
            if found[2] == b'"':
                content = content.replace(b'""', b'"')
        text = self._texts.decode(content)
        if escapes and "\\" in text:
            return unescaped(text, self._dialect.name)
        return text.replace("''", "'") if "''" in text else text

    def _other(self, raw: bytes) -> Cell:
        """A number, NULL, a cast, or an expression, which is kept as written."""
        raw = raw.rstrip()
        if raw.upper() in (b"NULL", b"DEFAULT"):
            return None
        if _NUMBER.match(raw):
            return raw.decode("ascii").strip("bB'") if raw[-1:] == b"'" else raw.decode("ascii")
        if found := _CAST.match(raw):
            return self._cast(found[1] or found[4], (found[2] or found[3]).decode("ascii", "replace"), raw)
        if found := _TYPED.match(raw):
            return self.text(found[1]) if self._literal.match(found[1]) else self._other(found[1])
        if self._literal.match(raw):
            return self.text(raw)
        return self._expression(raw)

    def _cast(self, raw: bytes, wanted: str, whole: bytes) -> Cell:
        if self._literal.match(raw):
            return self.text(raw)
        if (found := _HEX.match(raw)) and found[1] and len(found[1]) % 2 == 0:
            return written_out(bytes.fromhex(found[1].decode()), wanted) or raw.decode("ascii")
        if raw.upper() == b"NULL":
            return None
        return raw.decode("ascii") if _NUMBER.match(raw) else self._expression(whole)

    def _expression(self, raw: bytes) -> str:
        self.odd += 1
        return self._texts.decode(raw)

    # ----------------------------------------------------------------- the slow way

    def of_tokens(self, values: Sequence[Sequence[Token]], located: Located) -> list[Cell]:
        """Cells of a row that was read token by token."""
        uses = [*self._uses, *[""] * len(values)]
        return [self._of_tokens(tokens, use, located) for tokens, use in zip(values, uses, strict=False)]

    def _of_tokens(self, tokens: Sequence[Token], use: str, located: Located) -> Cell:
        long = next((token for token in tokens if token.kind == "long"), None)
        if long is not None:
            return self._long(long, use, located)
        if len(tokens) > 1:
            return self._other(_joined(tokens))
        token = tokens[0]
        if token.kind == "dollar":
            return self._texts.decode(token.raw.split(b"$", 2)[2].rsplit(b"$", 2)[0])
        width = (token.end - token.start) // len(token.raw) or 1
        return self._binary_cell(
            token.raw, lambda at: token.start + at * width, use, token.kind == "string", located
        )

    def _long(self, long: Token, use: str, located: Located) -> Blob:
        """A literal that was left in the file whatever it is."""
        found = located(long.start, long.end)
        if long.raw[:1] == b"$":
            return Blob(str(found))
        if long.raw[:2].lower() in (b"0x", b"x'"):
            return Blob(str(found.then("hex")))
        if use == "blob" and self._dialect.home == "public":
            return self._bytea(found, long.raw[:1])
        return Blob(str(found.then("unescape", "mysql" if self._dialect.escapes else "quote")))


def _joined(tokens: Sequence[Token]) -> bytes:
    """As written, but for comments and the width of white space."""
    parts, end = [], tokens[0].start
    for token in tokens:
        parts.append(b" " + token.raw if token.start > end else token.raw)
        end = token.end
    return b"".join(parts)


def unescaped(text: str, dialect: str) -> str:
    """Backslash escapes and doubled quotes taken away, as MySQL or PostgreSQL (E'…') read them."""
    if dialect == "mysql":
        return _MYSQL_ESCAPE.sub(lambda found: _MYSQL_LETTERS.get(found[1], found[1] or "'"), text)
    plain = _ESCAPE.sub(_standard, text)
    return (
        plain
        if not _HALVES.search(plain)
        else plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def _standard(found: re.Match[str]) -> str:
    code = found[1]
    if code is None:
        return "'"
    if code[0] in "01234567":
        return chr(int(code, 8))
    if code[0] in "xuU" and len(code) > 1 and int(code[1:], 16) <= sys.maxunicode:
        return chr(int(code[1:], 16))
    return _LETTERS.get(code, code)


def _short(content: bytes, use: str) -> str:
    """A small binary value of MySQL written as a string."""
    plain = _MYSQL_BYTES.sub(
        lambda found: (
            _MYSQL_LETTERS.get(found[1].decode("latin-1"), "").encode() or found[1] if found[1] else b"'"
        ),
        content,
    )
    return str(int.from_bytes(plain, "big")) if use == "bits" else "0x" + plain.hex().upper()
