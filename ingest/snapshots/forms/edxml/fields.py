"""The tables of an exchange and their columns: the fields of QCVN 102:2016/BTTTT as it spells them."""

from __future__ import annotations

from ingest.snapshots.source import Column, Table

ORGAN = (
    "OrganId", "OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Telephone", "Fax", "Website",
)  # fmt: skip
HEADER = (
    "DocumentId",
    *(f"From.{name}" for name in ORGAN),
    "Code.CodeNumber", "Code.CodeNotation", "PromulgationInfo.Place", "PromulgationInfo.PromulgationDate",
    "DocumentType.Type", "DocumentType.TypeDetail", "DocumentType.TypeName", "Subject", "Content",
    "SignerInfo.Competence", "SignerInfo.Position", "SignerInfo.FullName", "DueDate", "ToPlaces.Place",
    "OtherInfo.Priority", "OtherInfo.SphereOfPromulgation", "OtherInfo.TyperNotation",
    "OtherInfo.PromulgationAmount", "OtherInfo.PageAmount", "OtherInfo.Direction", "SteeringType",
)  # fmt: skip
BUSINESS = (
    "Bussiness.DocumentId", "Bussiness.BussinessDocType", "Bussiness.BussinessDocReason", "Bussiness.Paper",
    "Bussiness.StaffInfo.Department", "Bussiness.StaffInfo.Staff", "Bussiness.StaffInfo.Email", "Bussiness.StaffInfo.Mobile",
    "Bussiness.BussinessDocumentInfo", "Bussiness.ReplacementInfoList",
)  # fmt: skip
REPLY = ("OrganId", "Code", "PromulgationDate", "DocumentId")
STATUS = (
    "OrganId", "StatusCode", "Description", "Timestamp",
    "StaffInfo.Department", "StaffInfo.Staff", "StaffInfo.Email", "StaffInfo.Mobile",
    *(f"ResponseFor.{name}" for name in REPLY),
)  # fmt: skip
TRACE = ("OrganId", "Timestamp")
ATTACHMENT = ("name", "description", "content_type", "content_id", "content", "inner_name", "size")
SIGNATURE = ("algorithm", "digest", "subject", "issuer", "serial", "valid_from", "valid_until", "key_name")
OTHER = "@other"
"""What a message says in elements that have no column: `path=text` lines."""

_CHILD = ("@document", "@number")
COLUMNS: dict[str, tuple[str, ...]] = {
    "document": ("@id", *HEADER, *BUSINESS, "@namespace", "@file", OTHER),
    "receiver": (*_CHILD, *ORGAN, OTHER),
    "trace": (*_CHILD, *TRACE, OTHER),
    "reply": (*_CHILD, *REPLY, OTHER),
    "attachment": (*_CHILD, *ATTACHMENT),
    "appendix": (*_CHILD, "text"),
    "status": ("@document", "@file", *STATUS, OTHER),
    "signature": (*_CHILD, *SIGNATURE),
}
"""@document is the @id of the document a row belongs to; of a status message the DocumentId it answers."""

TABLES = tuple(
    Table(
        name,
        tuple(map(Column, columns)),
        key=("@id",) if name == "document" else (),
        foreign={} if name == "document" else {"@document": ("document", "@id")},
    )
    for name, columns in COLUMNS.items()
)
