"""Subject and addressees (boxes 5a, 5b and 9a of Nghị định 30/2020/NĐ-CP, Annex I). Pure."""

from __future__ import annotations

import re

from archive.model import FieldValue
from ingest.letterhead import lexicon
from ingest.letterhead.heading import Heading, is_stamp, opens_subject
from ingest.letterhead.layout import Placed, Run, Sheet, box_of, words_of
from ingest.letterhead.numbering import Notation
from ingest.letterhead.title import Title

_ENDS = re.compile(
    r"^\W*(?:(?:kinh gui|can cu|theo de nghi|xet de nghi|thuc hien|dieu 1|phan thu|chuong i|noi nhan)\b|\d+\.\s|[ivx]+\.\s)"
)
_OFFICE = re.compile(
    r"^\W*(?:chu tich|uy ban nhan dan|hoi dong nhan dan|giam doc|bo truong|truong phong|thu tuong|chinh phu|quoc hoi|cuc truong)\b"
)


def letter_subject(page: Sheet, heading: Heading, number: Notation | None) -> list[Run]:
    """The lines of "V/v …" under the number of a công văn; empty when there are none."""
    under = number.run.bottom if number else heading.top + 2 * page.em
    lines: list[Run] = []
    for run in _readable(list(heading.left)):
        if run.middle < under:
            continue
        if not lines:
            lines = [run] if opens_subject(run) else []
        elif _ends(run) or run.top - lines[-1].bottom > 1.2 * page.em:
            break
        else:
            lines.append(run)
    return lines


def title_subject(page: Sheet, title: Title) -> list[Run]:
    """The centred lines under the type."""
    margin = _right_margin(page)
    lines = [title.rest] if title.rest else []
    above, pitch = title.run, 0.0
    below = _readable(page.between(title.run.bottom, title.run.bottom + 16 * page.em))
    for index, run in enumerate(below):
        step = run.middle - above.middle
        if step < 0.5 * page.em:
            continue
        if step > (1.25 * pitch + 0.1 * page.em if pitch else 3.2 * page.em) or _ends(run):
            break
        run = run if lines else _from_lead(run)
        if not _is_centred(run, title, page, margin) or _is_indented(run, below[index + 1 :], page, margin):
            break
        if lines and (_opens_paragraph(run, lines[-1], title, page) or _names_office(run, lines[-1])):
            break
        above, pitch = run, max(pitch, step)
        lines.append(run)
    return _from_about(lines)


def _from_lead(run: Run) -> Run:
    """The first line from its "Về việc" on; what stands before it belongs to a stamp."""
    match = re.search(r"\b(?:ve viec|v/v)\b", run.key)
    return Run(run.spanning(match.start(), len(run.text))) if match else run


def _readable(runs: list[Run]) -> list[Run]:
    """Runs without specks, stamp lines and lone characters."""
    cores = [core for run in runs if (core := run.core())]
    return [run for run in cores if sum(map(str.isalnum, run.text)) >= 2 and not is_stamp(run)]


def _names_office(run: Run, above: Run) -> bool:
    """ "CHỦ TỊCH ỦY BAN NHÂN DÂN" under a subject in small letters says who decides; the subject is over."""
    return run.upper and not above.upper and bool(_OFFICE.search(run.key))


def _ends(run: Run) -> bool:
    """Addressees, grounds or a list begin here. A line going on in small letters ends nothing."""
    first = next((char for char in run.text if char.isalpha()), "")
    if first.islower() and not run.text[0].isdigit():
        return False
    return bool(_ENDS.search(run.key)) or lexicon.find("kinh gui", run.key[:10], 80) is not None


def _opens_paragraph(run: Run, above: Run, title: Title, page: Sheet) -> bool:
    """A capitalised line off the middle whose first word would still have fitted on the line above."""
    first = run.words[0]
    fitted = (above.right - above.left) + (first.right - first.left) + 0.4 * page.em < run.right - run.left
    return fitted and first.word.text[0].isupper() and abs(run.centre - title.run.centre) > 0.4 * page.em


def _is_indented(run: Run, below: list[Run], page: Sheet, margin: float) -> bool:
    """The first line of a paragraph: the next line begins further left, yet ends no further right."""
    after = next((other for other in below if other.middle - run.middle > 0.5 * page.em), None)
    if after is None or run.right - run.left < 0.4 * page.width:
        return False
    full = run.right > margin - 0.8 * page.em or abs(run.right - after.right) < 0.6 * page.em
    return full and run.left - after.left > 1.2 * page.em and after.right - run.right < 0.6 * page.em


def _is_centred(run: Run, title: Title, page: Sheet, margin: float) -> bool:
    """Body text fills its line to the right margin or begins at the left one; a subject does neither."""
    off = abs(run.centre - title.run.centre)
    fills = run.right > margin - 0.8 * page.em
    return off < (0.5 if fills else 2.5 if run.upper else 1.5) * page.em


def _right_margin(page: Sheet) -> float:
    """Where full lines end: a high percentile over the page's long runs."""
    ends = sorted(run.right for run in page.runs if run.right - run.left > 0.5 * page.width)
    return ends[int(0.7 * len(ends))] if len(ends) >= 4 else page.width


def _from_about(lines: list[Run]) -> list[Run]:
    """Without the issuer's line that older titles put before "Về việc"."""
    for index, run in enumerate(lines):
        if opens_subject(run):
            return (
                lines[index:]
                if all(_OFFICE.search(r.key.removeprefix("cua ")) for r in lines[:index])
                else lines
            )
    return lines


def subject_field(page: Sheet, lines: list[Run]) -> dict[str, FieldValue]:
    """The subject without its lead and without the marks of rules and stamps."""
    words = [placed for placed in words_of(lines) if _meant(placed.word.text)]
    value = " ".join(placed.word.text for placed in words)
    value = lexicon.without_lead(value.lstrip(" .,;:_-–—|*~'\"“”`")).strip(" .,;:_-–—|*~'\"“”`")
    if sum(map(str.isalpha, value)) < 6:
        return {}
    belief = min(_belief(words), 0.75) if _is_torn(page, words) else _belief(words)
    return {"subject": FieldValue(value, belief, "letterhead", page.number, box_of(words))}


def _is_torn(page: Sheet, words: list[Placed]) -> bool:
    """Words too poor to keep stand among the kept ones: something of the subject is lost."""
    kept = set(map(id, words))
    left, right = min(placed.left for placed in words), max(placed.right for placed in words)
    top, bottom = min(placed.middle for placed in words), max(placed.middle for placed in words)
    return any(
        left < placed.right and placed.left < right and top - page.em < placed.middle < bottom + page.em
        for placed in words_of(page.runs)
        if id(placed) not in kept
        and placed.word.confidence < 30
        and sum(map(str.isalnum, placed.word.text)) >= 2
    )


def _meant(word: str) -> bool:
    """Not the trace of a rule, a stamp's edge or a speck."""
    return bool(re.search(r"\w", word.replace("_", ""))) or word in {"-", "–"}


def _belief(words) -> float:
    """A subject survives a wrong letter: believed by its mean, lowered by its worst words."""
    scores = sorted(placed.word.confidence for placed in words)
    mean = sum(scores) / len(scores)
    poor = sum(score < 60 for score in scores) / len(scores)
    return max(0.3, min(0.95 if scores[0] >= 30 else 0.75, mean / 100 - 1.5 * poor))


# --------------------------------------------------------------------------- addressees


def addressees_field(page: Sheet) -> dict[str, FieldValue]:
    """Kính gửi: the rest of its line, or the list under it."""
    for index, run in enumerate(page.runs):
        if run.middle > 0.6 * page.height or not lexicon.find("kinh gui", run.key[:12], 85):
            continue
        rest = re.sub(r"^.{0,3}k\w*nh\s+g\w*i\s*[:;.]?\s*", "", run.key)
        first = run.text[len(run.text) - len(rest) :] if rest != run.key else ""
        lines, words = ([first] if first else []), list(run.words)
        for below in page.runs[index + 1 : index + 9]:
            listed = below.text.lstrip()[:1] in "-–+•" and below.left > run.left - page.em
            if not listed or below.top - words[-1].bottom > 3 * page.em:
                break
            lines.append(below.text.lstrip("-–+• "))
            words += below.words
        value = "; ".join(line.strip(" .;,") for line in lines if line.strip(" .;,"))
        if value:
            return {"addressees": FieldValue(value, _belief(words), "letterhead", page.number, box_of(words))}
    return {}
