"""Records as items, items as volumes: a register (sổ) or the procedure dossiers of one year, in parts of a thousand. Pure.

A volume is one package: small enough to be read and changed as a whole, as paper registers are bound in volumes (quyển).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from archive import dates, ids
from archive.holdings.package import unused
from archive.model import Dossier, Event, FieldValue, Finding, Fonds, Item, PageRef, SourceFile, TextRef
from archive.processing import INSIDE_CONTAINER as INSIDE
from archive.processing import Attachment, Signature, SystemRecord
from ingest.batch import describe
from ingest.grading import grades
from ingest.grading.grades import highest
from ingest.snapshots.records import Claim, Draft

SIZE = 1000
"""Records in a volume at most."""


@dataclass(frozen=True)
class Shelf:
    """What stands together: the records of one fonds, direction, register and year."""

    fonds: str
    kind: str
    direction: str
    register: str
    year: str


@dataclass(frozen=True)
class Content:
    """What is known of an attachment's bytes once they were looked at, or why not (`failure`, a message code).

    `locator` is where they are in the snapshot; `pages` are rendition keys, `readable` the file they are read from.
    `text` is the key of its text where it has no pages.
    `unpacked`: they lie in a container that must be unpacked, so only the container itself can be handed out.
    `fields` what their letterhead says.
    """

    locator: str
    name: str
    sha256: str = ""
    size: int = 0
    media_type: str = ""
    pages: tuple[str, ...] = ()
    text: str = ""
    readable: str = ""
    readable_type: str = ""
    unpacked: bool = False
    failure: str = ""
    grade: str = ""
    fields: Mapping[str, FieldValue] | None = None
    signatures: tuple[Signature, ...] = ()
    findings: tuple[Finding, ...] = ()


def shelf_of(record: SystemRecord, fonds: str) -> Shelf:
    """Where a record stands. The direction as the system wrote it when the mapping does not say."""
    direction = record.direction.value or record.direction.raw
    year = record.register_year
    if record.procedure:
        year = year or dates.year(record.procedure.received)
        return Shelf(fonds, "procedures", "", record.register, year)
    return Shelf(fonds, "register", direction, record.register, year)


_NUMBER = re.compile(r"(\d+)\s*(.*)", re.DOTALL)


def place_in_register(record: SystemRecord) -> tuple[int, str]:
    """ "12" < "12a" < "13"; a record without a number comes after those with one."""
    match = _NUMBER.match(record.number.strip())
    return (int(match[1][:15]), match[2].casefold()) if match else (10**15, record.number.casefold())


DIRECTION_CODES = {"incoming": "den", "outgoing": "di", "internal": "noi-bo", "draft": "du-thao", "": "khac"}
_TITLES = {
    "incoming": "Sổ văn bản đến",
    "outgoing": "Sổ văn bản đi",
    "internal": "Sổ văn bản nội bộ",
    "draft": "Văn bản dự thảo",
}


def volume_code(system: str, shelf: Shelf, number: int) -> str:
    """Dossier code of a volume; the same records give the same code."""
    kind = (
        "thu-tuc"
        if shelf.kind == "procedures"
        else DIRECTION_CODES.get(shelf.direction) or _slug(shelf.direction)
    )
    parts = [
        system,
        kind,
        shelf.year or "0000",
        _slug(shelf.register) if shelf.register else "",
        f"{number:02d}",
    ]
    return ".".join(filter(None, parts))


def _slug(name: str) -> str:
    """The name as a part of a code; with a digest where it had to be altered: two names never give one code."""
    slug = ids.dossier_code(name)
    return (
        slug
        if slug == name and len(name) < 40
        else f"{slug[:32]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    )


def volume_title(shelf: Shelf, number: int, of: int) -> str:
    """As the register's cover has it."""
    name = (
        "Hồ sơ thủ tục hành chính"
        if shelf.kind == "procedures"
        else _TITLES.get(shelf.direction, "Sổ văn bản")
    )
    if shelf.register and shelf.register.casefold() != name.casefold():
        name = f"{name} – {shelf.register}"
    year = f" năm {shelf.year}" if shelf.year else ""
    return f"{name}{year}" + (f", quyển {number}" if of > 1 else "")


# --------------------------------------------------------------------------- items


def item_of(
    item_id: str,
    ordinal: int,
    draft: Draft,
    contents: Sequence[tuple[Claim, Content]],
    package: str,
    accession: str,
    level: str = "open",
) -> Item:
    """The item of a record; `contents` are its attachments in order, `package` the snapshot's dossier id.

    A record of which anything is secret is a control entry: grade and digests, nothing else.
    """
    grade = grade_of(draft, contents)
    if grade:
        digests = tuple(content.sha256 for _, content in contents if content.sha256)
        entry = describe.control_entry(item_id, ordinal, digests, grade, accession)
        return replace(entry, extra=entry.extra | {"custody": "snapshot", "snapshot": package})
    parts = _Parts(draft.record.old_id, package)
    for claim, content in contents:
        parts.add(claim, content)
    record = replace(draft.record, attachments=tuple(parts.attachments), signatures=tuple(parts.signatures))
    fields = _fields(draft, contents)
    return Item(
        id=item_id,
        ordinal=ordinal,
        title=_title(draft, fields, parts.files),
        fields=fields,
        files=tuple(parts.files),
        pages=tuple(parts.pages),
        texts=tuple(parts.texts),
        level=level,
        findings=tuple(parts.findings),
        record=_with_papers(record, contents),
        extra={"accession": accession},
    )


@dataclass
class _Parts:
    """What the attachments of one record come to."""

    old_id: str
    package: str
    attachments: list[Attachment] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    pages: list[PageRef] = field(default_factory=list)
    texts: list[TextRef] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, claim: Claim, content: Content) -> None:
        name = claim.name or content.name
        if content.failure:
            path = self._path(name) if content.sha256 else ""
            self._state(claim, name, path, content.failure)
            if path:
                self._hold(name, path, content)
            self.findings.append(Finding(content.failure, "error", values={"name": name or claim.path}))
            return
        path = self._path(name)
        if content.unpacked:
            self._state(claim, name, "", INSIDE)
        else:
            self._state(claim, name, path, "")
            self._hold(name, path, content)
        self.pages += [PageRef(path, index, content.sha256, key) for index, key in enumerate(content.pages)]
        self.texts += [TextRef(path, name, content.sha256, content.text)] if content.text else []
        self.signatures += [replace(signature, path=path) for signature in content.signatures]
        self.findings += [replace(finding, file=name) for finding in content.findings]
        if claim.size not in (None, content.size):
            values = {"name": name, "stated": str(claim.size), "found": str(content.size)}
            self.findings.append(Finding("snapshot.size_differs", "warning", values=values))

    def _hold(self, name: str, path: str, content: Content) -> None:
        about = (content.size, content.sha256, content.media_type or "application/octet-stream")
        self.files.append(SourceFile(path, name, *about, self.package, content.locator))

    def _state(self, claim: Claim, name: str, path: str, missing: str) -> None:
        stated = claim.path if missing and not path else ""
        self.attachments.append(
            Attachment(name, path, claim.role, claim.version, claim.size, missing, stated)
        )

    def _path(self, name: str) -> str:
        """The attachment's name in its dossier: unique among those of the record."""
        taken = {file.path for file in self.files} | {one.file for one in (*self.pages, *self.texts)}
        return unused(f"{self.old_id}/{ids.safe_name(name.rpartition('/')[2])}", taken)


def _title(draft: Draft, fields: Mapping[str, FieldValue], files: Sequence[SourceFile]) -> str:
    """What the system calls it; a procedure dossier by its procedure, never by its applicant."""
    if draft.title or draft.record.procedure:
        return draft.title or draft.record.procedure.procedure
    if files:
        return describe.title_of(fields, files)
    return " ".join(fields[name].value for name in ("type_name", "code") if name in fields)


def stated_grade(draft: Draft) -> str:
    """The grade the system states, "" for none; what it wrote there and is no grade closes the record, too.

    So does a grade in a column that the mapping does not read.
    """
    stated = grades.column_grade(draft.fields["secrecy"].value) if "secrecy" in draft.fields else ""
    return highest(stated, *map(grades.whole_grade, draft.record.unmapped.values()))


def grade_of(draft: Draft, contents: Sequence[tuple[Claim, Content]]) -> str:
    """The grade the system states, or that any of its contents has; "" for none."""
    return highest(stated_grade(draft), *(content.grade for _, content in contents))


def _fields(draft: Draft, contents: Sequence[tuple[Claim, Content]]) -> dict[str, FieldValue]:
    """What the system says; the letterhead of the main attachment only where it says neither number nor subject."""
    main = next(
        (content.fields for claim, content in contents if claim.role == "main" and content.fields), None
    )
    told = {"code", "subject"} & draft.fields.keys()
    read = {
        name: replace(field, page=None, box=None)
        for name, field in (main or {}).items()
        if name != "secrecy" and not told
    }
    procedure = draft.record.procedure
    known = {"code": FieldValue(procedure.code, 1.0, "system")} if procedure else {}
    return read | known | dict(draft.fields)


def _with_papers(record: SystemRecord, contents: Sequence[tuple[Claim, Content]]) -> SystemRecord:
    """Each component paper of a procedure dossier names its file."""
    if not record.procedure:
        return record
    paths = {
        claim.paper: attachment.path
        for (claim, _), attachment in zip(contents, record.attachments, strict=False)
        if claim.paper >= 0
    }
    papers = tuple(
        replace(paper, path=paths.get(place, "")) for place, paper in enumerate(record.procedure.papers)
    )
    return replace(record, procedure=replace(record.procedure, papers=papers))


SPOT, LAST = "spot", "last_ordinal"
"""Kept with an item: whose spot it is (its id in the old system); with a volume: the last ordinal it ever gave."""


def spots(held: Sequence[Dossier]) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
    """({whose spot: (volume, ordinal)}, the last spot ever given) of the volumes held, in order."""
    taken = {
        item.extra[SPOT]: (number, item.ordinal)
        for number, dossier in enumerate(held, 1)
        for item in dossier.items
        if SPOT in item.extra
    }
    return taken, ((len(held), last_ordinal(held[-1])) if held else (1, 0))


def last_ordinal(held: Dossier | None) -> int:
    return int(held.extra.get(LAST, "0")) if held else 0


def volume(
    fonds: Fonds,
    shelf: Shelf,
    place: tuple[str, int, int],
    items: Sequence[Item],
    events: Sequence[Event],
    package: str,
) -> Dossier:
    """`place`: the system, the number of the volume, of how many; `package`: the dossier id of the snapshot."""
    system, number, count = place
    code = volume_code(system, shelf, number)
    extra = {
        "register": shelf.register,
        "direction": shelf.direction,
        "year": shelf.year,
        "snapshot": package,
    }
    made = Dossier(
        id=ids.dossier_id(fonds.code, code),
        code=code,
        title=volume_title(shelf, number, count),
        fonds=fonds,
        items=tuple(sorted(items, key=lambda item: item.ordinal)),
        events=tuple(events),
        accession=package,
        kind="procedures" if shelf.kind == "procedures" else "register",
        extra={name: value for name, value in extra.items() if value},
    )
    return describe.with_dates(made)
