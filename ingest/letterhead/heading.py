"""Where the two columns at the head of page one stand, in the State's and in the Party's layout. Pure.

Left: issuer, number, and the subject of a công văn. Right: national or Party heading, place and date (boxes 1 to 5b
of Nghị định 30/2020/NĐ-CP, Annex I).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.letterhead import lexicon
from ingest.letterhead.layout import Run, Sheet

_STATE = "cong hoa xa hoi chu nghia viet nam"
_PARTY = "dang cong san viet nam"
_MOTTO = "doc lap - tu do - hanh phuc"


@dataclass(frozen=True)
class Heading:
    """Where the heading stands. `left` and `right` are its columns' runs, from the top down to the body."""

    kind: Literal["state", "party", ""]
    split: float
    top: float
    bottom: float
    left: tuple[Run, ...]
    right: tuple[Run, ...]


_DATE_LINE = re.compile(r"ng[a-z]y?\b.{0,12}th[a-z]ng\b.{0,12}n[a-z]m\b")
_ABOUT = re.compile(r"^\W*(?:v\s?[/.,i1l|7j]{1,2}\s?[vyw]\b|ve viec\b|vv\b)")


def opens_subject(run: Run) -> bool:
    """Does a line begin with "V/v" or "Về việc", however poorly read?"""
    return bool(_ABOUT.search(run.key))


_STAMP = re.compile(
    r"\b(?:cong van den|van ban den|den so|den ngay)\b|^den\b|^cong van d|^\W*(?:so|ngay|gio)\b\W*[\d/.!]*$"
)


def is_stamp(run: Run) -> bool:
    """A line of the stamp put on incoming mail: "CÔNG VĂN ĐẾN", "Số: 3831", "Ngày: 11/6/2012"."""
    return bool(_STAMP.search(run.key))


def find_heading(page: Sheet) -> Heading:
    """The heading of a first page; an empty kind when the national or Party heading is not there."""
    anchors = list(_anchors(page))
    kind = anchors[0][0] if anchors else ""
    top = min((run.top for _, run in anchors), default=0.04 * page.height)
    bottom = max((run.bottom for _, run in anchors), default=0.12 * page.height)
    split = _split(page, anchors)
    body = _body_start(page, bottom, split)
    left, right = [], []
    for run in page.between(top - 1.2 * page.em, body):
        before, after = run.cut_at(split)
        left += [before] if before else []
        right += [after] if after else []
    return Heading(kind, split, top, body, tuple(_numbers_whole(left)), tuple(right))


def _numbers_whole(left: list[Run]) -> list[Run]:
    """A number left blank stands far from its notation ("Số:          /UBND-TH"): both made one run."""
    leads = [run for run in left if re.search(r"\bs[o06]\W*$", run.key)]
    for lead in leads:
        height = lead.bottom - lead.top
        for run in left:
            if run is not lead and run.left > lead.right and abs(run.middle - lead.middle) < 0.6 * height:
                left = [other for other in left if other not in (lead, run)] + [Run(lead.words + run.words)]
                break
    return sorted(left, key=lambda run: (run.middle, run.left))


def _anchors(page: Sheet) -> Iterator[tuple[str, Run]]:
    """(kind, words) of the national or Party heading and of the motto, topmost first."""
    for run in page.between(0, 0.4 * page.height):
        for kind, phrase in (("state", _STATE), ("state", _MOTTO), ("party", _PARTY)):
            span = lexicon.find(phrase, run.key)
            if span is None:
                continue
            words = Run(run.spanning(*span))
            if phrase is _MOTTO or words.upper:
                yield kind, words
                break


def _split(page: Sheet, anchors: list[tuple[str, Run]]) -> float:
    """The line between the columns: left of the national heading, which is wider than what stands under it."""
    for _, run in anchors:
        if lexicon.ratio(run.key, _STATE) > 80 or lexicon.ratio(run.key, _PARTY) > 80:
            return run.left - 0.4 * page.em
    for _, run in anchors:
        return run.centre - 0.8 * (run.right - run.left)
    return 0.44 * page.width


def _body_start(page: Sheet, bottom: float, split: float) -> float:
    """Height at which the heading certainly has ended: addressees, grounds, or a line across both columns."""
    for run in page.between(bottom + page.em, 0.6 * page.height):
        if run.key.startswith(("kinh gui", "can cu ")) or _crosses(run, split, page.em):
            return run.middle - 0.6 * page.em
    return 0.5 * page.height


def _crosses(run: Run, split: float, em: float) -> bool:
    """A line of body text: a word of it stands on the split, and it reaches far to both sides."""
    if (
        run.left > split - 5 * em
        or run.right < split + 5 * em
        or opens_subject(run)
        or _DATE_LINE.search(run.key)
    ):
        return False
    return any(placed.left < split - 0.3 * em and placed.right > split + 0.3 * em for placed in run.words)
