"""A record with its attachments as an item; one of which anything is secret as a control entry. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from archive import ids
from archive.holdings.package import unused
from archive.model import FieldValue, Finding, Item, PageRef, SourceFile, TextRef
from archive.processing import INSIDE_CONTAINER as INSIDE
from archive.processing import Attachment, Signature, SystemRecord
from ingest.batch import describe
from ingest.grading import grades
from ingest.grading.grades import highest
from ingest.snapshots.records import Claim, Draft


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


def item_of(
    item_id: str,
    ordinal: int,
    draft: Draft,
    contents: Sequence[tuple[Claim, Content]],
    package: str,
    accession: str,
    level: str = "open",
    lifted: str = "",
) -> Item:
    """The item of a record; `contents` are its attachments in order, `package` the snapshot's dossier id.

    A record of which anything is secret is a control entry: grade and digests, nothing else. `lifted` is the grade a
    person has lifted from it since.
    """
    grade = highest(standing_grade(draft, lifted), *(content.grade for _, content in contents))
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


def standing_grade(draft: Draft, lifted: str) -> str:
    """The grade the system states, unless that one, or a higher one, was `lifted` from the record since."""
    stated = stated_grade(draft)
    return "" if stated and highest(stated, lifted) == lifted else stated


def said_of(fields: Mapping[str, FieldValue], record: SystemRecord) -> str:
    """What tells a document from others whatever its id is, as its system has it; "" when that says nothing."""
    procedure = record.procedure
    if procedure:
        return " ".join(filter(None, (procedure.code, procedure.received)))
    own = (fields[name] for name in ("code", "issued_date") if name in fields)
    return " ".join((*(field.value for field in own if field.origin == "system"), record.arrived)).strip()


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
