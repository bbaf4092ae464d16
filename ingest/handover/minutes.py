"""The minutes of a hand-over (biên bản giao nhận) for both sides to sign, made of a report. Pure.

Layout of Nghị định 30/2020/NĐ-CP, Phụ lục I; content after its form of minutes for handing over records (Điều 30). What is not
known is left as dots, to be filled by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from archive import dates
from archive.messages import say
from archive.model import Finding
from archive.papers.docx import Block, Columns, NewPage, Par, Table
from ingest.handover.lines import GroupLine, TableLine
from ingest.handover.report import Report
from ingest.reports.words import explain

DOTS, SHORT = "…" * 20, "…" * 5
LISTED, POINTS, ALIKE = 1000, 30, 5
"""Lines of an annex, points of the minutes, notes of one kind at most; report.json and the workbook have all."""

UNMAPPED = "handover.unmapped"

UNITS = ("snapshot.unit_unknown", "snapshot.units_unknown", "snapshot.unit_lost")
"""Met in reading, but for both sides to settle: records that nobody may read until their unit is known."""


def blocks(report: Report, language: str) -> list[Block]:
    """Head, parties, what is handed over, numbers, what is missing, signatures; annexes."""
    speak = _Speaker(report, language)
    return [
        *speak.head(),
        *speak.parties(),
        *speak.content(),
        *speak.numbers(),
        *speak.open_points(),
        *speak.end(),
        *speak.annexes(),
    ]


class _Speaker:
    def __init__(self, report: Report, language: str) -> None:
        self.report, self.language, self.parties_ = report, language, report.parties

    def say(self, code: str, **values: object) -> str:
        return say(f"handover.minutes.{code}", self.language, **values)

    def par(self, code: str, /, **values: object) -> Par:
        return Par(self.say(code, **values), first=True)

    def heading(self, code: str) -> Par:
        return Par(self.say(code), bold=True, before=6, first=True, follows=True)

    # ----------------------------------------------------------------- head

    def head(self) -> Iterator[Block]:
        said = self.parties_
        number = self.say("number", number=said.number or SHORT)
        giver = Par((said.giver or DOTS).upper(), "center", bold=True, after=0)
        left = (giver, Par("―――――", "center", size=8, after=2), Par(number, "center"))
        nation = Par(self.say("nation"), "center", bold=True, size=12.5, after=0)
        motto = Par(self.say("motto"), "center", bold=True, underline=True, after=6)
        place = self.say("place_day", place=said.place or SHORT, day=self._day())
        right = (nation, motto, Par(place, "center", italic=True))
        yield Columns((left, right), (40, 60))
        yield Par(self.say("title"), "center", bold=True, size=14, before=12, after=0)
        yield Par(self.say("about", system=self._system()), "center", bold=True, after=12)
        for basis in (*said.basis, *filter(None, [self.report.about.decision])):
            yield Par(self.say("basis", basis=basis), italic=True, first=True)

    def _day(self) -> str:
        iso = dates.parse(self.parties_.day)
        if len(iso) != len("2026-12-31"):
            return self.say("day", day=SHORT, month=SHORT, year=SHORT)
        year, month, day = iso.split("-")
        return self.say("day", day=day, month=month if int(month) < 3 else int(month), year=year)

    def _system(self) -> str:
        about = self.report.about
        return f"{about.title} ({about.system})" if about.title else about.system

    # ----------------------------------------------------------------- who and what

    def parties(self) -> Iterator[Block]:
        said = self.parties_
        yield self.par("present", day=self._day(), place=said.place or DOTS)
        for side in ("giver", "taker"):
            name, person, position = (
                getattr(said, key) for key in (side, f"{side}_person", f"{side}_position")
            )
            yield Par(self.say(side, name=name or DOTS), bold=True, first=True, after=2)
            yield self.par("person", person=person or DOTS, position=position or SHORT)
        yield self.par("agreed")

    def content(self) -> Iterator[Block]:
        report, about = self.report, self.report.about
        yield self.heading("what")
        yield self.par(
            "system",
            system=self._system(),
            fonds=report.fonds,
            title=report.fonds_title.removeprefix("Phông lưu trữ ").removeprefix("Phông "),
        )
        facts = {"as_of": dates.shown(about.as_of) or SHORT, "closed": dates.shown(about.closed) or SHORT}
        yield self.par("days", **facts, method=about.method or SHORT)
        size = sum(file.size for file in report.files)
        yield self.par("files", count=len(report.files), size=grouped(size), kind=about.kind)
        yield Par(self.say("mark", mark=report.mark), "left", first=True)
        yield self.par("package", package=report.package)

    # ----------------------------------------------------------------- numbers

    def numbers(self) -> Iterator[Block]:
        """The sums; what they are made of is an annex."""
        yield self.heading("numbers")
        told = self.report.declared_in
        yield Par(self.say("declared_in", name=told) if told else self.say("nothing_declared"), first=True)
        rows = [(self.say(f"row.{name}"), number) for name, number in self._sums()]
        yield Table(self._heads("content", "number"), rows, (75, 25), frozenset({1}), 12)
        yield self.par("details")

    def _sums(self) -> Iterator[tuple[str, int]]:
        report, total = self.report, self.report.total
        yield "tables", len(report.tables)
        yield "rows", sum(line.received for line in report.tables)
        yield "records", total.records
        yield "kept", total.kept
        yield "quarantined", total.quarantined
        yield "unfinished", total.unfinished
        yield "attachments", total.named
        yield "there", total.files
        yield "unreadable", total.unreadable
        yield "missing", total.missing
        yield "inside", total.inside
        yield "pages", total.pages

    def _details(self) -> Iterator[Block]:
        report = self.report
        yield Par(self.say("sum"), italic=True, size=12)
        yield self._tables(report.tables)
        if any(map(_is_set_aside, report.tables)):
            yield Par(self.say("set_aside"), italic=True, size=11)
        yield self._groups("register", report.registers)
        yield self._groups("unit", report.units)
        yield self._groups("year", report.years)
        if report.compared:
            yield self._compared()

    def _heads(self, *codes: str) -> tuple[str, ...]:
        return tuple(say(f"handover.head.{code}", self.language) for code in codes)

    def _tables(self, lines: Iterable[TableLine]) -> Table:
        rows = [
            (_marked(line), _known(line.declared), line.received, line.kept, line.quarantined, sum(line.refused.values()), line.missing, line.extra)
            for line in lines
        ]  # fmt: skip
        heads = self._heads(
            "table", "declared", "received", "kept", "quarantined", "refused", "missing", "extra"
        )
        return Table(heads, rows, (26, 11, 11, 11, 10, 11, 10, 10), frozenset(range(1, 8)), 10.5)

    def _groups(self, kind: str, lines: Iterable[GroupLine]) -> Table:
        rows = [
            (line.name or self.say("untold"), _known(line.declared), line.counts.kept, line.counts.quarantined, line.missing, line.counts.files, line.counts.missing)
            for line in lines
        ]  # fmt: skip
        heads = self._heads(kind, "declared", "kept", "quarantined", "missing", "files", "files_missing")
        return Table(heads, rows, (38, 11, 11, 10, 10, 10, 10), frozenset(range(1, 7)), 10.5)

    def _compared(self) -> Table:
        rows = [
            (" · ".join(one.of) or "–", say(f"handover.what.{one.what}", self.language), one.declared, one.received, one.missing, one.extra)
            for one in self.report.compared
        ]  # fmt: skip
        heads = self._heads("of", "what", "declared", "received", "missing", "extra")
        return Table(heads, rows, (36, 14, 13, 13, 12, 12), frozenset(range(2, 6)), 10.5)

    # ----------------------------------------------------------------- open points, end

    def open_points(self) -> Iterator[Block]:
        """What both sides have to settle. What only the reading of the snapshot met is an annex."""
        yield self.heading("open")
        found = [explain(one.code, one.values, self.language) for one in self._differences()]
        aside = [line for line in self.report.tables if _is_set_aside(line)]
        if aside:
            found.append(
                self.say("unmapped", count=len(aside), rows=grouped(sum(line.received for line in aside)))
            )
        if not found:
            yield self.par("nothing_open")
        for said in found[:POINTS]:
            yield Par(f"– {said}", first=True, after=2)
        yield from self._more(len(found), POINTS)

    def _differences(self) -> Iterator[Finding]:
        for one in self.report.findings:
            if one.severity != "info" and _is_to_settle(one) and one.code != UNMAPPED:
                yield one

    def end(self) -> Iterator[Block]:
        yield self.heading("verdict")
        code = "balanced" if self.report.balanced else "unbalanced"
        yield self.par(code)
        yield self.par("check")
        yield self.par("copies")
        yield Columns((self._signature("giver"), self._signature("taker")), (50, 50))

    def _signature(self, side: str) -> tuple[Par, ...]:
        person = getattr(self.parties_, f"{side}_person")
        return (
            Par(self.say(f"sign_{side}"), "center", bold=True, before=12, after=0, follows=True),
            Par(self.say("sign_how"), "center", italic=True, size=12, after=60, follows=True),
            Par(person, "center", bold=True),
        )

    # ----------------------------------------------------------------- annexes

    def annexes(self) -> Iterator[Block]:
        yield NewPage()
        yield self._annex("annex_files")
        rows = [
            (place, file.name or self.say("withheld"), file.size, file.sha256)
            for place, file in enumerate(self.report.files[:LISTED], 1)
        ]
        yield Table(
            self._heads("place", "file", "size", "sha256"), rows, (7, 36, 14, 43), frozenset({0, 2}), 9
        )
        yield from self._more(len(self.report.files), LISTED)
        yield NewPage()
        yield self._annex("annex_numbers")
        yield from self._details()
        yield from self._lost()
        yield from self._notes()

    def _lost(self) -> Iterator[Block]:
        if not self.report.lost:
            return
        yield self._annex("annex_lost")
        rows = [
            (place, one.old_id, one.stated or one.name, explain(one.code, {"name": one.name}, self.language))
            for place, one in enumerate(self.report.lost[:LISTED], 1)
        ]
        heads = self._heads("place", "old_id", "file", "reason")
        yield Table(heads, rows, (7, 15, 38, 40), frozenset({0}), 9.5)
        yield from self._more(len(self.report.lost), LISTED)

    def _notes(self) -> Iterator[Block]:
        """What the last take-over met; of one kind the first few."""
        notes: dict[str, list[Finding]] = defaultdict(list)
        for one in self.report.findings:
            if one.severity != "info" and not _is_to_settle(one):
                notes[one.code].append(one)
        if notes:
            yield self._annex("annex_notes")
        for found in notes.values():
            for one in found[:ALIKE]:
                yield Par(f"– {explain(one.code, one.values, self.language)}", size=11, after=2)
            yield from self._more(len(found), ALIKE, "alike")

    def _annex(self, code: str) -> Par:
        return Par(self.say(code), "center", bold=True, before=12, follows=True)

    def _more(self, count: int, listed: int, code: str = "more") -> Iterator[Block]:
        if count > listed:
            yield Par(self.say(code, count=count - listed), italic=True, size=11)


def _is_to_settle(found: Finding) -> bool:
    return found.code.startswith("handover.") or found.code in UNITS


def _is_set_aside(line: TableLine) -> bool:
    """Does the mapping not read it?"""
    return line.role == "unmapped" and line.received > 0


def _marked(line: TableLine) -> str:
    return f"{line.name} (*)" if _is_set_aside(line) else line.name


def _known(number: int | None) -> object:
    return "–" if number is None else number


def grouped(number: int) -> str:
    """1234567 -> "1.234.567", as numbers are written in Vietnamese papers."""
    return f"{number:,}".replace(",", ".")


def title(report: Report, language: str) -> str:
    return say("handover.minutes.file_title", language, system=report.about.system)
