"""Plans turned into files on the disk and into the truth about them.

A batch is one folder per fonds with `phong.toml` and dossier folders, as an archivist has it. What a correct
ingest must make of every file (its fate, its findings, its fields, its text) is collected in `Truth`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from samples import digital, documents, files, forms, scanning, sheet
from samples.documents import Document
from samples.layout import WIDTH, Page
from samples.plan import DossierPlan, FilePlan, FondsPlan, creator
from samples.scanning import Scan

REFUSED = {
    "empty": "refused.empty",
    "unknown": "refused.unknown_format",
    "cut-pdf": "refused.broken",
    "cut-tiff": "refused.broken",
    "locked": "refused.encrypted",
}
"""Forms that cannot be taken in, and the reason to be given."""

SPECIAL = ("copy", "empty", "unknown", "thumbs")
"""Forms without a document of their own."""

DIGITAL = ("born", "tcvn3")


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
                    rows.append(_row(dossier, file, number, document, truth))
        if fonds.catalogue:
            _catalogue(out, fonds, rows, truth)
    return truth


def _declare(out: Path, fonds: FondsPlan, truth: Truth) -> None:
    """phong.toml: whose records these are."""
    keys = ("ma", "ten", "don_vi_ma", "don_vi_ten", "don_vi_cap")
    (out / fonds.ma).mkdir(parents=True, exist_ok=True)
    lines = [f'{key} = "{getattr(fonds, key)}"\n' for key in keys]
    (out / fonds.ma / "phong.toml").write_text("".join(lines), encoding="utf-8")
    truth.fonds[fonds.ma] = {key: getattr(fonds, key) for key in keys}
    truth.files[f"{fonds.ma}/phong.toml"] = {"fonds": fonds.ma, "dossier": "", "fate": "ignored"}


# --------------------------------------------------------------------------- one file


def _file(place: _Place, file: FilePlan, number: int, truth: Truth) -> dict | None:
    """Write one planned file; returns the truth of its document when it has one."""
    if file.form in SPECIAL:
        _special(place, file, truth)
        return None
    source = random.Random(f"{place.seed}/{place.fonds.ma}/{place.dossier.folder}/{file.name}")
    document = _document(source, place.dossier, file)
    pages = forms.compose(document)
    made = _make(source, file, document, pages)
    names = [place.write(name, data) for name, data in made.files]
    entry = {"fonds": place.fonds.ma, "dossier": place.dossier.folder} | _fate(place, file)
    key = f"{place.fonds.ma}/{place.dossier.folder}/{number:02d}"
    truth.files |= {name: entry | {"document": key} for name in names}
    if entry["fate"] == "refused":
        return None
    truth.documents[key] = described = {
        "fonds": place.fonds.ma, "dossier": place.dossier.folder, "files": names, "form": file.form, "group": file.group,
        "access": "quarantined" if entry["fate"] == "quarantined" else "open", "findings": _findings(file, names, made.pages),
        "fields": document.fields(), "pages": [{"file": names[page.pop("at")], **page} for page in made.pages],
    }  # fmt: skip
    return described


def _special(place: _Place, file: FilePlan, truth: Truth) -> None:
    contents = {
        "empty": b"",
        "unknown": b"Ghi ch\xfa: xem s\xf4\x00\x01\x02 c\xf4ng v\xe1n \xf0i\x03\x04",
        "thumbs": b"\xd0\xcf\x11\xe0" + bytes(508),
    }
    data = (place.out / place.fonds.ma / file.of).read_bytes() if file.form == "copy" else contents[file.form]
    path = place.write(file.stored, data)
    truth.files[path] = {"fonds": place.fonds.ma, "dossier": place.dossier.folder} | _fate(place, file)


def _fate(place: _Place, file: FilePlan) -> dict[str, str]:
    if file.form == "thumbs":
        return {"fate": "ignored"}
    if file.form == "copy":
        return {"fate": "duplicate", "duplicate_of": f"{place.fonds.ma}/{file.of}"}
    if file.form in REFUSED:
        return {"fate": "refused", "code": REFUSED[file.form]}
    if file.secrecy or "access" in file.catalogue:
        return {"fate": "quarantined", "code": "refused.secret"}
    return {"fate": "kept"}


def _document(source: random.Random, dossier: DossierPlan, file: FilePlan) -> Document:
    day = file.day or date(dossier.year, 1, 4) + timedelta(days=source.randrange(350))
    wishes = {
        key: getattr(file, key)
        for key in ("era", "face", "length", "table", "draft", "secrecy", "urgency", "trap")
    }
    return documents.invent(
        source,
        creator(file.creator or dossier.creator),
        file.kind,
        file.topic or dossier.topic,
        day,
        **wishes,
    )


# --------------------------------------------------------------------------- forms


@dataclass(frozen=True)
class _Made:
    """Files as (name, bytes) and the truth of their pages; `at` is the position of a page's file."""

    files: list[tuple[str, bytes]]
    pages: list[dict]


def _make(source: random.Random, file: FilePlan, document: Document, pages: list[Page]) -> _Made:
    if file.form in DIGITAL:
        pdf = digital.born_digital(pages) if file.form == "born" else digital.legacy(pages)
        truth = [
            {"at": 0, "index": n, "group": "digital", "turned": 0, "skew": 0.0, "orders": page.orders()}
            for n, page in enumerate(pages)
        ]
        return _Made([(file.stored, files.save(pdf))], truth)
    scans = [
        scanning.scan(page, pages[n - 1] if n else None, document, file.group, file.dpi, source)
        for n, page in enumerate(pages)
    ]
    truth = [
        _page_truth(n, scan, page.orders()) for n, (scan, page) in enumerate(zip(scans, pages, strict=True))
    ]
    if file.blank:
        scans.insert(1, Scan(scanning.empty(file.dpi, source), file.dpi, "clean", 0, 0.0))
        truth.insert(1, _page_truth(1, scans[1], [""]) | {"blank": True})
    if file.form in ("jpg", "png"):
        return _sequence(file, scans, truth)
    truth = [page | {"index": n} for n, page in enumerate(truth)]
    if file.form == "signed":
        truth[0]["orders"] += ["\n".join((*_signature_text(document), order)) for order in truth[0]["orders"]]
    return _Made([(file.stored, _one_file(source, file, document, pages, scans))], truth)


def _page_truth(number: int, scan: Scan, orders: list[str]) -> dict:
    return {
        "at": 0,
        "index": number,
        "group": scan.group,
        "dpi": scan.dpi,
        "turned": scan.turned,
        "skew": round(scan.skew, 2),
        "orders": orders,
    }


def _sequence(file: FilePlan, scans: list[Scan], truth: list[dict]) -> _Made:
    """One image a page, numbered; the numbers in `skip` are missing, with their pages."""
    kept = [n for n in range(len(scans)) if n + 1 not in file.skip]
    encode = files.jpeg if file.form == "jpg" else files.png
    images = [(file.stored.replace("{n}", f"{n + 1:03d}"), encode(scans[n])) for n in kept]
    return _Made(images, [truth[n] | {"at": at, "index": 0} for at, n in enumerate(kept)])


def _one_file(
    source: random.Random, file: FilePlan, document: Document, pages: list[Page], scans: list[Scan]
) -> bytes:
    match file.form:
        case "tiff-g4" | "tiff-lzw" | "tiff-jpeg":
            return files.tiff(
                scans, {"g4": "group4", "lzw": "tiff_lzw", "jpeg": "jpeg"}[file.form.removeprefix("tiff-")]
            )
        case "cut-tiff":
            whole = files.tiff(scans[:1], "tiff_lzw")
            return whole[: len(whole) // 2]
        case "cut-pdf":
            whole = files.save(files.scanned_pdf(scans))
            return whole[: len(whole) * 2 // 5]
        case "locked":
            return files.save(files.scanned_pdf(scans), password="khong-ai-biet")
        case "garbage":
            return files.save(
                digital.with_layer(scans, [_garbled(source, page) for page in pages], hidden=True)
            )
        case "signed":
            lines = [(WIDTH - 190, 20 + 12 * n, text) for n, text in enumerate(_signature_text(document))]
            return files.save(digital.with_layer(scans, [lines, *([] for _ in scans[1:])], hidden=False))
        case _:
            return files.save(files.scanned_pdf(scans))


def _signature_text(document: Document) -> tuple[str, ...]:
    """The electronic copy's signature text, top right of page 1 (Nghị định 30/2020/NĐ-CP, Annex I, box 14)."""
    when = document.issued.isoformat()
    return ("SAO Y", f"Ký bởi: {document.creator.issuer.title()}", f"Thời gian ký: {when}T09:15:00+07:00")


def _garbled(source: random.Random, page: Page) -> list[tuple[float, float, str]]:
    """What a program set to English makes of Vietnamese: a text layer to be thrown away."""
    wrong = "il1|tfr~cesaou0unmhkbd.,'"
    return [
        (line.pieces[0].x, line.baseline, " ".join("".join(source.choice(wrong) for _ in range(len(word))) for word in line.text.split()))
        for line in page.lines if line.text
    ]  # fmt: skip


def _findings(file: FilePlan, names: list[str], pages: list[dict]) -> list[dict]:
    """What a person must be told about this document."""
    found: list[dict] = [{"code": "sequence.missing", "numbers": list(file.skip)}] if file.skip else []
    found += [{"code": "page.blank", "page": n} for n, page in enumerate(pages, 1) if page.get("blank")]
    found += [{"code": "page.turned", "page": n} for n, page in enumerate(pages, 1) if page["turned"]]
    if file.form == "garbage":
        found += [{"code": "page.layer_garbage", "page": n} for n in range(1, len(pages) + 1)]
    if file.form == "signed":
        found.append({"code": "page.layer_partial", "page": 1})
    if file.form == "tcvn3":
        found += [{"code": "page.legacy_font", "page": n} for n in range(1, len(pages) + 1)]
    return found


# --------------------------------------------------------------------------- catalogue


def _row(dossier: DossierPlan, file: FilePlan, number: int, truth: dict, whole: Truth) -> list[str]:
    """The catalogue's line for a document: its true fields, except where the plan says otherwise."""
    fields = truth["fields"]
    day = "/".join(reversed(fields["issued_date"].split("-")))
    said = {"code": fields.get("code", ""), "issued_date": day, "type_name": fields["type_name"], "subject": fields["subject"],
            "issuer": fields["issuer"], "signer": fields["signer"], "access": "Sử dụng rộng rãi"} | file.catalogue  # fmt: skip
    differing = [key for key in file.catalogue if key != "access"]
    truth["findings"] += [{"code": "catalogue.differs", "field": key} for key in differing]
    name = truth["files"][0].rpartition("/")[2]
    order = ("code", "issued_date", "type_name", "subject", "issuer", "signer")
    return [
        dossier.folder,
        str(number),
        name,
        *(said[key] for key in order),
        str(len(truth["pages"])),
        said["access"],
        "",
    ]


def _catalogue(out: Path, fonds: FondsPlan, rows: list[list[str]], truth: Truth) -> None:
    """muc-luc.xlsx with a last line whose file nobody delivered."""
    lost = [
        fonds.dossiers[0].folder,
        "99",
        "Phụ lục thất lạc.pdf",
        "77/BC-UBND",
        "02/02/2013",
        "Báo cáo",
        "kiểm kê tài sản",
        "",
        "",
        "4",
        "Sử dụng rộng rãi",
        "Chưa tìm thấy",
    ]
    path = f"{fonds.ma}/muc-luc.xlsx"
    (out / path).write_bytes(sheet.workbook(fonds.ten, [*rows, lost]))
    truth.fonds[fonds.ma]["catalogue"] = path
    truth.files[path] = {"fonds": fonds.ma, "dossier": "", "fate": "kept"}
    truth.findings.append({"code": "catalogue.no_file", "fonds": fonds.ma, "name": lost[2]})
    listed = {row[2] for row in rows}
    for document in truth.documents.values():
        if document["fonds"] == fonds.ma and document["files"][0].rpartition("/")[2] not in listed:
            document["findings"].append({"code": "catalogue.no_row"})
