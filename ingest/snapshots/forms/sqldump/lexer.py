"""Tokens and statements of a dump, read off a window in one go; no statement is ever run.

What is too large to hold (a literal over 8 MiB, a statement of very many tokens) is passed over, and said to be cut.
"""

from __future__ import annotations

import re

from ingest.snapshots.forms.sqldump.dialects import RUNS, Dialect, patterns
from ingest.snapshots.forms.sqldump.stream import LITERAL, Window
from ingest.snapshots.forms.sqldump.tokens import Statement, Token

_SPACE = re.compile(rb"\s*+")
_DOLLAR = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*+)?\$")
_COMMENT_END = {True: re.compile(rb"/\*|\*/"), False: re.compile(rb"\*/")}
_LINE_END = re.compile(rb"\n")
_SANDBOX = re.compile(rb"/\*M?!999999\\-")
_EXECUTABLE = re.compile(rb"/\*M?!\d*+")
_GO = re.compile(rb"[gG][oO][ \t]*+(?:\d++[ \t]*+)?;?+(?:\r?\n|\r?\Z)")
_DELIMITER = re.compile(rb"DELIMITER[ \t]++(\S++)[^\n]*+", re.IGNORECASE)
_CONNECT = re.compile(rb"\\(?:c|connect)\s++(?:-\S++\s++)*[\"']?([^\s\"']++)")
_STARTER = re.compile(
    rb"(?:INSERT|SET|ALTER|CREATE|EXEC|EXECUTE|USE|PRINT|DROP|UPDATE|DELETE|IF|DECLARE)\b", re.IGNORECASE
)
_WHOLE, _HEADS = (b"-- PostgreSQL database dump complete", b"-- Dump completed"), (
    b"-- PostgreSQL database dump", b"-- MySQL dump", b"-- MariaDB dump",
)  # fmt: skip
_LOOK_AHEAD = 256


class Lexer:
    """`database`: the one that psql was last told to connect to. `whole`: None until the dump says in a comment that it
    begins, then False until it says that it is complete."""

    def __init__(self, window: Window, dialect: Dialect) -> None:
        self.window, self.delimiter = window, b";"
        self.whole: bool | None = None
        self.database = ""
        self.use(dialect)
        self._fresh, self._conditional = True, False

    def use(self, dialect: Dialect) -> None:
        self.dialect, self.patterns = dialect, patterns(dialect)

    # ----------------------------------------------------------------- space and comments

    def skip(self) -> None:
        """Pass over white space and comments; the marks of executable comments count as white space."""
        window = self.window
        while True:
            end = _SPACE.match(window.data, window.pos).end()
            self._fresh = self._fresh or b"\n" in window.data[window.pos : end]
            window.pos = end
            if window.left < _LOOK_AHEAD and not window.ended and window.more():
                continue
            if not self._skip_comment():
                return

    def _skip_comment(self) -> bool:
        data, pos = self.window.data, self.window.pos
        first = data[pos : pos + 2]
        if first == b"--" or (first[:1] == b"#" and self.dialect.hash_comments):
            return self._skip_line()
        if first == b"*/" and self._conditional:
            self.window.pos += 2
            self._conditional = False
            return True
        if first != b"/*":
            return False
        executable = self.dialect.hash_comments and _EXECUTABLE.match(data, pos)
        if executable and not _SANDBOX.match(data, pos):
            self.window.pos = executable.end()
            self._conditional = True
            return True
        self._skip_block()
        return True

    def _skip_line(self) -> bool:
        window = self.window
        if window.data.startswith(_WHOLE, window.pos):
            self.whole = True
        elif window.data.startswith(_HEADS, window.pos):
            self.whole = False
        window.find(_LINE_END, 1)
        self._fresh = True
        return True

    def _skip_block(self) -> None:
        window, depth = self.window, 0
        window.pos += 0 if self.dialect.nested_comments else 2
        while found := window.find(_COMMENT_END[self.dialect.nested_comments], 2):
            window.pos += 2
            depth += 1 if found[0] == b"/*" else -1
            if depth <= 0:
                return

    # ----------------------------------------------------------------- tokens

    def tokens(self, raw: bytes) -> list[Token]:
        """The tokens of a piece without comments."""
        return [Token(found.lastgroup, found[0]) for found in self.patterns.token.finditer(raw)]

    def token(self) -> Token | None:
        """The next token; None at the end."""
        self.skip()
        self._fresh = False
        window = self.window
        while True:
            dollar = self.dialect.home == "public" and window.data[window.pos : window.pos + 1] == b"$"
            if dollar and (found := self._dollar()):
                return found
            found = self._whole()
            if found and (found.end() < len(window.data) or window.ended):
                return self._taken(found.lastgroup, window.pos, found.end())
            if not window.left:
                return None
            if window.left < LITERAL and window.more():
                continue
            return self._long(found)

    def _whole(self) -> re.Match[bytes] | None:
        """The next token as far as the window shows it; the prefix of a string that goes on behind it is no word."""
        window = self.window
        found = self.patterns.token.match(window.data, window.pos)
        is_word = found and found.lastgroup == "word"
        return None if is_word and self.patterns.quote.match(window.data, window.pos) else found

    def _taken(self, kind: str, start: int, end: int) -> Token:
        window = self.window
        raw = window.data[start:end]
        token = Token(kind, raw, window.raw(start), window.raw(end))
        window.pos = end
        return token

    def _dollar(self) -> Token | None:
        """$tag$ … $tag$; one that is too long to be held is left in the file."""
        window = self.window
        if window.left < 200:
            window.more()
        found = _DOLLAR.match(window.data, window.pos)
        if not found:
            return self._taken("mark", window.pos, window.pos + 1)
        tag = found[0]
        while (
            (end := window.data.find(tag, window.pos + len(tag))) < 0
            and window.left < LITERAL
            and window.more()
        ):
            pass
        if end >= 0:
            return self._taken("dollar", window.pos, end + len(tag))
        window.pos += len(tag)
        start = window.raw(window.pos)
        end = window.find(re.compile(re.escape(tag)), len(tag))
        if not end:
            return Token("open", b"", start, window.raw(window.pos))
        held = Token("long", tag, start, window.raw(end.start()))
        window.pos = end.end()
        return held

    def _long(self, found: re.Match[bytes] | None) -> Token:
        """A literal that does not end within the window, a quote that never ends, or a lone odd character."""
        window = self.window
        if found and found.lastgroup == "word":  # one as long as this is a number in hexadecimal
            window.pos += 2
            start = window.raw(window.pos)
            window.pass_over(RUNS["word"])
            return Token("long", found[0][:2], start, window.raw(window.pos))
        quote = self.patterns.quote.match(window.data, window.pos)
        if not quote:
            return self._long_name()
        window.pos = quote.end()
        start, escapes = window.raw(window.pos), self.dialect.escapes or quote[0][:1] in b"eE"
        closed = (
            window.pass_over(RUNS["escaped" if escapes else "plain"])
            and window.data[window.pos : window.pos + 1] == b"'"
        )
        end = window.raw(window.pos)
        window.pos += 1 if closed else window.left
        return Token("long" if closed else "open", quote[0], start, end)

    def _long_name(self) -> Token:
        window = self.window
        closing = {b"[": b"]"}.get(opening := window.data[window.pos : window.pos + 1], opening)
        window.pos += 1
        start = window.raw(window.pos)
        end = window.find(re.compile(re.escape(closing)), 1)
        window.pos += 1 if end else 0
        return Token("long" if end else "open", opening, start, window.raw(window.pos))

    # ----------------------------------------------------------------- statements

    def start(self) -> bool:
        """Go to the first word of the next statement; False at the end."""
        while True:
            self.skip()
            window = self.window
            if not window.left:
                return False
            if window.data.startswith(self.delimiter, window.pos):
                window.pos += len(self.delimiter)
            elif not self._go() and not self._command():
                return True

    def _go(self) -> bool:
        found = self.dialect.go and self._fresh and _GO.match(self.window.data, self.window.pos)
        if found:
            self.window.pos = found.end()
        return bool(found)

    def _command(self) -> bool:
        """A line for the client program, not for the server: DELIMITER (mysql), \\connect (psql)."""
        window = self.window
        if self.dialect.hash_comments and (found := _DELIMITER.match(window.data, window.pos)):
            self.delimiter, window.pos = found[1], found.end()
            return True
        if self.dialect.home == "public" and window.data[window.pos : window.pos + 1] == b"\\":
            if found := _CONNECT.match(window.data, window.pos):
                self.database = found[1].decode("utf-8", "replace")
            return self._skip_line()
        return False

    def statement(self) -> Statement:
        """The tokens from `start` up to the end of the statement."""
        found = Statement(self.window.line(), conditional=self._conditional)
        while not self._ends(found):
            token = self.token()
            if token is None or token.kind == "open":
                found.ended = token is None and self.dialect.go
                break
            found.add(token)
            if found.cut:
                self.window.pass_over(self.patterns.leap)
        return found

    def _ends(self, found: Statement) -> bool:
        self.skip()
        window = self.window
        if window.data.startswith(self.delimiter, window.pos):
            if (self.dialect.go and found.is_body()) or (
                self.dialect.home == "public" and found.is_open_body()
            ):
                return False
            window.pos += len(self.delimiter)
            return True
        if not self.dialect.go or not self._fresh:
            return False
        starts = found.tokens and found.depth <= 0 and not found.is_body()
        return self._go() or bool(starts and _STARTER.match(window.data, window.pos))
