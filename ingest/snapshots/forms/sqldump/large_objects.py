"""Large objects of PostgreSQL: what the calls of lo_open, lowrite and lo_close in a dump write is one row each.

The bytes stay in the dump. As in the server's own catalogue the table is pg_largeobject, its key loid; a column of type oid
(or lo) of another table holds that key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.snapshots.forms.sqldump.drafts import Draft
from ingest.snapshots.forms.sqldump.tokens import Statement, Token
from ingest.snapshots.forms.sqldump.values import Located
from ingest.snapshots.source import Blob, Cell, Column

TABLE, KEY, DATA = "pg_largeobject", "loid", "data"
POINTING = ("oid", "lo")
"""Types of columns that hold the number of a large object."""

_CALLS = (b"LO_OPEN", b"LOWRITE", b"LO_CLOSE")


def draft() -> Draft:
    return Draft(TABLE, {KEY: Column(KEY, "oid"), DATA: Column(DATA, "bytea")}, key=(KEY,), declared=True)


class Written:
    """The one row of an object; rows as of an INSERT."""

    odd, unfinished = 0, False

    def __init__(self, cells: list[Cell], line: int) -> None:
        self._cells, self._line = cells, line

    def line(self, _: int) -> int:
        return self._line

    def pass_over(self) -> int:
        return 0

    def rows(self) -> Iterator[list[Cell]]:
        yield self._cells


class LargeObjects:
    """Takes statements as they come. `left` counts those that could not be taken, `line` is where the first of them is."""

    def __init__(self, located: Located) -> None:
        self._located, self._loid, self._first, self._rules = located, "", 0, "quote"
        self.left = self.line = 0

    def take(self, statement: Statement, escapes: bool) -> tuple[bool, Written | None]:
        """(is it one of these calls?, the object it ends)."""
        tokens = statement.tokens
        call = next((token.raw.upper() for token in tokens[:8] if token.says(*_CALLS)), b"")
        if not call or not statement.begins(b"SELECT"):
            return False, None
        if call == b"LO_OPEN":
            self._loid, self._first = _number(tokens), tokens[0].start
        elif call == b"LOWRITE":
            literal = next((token for token in tokens if token.kind == "string"), None)
            if literal is None or not self._loid:
                self._loid, self.left, self.line = "", self.left + 1, self.line or statement.line
            else:
                self._rules = "mysql" if escapes or literal.raw[:1] in b"eE" else "quote"
        elif self._loid:
            found = self._located(self._first, tokens[0].start).then("lowrite", self._rules)
            cells, self._loid = [self._loid, Blob(str(found))], ""
            return True, Written(cells, statement.line)
        return True, None


def _number(tokens: Sequence[Token]) -> str:
    """The first number: of lo_open('16400', 131072), or of the lo_create in it."""
    said = (token.raw.strip(b"'") for token in tokens if token.kind in ("string", "word"))
    return next((one.decode() for one in said if one.isdigit()), "")
