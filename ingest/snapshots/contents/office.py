"""Office files become PDF by LibreOffice, a program of its own that need not be installed.

Each file meets a fresh profile (data/office_profile.toml): no macros run, nothing outside the file is read or called,
and what one file does to the program the next one does not see.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

from archive import durable
from archive.errors import SourceRefused, ToolMissing
from archive.settings import Settings
from ingest import sources
from ingest.snapshots.contents.confined import started
from ingest.snapshots.contents.keeping import Kept, place
from ingest.snapshots.contents.kinds import Office

PDF_BYTES = 512 * 2**20
"""A PDF larger than this is no rendering of a document."""

_LIBRARIES = {"writer": "libswlo.so", "calc": "libsclo.so", "impress": "libsdlo.so"}
_XCU = "http://openoffice.org/2001/registry"


def pdf_of(settings: Settings, kept: Kept, office: Office) -> Path:
    """A PDF of the document; made once for equal bytes. Raises ToolMissing, SourceRefused."""
    target = place(settings, kept.sha256, ".pdf")
    if not target.exists():
        program = _program(office.part)
        durable.make_folder(target.parent)
        with tempfile.TemporaryDirectory(prefix=".office-", dir=target.parent) as folder:
            os.replace(_converted(settings, program, kept.path, office.suffixes[0], Path(folder)), target)
    return target


def _program(part: str) -> str:
    found = shutil.which("soffice")
    if not found or not Path(os.path.realpath(found)).with_name(_LIBRARIES[part]).exists():
        command = f"apt-get install libreoffice-{part}-nogui"
        raise ToolMissing("error.tool_missing", tool="LibreOffice", command=command)
    return found


def _converted(settings: Settings, program: str, path: Path, suffix: str, folder: Path) -> Path:
    profile, document = folder / "profile/user", folder / f"document.{suffix}"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_registry(), encoding="utf-8")
    document.symlink_to(path.absolute())
    command = [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore"]
    command += ["--nolockcheck", "--convert-to", "pdf", "--outdir", str(folder), str(document)]
    limits = {"memory": settings.page_memory, "file_bytes": PDF_BYTES, "seconds": settings.page_seconds}
    with started(command, folder, **limits) as process:
        try:
            code = process.wait(settings.page_seconds)
        except subprocess.TimeoutExpired as error:
            raise SourceRefused("refused.too_slow") from error
    made = document.with_suffix(".pdf")
    if not _is_whole(made):
        raise SourceRefused("refused.broken", reason=f"soffice: {code}")
    return made


def _is_whole(pdf: Path) -> bool:
    """How the program ended does not tell: it may crash after its work, or be stopped within it."""
    if not pdf.is_file():
        return False
    with pdf.open("rb") as file:
        file.seek(max(0, pdf.stat().st_size - 1024))
        return b"%%EOF" in file.read()


@cache
def _registry() -> str:
    table = Path(sources.__file__).parent / "data/office_profile.toml"
    items = tomllib.loads(table.read_text(encoding="utf-8"))["item"]
    rows = [_item(item["path"], name, value) for item in items for name, value in item["values"].items()]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="{_XCU}">\n'
    return head + "\n".join(rows) + "\n</oor:items>\n"


def _item(path: str, name: str, value: object) -> str:
    said = str(value).lower() if isinstance(value, bool) else str(value)
    prop = f'<prop oor:name={quoteattr(name)} oor:op="fuse"><value>{said}</value></prop>'
    return f"<item oor:path={quoteattr(path)}>{prop}</item>"
