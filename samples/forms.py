"""Documents set on pages: the layouts of Nghị định 30/2020/NĐ-CP, of the typed 1990s, and of the Party."""

from __future__ import annotations

from samples import headings
from samples.documents import Document, Paragraph, Table
from samples.layout import BOTTOM, LEFT, RIGHT, TOP, Band, Column, Line, Page, Rule

ROOM = RIGHT - LEFT
HEAD_LEFT = 182.0
"""Width of the issuer's column; the state's name takes the rest."""


def compose(document: Document) -> list[Page]:
    """The document's pages, each as long as it must be."""
    setter = _Setter(document)
    setter.heading()
    setter.title()
    setter.authority()
    for line in document.grounds:
        setter.paragraph(((line, "i" if document.era == "nd30" else "r"),))
    setter.resolution()
    *most, last = document.body
    for block in most:
        setter.table(block) if isinstance(block, Table) else setter.paragraph(block)
    setter.keep_with_foot(last)
    setter.paragraph(last)
    setter.foot()
    return setter.pages


class _Setter:
    """Fills pages from top to bottom."""

    def __init__(self, document: Document) -> None:
        self.document, self.face = document, document.face
        self.pages = [Page(self.face)]
        self.y = TOP

    @property
    def _bold(self) -> str:
        """Typewriters had one weight."""
        return "r" if self.document.era == "typed" else "b"

    # ------------------------------------------------------------------ pieces of a page

    def _new_page(self) -> None:
        """Page numbers stand centred at the top from the second page on."""
        self.pages.append(Page(self.face))
        number = Column(self.face, LEFT, ROOM, TOP - 30)
        number.single(str(len(self.pages)), 13)
        self._close("body", number)
        self.y = TOP

    def _close(self, kind: str, *columns: Column, cut: float | None = None) -> None:
        """Put finished columns on the page."""
        page = self.pages[-1]
        page.bands.append(Band(kind, tuple(tuple(column.lines) for column in columns if column.lines), cut))
        page.rules += [rule for column in columns for rule in column.rules]
        self.y = max(column.y for column in columns)

    def _body(self) -> Column:
        return Column(self.face, LEFT, ROOM, self.y)

    # ------------------------------------------------------------------ head

    def heading(self) -> None:
        document = self.document
        left = Column(self.face, LEFT - 12, HEAD_LEFT, TOP)
        right = Column(self.face, LEFT + HEAD_LEFT, ROOM - HEAD_LEFT, TOP)
        cut = headings.set_heading(document, left, right)
        self.pages[0].spots["incoming"] = (left.centre, left.y + 42)
        for name in ("secrecy", "urgency"):
            if getattr(document, name):
                left.y += 26
                self.pages[0].spots[name] = (left.centre, left.y)
        self._close("head", left, right, cut=cut)
        self.y += 18

    def title(self) -> None:
        document, column = self.document, self._body()
        if document.type_name == "Công văn":
            column.y += 8
            column.add(f"Kính gửi: {document.addressees[0]}", 14)
            return self._finish_title(column, 10)
        column.single(document.type_name.upper(), 14.5, self._bold)
        column.add(_subject(document), 14, style=self._bold, narrow=55)
        column.rule(90, 6, dashed=document.era == "typed")
        column.y += 10
        if document.addressees:
            column.y += 4
            column.add(f"Kính gửi: {document.addressees[0]}", 14)
        self._finish_title(column, 8)

    def _finish_title(self, column: Column, gap: float) -> None:
        self._close("body", column)
        self.y += gap

    def authority(self) -> None:
        """Who decides, above the grounds of a decision."""
        if self.document.grounds:
            column = self._body()
            column.single(headings.spelled(self.document, self.document.creator.issuer), 13.5, self._bold)
            self._close("body", column)
            self.y += 6

    def resolution(self) -> None:
        """`QUYẾT ĐỊNH:` between the grounds and the articles."""
        if not self.document.grounds:
            return
        column = self._body()
        column.y += 4
        column.single("QUYẾT ĐỊNH:", 14, self._bold)
        self._close("body", column)
        self.y += 5

    # ------------------------------------------------------------------ body

    def paragraph(self, spans: Paragraph) -> None:
        """Justified text with an indent, broken over pages line by line."""
        if self.document.era == "typed":
            spans = tuple((text, "r") for text, _ in spans)
        column = self._body()
        column.add(spans, self.document.size, "justify", indent=32, leading=1.32)
        fitting = [line for line in column.lines if line.baseline <= BOTTOM]
        rest = column.lines[len(fitting) :]
        if fitting:
            column.lines, column.y = fitting, fitting[-1].baseline
            self._close("body", column)
        if rest:
            self._new_page()
            self._close("body", self._moved(rest))
        self.y += 5

    def _moved(self, lines: list[Line]) -> Column:
        """Lines that did not fit, set again from the top of the page."""
        column = self._body()
        shift = column.y + self.document.size * 1.32 - lines[0].baseline
        column.lines = [Line(line.baseline + shift, line.size, line.pieces) for line in lines]
        column.y = column.lines[-1].baseline
        return column

    def table(self, table: Table) -> None:
        self.y += 8
        for n, row in enumerate((table.header, *table.rows)):
            if self.y + 40 > BOTTOM:
                self._new_page()
            self._row(table, row, self._bold if n == 0 else "r", header=n == 0)
        self.y += 10

    def _row(self, table: Table, cells: tuple[str, ...], style: str, header: bool) -> None:
        top, left, columns = self.y, LEFT, []
        for text, share in zip(cells, table.shares, strict=True):
            column = Column(self.face, left + 4, ROOM * share - 8, top + 1)
            plain = text[:1].isdigit()
            column.add(text, 12, "centre" if header or plain else "left", style=style)
            columns.append(column)
            left += ROOM * share
        bottom = max(column.y for column in columns) + 6
        edges = [LEFT]
        for share in table.shares:
            edges.append(edges[-1] + ROOM * share)
        columns[0].rules += [Rule(edge, top, edge, bottom) for edge in edges]
        columns[0].rules += [Rule(LEFT, y, edges[-1], y) for y in (top, bottom)]
        self._close("table", *columns)
        self.y = bottom

    # ------------------------------------------------------------------ foot

    def keep_with_foot(self, last: Paragraph) -> None:
        """A signature never stands alone on a page: its last paragraph goes with it."""
        trial = self._body()
        trial.add(last, self.document.size, "justify", indent=32, leading=1.32)
        entries = max(len(self.document.recipients) * 13.2 + 30, len(self.document.signing) * 17 + 110)
        if trial.y + 20 + entries > BOTTOM:
            self._new_page()

    def foot(self) -> None:
        document = self.document
        self.y += 10
        left = Column(self.face, LEFT, ROOM * 0.45, self.y)
        right = Column(self.face, LEFT + ROOM * 0.5, ROOM * 0.5, self.y)
        left.add("Nơi nhận:", 12, "left", style="r" if document.era == "typed" else "bi")
        for line in document.recipients:
            left.add(line, 11, "left", leading=1.2)
        for line in document.signing:
            right.single(headings.spelled(document, line), 13.5, self._bold)
        self.pages[-1].spots |= {
            "seal": (right.centre - 58, right.y + 42),
            "signature": (right.centre + 6, right.y + 44),
        }
        right.y += 84
        right.add(document.signer, 14, style=self._bold)
        self._close("foot", left, right)


def _subject(document: Document) -> str:
    """Reports name their subject straight away; others begin with `Về việc`, typed ones with `V/v`."""
    if document.type_name == "Báo cáo":
        return document.subject
    return ("V/v " if document.era == "typed" else "Về việc ") + document.subject
