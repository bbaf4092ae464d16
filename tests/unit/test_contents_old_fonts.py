"""Office documents in fonts from before Unicode become readable: their text, and the pages shown of them."""

import re
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from ingest.files.sources import open_page
from ingest.snapshots.contents import look, old_fonts, open_document
from tests.attachments import contained, needs_office, zipped
from tests.pdfs import BODY, coded

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in {
        "office": "office", "style": "style", "text": "text", "table": "table",
        "fo": "xsl-fo-compatible", "svg": "svg-compatible",
    }.items()
)  # fmt: skip
TCVN3, VNI = coded(BODY[0], "tcvn3"), coded(BODY[0], "vni")


def style(name: str, family: str, font: str = "", parent: str = "") -> str:
    font = f'style:font-name="{font}"' if font else ""
    return (
        f'<style:style style:name="{name}" style:family="{family}" style:parent-style-name="{parent}">'
        f"<style:text-properties {font}/></style:style>"
    )


def package(styles: str, body: str) -> dict[str, str]:
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "styles.xml": f"<office:document-styles {SPACES}>{styles}</office:document-styles>",
        "content.xml": f"<office:document-content {SPACES}>{body}</office:document-content>",
        "Pictures/a.png": "as it was",
    }


def rewritten(tmp_path, parts: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    (tmp_path / "a.odt").write_bytes(zipped(parts))
    rules = open_document.rewrite(tmp_path / "a.odt", tmp_path / "b.odt", old_fonts.to_unicode)
    with zipfile.ZipFile(tmp_path / "b.odt") as made:
        assert made.namelist() == list(parts) and made.read("Pictures/a.png") == b"as it was"
        return made.read("content.xml").decode(), rules


@pytest.mark.parametrize(
    ("styles", "body", "said"),
    [
        (style("T", "text", ".VnTime"), f'<text:p><text:span text:style-name="T">{TCVN3}</text:span></text:p>', BODY[0]),
        (style("T", "text", ".VnTimeH"), f'<text:p><text:span text:style-name="T">{TCVN3}</text:span></text:p>', BODY[0].upper()),
        (style("A", "paragraph", "VNI-Times") + style("P", "paragraph", parent="A"), f'<text:p text:style-name="P">{VNI}</text:p>', BODY[0]),
        (style("A", "paragraph", ".VnTime") + style("T", "text", "Times New Roman"),
         f'<text:p text:style-name="A"><text:span text:style-name="T">{TCVN3}</text:span></text:p>', TCVN3),
        (style("A", "paragraph", ".VnTime") + style("T", "text"),
         f'<text:p text:style-name="A"><text:span text:style-name="T">a</text:span> {TCVN3}</text:p>', f"a {BODY[0]}"),
        (style("c", "table-cell", ".VnArial"),
         f'<table:table><table:table-column table:number-columns-repeated="2"/><table:table-column table:default-cell-style-name="c"/>'
         f'<table:table-row><table:table-cell table:number-columns-repeated="2"/><table:table-cell><text:p>{TCVN3}</text:p>'
         f'</table:table-cell></table:table-row></table:table>', BODY[0]),
        (style("A", "paragraph", ".VnTime", "A"), f'<text:p text:style-name="A">{BODY[0]}</text:p>', BODY[0]),
        (style("A", "paragraph", "Arial", "A"), f'<text:p text:style-name="A">{TCVN3}</text:p>', TCVN3),
    ],
)  # fmt: skip
def test_text_follows_the_font_its_style_leads_to(tmp_path, styles, body, said):
    made, rules = rewritten(tmp_path, package(styles, body))
    assert re.sub("<[^>]*>", "", made) == said
    assert bool(rules) == (said != TCVN3 and BODY[0] not in body)


def test_the_font_of_the_whole_document_counts(tmp_path):
    default = '<style:default-style style:family="paragraph"><style:text-properties style:font-name=".VnTime"/></style:default-style>'
    made, rules = rewritten(tmp_path, package(default, f"<text:p>{TCVN3}</text:p>"))
    assert BODY[0] in made and rules == ("tcvn3",)


def test_pages_are_set_in_usual_fonts(tmp_path):
    faces = "".join(
        f'<style:font-face style:name="{name}" svg:font-family="{name}"/>'
        for name in (".VnTime", ".VnArial", "Symbol")
    )
    made, _ = rewritten(tmp_path, package("", faces))
    assert re.findall('svg:font-family="([^"]*)"', made) == ["Times New Roman", "Arial", "Symbol"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\xd0\xcf" + bytes(100) + ".VnTime".encode("utf-16-le"), True),
        (rb"{\rtf1{\fonttbl{\f0 VNI-Times;}}}", True),
        (zipped({"word/fontTable.xml": '<w:font w:name=".VnTimeH"/>'}), True),
        (
            zipped(
                {"word/fontTable.xml": '<w:font w:name="Times New Roman"/>', "word/document.xml": ".VnTime"}
            ),
            False,
        ),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}} .vnexpress}", False),
    ],
)
def test_old_fonts_are_noticed_by_their_names(tmp_path, content, named):
    (tmp_path / "a").write_bytes(content)
    assert old_fonts.named_in(tmp_path / "a") == named


@needs_office
def test_an_old_document_is_readable(settings, tmp_path):
    shown = "".join(char if char.isascii() else f"\\'{ord(char):02x}" for char in TCVN3)
    path = tmp_path / "a.rtf"
    path.write_text(rf"{{\rtf1\ansi\ansicpg1252{{\fonttbl{{\f0\fnil .VnTime;}}}}\f0\fs26 {shown}\par}}")
    looked = look(settings, contained(path))
    page = open_page(Path(looked.readable), looked.readable_type, 0, settings)
    assert page.layer.text == BODY[0]
    (told,) = looked.findings
    assert (told.code, told.values["encoding"]) == ("contents.old_fonts", "tcvn3")
    assert look(settings, contained(path)) == looked, "told again when it is not converted again"


@needs_office
def test_no_text_of_a_sheet_is_cut_off(settings, tmp_path):
    book = openpyxl.Workbook()
    rows = [f"{line} số {number}" for number, line in enumerate(BODY, 1)]
    book.active.append(["SỔ ĐĂNG KÝ VĂN BẢN ĐẾN"])
    for number, row in enumerate(rows, 1):
        book.active.append([row, coded(BODY[0], "tcvn3"), number])
        book.active.cell(number + 1, 2).font = Font(name=".VnTime")
    book.save(tmp_path / "a.xlsx")
    looked = look(settings, contained(tmp_path / "a.xlsx"))
    words = open_page(Path(looked.readable), looked.readable_type, 0, settings).layer.text.split()
    assert words[:6] == ["SỔ", "ĐĂNG", "KÝ", "VĂN", "BẢN", "ĐẾN"], "what has room is left in one line"
    assert Counter(words) >= Counter(" ".join(rows).split()) + Counter(BODY[0].split() * len(BODY))
