"""The two columns at the top of page one, in the layouts of the state, of the typed 1990s and of the Party."""

from __future__ import annotations

from samples import texts
from samples.documents import Document
from samples.layout import Column

GAP = "\u00a0" * 8
"""Room left for a pen: a number or day still to be written in."""


def set_heading(document: Document, left: Column, right: Column) -> float:
    """Fill both columns; returns the height that parts names above from number and date below."""
    {"nd30": _state, "typed": _typed, "party": _party}[document.era](document, left, right)
    return _number_and_date(document, left, right)


def _state(document: Document, left: Column, right: Column) -> None:
    """Quốc hiệu and Tiêu ngữ right, issuer left, number and date on one height."""
    right.single("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12.5, "b")
    right.single("Độc lập - Tự do - Hạnh phúc", 13, "b")
    right.rule(160)
    if document.creator.parent:
        left.add(document.creator.parent, 11.5)
    for line in document.creator.name:
        left.single(line, 12.5, "b")
    left.rule(62)


def _typed(document: Document, left: Column, right: Column) -> None:
    """As the state heading, with dashes for rules."""
    right.single("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12.5)
    right.single("Độc lập - Tự do - Hạnh phúc", 13)
    right.rule(130, dashed=True)
    for line in document.creator.name:
        left.single(spelled(document, line), 12.5)
    left.rule(70, dashed=True)


def spelled(document: Document, text: str) -> str:
    """Typed papers write the tone on the second vowel: UỶ, HOÀ."""
    return text.replace("ỦY", "UỶ").replace("HÒA", "HOÀ") if document.era == "typed" else text


def _party(document: Document, left: Column, right: Column) -> None:
    """Hướng dẫn of the Party's central office: Party title right, an asterisk between issuer and number."""
    right.single("ĐẢNG CỘNG SẢN VIỆT NAM", 14.5, "b")
    right.rule(180)
    left.add(document.creator.parent, 13)
    for line in document.creator.name:
        left.single(line, 13.5, "b")
    left.single("*", 13, leading=1.0)


def _number_and_date(document: Document, left: Column, right: Column) -> float:
    """Both on one height under whatever is longer."""
    left.y = right.y = cut = max(left.y, right.y if document.era != "party" else 0) + 10
    left.add(_number_words(document), 13)
    right.add(_date_words(document), 13, style="r" if document.era == "typed" else "i")
    if document.type_name == "Công văn":
        left.y += 1
        left.add(f"V/v {document.subject}", 12, leading=1.15)
    return cut


def _number_words(document: Document) -> str:
    label = "Số" if document.era == "party" else "Số:"
    return f"{label} {document.code}" if document.code else f"{label} {GAP} /{document.notation}"


def _date_words(document: Document) -> str:
    spelled = texts.long_date(document.issued)
    if document.blank_day:
        spelled = spelled.replace(f"ngày {document.issued.day:02d} ", f"ngày {GAP} ")
    return f"{document.creator.place}, {spelled}"
