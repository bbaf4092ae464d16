"""Writes a short document as DOCX (ISO/IEC 29500 WordprocessingML): paragraphs and tables in the layout of official papers.

A4, margins and type of Nghị định 30/2020/NĐ-CP, Phụ lục I: top and bottom 20 mm, left 30 mm, right 15 mm, Times New Roman,
page number in the middle above from the second page on. The same blocks give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from archive import text

WIDTH, LYING = 9354, 14286
"""Between the margins, in twentieths of a point, on a sheet that stands or lies."""

Align = Literal["left", "center", "right", "both"]


@dataclass(frozen=True)
class Par:
    """`size` in points, `before` and `after` in points of space, `first` an indented first line."""

    text: str
    align: Align = "both"
    bold: bool = False
    italic: bool = False
    underline: bool = False
    size: float = 13
    before: float = 0
    after: float = 6
    first: bool = False
    follows: bool = False
    """Stay on one page with what follows."""


@dataclass(frozen=True)
class Table:
    """A ruled table whose heads are repeated on each page. `shares` are widths, as parts of their sum; columns in
    `numbers` are set right."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
    shares: tuple[int, ...]
    numbers: frozenset[int] = frozenset()
    size: float = 11


@dataclass(frozen=True)
class Columns:
    """Side by side without rules: the head of a paper, the places to sign."""

    cells: tuple[tuple[Par, ...], ...]
    shares: tuple[int, ...]


@dataclass(frozen=True)
class NewPage:
    pass


Block = Par | Table | Columns | NewPage


def write(blocks: Iterable[Block], title: str, language: str, lying: bool = False) -> bytes:
    """The file; `lying`: on sheets that lie, for wide tables."""
    width = LYING if lying else WIDTH
    body = "".join(_block(block, width) for block in blocks)
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "docProps/core.xml": _CORE.format(title=escape(_shown(title)), language=language),
        "word/_rels/document.xml.rels": _RELATIONS,
        "word/styles.xml": _STYLES.format(language="vi-VN" if language == "vi" else "en-GB"),
        "word/header1.xml": _HEADER,
        "word/document.xml": _DOCUMENT.format(body=body, section=_SECTION.format(size=_SIZES[lying])),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), (_XML + content).encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


# --------------------------------------------------------------------------- blocks


def _block(block: Block, width: int) -> str:
    if isinstance(block, Par):
        return _par(block)
    if isinstance(block, Table):
        return _table(block, width) + _par(Par("", size=6, after=0))
    if isinstance(block, Columns):
        return _columns(block, width)
    return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def _par(par: Par) -> str:
    first = '<w:ind w:firstLine="567"/>' if par.first else ""
    keep = "<w:keepNext/>" if par.follows else ""
    space = f'<w:spacing w:before="{round(par.before * 20)}" w:after="{round(par.after * 20)}"/>'
    style = "".join(
        tag
        for tag, wanted in (
            ("<w:b/>", par.bold),
            ("<w:i/>", par.italic),
            (f'<w:sz w:val="{round(par.size * 2)}"/>', True),
            ('<w:u w:val="single"/>', par.underline),
        )
        if wanted
    )
    lines = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(_shown(line))}</w:t>' for line in par.text.split("\n")
    )
    about = f'<w:pPr>{keep}{space}{first}<w:jc w:val="{par.align}"/></w:pPr>'
    return f"<w:p>{about}<w:r><w:rPr>{style}</w:rPr>{lines}</w:r></w:p>"


def _shown(said: str) -> str:
    """No character that XML forbids or that steers the text."""
    return text.visible(said).encode("utf-8", "replace").decode()


def _table(table: Table, width: int) -> str:
    widths = _widths(table.shares, width)
    heads = [Par(head, "center", bold=True, size=table.size, after=0) for head in table.heads]
    rows = [_row([[head] for head in heads], widths, head=True)]
    for row in table.rows:
        cells = [
            [Par(_cell(value), "right" if place in table.numbers else "left", size=table.size, after=0)]
            for place, value in enumerate(row)
        ]
        rows.append(_row(cells, widths))
    return _TABLE.format(width=width, borders=_BORDERS, grid=_grid(widths), rows="".join(rows))


def _cell(value: object) -> str:
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value)


def _columns(columns: Columns, width: int) -> str:
    widths = _widths(columns.shares, width)
    return _TABLE.format(width=width, borders="", grid=_grid(widths), rows=_row(columns.cells, widths))


def _row(cells: Iterable[Sequence[Par]], widths: Sequence[int], head: bool = False) -> str:
    about = "<w:cantSplit/><w:tblHeader/>" if head else "<w:cantSplit/>"
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{"".join(map(_par, cell))}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr>{about}</w:trPr>{made}</w:tr>"


def _widths(shares: Sequence[int], width: int) -> list[int]:
    return [width * share // sum(shares) for share in shares]


def _grid(widths: Iterable[int]) -> str:
    return "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)


# --------------------------------------------------------------------------- the parts of the file

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_KIND}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/word/header1.xml" ContentType="{_KIND}.header+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
_ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="word/document.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"'
    ' Target="docProps/core.xml"/></Relationships>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATION}/header" Target="header1.xml"/></Relationships>'
)
_CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:language>{language}</dc:language>'
    "</cp:coreProperties>"
)
_FONT = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>'
_STYLES = (
    f'<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>{_FONT}<w:sz w:val="26"/><w:lang w:val="{{language}}"/></w:rPr>'
    '</w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    "</w:style></w:styles>"
)
_HEADER = (
    f'<w:hdr {_W}><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>'
)
_SECTION = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId2"/>{size}'
    '<w:pgMar w:top="1134" w:right="851" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/>'
    "<w:titlePg/></w:sectPr>"
)
_SIZES = {
    False: '<w:pgSz w:w="11906" w:h="16838"/>',
    True: '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>',
}
_DOCUMENT = f"<w:document {_W} {_R}><w:body>{{body}}{{section}}</w:body></w:document>"
_BORDERS = (
    "<w:tblBorders>"
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + "</w:tblBorders>"
)
_TABLE = (
    '<w:tbl><w:tblPr><w:tblW w:w="{width}" w:type="dxa"/>{borders}<w:tblLayout w:type="fixed"/></w:tblPr>'
    "<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
)
