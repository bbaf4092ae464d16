"""A first mapping for a snapshot nobody has mapped yet: the shipped profile that fits best, its columns found by name.

What the proposal could not place stands in comments: a person finishes it with `kho map check` at hand. Pure but for the
staged rows it looks at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from archive import text
from ingest.snapshots import checking, mapping
from ingest.snapshots.checking import Check
from ingest.snapshots.staging import Staging

PROFILES = Path(__file__).parent / "profiles"
PARENT = "@parent_id"
_CLOSE = 0.82
"""Likeness (0..1) from which two names of a table or a column are taken for one."""


@dataclass(frozen=True)
class Proposal:
    """`profile` it starts from; `text` the mapping file; `check` what it leaves open. `renamed`: profile's name -> found."""

    profile: str
    text: str
    check: Check
    renamed: Mapping[str, str]


def profiles() -> dict[str, str]:
    """Name -> text of every shipped profile."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(PROFILES.glob("*.toml"))}


def propose(staging: Staging) -> Proposal | None:
    """The proposal with the most columns found; None when no profile makes records of this snapshot."""
    proposals = [found for name, said in profiles().items() if (found := _fitted(name, said, staging))]
    return max(
        proposals, key=lambda one: (one.check.named - 2 * len(one.check.absent), one.profile), default=None
    )


def _fitted(name: str, said: str, staging: Staging) -> Proposal | None:
    tables = _names(said, staging)
    columns = _names(_renamed(said, tables), staging)  # looked for once their table is found
    renamed = tables | columns | _nested(_renamed(said, tables | columns), staging)
    fitted = _renamed(said, renamed)
    check = checking.check(mapping.parse(fitted), staging)
    if not check.records:
        return None
    absent = {one.table for one in check.absent if not one.column}
    if any(records.table in absent for records in mapping.parse(fitted).records):
        return None
    return Proposal(name, fitted + _open_questions(check), check, renamed)


def _names(said: str, staging: Staging) -> dict[str, str]:
    """Names of tables and columns in the profile that the snapshot has under a like name."""
    known = {
        name for table in staging.tables() for name in (table.name, *(one.name for one in table.columns))
    }
    plain = {_plain(name): name for name in sorted(known, reverse=True)}
    wanted = {one.table for one in _absent(said, staging)} | {
        one.column for one in _absent(said, staging)
    } - {""}
    found = {}
    for name in sorted(wanted - known):
        close = get_close_matches(_plain(name), plain, 1, _CLOSE)
        if close:
            found[name] = plain[close[0]]
    return found


def _nested(said: str, staging: Staging) -> dict[str, str]:
    """Rows nested in their record's (JSON) name it in a column of the reader's own."""
    columns = staging.columns()
    return {
        one.column: PARENT
        for one in _absent(said, staging)
        if one.needed and PARENT in columns.get(one.table, ())
    }


def _absent(said: str, staging: Staging):
    return checking.check(mapping.parse(said), staging).absent


def _plain(name: str) -> str:
    """public.VanBan, [dbo].[van_ban] and VAN BAN are one name."""
    last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition(".")[2].strip('[]"`'))
    return re.sub(r"[^a-z0-9]+", "", text.fold(text.clean(last)))


def _renamed(said: str, renamed: Mapping[str, str]) -> str:
    """The profile with its quoted names replaced; values of code lists stand in their own sections and are left."""
    head, mark, lists = said.partition("\n[values.")
    for old, new in renamed.items():
        head = head.replace(f'"{old}"', f'"{new}"')
    return head + mark + lists


def _open_questions(check: Check) -> str:
    """What a person has to decide, as comments at the end of the file."""
    lines = ["", "", "# Còn phải xem / still to be decided:"]
    lines += [
        f"# - {one.place}: {one.table}.{one.column or '*'} không có / is not there" for one in check.absent
    ]
    lines += [
        f"# - {one.table}.{one.column}: {one.filled} giá trị chưa ánh xạ / values not mapped, ví dụ {', '.join(map(repr, one.examples))}"
        for one in check.unmapped
    ]
    lines += [f'# - [values.{one.values}] "{one.raw}" = ?   ({one.count} lần)' for one in check.unknown]
    lines += [f'# - [units."{one.raw}"] fonds = ?   ({one.count} lần)' for one in check.unknown_units]
    return "\n".join([*lines, ""]) if len(lines) > 3 else ""
