"""The tables of a dump, gathered from its statements: columns, types, notes, keys, and whom they refer to."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.snapshots.forms.sqldump import large_objects
from ingest.snapshots.forms.sqldump.dialects import Dialect
from ingest.snapshots.forms.sqldump.drafts import Draft, Names
from ingest.snapshots.forms.sqldump.texts import Texts
from ingest.snapshots.forms.sqldump.tokens import Token, find, inside, split
from ingest.snapshots.forms.sqldump.values import Values
from ingest.snapshots.source import Column, Table

_NO_COLUMN = (
    b"CONSTRAINT", b"PRIMARY", b"UNIQUE", b"FOREIGN", b"CHECK", b"EXCLUDE", b"KEY", b"INDEX", b"FULLTEXT", b"SPATIAL",
    b"LIKE", b"PERIOD",
)  # fmt: skip
_AFTER_TYPE = (
    b"NOT", b"NULL", b"DEFAULT", b"CONSTRAINT", b"PRIMARY", b"UNIQUE", b"REFERENCES", b"CHECK", b"COLLATE", b"COMMENT",
    b"AUTO_INCREMENT", b"GENERATED", b"IDENTITY", b"CHARSET", b"ON", b"STORED", b"VIRTUAL", b"AS", b"ROWGUIDCOL",
    b"SPARSE", b"KEY", b"INVISIBLE", b"STORAGE", b"COMPRESSED",
)  # fmt: skip


class Schema:
    """Reads statements; what none of its readers takes is the caller's to count."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect, self.names = dialect, Names(dialect)
        self._drafts: dict[str, Draft] = {}
        self.use(Texts())

    def use(self, texts: Texts) -> None:
        """Read the next file, whose texts are decoded like this."""
        self._texts, self._values = texts, Values(self._dialect, texts, ())

    def undeclared(self) -> list[Draft]:
        return [draft for draft in self._drafts.values() if not draft.declared]

    def tables(self) -> tuple[Table, ...]:
        return tuple(self._pointing(draft).finished() for draft in self._drafts.values())

    def large_objects(self) -> Draft:
        """The table of PostgreSQL's large objects."""
        return self._drafts.setdefault(large_objects.TABLE, large_objects.draft())

    def _pointing(self, draft: Draft) -> Draft:
        """With what its columns say of large objects, where there are any."""
        if large_objects.TABLE in self._drafts and draft.name != large_objects.TABLE:
            for column in draft.columns.values():
                if column.type.lower().rpartition(".")[2] in large_objects.POINTING:
                    draft.foreign.setdefault(column.name, (large_objects.TABLE, large_objects.KEY))
        return draft

    def table(self, name: str) -> Draft | None:
        return self._drafts.get(name.casefold())

    def met(self, name: str, columns: Sequence[str]) -> Draft:
        """The table that rows are for, with any columns it was not known to have."""
        draft = self._drafts.setdefault(name.casefold(), Draft(name, declared=False))
        known = {column.casefold() for column in draft.columns}
        for column in columns:
            if column.casefold() not in known:
                draft.columns[column] = Column(column)
        return draft

    # ----------------------------------------------------------------- statements

    def create(self, tokens: Sequence[Token]) -> bool:
        """CREATE TABLE name (…) …; False when it defines no columns."""
        at = next((place for place, token in enumerate(tokens) if token.says(b"TABLE")), len(tokens)) + 1
        name, at = self.name(tokens, at)
        if not name or at >= len(tokens):
            return False
        draft = Draft(self.names.table(name))
        if tokens[at].says(b"PARTITION") and at + 1 < len(tokens):
            parent = self.table(self.names.table(self.name(tokens, at + 2)[0] or name))
            draft.columns.update(parent.columns if parent else {})
        elif not tokens[at].says(b"("):
            return False
        body, end = inside(tokens, at)
        for item in split(body) if tokens[at].says(b"(") else ():
            self._item(draft, item)
        draft.note = self._after(tokens[end:], b"COMMENT")
        if inherits := find(tokens[end:], b"INHERITS"):
            parents = (
                self.table(self.names.table(self.name(item, 0)[0] or [""]))
                for item in split(inside(tokens, end + inherits)[0])
            )
            inherited = {
                name: column for parent in parents if parent for name, column in parent.columns.items()
            }
            draft.columns = {**inherited, **draft.columns}
        held = self._drafts.get(draft.name.casefold())
        if held is None or not held.declared:
            self._drafts[draft.name.casefold()] = draft
        return True

    def _item(self, draft: Draft, item: Sequence[Token]) -> None:
        if item[0].says(*_NO_COLUMN):
            self._constraint(draft, item)
            return
        name = self.text(item[0])
        end = next(
            (place for place, token in enumerate(item) if place and _ends_type(item, place)), len(item)
        )
        draft.columns[name] = Column(name, self._type(item[1:end]), self._after(item[end:], b"COMMENT"))
        if find(item, b"PRIMARY", b"KEY"):
            draft.key = (name,)
        if at := find(item, b"REFERENCES"):
            self._refers(draft, (name,), item[at:])

    def _constraint(self, draft: Draft, item: Sequence[Token]) -> None:
        if at := find(item, b"PRIMARY", b"KEY"):
            opening = find(item[at:], b"(")
            draft.key = self.listed(item, at + opening - 1) if opening else ()
        elif at := find(item, b"FOREIGN", b"KEY"):
            opening, refers = find(item[at:], b"("), find(item, b"REFERENCES")
            if opening and refers:
                self._refers(draft, self.listed(item, at + opening - 1), item[refers:])

    def _refers(self, draft: Draft, columns: Sequence[str], tokens: Sequence[Token]) -> None:
        name, at = self.name(tokens, 0)
        if not name:
            return
        table = self.names.table(name)
        there = self.listed(tokens, at) if at < len(tokens) and tokens[at].says(b"(") else ()
        if not there and (target := self.table(table)):
            there = target.key
        draft.foreign.update({column: (table, other) for column, other in zip(columns, there, strict=False)})

    def alter(self, tokens: Sequence[Token]) -> bool:
        """ALTER TABLE … ADD a key; False for anything else."""
        start = 2
        while start < len(tokens) and tokens[start].says(b"ONLY", b"IF", b"EXISTS"):
            start += 1
        name, at = self.name(tokens, start)
        draft = self.table(self.names.table(name)) if name else None
        if draft is None or not find(tokens, b"ADD"):
            return False
        keys = [
            item
            for item in split(tokens[at:])
            if find(item, b"PRIMARY", b"KEY") or find(item, b"FOREIGN", b"KEY")
        ]
        for item in keys:
            self._constraint(draft, item)
        return bool(keys)

    def comment(self, tokens: Sequence[Token]) -> bool:
        """COMMENT ON TABLE … IS '…' and COMMENT ON COLUMN … IS '…'."""
        if len(tokens) < 6 or not tokens[2].says(b"TABLE", b"COLUMN") or tokens[-1].kind != "string":
            return False
        name, _ = self.name(tokens, 3)
        of_column = tokens[2].says(b"COLUMN")
        draft = (
            self.table(self.names.table(name[:-1] if of_column else name)) if len(name) > of_column else None
        )
        self._note(draft, name[-1] if of_column and name else "", self.text(tokens[-1]))
        return True

    def property(self, tokens: Sequence[Token]) -> bool:
        """EXEC sp_addextendedproperty 'MS_Description': the description of a table or a column in SQL Server."""
        values = [self.text(token) for token in tokens if token.kind == "string"]
        if len(values) < 6 or values[0] != "MS_Description" or values[4].upper() != "TABLE":
            return False
        draft = self.table(self.names.table((values[3], values[5])))
        column = values[7] if len(values) > 7 and values[6].upper() == "COLUMN" else ""
        self._note(draft, column, values[1])
        return True

    def _note(self, draft: Draft | None, column: str, note: str) -> None:
        if draft is not None and not column:
            draft.note = note
        elif draft is not None and column in draft.columns:
            draft.columns[column] = Column(column, draft.columns[column].type, note)

    # ----------------------------------------------------------------- pieces

    def text(self, token: Token) -> str:
        """A name without its quotes, or the text of a string."""
        if token.kind == "string":
            return self._values.text(token.raw)
        plain = self._texts.decode(token.raw)
        if token.kind == "name":
            return plain[1:-1].replace(plain[-1] * 2, plain[-1])
        return plain.lower() if self._dialect.name == "postgresql" else plain

    def name(self, tokens: Sequence[Token], at: int) -> tuple[list[str], int]:
        """A name of dotted parts from `at` on, and where it ends."""
        while at < len(tokens) and tokens[at].says(
            b"IF", b"NOT", b"EXISTS", b"INTO", b"IGNORE", b"ONLY", b"DELAYED", b"LOW_PRIORITY"
        ):
            at += 1
        parts = []
        while at < len(tokens) and tokens[at].kind in ("word", "name"):
            parts.append(self.text(tokens[at]))
            at += 1
            if at >= len(tokens) or not tokens[at].says(b"."):
                break
            at += 1
        return parts, at

    def listed(self, tokens: Sequence[Token], at: int) -> tuple[str, ...]:
        """The names in the brackets that open at `at`; lengths and ASC or DESC after a name do not count."""
        body, _ = inside(tokens, at)
        return tuple(self.text(item[0]) for item in split(body))

    def _type(self, tokens: Sequence[Token]) -> str:
        text = ""
        for token in tokens:
            word = self.text(token) if token.kind == "name" else self._texts.decode(token.raw)
            glued = not text or word in "(),.[]" or text[-1] in "(.,["
            text += word if glued else f" {word}"
        return text

    def _after(self, tokens: Sequence[Token], word: bytes) -> str:
        """The string that stands behind a word, "" without one."""
        at = find(tokens, word)
        found = next((token for token in tokens[at : at + 2] if token.kind == "string"), None) if at else None
        return self.text(found) if found else ""


def _ends_type(item: Sequence[Token], place: int) -> bool:
    after = item[place + 1] if place + 1 < len(item) else None
    return item[place].says(*_AFTER_TYPE) or (
        item[place].says(b"CHARACTER") and after is not None and after.says(b"SET")
    )
