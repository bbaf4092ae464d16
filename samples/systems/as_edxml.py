"""Writes messages of the exchange axis: one .edxml file a document, one a status message, in a folder.

Tables as in ingest/snapshots/forms/edxml/fields.py: document, receiver, trace, reply, appendix, attachment, status; the first
column of the others names the document. An attachment's `content` is bytes. `Dirt` plants what real systems write.
"""

from __future__ import annotations

import base64
import io
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from samples.systems.model import Kept, Made

QCVN, OLDER, LGSP = (
    "http://www.mic.gov.vn/TBT/QCVN_102_2016",
    "http://www.e-doc.vn/Schema/",
    "http://www.go.vn/eDoc",
)


@dataclass(frozen=True)
class Dirt:
    """`before`: bytes before the XML; `prefix`: of elements, "" for none; `bound`: is it declared? `unbound`: an
    attribute with a prefix nobody declared; `turned`: elements in the opposite order; `zipped`: attachments inside a zip
    under a name of digits; `hollow`: an empty ResponseFor."""

    before: bytes = b""
    namespace: str = QCVN
    prefix: str = "edXML"
    bound: bool = True
    unbound: bool = False
    turned: bool = False
    zipped: bool = False
    hollow: bool = False
    cdata: bool = False


CLEAN = Dirt()
Row = Mapping[str, Kept]


def write(made: Made, path: Path, dirt: Dirt = CLEAN) -> None:
    path.mkdir(parents=True, exist_ok=True)
    tables = {name: list(_rows(made, name)) for name in made.tables}
    for number, document in enumerate(tables.get("document", ()), 1):
        mine = {
            name: [row for row in rows if next(iter(row.values())) == document["DocumentId"]]
            for name, rows in tables.items()
            if name not in ("document", "status")
        }
        (path / f"vb-{number:05d}.edxml").write_bytes(message(document, mine, dirt))
    for number, status in enumerate(tables.get("status", ()), 1):
        (path / f"tt-{number:05d}.edxml").write_bytes(status_message(status, dirt))


def _rows(made: Made, name: str) -> Iterator[Row]:
    table = made.tables[name]
    return (dict(zip(table.columns, row, strict=True)) for row in table.rows)


def message(document: Row, children: Mapping[str, list[Row]], dirt: Dirt = CLEAN) -> bytes:
    def rows(name: str) -> list[Row]:
        return children.get(name, [])

    tag = _Tags(dirt)
    fields = {name: said for name, said in document.items() if not name.startswith("Bussiness")}
    replies = [_own(row) for row in rows("reply")] + ([{"OrganId": "", "Code": ""}] if dirt.hollow else [])
    appendixes = "".join(tag("Appendix", _text(row["text"])) for row in rows("appendix"))
    header = [
        *tag.nested(fields),
        *(tag("To", *tag.nested(_own(row))) for row in rows("receiver")),
        *(tag("ResponseFor", *tag.nested(row)) for row in replies),
        *([tag("Appendixes", appendixes)] if appendixes else []),
    ]
    business = {name: said for name, said in document.items() if name.startswith("Bussiness")}
    trace = [tag("TraceHeader", *tag.nested(_own(row))) for row in rows("trace")]
    listed = [tag("Reference", *tag.nested(_stated(row, at))) for at, row in enumerate(rows("attachment"), 1)]
    encoded = [
        tag(
            "Attachment",
            *tag.nested(_stated(row, at)),
            tag("ContentTransferEncoded", _payload(row, dirt), plain=True),
        )
        for at, row in enumerate(rows("attachment"), 1)
    ]
    envelope = tag(
        "edXMLEnvelope",
        tag(
            "edXMLHeader",
            tag("MessageHeader", *header),
            tag("TraceHeaderList", *trace, *tag.nested(business)),
        ),
        tag("edXMLBody", tag("edXMLManifest", *listed)),
    )
    return tag.document(envelope, tag("AttachmentEncoded", *encoded))


def status_message(status: Row, dirt: Dirt = CLEAN) -> bytes:
    tag = _Tags(dirt)
    own = {name: said for name, said in status.items() if not name.startswith("@")}
    return tag.document(tag("edXMLEnvelope", tag("edXMLHeader", tag("Status", *tag.nested(own)))))


class _Tags:
    def __init__(self, dirt: Dirt) -> None:
        self._dirt = dirt
        self._prefix = f"{dirt.prefix}:" if dirt.prefix else ""

    def __call__(self, name: str, *parts: str, plain: bool = False) -> str:
        ordered = reversed(parts) if self._dirt.turned and not plain else parts
        return f"<{self._prefix}{name}>{''.join(ordered)}</{self._prefix}{name}>"

    def nested(self, fields: Mapping[str, Kept]) -> list[str]:
        """Fields with dots in their names as elements in elements."""
        groups: dict[str, dict[str, Kept]] = {}
        for name, said in fields.items():
            first, _, rest = name.partition(".")
            if said is not None:
                groups.setdefault(first, {})[rest] = said
        return [
            self(name, _text(inner[""])) if "" in inner else self(name, *self.nested(inner))
            for name, inner in groups.items()
        ]

    def document(self, *parts: str) -> bytes:
        dirt = self._dirt
        bound = (
            f" xmlns{':' + dirt.prefix if dirt.prefix else ''}={quoteattr(dirt.namespace)}"
            if dirt.bound
            else ""
        )
        odd = ' xlink:href="cid:1"' if dirt.unbound else ""
        root = f"{self._prefix}edXML"
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{bound}{odd}>{"".join(parts)}</{root}>\n'
        return dirt.before + text.encode()


def _own(row: Row) -> Row:
    """Without the first column, which names the document."""
    return dict(list(row.items())[1:])


def _stated(row: Row, at: int) -> Row:
    names = {"ContentId": f"cid:{at}", "AttachmentName": row["name"], "ContentType": row.get("content_type")}
    return names | {"Description": row.get("description")}


def _payload(row: Row, dirt: Dirt) -> str:
    held = row["content"]
    if not isinstance(held, bytes):
        return ""
    if dirt.zipped:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(str(uuid.uuid5(uuid.NAMESPACE_OID, str(row["name"])))), held)
        held = target.getvalue()
    digits = base64.encodebytes(held).decode()
    return f"<![CDATA[{digits}]]>" if dirt.cdata else digits


def _text(said: Kept) -> str:
    if isinstance(said, datetime):
        return f"{said:%Y/%m/%d %H:%M:%S}"
    return f"{said:%Y/%m/%d}" if isinstance(said, date) else escape(str(said))
