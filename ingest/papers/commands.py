"""`kho form`: mục lục hồ sơ, mục lục văn bản and registers in their official forms, as XLSX, DOCX or PDF."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from archive import durable, wiring_write
from archive.commands.lookup import AS_USER, actor_of
from archive.console import language, tell, with_settings
from archive.errors import UsageError
from archive.papers import files, gathering
from archive.papers.files import Filled
from archive.papers.forms import REGISTERS
from archive.settings import Settings
from archive.wiring_read import Archive
from ingest.papers import pdf

ENDINGS = (".xlsx", ".docx", ".pdf")


@click.command("form")
@click.option("--dossier", metavar="MÃ", help="Mục lục văn bản của hồ sơ / list of a dossier's documents")
@click.option("--fonds", metavar="MÃ", help="Mục lục hồ sơ của phông / list of a fonds' dossiers")
@click.option(
    "--register",
    type=click.Choice([*REGISTERS, "other"]),
    help="Với --fonds: sổ văn bản / with --fonds: registers",
)
@click.option("--year", metavar="NĂM", help="Chỉ sổ của năm / registers of this year only")
@AS_USER
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TỆP",
    help="Tệp .xlsx, .docx, .pdf",
)
@with_settings
def form(
    settings: Settings,
    dossier: str | None,
    fonds: str | None,
    register: str | None,
    year: str | None,
    user: str | None,
    out: Path,
) -> None:
    """Lập mục lục, sổ văn bản theo mẫu / make lists and registers in their official forms.

    \b
    Ví dụ / examples:
      kho form --fonds H30.01 --out muc-luc-ho-so.docx
      kho form --dossier H30.01:ho-so-12 --out muc-luc-van-ban.pdf
      kho form --fonds H30.12 --register incoming --year 2019 --out so-den-2019.xlsx
    """
    if bool(dossier) == bool(fonds) or (register and not fonds) or (year and not register):
        raise UsageError("form.what")
    if out.suffix.lower() not in ENDINGS:
        raise UsageError("form.ending", path=out)
    archive = Archive(settings, wiring_write.access_log(settings))
    reader = archive.reader()
    actor = reader.as_exporter(actor_of(archive, user))
    if dossier:
        papers = [gathering.documents(reader, actor, dossier, language())]
    elif register:
        keys = gathering.registers(reader, actor, fonds or "", register, year)
        papers = [gathering.register(reader, actor, key, language()) for key in keys]
    else:
        papers = [gathering.dossiers(reader, actor, fonds or "", language())]
    _write(settings, papers, out)
    tell("form.written", file=out, count=sum(len(paper.rows) for paper in papers))


def _write(settings: Settings, papers: list[Filled], out: Path) -> None:
    """Raises ToolMissing when a PDF is wanted and LibreOffice is not there."""
    ending = out.suffix.lower()
    if ending != ".pdf":
        made = files.as_xlsx if ending == ".xlsx" else files.as_docx
        durable.write_file(out, made(papers, language()))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.docx"
        path.write_bytes(files.as_docx(papers, language()))
        durable.write_file(out, pdf.write_beside(settings, path).read_bytes())
