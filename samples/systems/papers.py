"""The files that hang on the documents of an invented system: printed, scanned, office files, broken ones. Few and reused."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date, timedelta

import openpyxl

from samples import digital, documents, files, forms, scanning, sheet, texts
from samples.documents import Document
from samples.plan import creator

_KINDS = ("cong-van", "quyet-dinh", "bao-cao", "thong-bao", "ke-hoach", "to-trinh")
_OFFICES = ("huyen", "tnmt", "noi-vu", "hoa-linh")


def papers(source: random.Random, printed: int = 14) -> list[tuple[str, bytes]]:
    """(name, bytes), the ones used most first."""
    made = [_printed(source, number) for number in range(printed)]
    made += [_scanned(source, number) for number in range(2)]
    made.insert(3, ("danh sách hộ dân.xlsx", _sheet(source)))
    made.insert(5, ("Dự thảo công văn.docx", _word(source)))
    made.append(("ho so kem theo.zip", _packed(made[0], made[1])))
    made.append(("hỏng.pdf", made[2][1][:700]))
    made.append(("co mat khau.pdf", _locked(source)))
    made.append(_printed(source, printed))
    return made


def _document(source: random.Random) -> Document:
    day = date(2023, 1, 4) + timedelta(days=source.randrange(900))
    office, kind = creator(source.choice(_OFFICES)), source.choice(_KINDS)
    return documents.invent(source, office, kind, source.choice(texts.topics()), day, length=3)


def _printed(source: random.Random, number: int) -> tuple[str, bytes]:
    document = _document(source)
    names = (
        f"{document.code.replace('/', '_')}.pdf",
        f"VB den {number:02d}.PDF",
        f"Tờ trình (bản ký) {number}.pdf",
    )
    return source.choice(names), files.save(digital.born_digital(forms.compose(document)))


def _scanned(source: random.Random, number: int) -> tuple[str, bytes]:
    document = _document(source)
    pages = forms.compose(document)[:1]
    scans = [scanning.scan(page, None, document, "stamped", 150, source) for page in pages]
    return f"scan{number:04d}.pdf", files.save(files.scanned_pdf(scans))


def _locked(source: random.Random) -> bytes:
    return files.save(digital.born_digital(forms.compose(_document(source))[:1]), "mat-khau")


def _sheet(source: random.Random) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["TT", "Họ và tên", "Thôn", "Diện tích (m2)"])
    hamlets = texts.words("units")["hamlets"]
    for number in range(1, 21):
        book.active.append([number, texts.person(source), source.choice(hamlets), source.randrange(80, 900)])
    target = io.BytesIO()
    book.save(target)
    return sheet.timeless(target.getvalue())


def _word(source: random.Random) -> bytes:
    """The smallest Word file there is: three parts of Office Open XML (ECMA-376)."""
    writer = texts.Writer(source, source.choice(texts.topics()), date(2024, 5, 6))
    said = "".join(
        f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in (writer.subject(), *writer.facts(4))
    )
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{said}</w:body></w:document>',
    }
    return _zip(
        {name: f'<?xml version="1.0" encoding="UTF-8"?>{part}'.encode() for name, part in parts.items()}
    )


def _packed(*members: tuple[str, bytes]) -> bytes:
    return _zip(dict(members))


def _zip(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(zipfile.ZipInfo(name, (2024, 5, 6, 8, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
