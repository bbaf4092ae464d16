"""Units asked for by any name they ever had: `đơn vị:<name>` also means what came to the unit of that name. Pure.

What came to a unit is what its own archivist would read: the same rule that grants are decided by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from archive import text
from archive.queries import Clause, Query
from archive.rights.access import Grant, Scope
from archive.units.succession import Register, RegisteredUnit

READS_ALL = "archivist"
"""A role that reads every level; what the asking account may not read falls away by its own scope."""
LONGEST_NAME = 8
"""Words that may make up a unit's name when it is typed without quotation marks."""
MOST_NAMESAKES = 40
OFFICES = ("UBND ", "Ủy ban nhân dân ", "HĐND ", "Hội đồng nhân dân ")
"""What is written before a unit's name when its office is meant."""

_QUOTES = ' "“”„«»'

ScopeOf = Callable[[tuple[Grant, ...]], Scope]


def resolved(query: Query, register: Register, scope_of: ScopeOf) -> Query:
    """The query with each unit asked for by name known by its id and by the terms of what came to it."""
    clauses: list[Clause] = []
    todo = list(query.clauses)
    while todo:
        taken = _named_run(query, todo, register) if todo[0].field == "unit" else 1
        clause = _joined(todo[:taken])
        del todo[:taken]
        clauses.append(_known(query, clause, register, scope_of) if clause.field == "unit" else clause)
    return replace(query, clauses=tuple(clauses))


def named(register: Register, name: str) -> list[RegisteredUnit]:
    """The units of just this name, code or id, with or without the office's words before it."""
    found = register.named(name)
    if found:
        return found[:MOST_NAMESAKES]
    lowered = text.fold(text.clean(name))
    rest = (name[len(words) :] for words in OFFICES if lowered.startswith(text.fold(words)))
    return [unit for part in rest for unit in register.named(part)][:MOST_NAMESAKES]


def granted(register: Register, written: str) -> list[RegisteredUnit]:
    """The units that may be meant where something is granted: of this id, else of this name and still there, else of it."""
    if exact := register.unit(written):
        return [exact]
    found = named(register, written)
    return [unit for unit in found if unit.valid_to is None] or found


def told_apart(register: Register, units: Sequence[RegisteredUnit], most: int = 4) -> str:
    """The first of several units with what stands above each and its id, for somebody to choose."""
    lines = ((unit.name, *(above.name for above in register.ancestors(unit.id))) for unit in units[:most])
    found = "; ".join(f"{', '.join(names)} ({unit.id})" for names, unit in zip(lines, units, strict=False))
    return f"{found}; …" if len(units) > most else found


def asked_for(register: Register, unit: RegisteredUnit) -> str:
    """The query that finds what a unit left and inherited: by its name where no other unit has it, else by its id."""
    if [one.id for one in register.named(unit.name)] == [unit.id]:
        return f'đơn vị:"{unit.name}"'
    return f"đơn vị:{unit.id}"


def _known(query: Query, clause: Clause, register: Register, scope_of: ScopeOf) -> Clause:
    units = tuple(unit.id for unit in named(register, _typed(query, clause)))
    if not units:
        return clause
    scope = scope_of(tuple(Grant(unit, READS_ALL) for unit in units))
    terms = {term for admitting in scope.clauses for term in admitting.allowed}
    return replace(clause, units=units, terms=tuple(sorted(terms)))


def _typed(query: Query, clause: Clause) -> str:
    return query.text[slice(*clause.span)].partition(":")[2].strip(_QUOTES)


def _named_run(query: Query, clauses: Sequence[Clause], register: Register) -> int:
    """How many of the clauses, the field's own and the plain words after it, make up the longest name of a unit."""
    if clauses[0].kind != "word" or query.text[clauses[0].span[1] - 1] in _QUOTES:
        return 1
    plain = 1
    for clause in clauses[1:LONGEST_NAME]:
        if clause.kind != "word" or clause.field or clause.negative or clause.strict:
            break
        plain += 1
    runs = range(plain, 1, -1)
    return next((n for n in runs if named(register, _typed(query, _joined(clauses[:n])))), 1)


def _joined(clauses: Sequence[Clause]) -> Clause:
    """Neighbouring words as one phrase of the first one's field."""
    if len(clauses) == 1:
        return clauses[0]
    return replace(
        clauses[0],
        kind="phrase",
        exact=tuple(word for clause in clauses for word in clause.exact),
        folded=tuple(word for clause in clauses for word in clause.folded),
        span=(clauses[0].span[0], clauses[-1].span[1]),
        code="",
    )


def whole_name(query: Query) -> str:
    """What was typed when it may be a unit's name and nothing else; "" otherwise."""
    plain = all(
        clause.kind in ("word", "phrase") and not clause.field and not clause.negative
        for clause in query.clauses
    )
    few = 0 < sum(len(clause.folded) for clause in query.clauses) <= LONGEST_NAME + len(OFFICES[1].split())
    return query.text.strip(_QUOTES) if plain and few and not query.dates and not query.unknown else ""
