"""Staged rows + mapping -> what each record is: description, flow, attachments, links. One record at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from archive import dates
from archive.model import FIELD_NAMES, FieldValue
from archive.processing import (
    UNFINISHED,
    Applicant,
    Coded,
    Link,
    Message,
    Paper,
    Party,
    Procedure,
    Step,
    SystemRecord,
)
from ingest.snapshots.mapping import Children, Records, SystemMapping, Value
from ingest.snapshots.owning import owning
from ingest.snapshots.source import Blob
from ingest.snapshots.staging import AT, ROW, Staged, Staging, same
from ingest.snapshots.values import Values

_DATED_FIELDS = {"issued_date"}
_NAMES_OF_CODE = ("code_number", "code_notation")


@dataclass(frozen=True)
class Claim:
    """An attachment as the system states it: bytes inside (`blob`), or a path beside the data; neither: only a name.

    `child` is its place among the record's papers when it is one, else -1.
    """

    name: str
    blob: Blob | None = None
    path: str = ""
    role: str = "main"
    version: str = ""
    size: int | None = None
    paper: int = -1


@dataclass(frozen=True)
class Draft:
    """A record before its attachments are read. `unit` is the owning unit's id in the system, `sort` its place in the
    register."""

    record: SystemRecord
    title: str
    fields: Mapping[str, FieldValue]
    claims: tuple[Claim, ...]
    unit: str
    row: int
    others: tuple[str, ...] = ()


class RecordReader:
    """`frozen` is the day the system was frozen, ISO 8601; what was due by then and not done is late."""

    def __init__(self, staging: Staging, mapping: SystemMapping, system: str, frozen: str = "") -> None:
        self.staging, self.mapping, self.system, self.frozen = staging, mapping, system, frozen
        self.values = Values(staging, mapping)
        for records in mapping.records:
            for child in records.children:
                if child.table and staging.table(child.table):
                    staging.index(child.table, child.parent)

    def draft(self, records: Records, row: Staged) -> Draft:
        """All that the tables say of the record of this row."""
        fields = self._fields(records, row)
        old_id = self.values.key(records.id, row)
        steps, claims = self._steps(records, row, old_id), self._claims(records, row, old_id)
        record = self._record(records, row, old_id, steps)
        papers, paper_claims = self._papers(records, row, old_id)
        if record.procedure:
            record = replace(record, procedure=replace(record.procedure, papers=papers))
        title = self.values.text(records.title, row) or (
            fields["subject"].value if "subject" in fields else ""
        )
        owner = owning(self.values, self.mapping, records, row)
        record = replace(record, unit=owner.unit)
        if owner.direction and "direction" not in records.record:
            record = replace(record, direction=Coded("", owner.direction))
        return Draft(record, title, fields, (*claims, *paper_claims), owner.unit, int(row[ROW]), owner.others)

    # ----------------------------------------------------------------- description

    def _fields(self, records: Records, row: Staged) -> dict[str, FieldValue]:
        found = {}
        for name in FIELD_NAMES:
            if name in records.fields:
                value = records.fields[name]
                said = (
                    self.values.when(value, row) if name in _DATED_FIELDS else self.values.mapped(value, row)
                )
                if said := said[:10] if name in _DATED_FIELDS else said:
                    found[name] = FieldValue(said, 1.0, "system")
        return _with_code(found)

    # ----------------------------------------------------------------- what the system knew

    def _record(self, records: Records, row: Staged, old_id: str, steps: tuple[Step, ...]) -> SystemRecord:
        of = records.record
        text, when = self.values.text, self.values.when
        status = self.values.coded(of.get("status"), row)
        arrived = when(of.get("arrived"), row)
        stated_year = text(of.get("register_year"), row)
        found = SystemRecord(
            system=self.system,
            old_id=old_id,
            locator=str(row[AT]),
            kind="procedure" if records.kind == "procedure" else "document",
            direction=self.values.coded(of.get("direction"), row),
            register=text(of.get("register"), row),
            register_year=dates.year(dates.parse_moment(stated_year, self.mapping.first))
            or stated_year[:4]
            or arrived[:4],
            number=text(of.get("number"), row),
            arrived=arrived,
            status=status,
            deadline=when(of.get("deadline"), row),
            work_dossier=text(of.get("work_dossier"), row),
            exchange_id=text(of.get("exchange_id"), row),
            keeper=text(of.get("keeper"), row),
            copies=text(of.get("copies"), row),
            note=text(of.get("note"), row),
            urls=tuple(self._url(pattern, row) for pattern in records.urls),
            steps=steps,
            links=tuple(self._links(records, row, old_id)),
            messages=tuple(self._messages(records, row, old_id)),
            procedure=self._procedure(records, row, old_id) if records.kind == "procedure" else None,
            unmapped=self._unmapped(records, row),
        )
        return replace(found, unfinished=_unfinished(found))

    def _procedure(self, records: Records, row: Staged, old_id: str) -> Procedure:
        of = records.procedure
        said = {name: self.values.text(of.get(name), row) for name in of if "." not in name}
        said |= {
            name: self.values.when(of.get(name), row)
            for name in ("received", "due", "finished", "delivered")
            if name in of
        }
        own = {
            name.partition(".")[2]: self.values.text(value, row) for name, value in of.items() if "." in name
        }
        supplements = tuple(
            part
            for child, inner in self._children(records, "supplements", row, old_id)
            for part in self.values.parts(child.fields.get("text"), inner)
        )
        said["code"] = said.get("code") or old_id
        return Procedure(**said, applicant=Applicant(**own), supplements=supplements)

    def _url(self, pattern: str, row: Staged) -> str:
        for column, cell in row.items():
            if isinstance(cell, str):
                pattern = pattern.replace("{" + column + "}", cell.strip())
        return pattern

    def _unmapped(self, records: Records, row: Staged) -> dict[str, str]:
        """Cells of the record's row that the mapping has no place for."""
        used = self.staging.own_names(records.table, {*records.id, *_columns(records)})
        own = (column.name for column in self.staging.table(records.table).columns)
        return {
            column: cell
            for column in own
            if column not in used and isinstance(cell := row[column], str) and cell.strip()
        }

    # ----------------------------------------------------------------- children

    def _children(
        self, records: Records, kind: str, row: Staged, old_id: str
    ) -> Iterator[tuple[Children, Staged]]:
        """Every row of this kind of child, with the part of the mapping that reads it."""
        for child in records.children:
            if child.kind != kind:
                continue
            if not child.table:
                yield child, row
            elif self.staging.table(child.table) and old_id:
                found = self.staging.where(child.table, child.parent, old_id, child.order)
                yield from ((child, inner) for inner in found)

    def _steps(self, records: Records, row: Staged, old_id: str) -> tuple[Step, ...]:
        found = (self._step(child, inner) for child, inner in self._children(records, "steps", row, old_id))
        return tuple(replace(step, number=number) for number, step in enumerate(filter(None, found), 1))

    def _step(self, child: Children, row: Staged) -> Step | None:
        of, text, when, coded = child.fields, self.values.text, self.values.when, self.values.coded
        step = Step(
            0,
            self._party(child, "sender", row),
            self._party(child, "receiver", row),
            coded(of.get("role"), row),
            coded(of.get("action"), row),
            text(of.get("opinion"), row),
            when(of.get("sent"), row),
            when(of.get("read"), row),
            when(of.get("done"), row),
            when(of.get("deadline"), row),
            coded(of.get("status"), row),
        )
        if not child.table and not self._says(child, row):
            return None
        return (
            None
            if step == Step(0)
            else replace(step, late=_late(step.deadline, step.done, "" if _finished(step) else self.frozen))
        )

    def _says(self, child: Children, row: Staged) -> bool:
        """Does the row say anything of this child itself, beside what the mapping always says?"""
        return any(self.values.text(value, row) for value in child.fields.values() if value.columns)

    def _party(self, child: Children, who: str, row: Staged) -> Party:
        return Party(
            **{
                name: self.values.text(child.fields.get(f"{who}.{name}"), row)
                for name in ("name", "position", "unit", "unit_id")
            }
        )

    def _links(self, records: Records, row: Staged, old_id: str) -> Iterator[Link]:
        for child, inner in self._children(records, "links", row, old_id):
            kind = self.values.mapped(child.fields.get("kind"), inner) or "related"
            for target in self.values.parts(child.fields.get("target"), inner):
                yield Link(
                    kind, target, self.values.text(child.fields.get("text"), inner) if child.table else ""
                )
            if not self.values.text(child.fields.get("target"), inner):
                yield from (
                    Link(kind, "", said) for said in self.values.parts(child.fields.get("text"), inner)
                )

    def _messages(self, records: Records, row: Staged, old_id: str) -> Iterator[Message]:
        for child, inner in self._children(records, "messages", row, old_id):
            of, text = child.fields, self.values.text
            found = Message(
                self.values.coded(of.get("status"), inner),
                self.values.when(of.get("when"), inner),
                text(of.get("organ"), inner),
                text(of.get("organ_id"), inner),
                text(of.get("detail"), inner),
            )
            if found != Message(found.status) or found.status.raw:
                yield found

    def named(self, records: Records) -> int:
        """Attachments that the rows of these records name, without making the records."""
        kinds = ("attachments", "papers")
        children = [one for one in records.children if one.kind in kinds]
        return sum(
            len(self._claim(child, row, 0 if child.kind == "papers" else -1))
            for child in children
            if not child.table or self.staging.table(child.table)
            for row in self._rows_of(records, child)
            if child.kind == "attachments" or self.values.text(child.fields.get("name"), row)
        )

    def _rows_of(self, records: Records, child: Children) -> Iterator[Staged]:
        """The rows of a kind of child that belong to a record; the records' own rows when these have it."""
        own = (
            row
            for row in self.staging.rows(records.table)
            if all(same(row.get(column), wanted) for column, wanted in records.only.items())
            and self.values.key(records.id, row)
        )
        if not child.table:
            yield from own
            return
        for row in own:
            yield from self.staging.where(child.table, child.parent, self.values.key(records.id, row))

    def _claims(self, records: Records, row: Staged, old_id: str) -> tuple[Claim, ...]:
        found = []
        for child, inner in self._children(records, "attachments", row, old_id):
            found += self._claim(child, inner)
        return tuple(found)

    def _claim(self, child: Children, row: Staged, paper: int = -1) -> list[Claim]:
        """The files that one row states: bytes, or one or several paths."""
        of, blob = child.fields, self.values.blob(child.fields.get("content"), row)
        name = self.values.text(of.get("name"), row)
        paths = self.values.parts(of.get("path"), row)
        role = self.values.mapped(of.get("role"), row) or ("paper" if paper >= 0 else "main")
        version, size = self.values.text(of.get("version"), row), self.values.text(of.get("size"), row)
        stated = int(size) if size.isdigit() else None
        if blob:
            return [Claim(name or blob.name, blob, "", role, version, stated or blob.size, paper)]
        if paths:
            single = len(paths) == 1
            return [
                Claim((name if single else "") or _last(path), None, path, role, version, stated, paper)
                for path in paths
            ]
        return [Claim(name, None, "", role, version, stated, paper)] if name and paper < 0 else []

    def _papers(
        self, records: Records, row: Staged, old_id: str
    ) -> tuple[tuple[Paper, ...], tuple[Claim, ...]]:
        papers: list[Paper] = []
        claims: list[Claim] = []
        for child, inner in self._children(records, "papers", row, old_id):
            name = self.values.text(child.fields.get("name"), inner)
            if not name:
                continue
            copies, kind = (self.values.text(child.fields.get(one), inner) for one in ("copies", "kind"))
            claims += self._claim(child, inner, len(papers))
            papers.append(Paper(name, "", copies, kind))
        return tuple(papers), tuple(claims)


# --------------------------------------------------------------------------- small rules


def _with_code(fields: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """Number and notation make the code where the system keeps them apart, and the other way round."""
    number, notation = (fields[name].value if name in fields else "" for name in _NAMES_OF_CODE)
    if "code" not in fields and number:
        joined = number if not notation or notation.startswith(number) else f"{number}/{notation}"
        joined = notation if notation.startswith(f"{number}/") else joined
        return fields | {"code": FieldValue(joined, 1.0, "system")}
    return fields


def _finished(step: Step) -> bool:
    """By its status, whether or not the system says when."""
    return bool(step.status.value) and step.status.value not in UNFINISHED


def _late(deadline: str, done: str, frozen: str) -> bool | None:
    """Days only: a deadline without a time ends with its day. None when that cannot be told."""
    if not deadline:
        return None
    ended = done or frozen
    if not ended:
        return None
    exact = "T" in deadline and "T" in ended
    return ended > deadline if exact else ended[:10] > deadline[:10]


def _unfinished(record: SystemRecord) -> bool:
    """Was work left when the system was frozen? By the record's status, else by that of its last step."""
    if record.status.value:
        return record.status.value in UNFINISHED
    last = record.steps[-1] if record.steps else None
    if last is None:
        return False
    return last.status.value in UNFINISHED if last.status.value else bool(last.deadline and not last.done)


def _last(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def _columns(records: Records) -> set[str]:
    """The columns of the record's own row that the mapping reads."""
    own: list[Value] = [*records.fields.values(), *records.record.values(), *records.procedure.values()]
    own += [value for value in (records.unit, *records.unit_by_direction.values(), records.title) if value]
    own += [value for child in records.children if not child.table for value in child.fields.values()]
    return {column for value in own for column in value.columns} | set(records.only)
