"""Born-digital PDFs with a real text layer: Unicode fonts, or the TCVN3 fonts of the 1990s and 2000s."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from samples import files, fonts, texts
from samples.layout import HEIGHT, WIDTH, Line, Page, Rule
from samples.scanning import Scan

STYLES = ("r", "b", "i", "bi")
_WEIGHTS = {"r": "", "b": ",Bold", "i": ",Italic", "bi": ",BoldItalic"}


def born_digital(pages: Sequence[Page]) -> pikepdf.Pdf:
    """Pages with selectable text: one Type 0 font a style, cut down to the glyphs in use, with ToUnicode."""
    pdf = pikepdf.new()
    face = pages[0].face
    resources = Dictionary(
        {f"/F{style}": _unicode_font(pdf, face, style, _letters(pages, style)) for style in STYLES}
    )
    for page in pages:
        content = "\n".join(
            [*(_rule(rule) for rule in page.rules), *(_line(line, face) for line in page.lines)]
        )
        files.add_page(pdf, (WIDTH, HEIGHT), content.encode(), Font=resources)
    return pdf


def legacy(pages: Sequence[Page]) -> pikepdf.Pdf:
    """The same pages in TCVN3 (ABC) encoding: extracted text reads `Céng hoµ` until converted by font name.

    Capitals with tones exist only in the capital font, whose small codes look like capitals.
    """
    pdf = pikepdf.new()
    face = pages[0].face
    names = [(style, capital) for style in STYLES for capital in (False, True)]
    resources = Dictionary(
        {
            f"/F{style}{'H' if capital else ''}": _tcvn3_font(pdf, face, style, capital)
            for style, capital in names
        }
    )
    for page in pages:
        content = "\n".join(
            [*(_rule(rule) for rule in page.rules), *(_tcvn3_line(line, face) for line in page.lines)]
        )
        files.add_page(pdf, (WIDTH, HEIGHT), content.encode("latin-1"), Font=resources)
    return pdf


Placed = tuple[float, float, float, str]
"""x, baseline from the top, size in points, and the words to be shown there."""


def with_layer(scans: Sequence[Scan], layers: Sequence[Sequence[Placed]], hidden: bool) -> pikepdf.Pdf:
    """Scans with text over them: hidden as OCR programs do, or visible."""
    pdf = files.scanned_pdf(scans)
    letters = {" "} | {letter for layer in layers for *_, said in layer for letter in said}
    font = _unicode_font(pdf, "tinos", "r", letters)
    mode = 3 if hidden else 0
    for page, layer in zip(pdf.pages, layers, strict=True):
        shown = [
            f"BT {mode} Tr /Fr {size:.2f} Tf {x:.2f} {HEIGHT - y:.2f} Td <{_codes('tinos', 'r', said)}> Tj ET"
            for x, y, size, said in layer
        ]
        page.contents_add("\n".join(shown).encode())
        page.resources["/Font"] = Dictionary(Fr=font)
    return pdf


# --------------------------------------------------------------------------- Unicode


def _letters(pages: Sequence[Page], style: str) -> set[str]:
    return {" "} | {
        letter
        for page in pages
        for line in page.lines
        for piece in line.pieces
        if piece.style == style
        for letter in piece.text
    }


def _codes(face: str, style: str, text: str) -> str:
    glyphs = fonts.font(face, style).glyphs
    return "".join(f"{glyphs.get(ord(letter), 0):04X}" for letter in text)


def _line(line: Line, face: str) -> str:
    """Words at their places; a blank in front of each but the first keeps the words apart when extracted."""
    shown = []
    for n, piece in enumerate(line.pieces):
        font = fonts.font(face, piece.style)
        lead = " " if n else ""
        x = piece.x - font.width(lead, line.size)
        place = f"1 0 0 1 {x:.2f} {HEIGHT - line.baseline:.2f} Tm"
        shown.append(
            f"/F{piece.style} {line.size:.2f} Tf {place} <{_codes(face, piece.style, lead + piece.text)}> Tj"
        )
    return "BT " + "\n".join(shown) + " ET"


def _rule(rule: Rule) -> str:
    dash = "[5 2] 0 d" if rule.dashed else "[] 0 d"
    return f"{dash} {rule.width} w {rule.x0:.2f} {HEIGHT - rule.y0:.2f} m {rule.x1:.2f} {HEIGHT - rule.y1:.2f} l S"


def _unicode_font(pdf: pikepdf.Pdf, face: str, style: str, letters: Iterable[str]) -> pikepdf.Object:
    font = fonts.font(face, style)
    used = {letter: font.glyphs.get(ord(letter), 0) for letter in sorted(letters)}
    name = Name(f"/KHOAAA+{fonts.path(face, style).stem}")
    widths = Array(
        [
            item
            for glyph in sorted(set(used.values()))
            for item in (glyph, Array([font.advance(glyph) * 1000 // font.units]))
        ]
    )
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=name, CIDToGIDMap=Name.Identity, DW=500, W=widths,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=_descriptor(pdf, face, style, name, font.subset(used.values())),
    )  # fmt: skip
    return pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/Identity-H"),
                   DescendantFonts=Array([pdf.make_indirect(descendant)]), ToUnicode=pdf.make_stream(_to_unicode(used)))
    )  # fmt: skip


def _to_unicode(used: dict[str, int]) -> bytes:
    rows = [f"<{glyph:04X}> <{ord(letter):04X}>" for letter, glyph in used.items() if glyph]
    blocks = [rows[n : n + 100] for n in range(0, len(rows), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Kho def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{body}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()


def _descriptor(pdf: pikepdf.Pdf, face: str, style: str, name: Name, data: bytes) -> pikepdf.Object:
    font = fonts.font(face, style)
    scaled = [value * 1000 // font.units for value in (*font.box, font.ascent, font.descent)]
    return pdf.make_indirect(
        Dictionary(Type=Name.FontDescriptor, FontName=name, Flags=32, FontBBox=Array(scaled[:4]), Ascent=scaled[4],
                   Descent=scaled[5], CapHeight=660, ItalicAngle=-12 if "i" in style else 0,
                   StemV=140 if "b" in style else 80, FontFile2=pdf.make_stream(data, Length1=len(data)))
    )  # fmt: skip


# --------------------------------------------------------------------------- TCVN3


def tcvn3(capital: bool) -> dict[str, int]:
    """Letter -> code (1-255). In the capital font the codes of small letters carry their capitals."""
    table = {letter: int(code, 16) for letter, code in texts.words("tcvn3")["letters"].items()}
    both = {chr(code): code for code in range(0x20, 0x7F)} | table
    if not capital:
        return both
    unlettered = {letter: code for letter, code in both.items() if not letter.isalpha()}
    return unlettered | {letter.upper(): code for letter, code in both.items() if letter.islower()}


def _tcvn3_line(line: Line, face: str) -> str:
    shown = []
    for n, piece in enumerate(line.pieces):
        x = piece.x - (fonts.font(face, piece.style).width(" ", line.size) if n else 0)
        word = (" " if n else "") + piece.text
        for run, capital in _runs(word):
            name = f"/F{piece.style}{'H' if capital else ''}"
            codes = bytes(tcvn3(capital).get(letter, 0x20) for letter in run).hex().upper()
            shown.append(
                f"{name} {line.size:.2f} Tf 1 0 0 1 {x:.2f} {HEIGHT - line.baseline:.2f} Tm <{codes}> Tj"
            )
            x += fonts.font(face, piece.style).width(run, line.size)
    return "BT " + "\n".join(shown) + " ET"


def _runs(word: str) -> list[tuple[str, bool]]:
    """Stretches of a word by font: letters the ordinary font lacks need the capital one."""
    ordinary = tcvn3(False)
    if word.isupper() and any(letter not in ordinary for letter in word):
        return [(word, True)]
    runs: list[tuple[str, bool]] = []
    for letter in unicodedata.normalize("NFC", word):
        capital = letter not in ordinary and letter in tcvn3(True)
        if runs and runs[-1][1] == capital:
            runs[-1] = (runs[-1][0] + letter, capital)
        else:
            runs.append((letter, capital))
    return runs


def _tcvn3_font(pdf: pikepdf.Pdf, face: str, style: str, capital: bool) -> pikepdf.Object:
    """A simple TrueType font whose character table puts Vietnamese shapes at Western codes, as the old ones did."""
    font = fonts.font(face, style)
    shapes = {code: font.glyphs.get(ord(letter), 0) for letter, code in tcvn3(capital).items()}
    name = Name(f"/KHOAAB+.VnTime{'H' if capital else ''}{_WEIGHTS[style]}")
    hyphen = Array(
        [0xAD, Name("/uni00AD")]
    )  # else readers draw the ordinary hyphen for this code, which is ư
    encoding = Dictionary(Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=hyphen)
    return pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=name, Encoding=encoding, FirstChar=0, LastChar=255,
                   Widths=Array([font.advance(shapes.get(code, 0)) * 1000 // font.units for code in range(256)]),
                   FontDescriptor=_descriptor(pdf, face, style, name, font.subset(shapes.values(), shapes)))
    )  # fmt: skip
