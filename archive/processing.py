"""What a closed system knew of a record beside its description: its processing history, raw and mapped. Types only.

A record of a document system (văn bản) or of a one-stop procedure system (hồ sơ TTHC) is an Item; `Item.record` holds
a SystemRecord. Days and times are ISO 8601, as exact as the system had them; "" means the system did not say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Coded:
    """A value of a code list: as the system wrote it, and what it means here ("" when the mapping does not say)."""

    raw: str = ""
    value: str = ""


DIRECTIONS = ("incoming", "outgoing", "internal", "draft")
ROLES = ("lead", "support", "inform")
"""Chủ trì, phối hợp, để biết (Nghị định 30/2020/NĐ-CP, Điều 24)."""

ACTIONS = (
    "receive", "transfer", "submit", "assign", "approve", "sign", "issue", "return", "recall", "supplement",
    "extend", "pause", "reject", "withdraw", "finish", "deliver", "other",
)  # fmt: skip
STATUSES = (
    "waiting",
    "open",
    "paused",
    "supplement",
    "done",
    "delivered",
    "rejected",
    "withdrawn",
    "recalled",
)
UNFINISHED = ("waiting", "open", "paused", "supplement")
INSIDE_CONTAINER = "snapshot.inside_container"
"""Message code: the file lies in a container that is kept; that one can be handed out."""
LINKS = ("replies_to", "replied_by", "replaces", "replaced_by", "work_dossier", "related", "forwards", "task")
ATTACHMENT_ROLES = ("main", "appendix", "draft", "paper", "result", "opinion", "other")


@dataclass(frozen=True)
class Party:
    """Somebody who sent, received or signed: as far as the system named them. `unit_id` is the system's own id."""

    name: str = ""
    position: str = ""
    unit: str = ""
    unit_id: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the flow. `number` counts from 1 in the order of the flow; `deadline` is the day it was due."""

    number: int
    sender: Party = Party()
    receiver: Party = Party()
    role: Coded = Coded()
    action: Coded = Coded()
    opinion: str = ""
    sent: str = ""
    read: str = ""
    done: str = ""
    deadline: str = ""
    status: Coded = Coded()
    late: bool | None = None
    """Done after the deadline, or not done by the day the system was frozen; None without a deadline."""


@dataclass(frozen=True)
class Attachment:
    """A file the record had. `path` is the logical path of the item's SourceFile, "" when that is not there."""

    name: str
    path: str = ""
    role: str = "main"
    version: str = ""
    declared_size: int | None = None
    missing: str = ""
    """Message code of why the file is not there, or cannot be read though its bytes are; "" when all is well."""
    stated: str = ""
    """Where the row said that a missing file lies."""


@dataclass(frozen=True)
class Link:
    """A tie to another record: its id in the old system (`target`), or only its number as written (`text`)."""

    kind: str
    target: str = ""
    text: str = ""
    item: str = ""
    """Id of the item it was found to be; "" when that is not held."""


@dataclass(frozen=True)
class Signature:
    """A digital signature found in a file; the file is never rewritten.

    `intact`: the signed bytes are as they were signed; None when that cannot be told (algorithm or structure unknown).
    `whole`: nothing was added after it. `chain`: does the certificate lead to a root this archive was told to trust?
    `detail` is a message code (signature.*) of what else is to be said of it; "" for nothing.
    """

    path: str
    signer: str
    when: str = ""
    issuer: str = ""
    intact: bool | None = None
    whole: bool | None = None
    chain: Literal["known", "unknown", "broken"] = "unknown"
    detail: str = ""


@dataclass(frozen=True)
class Message:
    """A status message of the document exchange axis (QCVN 102:2016/BTTTT)."""

    status: Coded
    when: str = ""
    organ: str = ""
    organ_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Applicant:
    """Who asked for a procedure: personal data (Luật 91/2025/QH15), shown only to who has the right."""

    name: str = ""
    identity: str = ""
    phone: str = ""
    address: str = ""
    email: str = ""


@dataclass(frozen=True)
class Paper:
    """A component paper of a procedure dossier (thành phần hồ sơ)."""

    name: str
    path: str = ""
    copies: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Procedure:
    """What a one-stop system knows of a dossier (hồ sơ TTHC; Nghị định 61/2018/NĐ-CP)."""

    code: str
    procedure_code: str = ""
    procedure: str = ""
    field: str = ""
    applicant: Applicant = Applicant()
    received: str = ""
    due: str = ""
    finished: str = ""
    delivered: str = ""
    result: str = ""
    fee: str = ""
    fee_paid: str = ""
    supplements: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class SystemRecord:
    """The record as its system knew it. `system` is the system's code here, `old_id` its key there.

    `locator` says where it stands in the snapshot: "<file>#<table>/<row number from 1>".
    `number` and `arrived` are the register's (số đến, ngày đến; for outgoing ones the number in the register).
    `keeper` (who has the file copy), `copies` (how many were made) and `note` are columns of the register's form.
    `unit` is the id of the owning unit in the system. `unmapped` keeps what the mapping has no place for.
    """

    system: str
    old_id: str
    locator: str
    kind: Literal["document", "procedure"] = "document"
    direction: Coded = Coded()
    register: str = ""
    register_year: str = ""
    number: str = ""
    arrived: str = ""
    unit: str = ""
    status: Coded = Coded()
    unfinished: bool = False
    deadline: str = ""
    work_dossier: str = ""
    exchange_id: str = ""
    keeper: str = ""
    copies: str = ""
    note: str = ""
    urls: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    signatures: tuple[Signature, ...] = ()
    messages: tuple[Message, ...] = ()
    procedure: Procedure | None = None
    unmapped: dict[str, str] = field(default_factory=dict)


# --------------------------------------------------------------------------- the snapshot itself


@dataclass(frozen=True)
class TableCount:
    """A table of a snapshot: rows the source states (None: states none), rows read, rows taken into records.

    `refused` are rows that should be records, but have no key.
    """

    name: str
    declared: int | None
    read: int
    taken: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Snapshot:
    """The frozen state of a closed system, kept whole as one package without documents of its own.

    `as_of` is the day of the last change in it, `method` how it was taken out, `decision` the act that closed the
    system, `mapping` the SHA-256 of the mapping file kept with it.
    """

    system: str
    kind: str
    title: str = ""
    as_of: str = ""
    method: str = ""
    decision: str = ""
    closed: str = ""
    mapping: str = ""
    tables: tuple[TableCount, ...] = ()
    attachments: int = 0
    missing: int = 0
