"""One reading of one file of a dump: what statements set (encoding, database, string rules) counts from there on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from archive.holdings.locator import Locator
from ingest.snapshots.forms.sqldump.data import Copied, Inserted
from ingest.snapshots.forms.sqldump.dialects import OLD_POSTGRESQL, POSTGRESQL, Dialect
from ingest.snapshots.forms.sqldump.drafts import Draft
from ingest.snapshots.forms.sqldump.large_objects import LargeObjects, Written
from ingest.snapshots.forms.sqldump.lexer import Lexer
from ingest.snapshots.forms.sqldump.notes import FileNotes
from ingest.snapshots.forms.sqldump.schema import Schema
from ingest.snapshots.forms.sqldump.stream import Bytes, Window
from ingest.snapshots.forms.sqldump.texts import Texts
from ingest.snapshots.forms.sqldump.tokens import Statement, Token

_INSERT = re.compile(rb"(?:INSERT|REPLACE)\b", re.IGNORECASE)
_CHANGES = ("UPDATE", "DELETE", "MERGE", "TRUNCATE")
_OBJECTS = (
    b"VIEW", b"INDEX", b"SEQUENCE", b"FUNCTION", b"PROCEDURE", b"PROC", b"TRIGGER", b"TYPE", b"SCHEMA", b"EXTENSION",
    b"DATABASE", b"RULE", b"POLICY", b"ROLE", b"USER", b"DOMAIN", b"EVENT", b"AGGREGATE", b"TABLE", b"LOGIN",
)  # fmt: skip
_HEADER, _HEADERS = 1 << 16, 1000
"""Bytes an INSERT has before its rows, and how many of these are kept."""

_WITH_OBJECT = ("CREATE", "ALTER", "DROP", "COMMENT")
_KNOWN = (
    "SET", "USE", "LOCK", "UNLOCK", "GRANT", "REVOKE", "BEGIN", "COMMIT", "START", "SELECT", "DO", "EXEC", "EXECUTE", "IF",
    "PRINT", "DECLARE", "ANALYZE", "VACUUM", "REINDEX", "END", "ROLLBACK", "CALL", "SECURITY", "FLUSH", "DELIMITER", "REFRESH",
    "CLUSTER", "WHILE", "CHECKPOINT", "CREATE", "ALTER", "DROP", "COMMENT", "RECONFIGURE", "DENY", "DBCC", "BULK", "LOAD", "REPLACE", "INSERT", "COPY", *_CHANGES,
)  # fmt: skip
_QUIET = (
    "SET",
    "USE",
    "LOCK",
    "UNLOCK",
    "BEGIN",
    "COMMIT",
    "START",
    "PRINT",
    "DROP TABLE",
    "DROP DATABASE",
    "END",
)
"""Statements that neither hold data nor describe it: not worth a word."""


class Session:
    """`encodings` are those the file says it is in. `line` is where the statement being read begins."""

    def __init__(self, name: str, stream: Bytes, dialect: Dialect, schema: Schema, notes: FileNotes) -> None:
        self.name, self.line, self.blobs = name, 1, 0
        self._stream, self._schema, self._notes = stream, schema, notes
        self._window = Window(stream)
        self._lexer = Lexer(self._window, dialect)
        self.texts = Texts()
        schema.use(self.texts)
        self.encodings = [f"utf-16-{stream.wide}" if stream.wide else "utf-8"]
        self._headers: dict[bytes, tuple[Draft, tuple[str, ...]]] = {}
        self._locator = Locator(name)
        self._skipped: Counter[str] = Counter()
        self._large = LargeObjects(self._located)

    @property
    def packed(self) -> bool:
        return self._stream.packed

    def data(self) -> Iterator[tuple[Draft, tuple[str, ...], Inserted | Copied | Written]]:
        """(table, columns, rows) of each statement with rows; the rows are to be read or passed over at once."""
        lexer, window = self._lexer, self._window
        while lexer.start():
            self.line = window.line()
            if lexer.database:
                self._use(lexer.database)
                lexer.database = ""
            header = _INSERT.match(window.data, window.pos) and self._header()
            if header:
                draft, names, types = self._columns(*self._headers[header])
                yield draft, names, Inserted(lexer, self.texts, types, self._located, header)
                continue
            statement = lexer.statement()
            target = self._copy(statement) if statement.begins(b"COPY") else None
            if target:
                draft, names, types = self._columns(*target)
                yield draft, names, Copied(lexer, self.texts, types, self._located)
            else:
                yield from self._large_object(statement)

    def _large_object(self, statement: Statement) -> Iterator[tuple[Draft, tuple[str, ...], Written]]:
        """The row that this statement completes; any other statement is read for what it describes."""
        is_postgres = self._lexer.dialect.home == "public"
        is_call, written = (is_postgres and self._large.take(statement, self._lexer.dialect.escapes)) or (
            False,
            None,
        )
        if written:
            draft = self._schema.large_objects()
            yield draft, tuple(draft.columns), written
        elif not is_call:
            self._read(statement)

    @staticmethod
    def _columns(draft: Draft, listed: tuple[str, ...]) -> tuple[Draft, tuple[str, ...], list[str]]:
        """The columns that values are for and their types; without a list, all of the table's."""
        names = listed or tuple(draft.columns)
        return draft, names, [draft.columns[name].type for name in names]

    def _located(self, first: int, last: int) -> Locator:
        self.blobs += 1
        return self._stream.located(self._locator, first, last)

    # ----------------------------------------------------------------- where rows go

    def _header(self) -> bytes:
        """INSERT … VALUES as written; b"" when it is an INSERT of another kind. One header stands before many rows, so
        what it says is kept."""
        window, pattern = self._window, self._lexer.patterns.header
        while (
            not (found := pattern.match(window.data, window.pos)) and window.left < _HEADER and window.more()
        ):
            pass
        target = found and (self._headers.get(found[0]) or self._target(self._lexer.tokens(found[0])))
        if not target:
            return b""
        if len(self._headers) >= _HEADERS:
            self._headers.clear()
        self._headers[found[0]] = target
        window.pos = found.end()
        return found[0]

    def _copy(self, statement: Statement) -> tuple[Draft, tuple[str, ...]] | None:
        """COPY … FROM stdin as pg_dump writes it. Rows in another form are passed over, files and programs not touched."""
        if not any(token.says(b"STDIN") for token in statement.tokens):
            return None
        target = self._target(statement.tokens)
        if target and statement.tokens[-1].says(b"STDIN"):
            return target
        self._notes.add("snapshot.sql_copy", "error", line=statement.line, count=1)
        Copied(self._lexer, self.texts, (), self._located).pass_over()
        return None

    def _target(self, tokens: Sequence[Token]) -> tuple[Draft, tuple[str, ...]] | None:
        parts, at = self._schema.name(tokens, 1)
        if not parts:
            return None
        listed = self._schema.listed(tokens, at) if at < len(tokens) and tokens[at].says(b"(") else ()
        draft = self._schema.met(self._schema.names.table(parts), listed)
        known = {name.casefold(): name for name in draft.columns}
        return draft, tuple(known[name.casefold()] for name in listed)

    # ----------------------------------------------------------------- statements without rows

    def _read(self, statement: Statement) -> None:
        if not statement.ended:
            self._notes.add("snapshot.sql_unfinished", "error", line=statement.line, count=1)
        if statement.cut:
            self._notes.add("snapshot.sql_cut", line=statement.line, count=1)
        elif statement.tokens and not self._describes(statement) and not self._sets(statement):
            self._count(statement)

    def _describes(self, statement: Statement) -> bool:
        """Does it say something of the tables?"""
        schema, tokens = self._schema, statement.tokens
        if statement.begins(b"CREATE") and not statement.conditional:
            return any(token.says(b"TABLE") for token in tokens[:6]) and schema.create(tokens)
        if statement.begins(b"IF"):
            at = next((at for at, token in enumerate(tokens) if token.says(b"CREATE")), 0)
            return (
                bool(at)
                and any(token.says(b"TABLE") for token in tokens[at : at + 2])
                and schema.create(tokens[at:])
            )
        if statement.begins(b"ALTER", b"TABLE"):
            return schema.alter(tokens)
        if statement.begins(b"COMMENT", b"ON"):
            return schema.comment(tokens)
        return statement.begins(b"EXEC") and schema.property(tokens)

    def _sets(self, statement: Statement) -> bool:
        """Does it set how what follows is to be read?"""
        words = [self._schema.text(token) for token in statement.tokens[:8]]
        verb, what = words[0].upper(), (words[1].lower() if len(words) > 1 else "")
        if verb == "USE":
            self._use(what and words[1])
        elif verb == "SET" and what in ("names", "client_encoding"):
            self._encode((words[2:] if what == "names" else words[3:] or words[2:]) or [""], statement.line)
        elif verb == "SET" and what == "search_path" and len(words) > 3:
            self._schema.names.schema = words[3]
            self._headers.clear()
        elif verb == "SET" and what == "standard_conforming_strings":
            self._lexer.use(OLD_POSTGRESQL if words[-1].lower() in ("off", "false") else POSTGRESQL)
            self._headers.clear()
        else:
            return verb == "SET"
        return True

    def _use(self, database: str) -> None:
        self._schema.names.use(database)
        self._headers.clear()

    def _encode(self, words: Sequence[str], line: int) -> None:
        name = words[0]
        if self._stream.wide:
            return
        if not self.texts.use(name):
            self._notes.add("snapshot.sql_encoding_unknown", encoding=name, line=line)
        elif self.texts.encoding not in self.encodings:
            self.encodings.append(self.texts.encoding)

    def _count(self, statement: Statement) -> None:
        tokens = statement.tokens
        kind = tokens[0].raw.decode("latin-1").upper()
        if kind in ("INSERT", "REPLACE", "COPY", "BULK", "LOAD"):
            if not any(token.says(b"STDIN") for token in tokens):
                self._notes.add("snapshot.sql_unread", "error", kind=kind, line=statement.line, count=1)
        elif kind in _CHANGES:
            self._notes.add("snapshot.sql_changes", kind=kind, line=statement.line, count=1)
        elif tokens[0].kind != "word" or kind not in _KNOWN:
            self._notes.add("snapshot.sql_unknown", line=statement.line, count=1)
        else:
            what = (
                next((token for token in tokens[1:30] if token.says(*_OBJECTS)), None)
                if kind in _WITH_OBJECT
                else None
            )
            self._skipped[f"{kind} {what.raw.decode().upper()}" if what else kind] += 1

    def conclude(self) -> None:
        """What can be said when the file has been read to its end."""
        told = {kind: count for kind, count in self._skipped.items() if kind not in _QUIET}
        if told:
            kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(told.items()))
            self._notes.add("snapshot.sql_skipped", "info", kinds=kinds, count=sum(told.values()))
        if self._large.left:
            self._notes.add(
                "snapshot.sql_large_objects", "error", line=self._large.line, count=self._large.left
            )
        if self._stream.damage:
            self._notes.add("snapshot.sql_damaged", "error", reason=self._stream.damage)
        if self._lexer.whole is False:
            self._notes.add("snapshot.sql_truncated", "error")
