"""Plans turned into batch folders on the disk, and into the truth about them.

A batch is one folder per fonds with `phong.toml` and dossier folders, as an archivist has it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from samples import documents, forms, making, sheet
from samples.documents import Document
from samples.plan import DossierPlan, FilePlan, FondsPlan, creator
from samples.truth import Truth, fate, findings, rights

SPECIAL = {
    "empty": b"",
    "unknown": b"Ghi ch\xfa: xem s\xf4\x00\x01\x02 c\xf4ng v\xe1n \xf0i\x03\x04",
    "thumbs": b"\xd0\xcf\x11\xe0" + bytes(508),
}
"""Forms without a document of their own, and their bytes."""

_KEYS = ("ma", "ten", "don_vi_ma", "don_vi_ten", "don_vi_cap")
_WISHES = ("era", "face", "length", "table", "draft", "secrecy", "urgency", "trap", "personal")


@dataclass(frozen=True)
class _Place:
    """Where a file goes and whose it is."""

    out: Path
    fonds: FondsPlan
    dossier: DossierPlan
    seed: int

    def path(self, name: str) -> str:
        return f"{self.fonds.ma}/{self.dossier.folder}/{name}"

    def write(self, name: str, data: bytes) -> str:
        path = self.path(name)
        (self.out / path).parent.mkdir(parents=True, exist_ok=True)
        (self.out / path).write_bytes(data)
        return path


def write(out: Path, plans: Sequence[FondsPlan], seed: int) -> Truth:
    """Every fonds of the plans below `out`; returns the truth."""
    truth = Truth(seed)
    for fonds in plans:
        _declare(out, fonds, truth)
        rows = []
        for dossier in fonds.dossiers:
            place = _Place(out, fonds, dossier, seed)
            for number, file in enumerate(dossier.files, 1):
                document = _file(place, file, number, truth)
                if document and file.listed:
                    rows.append(_row(dossier, file, number, document))
        if fonds.catalogue:
            _catalogue(out, fonds, rows, truth)
    return truth


def _declare(out: Path, fonds: FondsPlan, truth: Truth) -> None:
    """phong.toml: whose records these are."""
    (out / fonds.ma).mkdir(parents=True, exist_ok=True)
    lines = [f'{key} = "{getattr(fonds, key)}"\n' for key in _KEYS]
    (out / fonds.ma / "phong.toml").write_text("".join(lines), encoding="utf-8")
    truth.fonds[fonds.ma] = {key: getattr(fonds, key) for key in _KEYS}
    truth.files[f"{fonds.ma}/phong.toml"] = {"fonds": fonds.ma, "dossier": "", "fate": "ignored"}


# --------------------------------------------------------------------------- one file


def _file(place: _Place, file: FilePlan, number: int, truth: Truth) -> dict | None:
    """Write one planned file; returns the truth of its document when it has one."""
    entry = {"fonds": place.fonds.ma, "dossier": place.dossier.folder} | fate(place.fonds, file)
    if file.form == "copy" or file.form in SPECIAL:
        truth.files[place.write(file.stored, _special(place, file))] = entry
        return None
    source = random.Random(f"{place.seed}/{place.fonds.ma}/{place.dossier.folder}/{file.name}")
    document = _document(source, place.dossier, file)
    made = making.make(source, file, document, forms.compose(document))
    names = [place.write(name, data) for name, data in made.files]
    key = f"{place.fonds.ma}/{place.dossier.folder}/{number:02d}"
    truth.files |= {name: entry | {"document": key} for name in names}
    if entry["fate"] == "refused":
        return None
    truth.documents[key] = described = {
        "fonds": place.fonds.ma,
        "dossier": place.dossier.folder,
        "files": names,
        "form": file.form,
        "group": file.group,
        "access": "quarantined" if entry["fate"] == "quarantined" else "open",
        **rights(file),
        "findings": findings(file, made.pages),
        "fields": document.fields(),
        "pages": [{"file": names[page.pop("at")], **page} for page in made.pages],
    }
    return described


def _special(place: _Place, file: FilePlan) -> bytes:
    return (place.out / place.fonds.ma / file.of).read_bytes() if file.form == "copy" else SPECIAL[file.form]


def _document(source: random.Random, dossier: DossierPlan, file: FilePlan) -> Document:
    day = file.day or date(dossier.year, 1, 4) + timedelta(days=source.randrange(350))
    office, topic = creator(file.creator or dossier.creator), file.topic or dossier.topic
    return documents.invent(
        source, office, file.kind, topic, day, **{key: getattr(file, key) for key in _WISHES}
    )


# --------------------------------------------------------------------------- catalogue


def _row(dossier: DossierPlan, file: FilePlan, number: int, truth: dict) -> list[str]:
    """The catalogue's line for a document: its true fields, except where the plan says otherwise."""
    fields = truth["fields"]
    said = fields | {"issued_date": "/".join(reversed(fields["issued_date"].split("-")))} | file.catalogue
    truth["findings"] += [
        {"code": "catalogue.differs", "field": key}
        for key in file.catalogue
        if key not in ("access", "until")
    ]
    name = truth["files"][0].rpartition("/")[2]
    described = [
        said.get(key, "") for key in ("code", "issued_date", "type_name", "subject", "issuer", "signer")
    ]
    access = file.catalogue.get("access", "Sử dụng rộng rãi")
    until = file.catalogue.get("until", "")
    return [dossier.folder, str(number), name, *described, str(len(truth["pages"])), access, until, ""]


def _catalogue(out: Path, fonds: FondsPlan, rows: list[list[str]], truth: Truth) -> None:
    """muc-luc.xlsx with a last line whose file nobody delivered. One that lists a secret document is not kept."""
    lost = [fonds.dossiers[0].folder, "99", "Phụ lục thất lạc.pdf", "77/BC-UBND", "02/02/2013", "Báo cáo"]
    lost += ["kiểm kê tài sản", "", "", "4", "Sử dụng rộng rãi", "", "Chưa tìm thấy"]
    path = f"{fonds.ma}/muc-luc.xlsx"
    (out / path).write_bytes(sheet.workbook(fonds.ten, [*rows, lost]))
    truth.fonds[fonds.ma]["catalogue"] = path
    closed = {name.rpartition("/")[2] for name, one in truth.files.items() if one["fate"] == "quarantined"}
    secret = any(row[2] in closed for row in rows)
    fate = {"fate": "refused", "code": "refused.secret_sheet"} if secret else {"fate": "kept"}
    truth.files[path] = {"fonds": fonds.ma, "dossier": "", **fate}
    truth.findings.append({"code": "catalogue.no_file", "fonds": fonds.ma, "name": lost[2]})
    listed = {row[2] for row in rows}
    for document in truth.documents.values():
        if document["fonds"] == fonds.ma and document["files"][0].rpartition("/")[2] not in listed:
            document["findings"].append({"code": "catalogue.no_row"})
