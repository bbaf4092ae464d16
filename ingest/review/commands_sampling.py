"""`kho review sample`, `kho review judge`: acceptance of a batch by a sample."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from archive import console, durable, wiring_write
from archive.audit.entry import Entry as Recorded
from archive.console import language, tell, with_settings
from archive.errors import UsageError
from archive.home import check as check_home
from archive.messages import say
from archive.papers import docx
from archive.settings import Settings
from archive.usage import There
from archive.wiring_read import Archive
from ingest.papers import pdf
from ingest.review import minutes, sample_sheet
from ingest.review.plans import LEVELS, aqls
from ingest.review.sample_sheet import VERDICTS, Filled
from ingest.review.sampling import Acceptance, Sample, Verdict, Witness

BY = click.option("--by", required=True, metavar="TÊN", help="Người kiểm tra / who checks")
OUT = click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="TỆP")


@click.command()
@click.argument("batch", metavar="ĐỢT")
@click.option("--fonds", required=True, metavar="MÃ", help="Phông của đợt / fonds of the batch")
@click.option(
    "--aql",
    type=click.Choice(aqls()),
    default="1.0",
    help="Mức chất lượng chấp nhận, % sai / acceptance quality limit [1.0]",
)
@click.option(
    "--level", type=click.Choice(LEVELS), default="II", help="Bậc kiểm tra chung / general level [II]"
)
@click.option("--seed", type=click.IntRange(0), help="Mã rút, để rút lại đúng mẫu / to draw the same again")
@BY
@OUT
@with_settings
def sample(
    settings: Settings, batch: str, fonds: str, aql: str, level: str, seed: int | None, by: str, out: Path
) -> None:
    """Rút mẫu nghiệm thu một đợt theo ISO 2859-1 / draw a sample of a batch to be checked.

    \b
    Ví dụ / example:
      kho review sample dot-1 --fonds H30.01 --aql 1.0 --level II --by "Trần Thị Lan" --out mau.xlsx
    """
    check_home(settings)
    lot = Acceptance(settings, fonds, batch, by, _witness(settings, fonds, by))
    drawn = lot.draw(level, aql, secrets.randbelow(10**9) if seed is None else seed)
    durable.write_file(out, sample_sheet.write(drawn, lot.items, language()))
    plan = drawn.plan
    tell("review.drawn", batch=batch, lot=plan.lot, level=level, aql=aql, letter=plan.letter, size=plan.size,
         accept=plan.accept, seed=drawn.seed)  # fmt: skip
    tell("review.sample_next", file=out)


@click.command()
@click.argument("file", type=There(), metavar="TỆP")
@BY
@OUT
@with_settings
def judge(settings: Settings, file: Path, by: str, out: Path) -> int:
    """Kết luận nghiệm thu từ mẫu đã điền, lập biên bản .docx hoặc .pdf / judge a filled sample, write the minutes.

    \b
    Ví dụ / example:
      kho review judge mau.xlsx --by "Trần Thị Lan" --out bien-ban.docx

    \b
    Mã thoát / exit code: 0 đạt / accepted, 1 không đạt / rejected, 2 không chạy được / failed
    """
    if out.suffix.lower() not in (".docx", ".pdf"):
        raise UsageError("review.ending", path=out)
    check_home(settings)
    filled = sample_sheet.read(file)
    lot, drawn = _drawn(settings, filled, by)
    verdict = lot.judge(drawn, _wrong(drawn, filled))
    _write(settings, verdict, lot.title, out)
    code = "review.judged_accepted" if verdict.accepted else "review.judged_rejected"
    plan = drawn.plan
    tell(code, batch=drawn.batch, wrong=len(verdict.wrong), size=plan.size, accept=plan.accept, file=out)
    return console.OK if verdict.accepted else console.SOME_REFUSED


def _witness(settings: Settings, fonds: str, by: str) -> Witness:
    log, operator = wiring_write.access_log(settings), Archive(settings).operator().name
    return lambda told: log.record(Recorded("acceptance", operator, fonds, detail={"by": by, **told}))


def _drawn(settings: Settings, filled: Filled, by: str) -> tuple[Acceptance, Sample]:
    facts = filled.facts
    if facts["level"] not in LEVELS or facts["aql"] not in aqls():
        raise UsageError("review.not_drawn", batch=facts["batch"])
    lot = Acceptance(settings, facts["fonds"], facts["batch"], by, _witness(settings, facts["fonds"], by))
    return lot, lot.drawn(facts["level"], facts["aql"], int(facts["seed"]))


def _wrong(drawn: Sample, filled: Filled) -> dict[str, str]:
    """What is wrong, by document. Raises UsageError unless every document of the sample has a verdict."""
    said = {record: filled.verdicts.get(record, ("", "")) for record in drawn.records}
    open_ones = [record for record, (verdict, _) in said.items() if verdict not in VERDICTS]
    if open_ones:
        raise UsageError("review.unjudged", count=len(open_ones), record=open_ones[0])
    return {record: fault or "—" for record, (verdict, fault) in said.items() if verdict == "wrong"}


def _write(settings: Settings, verdict: Verdict, fonds_title: str, out: Path) -> None:
    title = say("review.minutes.file_title", language(), batch=verdict.sample.batch)
    paper = out.with_suffix(".docx")
    durable.write_file(paper, docx.write(minutes.blocks(verdict, fonds_title, language()), title, language()))
    if out.suffix.lower() == ".pdf":
        pdf.write_beside(settings, paper)
