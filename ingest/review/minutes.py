"""Biên bản nghiệm thu of a batch: what was drawn, what was found, the result; for both sides to sign. Pure.

Layout of Nghị định 30/2020/NĐ-CP, Phụ lục I; names that are not known are dots, to be filled by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive import dates
from archive.messages import say
from archive.papers.docx import Block, Columns, Par, Table
from ingest.review.sampling import Verdict

DOTS = "…" * 20


def blocks(verdict: Verdict, fonds_title: str, language: str) -> list[Block]:
    return [*_head(verdict, language), *_drawn(verdict, fonds_title, language), *_result(verdict, language)]


def _head(verdict: Verdict, language: str) -> Iterator[Block]:
    def said(code: str) -> str:
        return say(f"handover.minutes.{code}", language)

    left = (Par(DOTS, "center", bold=True, after=0), Par("―――――", "center", size=8, after=2))
    nation = Par(said("nation"), "center", bold=True, size=12.5, after=0)
    right = (nation, Par(said("motto"), "center", bold=True, underline=True, after=6))
    yield Columns((left, right), (40, 60))
    yield Par(say("review.minutes.title", language), "center", bold=True, size=14, before=12, after=0)
    about = say("review.minutes.about", language, batch=verdict.sample.batch)
    yield Par(about, "center", bold=True, after=12)


def _drawn(verdict: Verdict, fonds_title: str, language: str) -> Iterator[Block]:
    sample, plan = verdict.sample, verdict.sample.plan
    day = dates.moment(verdict.when)
    yield _par("present", language, day=day, by=verdict.by)
    yield _par("lot", language, lot=plan.lot, batch=sample.batch, fonds=sample.fonds, title=fonds_title)
    values = {"level": plan.level, "aql": plan.aql, "letter": plan.letter, "size": plan.size}
    yield _par("plan", language, **values, accept=plan.accept, reject=plan.reject)
    yield _par("seed", language, seed=sample.seed, mark=sample.mark)


def _result(verdict: Verdict, language: str) -> Iterator[Block]:
    yield _par("found", language, size=verdict.sample.plan.size, wrong=len(verdict.wrong))
    if verdict.wrong:
        heads = tuple(say(f"review.sample.{name}", language) for name in ("record", "fault"))
        yield Table(heads, sorted(verdict.wrong.items()), (40, 60))
    yield Par(say(f"review.minutes.{_outcome(verdict)}", language), bold=True, before=6, first=True)
    sides = ("sign_giver", "sign_taker")
    yield Columns(tuple(_signature(side, language) for side in sides), (50, 50))


def _outcome(verdict: Verdict) -> str:
    return "accepted" if verdict.accepted else "rejected"


def _signature(side: str, language: str) -> tuple[Par, ...]:
    how = say("handover.minutes.sign_how", language)
    return (
        Par(say(f"handover.minutes.{side}", language), "center", bold=True, before=12, after=0, follows=True),
        Par(how, "center", italic=True, size=12, after=60),
    )


def _par(code: str, language: str, **values: object) -> Par:
    return Par(say(f"review.minutes.{code}", language, **values), first=True)
