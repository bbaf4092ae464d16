"""Values of a row: what stands in an INSERT becomes cells. Text loses its quotes and escapes and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ingest.snapshots.source import Blob, Cell
from ingest.snapshots.sqldump.dialects import Dialect, patterns
from ingest.snapshots.sqldump.lexer import Token
from ingest.snapshots.sqldump.stream import Window
from ingest.snapshots.sqldump.texts import Texts
from ingest.snapshots.sqldump.tsql_times import written_out

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
        self._pattern = patterns(dialect).values
        self._binary = any(use in ("blob", "code", "bits") for use in uses)
        self.odd = 0

    def cells(self, extent: bytes, at: int, window: Window, located) -> list[Cell]:
        """`extent` is the row between its brackets, `at` its place in the window."""
        if self._binary or b"0x" in extent or b"_binary" in extent or b"x'" in extent or b"X'" in extent:
            return list(self._exact(extent, at, window, located))
        plain, other = self._string, self._other
        return [plain(string) if string else other(rest) for string, rest in self._pattern.findall(extent)]

    def parts(self, extent: bytes) -> list[tuple[bytes, bytes]]:
        """The values as written."""
        return self._pattern.findall(extent)

    def _exact(self, extent: bytes, at: int, window: Window, located) -> Iterator[Cell]:
        """The same where some values may be binary: these are left in the file, so their places count."""
        uses = self._uses
        for place, found in enumerate(self._pattern.finditer(extent)):
            group = 1 if found[1] else 2
            raw, start = found[group], at + found.start(group)
            use = uses[place] if place < len(uses) else ""
            yield self._binary_cell(raw.rstrip(), start, use, bool(found[1]), window, located)

    def _binary_cell(self, raw: bytes, start: int, use: str, literal: bool, window: Window, located) -> Cell:
        if cast := _CAST.match(raw):
            group = 1 if cast[1] else 4
            if _HEX.match(cast[group]) and b"BINARY" in (cast[2] or cast[3]).upper():
                raw, start = cast[group], start + cast.start(group)
        if found := _HEX.match(raw):
            group = 1 if found[1] is not None else 2
            size = len(found[group]) // 2
            if use in ("code", "bits") or (not use and size <= CODE):
                return raw.decode("ascii") if use != "bits" else str(int(found[group] or b"0", 16))
            first, last = (window.raw(start + found.start(group)), window.raw(start + found.end(group)))
            return Blob(str(located(first, last).then("hex")), size)
        if raw[-1:] in (b"'", b'"') and (found := _QUOTED.match(raw)):
            prefix, first, last = (found[1] or b"").strip(), start + found.start(3), start + found.end(3)
            if use == "blob" or (prefix == b"_binary" and use not in ("code", "bits")):
                return self._quoted_blob(found[3], window.raw(first), window.raw(last), located)
            if use in ("code", "bits") and self._dialect.escapes and prefix not in (b"b", b"B"):
                return _short(found[3], use)
        return self._string(raw) if literal else self._other(raw)

    def _quoted_blob(self, content: bytes, first: int, last: int, located) -> Cell:
        if self._dialect.home == "public":
            if content[:2] == b"\\x":
                return Blob(str(located(first + 2, last).then("hex")), (len(content) - 2) // 2)
            return self._texts.decode(content)
        found = located(first, last)
        return Blob(
            str(found.then("unescape", "mysql") if self._dialect.escapes else found.then("unescape", "quote"))
        )

    # ----------------------------------------------------------------- text

    def _string(self, raw: bytes) -> str:
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
            return self._string(found[1]) if found[1].endswith(b"'") else self._other(found[1])
        if raw[-1:] == b"'" and raw[:1].isalpha() and _QUOTED.match(raw):
            return self._string(raw)
        return self._expression(raw)

    def _cast(self, raw: bytes, wanted: str, whole: bytes) -> Cell:
        if raw.endswith(b"'") and _QUOTED.match(raw):
            return self._string(raw)
        if found := _HEX.match(raw):
            return written_out(bytes.fromhex(found[1].decode()), wanted) or raw.decode("ascii")
        if raw.upper() == b"NULL":
            return None
        return raw.decode("ascii") if _NUMBER.match(raw) else self._expression(whole)

    def _expression(self, raw: bytes) -> str:
        self.odd += 1
        return self._texts.decode(raw)

    # ----------------------------------------------------------------- the slow way

    def of_tokens(self, values: Sequence[Sequence[Token]], located) -> list[Cell]:
        """Cells of a row that was read token by token."""
        return [self._of_tokens(tokens, located) for tokens in values]

    def _of_tokens(self, tokens: Sequence[Token], located) -> Cell:
        long = next((token for token in tokens if token.kind == "long"), None)
        if long is None:
            only = tokens[0].raw if len(tokens) == 1 else b""
            if only and tokens[0].kind == "string":
                return self._string(only)
            return self._other(b" ".join(token.raw for token in tokens))
        if long.raw[:2].lower() in (b"0x", b"x'"):
            skipped = 2 if long.raw[:1] == b"0" else 0
            return Blob(
                str(located(long.start + skipped, long.end).then("hex")),
                (long.end - long.start - skipped) // 2,
            )
        if self._dialect.home == "public" and "blob" in self._uses:
            return Blob(str(located(long.start + 2, long.end).then("hex")))
        return Blob(
            str(located(long.start, long.end).then("unescape", "mysql" if self._dialect.escapes else "quote"))
        )


def unescaped(text: str, dialect: str) -> str:
    """Backslash escapes and doubled quotes taken away, as MySQL or PostgreSQL (E'…') read them."""
    if dialect == "mysql":
        return _MYSQL_ESCAPE.sub(lambda found: _MYSQL_LETTERS.get(found[1], found[1] or "'"), text)
    return _ESCAPE.sub(_standard, text)


def _standard(found: re.Match[str]) -> str:
    code = found[1]
    if code is None:
        return "'"
    if code[0] in "01234567":
        return chr(int(code, 8))
    return chr(int(code[1:], 16)) if code[0] in "xuU" and len(code) > 1 else _LETTERS.get(code, code)


def _short(content: bytes, use: str) -> str:
    """A small binary value of MySQL written as a string."""
    plain = _MYSQL_BYTES.sub(
        lambda found: (
            _MYSQL_LETTERS.get(found[1].decode("latin-1"), "").encode() or found[1] if found[1] else b"'"
        ),
        content,
    )
    return str(int.from_bytes(plain, "big")) if use == "bits" else "0x" + plain.hex().upper()
