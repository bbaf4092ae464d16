"""Random registers, grants and records for properties, and the access rule once more, written plainly for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from archive.rights.access import EVERY_UNIT, LEVELS, Actor, DossierKey, Grant, Grounds, RecordClass, roles
from archive.rights.restrictions import Restriction, Restrictions
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession

TODAY = date(2026, 3, 1)
OLD, NEW = ("A", "B", "C", "D"), ("X", "Y", "Z")
AGENCY = "A.P"
UNITS = (*OLD, *NEW, AGENCY)
FONDS = {"F1": "A", "F2": "B", "F3": "C", "F4": "D", "F5": "X", "F6": AGENCY}
"""Fonds code -> the unit it came from."""
DAYS = (date(2025, 1, 1), date(2025, 7, 1), TODAY, date(2026, 7, 1))


@dataclass(frozen=True)
class Record:
    """One document with everything that may decide about it."""

    fonds: str
    dossier: str
    ordinal: int
    level: str
    embargo: str

    @property
    def unit(self) -> str:
        return FONDS[self.fonds]

    @property
    def record(self) -> RecordClass:
        return RecordClass(self.unit, self.fonds, self.level, self.embargo)

    @property
    def dossier_id(self) -> str:
        return f"{self.fonds}:{self.dossier}"

    @property
    def key(self) -> DossierKey:
        return DossierKey(self.dossier_id, self.dossier)

    @property
    def id(self) -> str:
        return f"{self.dossier_id}:{self.ordinal:03d}"


records = st.lists(
    st.builds(
        Record,
        st.sampled_from(sorted(FONDS)),
        st.sampled_from(["K1.1", "K1.2", "K2.1"]),
        st.integers(1, 3),
        st.sampled_from(LEVELS),
        st.sampled_from(["", "2025-12-31", "2026-03-01", "2050-01-01"]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda record: record.id,
)
successions = st.lists(
    st.builds(
        Succession,
        st.sampled_from(OLD),
        st.sampled_from(NEW),
        st.sampled_from(["merged", "split"]),
        st.sampled_from(["whole", "part"]),
        st.sampled_from(DAYS),
    ),
    max_size=6,
)
chains = st.lists(
    st.builds(
        Succession,
        st.sampled_from(NEW),
        st.sampled_from(NEW),
        st.just("merged"),
        st.just("whole"),
        st.sampled_from(DAYS),
    ),
    max_size=2,
)
parts = st.sampled_from(
    [Part(), Part(prefixes=("K1.",)), Part(codes=("K2.1",)), Part(codes=("K1.1", "K2.1"))]
)
turns = st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(DAYS)), min_size=1, max_size=3)
"""To whom and when the same part was handed over, one time after the other: the newest counts."""
assignments = st.lists(
    st.builds(
        lambda fonds, part, turns: [Assignment(fonds, heir, part, day) for heir, day in turns],
        st.sampled_from(sorted(FONDS)),
        parts,
        turns,
    ),
    max_size=3,
).map(lambda handed: [row for rows in handed for row in rows])
restrictions = st.lists(
    st.builds(
        Restriction,
        st.sampled_from(["F1", "F2", "F1:K1.1", "F2:K1.2", "F3:K2.1:001", "F1:K1.1:001"]),
        st.sampled_from(["", "conditional", "closed"]),
        st.sampled_from([None, date(2026, 2, 28), TODAY]),
    ),
    max_size=3,
).map(lambda rows: Restrictions(tuple(rows)))
days = st.sampled_from([None, *DAYS])
grants = st.lists(
    st.builds(
        Grant,
        st.sampled_from([*UNITS, EVERY_UNIT, ""]),
        st.sampled_from([*roles(), "stranger"]),
        days,
        days,
        st.sampled_from([(), (), ("F1",), ("F2", "F5")]),
    ),
    max_size=3,
)
units = [RegisteredUnit(code, code, code, "commune") for code in (*OLD, *NEW)]
units.append(RegisteredUnit(AGENCY, AGENCY, AGENCY, "agency", parent="A"))
registers = st.builds(
    lambda first, second, handed: Register(units, [*first, *second], handed), successions, chains, assignments
)


def grounds(register: Register, laid: Restrictions, found: list[Record]) -> Grounds:
    keys = {record.dossier_id: record.key for record in found}
    return Grounds(
        register,
        laid,
        tuple(sorted({record.record for record in found})),
        lambda fonds: [key for key in keys.values() if key.id.startswith(f"{fonds}:")],
    )


def may_read(actor: Actor, record: Record, register: Register, laid: Restrictions) -> bool:
    """The rule in plain words, one record at a time."""
    return any(_by(grant, record, register, laid) for grant in actor.grants)


def _by(grant: Grant, record: Record, register: Register, laid: Restrictions) -> bool:
    if grant.role not in roles() or not grant.unit:
        return False
    if (grant.valid_from and grant.valid_from > TODAY) or (grant.valid_to and grant.valid_to < TODAY):
        return False
    role = roles()[grant.role]
    if record.level not in role.levels or (grant.fonds and record.fonds not in grant.fonds):
        return False
    if record.embargo and TODAY.isoformat() < record.embargo and not role.embargoed:
        return False
    for name in (record.fonds, record.dossier_id, record.id):
        rows = [row for row in laid.rows if row.record == name]
        held = rows and rows[-1].level and (rows[-1].until is None or rows[-1].until >= TODAY)
        if held and rows[-1].level not in role.levels:
            return False
    if grant.unit == EVERY_UNIT:
        return True
    reach = register.inherited(grant.unit, TODAY, beneath=role.beneath)
    handed = [row for row in register.assignments if row.fonds == record.fonds and row.day <= TODAY]
    handed = [
        row for row in handed if not any(row.part == other.part and row.day < other.day for other in handed)
    ]
    in_part = [row for row in handed if row.part != Part() and row.part.holds(record.dossier, None)]
    deciding = in_part or [row for row in handed if row.part == Part()]
    came = [row for row in deciding if row.heir in reach and not _left_before(reach[row.heir], row.day)]
    return bool(came) if deciding else record.unit in reach


def _left_before(way, day: date) -> bool:
    """Had the way already left the unit at its end on that day?"""
    days = [step.day for step in way if isinstance(step, Succession)]
    return bool(days) and min(days) < day
