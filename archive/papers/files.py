"""A filled form as a file: XLSX or DOCX, on A4 lying down, with whose it is above. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.messages import say
from archive.papers import docx, xlsx
from archive.papers.docx import Block, Par, Table
from archive.papers.forms import Form
from archive.text import visible


@dataclass(frozen=True)
class Filled:
    """One form with its lines. `above`: what is said over the title (the office), `below` it (dossier, year)."""

    form: Form
    title: str
    rows: Sequence[Sequence[str]]
    above: str = ""
    below: str = ""


def as_xlsx(papers: Iterable[Filled], language: str) -> bytes:
    """A workbook with a sheet for each paper."""
    return xlsx.write(
        (f"{place}. {paper.title}", paper.form.headings(language), _legible(paper))
        for place, paper in enumerate(papers, 1)
    )


def _legible(paper: Filled) -> Iterable[list[str]]:
    return ([visible(cell) for cell in row] for row in paper.rows)


def as_docx(papers: Sequence[Filled], language: str) -> bytes:
    return docx.write(
        [block for paper in papers for block in _blocks(paper, language)],
        papers[0].title,
        language,
        lying=True,
    )


def _blocks(paper: Filled, language: str) -> Iterable[Block]:
    form = paper.form
    if paper.above:
        yield Par(paper.above.upper(), "center", bold=True, after=0)
    yield Par(paper.title.upper(), "center", bold=True, size=14, before=6, after=0)
    yield Par(paper.below, "center", italic=True, after=8)
    numbers = frozenset(place for place, column in enumerate(form.columns) if column in form.numbers)
    counted = tuple(f"({place})" for place in range(1, len(form.columns) + 1))
    yield Table(tuple(form.headings(language)), [counted, *map(tuple, paper.rows)], form.shares, numbers, 10)
    yield Par(say("form.lines", language, count=len(paper.rows)), "left", italic=True, size=11)
