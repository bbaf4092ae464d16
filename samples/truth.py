"""What a correct ingest must make of the samples: fates of files, findings, fields and texts of documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from samples.plan import FilePlan, FondsPlan

REFUSED = {
    "empty": "refused.empty",
    "unknown": "refused.unknown_format",
    "cut-pdf": "refused.broken",
    "cut-tiff": "refused.broken",
    "locked": "refused.encrypted",
}
"""Forms that cannot be taken in, and the reason to be given."""

LEVELS = {"Hạn chế": "conditional", "Đóng": "closed"}
"""What the catalogue's words mean; all others leave a document open."""


@dataclass
class Truth:
    """See README.md for the keys."""

    seed: int
    fonds: dict[str, dict] = field(default_factory=dict)
    files: dict[str, dict] = field(default_factory=dict)
    documents: dict[str, dict] = field(default_factory=dict)
    findings: list[dict] = field(default_factory=list)

    def as_dict(self) -> dict:
        kept = {key: getattr(self, key) for key in ("seed", "fonds", "files", "documents", "findings")}
        return {**kept, "counts": self.counts()}

    def counts(self) -> dict[str, int]:
        fates = [entry["fate"] for entry in self.files.values()]
        pages = sum(len(document["pages"]) for document in self.documents.values())
        return {
            **{fate: fates.count(fate) for fate in sorted(set(fates))},
            "documents": len(self.documents),
            "pages": pages,
        }


def fate(fonds: FondsPlan, file: FilePlan) -> dict[str, str]:
    """What must become of a file: kept, duplicate, refused, quarantined or ignored, with the reason's code."""
    if file.form == "thumbs":
        return {"fate": "ignored"}
    if file.form == "copy":
        return {"fate": "duplicate", "duplicate_of": f"{fonds.ma}/{file.of}"}
    if file.form in REFUSED:
        return {"fate": "refused", "code": REFUSED[file.form]}
    if file.secrecy or file.catalogue.get("access") == "Mật":
        return {"fate": "quarantined", "code": "refused.secret"}
    return {"fate": "kept"}


def rights(file: FilePlan) -> dict[str, str]:
    """The access level and the embargo (the first day it is open) that the catalogue states for a document."""
    level = LEVELS.get(file.catalogue.get("access", ""), "open")
    last = file.catalogue.get("until", "")
    day = datetime.strptime(last, "%d/%m/%Y").date() + timedelta(days=1) if last else None
    return {"level": level, "embargo": day.isoformat() if day else ""}


def findings(file: FilePlan, pages: list[dict]) -> list[dict]:
    """What a person must be told about this document."""
    found: list[dict] = [{"code": "sequence.missing", "numbers": list(file.skip)}] if file.skip else []
    found += [{"code": "page.blank", "page": n} for n, page in enumerate(pages, 1) if page.get("blank")]
    found += [{"code": "page.turned", "page": n} for n, page in enumerate(pages, 1) if page["turned"]]
    if file.form == "garbage":
        found += [{"code": "page.layer_garbage", "page": n} for n in range(1, len(pages) + 1)]
    if file.form == "signed":
        found.append({"code": "page.layer_partial", "page": 1})
    if file.form == "torn-tiff":
        found.append({"code": "file.damaged"})
    if file.form == "tcvn3":
        found += [{"code": "page.legacy_font", "page": n} for n in range(1, len(pages) + 1)]
    return found
