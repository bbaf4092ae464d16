"""A first mapping for a snapshot nobody has mapped yet: the shipped profile that fits best, its columns found by name.

What the proposal could not place stands in comments: a person finishes it with `kho map check` at hand. Pure but for the
staged rows it looks at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from archive import text
from ingest.snapshots import checking, mapping
from ingest.snapshots.checking import Absent, Check, UnknownValue, Unmapped
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
    columns = staging.columns()
    known = {*columns, *(name for own in columns.values() for name in own)}
    wanted = {one.column or one.table: one for one in _absent(said, staging)}
    found = {}
    for name in sorted(wanted.keys() - known):
        plain = {_plain(one): one for one in sorted(_free(wanted[name], said, staging), reverse=True)}
        close = get_close_matches(_plain(name), plain, 1, _CLOSE)
        if close:
            found[name] = plain[close[0]]
    return found


def _free(absent: Absent, said: str, staging: Staging) -> set[str]:
    """Tables, or columns of its table, that the profile does not itself name: what another field has by name is no guess."""
    used = checking.columns_read(mapping.resolved(mapping.parse(said), staging.columns()))
    if not absent.column:
        return staging.columns().keys() - {table for table, _ in used}
    return set(staging.columns()[absent.table]) - {column for table, column in used if table == absent.table}


def _nested(said: str, staging: Staging) -> dict[str, str]:
    """Rows nested in their record's (JSON) name it in a column of the reader's own."""
    columns = staging.columns()
    return {
        one.column: PARENT
        for one in _absent(said, staging)
        if one.needed and PARENT in columns.get(one.table, ())
    }


def _absent(said: str, staging: Staging):
    return checking.absences(mapping.resolved(mapping.parse(said), staging.columns()), staging)


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
    """What a person has to decide, as comments at the end of the file; last the owning units, ready to be filled in."""
    parts = [
        ("Mẫu đọc nhưng bản chụp không có", _absent_lines(check)),
        ("Cột có dữ liệu nhưng chưa ánh xạ (vẫn giữ nguyên trong bản ghi)", map(_unmapped_line, check.unmapped)),
        ("Giá trị chưa có trong bảng mã (vẫn giữ giá trị gốc): thêm dòng vào mục được nêu", map(_value_line, check.unknown)),
        ("Đơn vị sở hữu: bỏ dấu # và điền mã phông, mã đơn vị. Bản ghi của đơn vị chưa khai sẽ bị đóng", _unit_lines(check)),
    ]  # fmt: skip
    said = [f"\n# {title}:\n" + "\n".join(lines) for title, rows in parts if (lines := list(rows))]
    head = "\n\n# ---- Còn phải xem. Sửa xong, kiểm tra lại bằng: kho map check ANH-XA.toml BAN-CHUP\n"
    return head + "\n".join(said) + "\n" if said else ""


def _absent_lines(check: Check) -> Iterator[str]:
    for table in sorted({one.table for one in check.absent if not one.column}):
        yield f"#   bảng {table}"
    for one in check.absent:
        if one.column and not one.usual:
            yield f"#   {one.place}: cột {one.table}.{one.column}"


def _unmapped_line(one: Unmapped) -> str:
    examples = (
        ", ".join(json.dumps(said, ensure_ascii=False) for said in one.examples) or "(dữ liệu nhị phân)"
    )
    return f"#   {one.table}.{one.column}: {one.filled} giá trị, ví dụ {examples}"


def _value_line(one: UnknownValue) -> str:
    known = ", ".join(filter(None, mapping.VALUE_LISTS[one.values])) or "chữ tùy ý"
    return f"#   [values.{one.values}] {json.dumps(one.raw, ensure_ascii=False)} = …   ({one.count} lần; được ghi: {known})"


def _unit_lines(check: Check) -> Iterator[str]:
    for one in check.unknown_units:
        name = one.name or one.unit
        yield f"# [units.{json.dumps(one.unit, ensure_ascii=False)}]    # {name}: {one.records} bản ghi"
        yield '# fonds = "…"'
        yield f'# unit = "…"    # tìm mã bằng: kho units show {json.dumps(name, ensure_ascii=False)}'
        yield f"# name = {json.dumps(name, ensure_ascii=False)}\n"
