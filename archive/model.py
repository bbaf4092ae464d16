"""The words of the archive as frozen types. No I/O, no rules beyond what a type must guarantee.

Terms follow ISAD(G), OAIS and PREMIS; GLOSSARY.md pairs them with the Vietnamese terms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archive.processing import Snapshot, SystemRecord

# --------------------------------------------------------------------------- provenance

UnitLevel = Literal["province", "district", "commune", "agency", "other"]
FondsState = Literal["open", "closed"]


@dataclass(frozen=True)
class Unit:
    """An administrative unit or agency that created records."""

    code: str
    name: str
    level: UnitLevel = "other"
    parent: str | None = None


@dataclass(frozen=True)
class Fonds:
    """Phông: the records of one creator. An abolished creator's fonds is closed."""

    code: str
    title: str
    unit: Unit
    state: FondsState = "closed"


# --------------------------------------------------------------------------- pages and words

Box = tuple[int, int, int, int]
"""left, top, right, bottom in page pixels, right and bottom exclusive."""


@dataclass(frozen=True)
class Word:
    """One word as read. `confidence` is 0..100; text taken from a trusted PDF layer has 100.

    `line` numbers the text line within its page, in reading order.
    """

    text: str
    box: Box
    confidence: float
    line: int = 0


@dataclass(frozen=True)
class Finding:
    """Something a person should look at. `code` names a message in archive/messages; `values` fill it.

    `batch` is the accession that found it in a dossier; "" elsewhere.
    """

    code: str
    severity: Literal["info", "warning", "error"] = "warning"
    file: str | None = None
    page: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    batch: str = ""


@dataclass(frozen=True)
class PageReading:
    """The machine reading of one page. Words stand in reading order.

    Boxes are in pixels of the upright original image: `width` x `height` at `dpi` dots per inch.
    `turned` is the clockwise quarter turn in degrees (0, 90, 180, 270) that made the original upright.
    `source`: `ocr`, `text-layer` (trusted embedded text) or `none` (blank or failed).
    `confidence` is the character-weighted mean of the words, 0..100; None without words.
    `ink` is the share of the page's letter-sized ink that lies inside word boxes, 0..1; None when not measured.
    `steps` names the clean-up steps the kept reading used, in order.
    `stamps` are words read from coloured ink apart from the page's own words (a grade of secrecy or urgency, an
    incoming-mail stamp); their lines are numbered on their own.
    """

    width: int
    height: int
    dpi: int
    turned: int
    source: Literal["ocr", "text-layer", "none"]
    words: tuple[Word, ...]
    confidence: float | None
    ink: float | None = None
    skew: float = 0.0
    blank: bool = False
    steps: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    stamps: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """Words joined by spaces, lines by newlines, in reading order."""
        lines: list[list[str]] = []
        current: int | None = None
        for word in self.words:
            if word.line != current:
                lines.append([])
                current = word.line
            lines[-1].append(word.text)
        return "\n".join(" ".join(line) for line in lines)


# --------------------------------------------------------------------------- description

FIELD_NAMES = (
    "code_number",  # số: the number alone, e.g. "15"
    "code_notation",  # ký hiệu, e.g. "QĐ-UBND"
    "code",  # số/ký hiệu as written, e.g. "15/QĐ-UBND"
    "issued_date",  # ngày ban hành as ISO 8601, possibly partial: "2019-05-31", "2019-05", "2019"
    "issuer",  # cơ quan ban hành
    "parent_issuer",  # cơ quan chủ quản
    "type_name",  # loại văn bản
    "subject",  # trích yếu
    "recipients",  # nơi nhận
    "addressees",  # kính gửi
    "signer",  # người ký
    "signer_position",  # chức vụ người ký
    "secrecy",  # độ mật: "", "Mật", "Tối mật", "Tuyệt mật"
    "urgency",  # độ khẩn: "", "Khẩn", "Thượng khẩn", "Hỏa tốc"
    "place",  # địa danh
)
"""Fields read from a document's letterhead (Nghị định 30/2020/NĐ-CP, Annex I)."""

FieldOrigin = Literal["letterhead", "catalogue", "file-name", "person", "text-layer", "system"]


@dataclass(frozen=True)
class FieldValue:
    """One described field: its value, how sure we are (0..1) and where on which page it was read.

    `page` counts from 1; `box` is in that page's pixels. Values from a catalogue sheet have no box.
    """

    value: str
    confidence: float
    origin: FieldOrigin
    page: int | None = None
    box: Box | None = None

    @property
    def sure(self) -> bool:
        return self.confidence >= SURE


SURE = 0.8
"""A field at or above this confidence is shown as fact; below it is shown as a proposal."""

AccessLevel = Literal["open", "quarantined"]


@dataclass(frozen=True)
class PageRef:
    """Where one page of an item comes from.

    `file` is the logical path inside the package, `index` the page or frame in it from 0, `sha256` the
    digest of that file, `rendition` the key of its machine reading (see renditions.py).
    """

    file: str
    index: int
    sha256: str
    rendition: str


@dataclass(frozen=True)
class TextRef:
    """The text of a file that has text but no pages (a mail, a message, a text file); `rendition` as of renditions.py."""

    file: str
    name: str
    sha256: str
    rendition: str


@dataclass(frozen=True)
class SourceFile:
    """One original file of an item as received: name (exactly as on the source), bytes and digests.

    A file read in place lies in the package of the snapshot `within` (a dossier id), where `locator` says: a logical path
    there and steps into it (archive/holdings/locator.py). Its `path` is then only its name in this dossier.
    """

    path: str
    name: str
    size: int
    sha256: str
    media_type: str
    within: str = ""
    locator: str = ""


@dataclass(frozen=True)
class Item:
    """Văn bản: one document of a dossier with its description, files and pages.

    A quarantined item carries no title, files or pages: it is a neutral control entry.
    `level` is its access level and `embargo` the ISO date before which it is closed (access.py); the dossier's
    hold too, and the stricter counts. `record` is what a closed system knew of it, when it comes from one.
    """

    id: str
    ordinal: int
    title: str
    fields: dict[str, FieldValue]
    files: tuple[SourceFile, ...]
    pages: tuple[PageRef, ...]
    access: AccessLevel = "open"
    level: str = "open"
    embargo: str = ""
    findings: tuple[Finding, ...] = ()
    also_received_as: tuple[str, ...] = ()
    record: SystemRecord | None = None
    extra: dict[str, str] = field(default_factory=dict)
    texts: tuple[TextRef, ...] = ()

    def value(self, name: str) -> str:
        """The field's value, or "" when unknown."""
        found = self.fields.get(name)
        return found.value if found else ""


@dataclass(frozen=True)
class Event:
    """A PREMIS event. `when` is ISO 8601 with zone; `agent` a person, program or old system."""

    type: str
    when: str
    agent: str
    outcome: str = "success"
    detail: str = ""
    objects: tuple[str, ...] = ()


DossierKind = Literal["dossier", "register", "procedures", "snapshot"]


@dataclass(frozen=True)
class Dossier:
    """Hồ sơ: the unit of preservation; one package (OCFL object) each.

    A `register` is one volume of a closed system's register (sổ văn bản), `procedures` a volume of its procedure dossiers:
    their items are views into a `snapshot`, the package of the system as received (`snapshot` says what it is, in a volume
    without its tables; `files` what it holds).
    """

    id: str
    code: str
    title: str
    fonds: Fonds
    items: tuple[Item, ...]
    events: tuple[Event, ...]
    start_date: str = ""
    end_date: str = ""
    retention: str = ""
    accession: str = ""
    level: str = "open"
    embargo: str = ""
    findings: tuple[Finding, ...] = ()
    kind: DossierKind = "dossier"
    snapshot: Snapshot | None = None
    files: tuple[SourceFile, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)


# --------------------------------------------------------------------------- look-up

SortOrder = Literal["relevance", "newest", "oldest", "code"]
FACETS = ("fonds", "unit", "year", "type", "issuer", "kind", "system")


@dataclass(frozen=True)
class IndexEntry:
    """What the index knows of one item. `scope` holds the terms a search scope is met by (access.py).

    `personal` are the personal numbers of its texts, which themselves have none: see personal.py. `dossier` is the one it
    stands in when its id names another.
    """

    id: str
    scope: frozenset[str]
    title: str
    body: str
    codes: tuple[str, ...]
    facets: dict[str, str]
    fields: dict[str, str]
    date: str = ""
    personal: tuple[str, ...] = ()
    dossier: str = ""


@dataclass(frozen=True)
class IndexHits:
    """Answer of an index: ids in order with scores, the exact total, facet counts within the scope.

    `relaxed`: nothing met the query as typed; these entries meet it loosely (some words, one typo).
    `together`: how many of several hold the words of a plain query side by side.
    """

    total: int
    hits: tuple[tuple[str, float], ...]
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    relaxed: bool = False
    together: int = 0


@dataclass(frozen=True)
class ItemRow:
    """What a register line or a hit shows of an item; quarantined items show only id and ordinal.

    Of a record of a closed system also its `number` in its `register`, and the system with its name and as-of day.
    """

    id: str
    dossier_id: str
    ordinal: int
    title: str
    code: str
    date: str
    issuer: str
    type_name: str
    fonds_code: str
    fonds_title: str
    unit_code: str
    unit_name: str
    dossier_title: str
    page_count: int
    confidence: float | None
    access: AccessLevel = "open"
    level: str = "open"
    embargo: str = ""
    number: str = ""
    register: str = ""
    system: str = ""
    system_title: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class Snippet:
    """A piece of page text with marked spans (start, end) of the query's words.

    `page` 0: of what a closed system knew of the record, or of the text of a file without pages.
    """

    page: int
    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Hit:
    """An item that meets a query. `hit_pages` are the pages of those snippets that hold words of the query."""

    row: ItemRow
    score: float
    snippets: tuple[Snippet, ...]
    hit_pages: tuple[int, ...]


@dataclass(frozen=True)
class Notice:
    """What a searcher should know of an answer: a message code and the values that fill it."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ResultPage:
    """One page of results. `suggestions` are queries to offer when nothing was found.

    `phrase` is the query for the same words side by side, and `together` how many of `total` hold them so; both on
    the first page, and where it is some of them.
    """

    total: int
    page: int
    size: int
    hits: tuple[Hit, ...]
    facets: dict[str, dict[str, int]]
    suggestions: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    phrase: str = ""
    together: int = 0
