"""Tokens, the statements they make up, and how to find one's way in a list of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

TOKENS = 200_000
"""Tokens held of one statement: a table of 10,000 columns has fewer."""

_BODIES = (b"PROC", b"PROCEDURE", b"FUNCTION", b"TRIGGER", b"VIEW")


class Token(NamedTuple):
    """`kind`: string, dollar (PostgreSQL's $tag$…$tag$), word, name (quoted), mark (one character), long (a literal left
    in the file) or open (the dump ends inside it). `start` and `end` are offsets in the raw file; of a long one, of what
    stands between its quotes, and `raw` is what stands before that."""

    kind: str
    raw: bytes
    start: int = 0
    end: int = 0

    def says(self, *words: bytes) -> bool:
        return self.kind in ("word", "mark") and self.raw.upper() in words


@dataclass
class Statement:
    """`line` is where it begins. `conditional`: it stands in a comment that only some servers read (/*!50001 …*/).
    `cut`: not all of its tokens are held. `ended`: the dump went on to its end."""

    line: int
    tokens: list[Token] = field(default_factory=list)
    conditional: bool = False
    cut: bool = False
    ended: bool = True
    depth: int = 0

    def add(self, token: Token) -> None:
        if token.kind == "mark":
            self.depth += (token.raw == b"(") - (token.raw == b")")
        if len(self.tokens) < TOKENS:
            self.tokens.append(token)
        else:
            self.cut = True

    def is_body(self) -> bool:
        """In Transact-SQL: does it hold statements of its own, so that only GO ends it?"""
        first = self.tokens[:4]
        return bool(first) and (
            first[0].says(b"IF", b"BEGIN", b"DECLARE", b"WHILE")
            or (first[0].says(b"CREATE", b"ALTER") and any(token.says(*_BODIES) for token in first))
        )

    def is_open_body(self) -> bool:
        """In PostgreSQL: a function written as BEGIN ATOMIC … END?"""
        return (
            self.begins(b"CREATE")
            and any(token.says(b"ATOMIC") for token in self.tokens)
            and not self.tokens[-1].says(b"END")
        )

    def begins(self, *words: bytes) -> bool:
        return len(self.tokens) >= len(words) and all(
            token.says(word) for token, word in zip(self.tokens, words, strict=False)
        )


def find(tokens: Sequence[Token], *words: bytes) -> int:
    """The place behind the first run of these words, 0 when there is none."""
    for at in range(len(tokens) - len(words) + 1):
        if all(tokens[at + place].says(word) for place, word in enumerate(words)):
            return at + len(words)
    return 0


def inside(tokens: Sequence[Token], at: int) -> tuple[Sequence[Token], int]:
    """What stands in the brackets that open at `at`, and the place of the closing one."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += tokens[place].says(b"(") - tokens[place].says(b")")
        if depth == 0:
            return tokens[at + 1 : place], place
    return tokens[at + 1 :], len(tokens)


def split(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The items between the outer commas; empty ones are left out."""
    depth, start = 0, 0
    for place, token in enumerate(tokens):
        depth += token.says(b"(") - token.says(b")")
        if depth == 0 and token.says(b","):
            if place > start:
                yield tokens[start:place]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]
