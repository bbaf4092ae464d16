"""Office files become PDF by LibreOffice, a program of its own that need not be installed.

Each file meets a fresh profile (data/office_profile.toml): no macros run, nothing outside the file is read or called,
and what one file does to the program the next one does not see.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

from archive import durable
from archive.errors import SourceRefused, ToolMissing
from archive.settings import Settings
from ingest.data import table
from ingest.snapshots.contents import cut_cells, old_fonts, open_document
from ingest.snapshots.contents.confined import started
from ingest.snapshots.contents.keeping import Kept, place, require_room
from ingest.snapshots.contents.kinds import Office

PDF_BYTES = 512 * 2**20
"""A PDF larger than this is no rendering of a document."""

_LIBRARIES = {"writer": "libswlo.so", "calc": "libsclo.so", "impress": "libsdlo.so"}
_OPEN_DOCUMENT = {"writer": "odt", "calc": "ods", "impress": "odp"}
_XCU = "http://openoffice.org/2001/registry"


def pdf_of(settings: Settings, kept: Kept, office: Office) -> tuple[Path, str]:
    """(a PDF of the document, the old encodings its text was in); made once for equal bytes.

    Raises ToolMissing, SourceRefused, StorageError.
    """
    target, encodings = place(settings, kept.sha256, ".pdf"), place(settings, kept.sha256, ".encodings")
    if not target.exists():
        program = _program(office.part)
        durable.make_folder(target.parent)
        with tempfile.TemporaryDirectory(prefix=".office-", dir=target.parent) as folder:
            making = _Making(settings, program, Path(folder))
            made, rules = making.pdf(kept.path, office)
            if rules:
                encodings.write_text(", ".join(rules), encoding="utf-8")
            os.replace(made, target)
    return target, encodings.read_text(encoding="utf-8") if encodings.exists() else ""


def _program(part: str) -> str:
    found = shutil.which("soffice")
    if not found or not Path(os.path.realpath(found)).with_name(_LIBRARIES[part]).exists():
        command = f"apt-get install libreoffice-{part}-nogui"
        raise ToolMissing("error.tool_missing", tool="LibreOffice", command=command)
    return found


class _Making:
    """One document on its way, in a folder of its own."""

    def __init__(self, settings: Settings, program: str, folder: Path) -> None:
        self._settings, self._program, self._folder = settings, program, folder
        profile = folder / "profile/user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_registry(), encoding="utf-8")

    def pdf(self, path: Path, office: Office) -> tuple[Path, tuple[str, ...]]:
        """(the PDF, names of the old encodings found)."""
        document = self._folder / f"document.{office.suffixes[0]}"
        document.symlink_to(path.absolute())
        document, rules = self._readable(document, office.part)
        made = self._converted(document, "pdf")
        if not _is_whole(made):
            require_room(self._settings)
            raise SourceRefused("refused.broken", reason="soffice")
        return made, rules

    def _readable(self, document: Path, part: str) -> tuple[Path, tuple[str, ...]]:
        """The document without old fonts and cut cells; the same one when it is too strange to be rewritten."""
        form = _OPEN_DOCUMENT[part]
        rewritten = self._folder / f"readable.{form}"
        try:
            if part != "calc" and not old_fonts.named_in(document):
                return document, ()
            return rewritten, open_document.rewrite(self._converted(document, form), rewritten, _change)
        except SourceRefused:
            raise
        except Exception:
            return document, ()

    def _converted(self, document: Path, form: str) -> Path:
        """Raises SourceRefused when it takes too long or nothing comes out."""
        profile, out = self._folder / "profile", self._folder / "out"
        command = [self._program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
        command += ["--nolockcheck", "--convert-to", form, "--outdir", str(out), str(document)]
        seconds, memory = self._settings.page_seconds, self._settings.page_memory
        limits = {"seconds": seconds, "memory": memory, "file_bytes": PDF_BYTES}
        with started(command, self._folder, **limits) as process:
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                raise SourceRefused("refused.too_slow") from error
        made = out / f"{document.stem}.{form}"
        if not made.is_file():
            require_room(self._settings)
            raise SourceRefused("refused.broken", reason=f"soffice: {code}")
        return made


def _change(trees: list) -> tuple[str, ...]:
    cut_cells.wrap(trees)
    return old_fonts.to_unicode(trees)


def _is_whole(pdf: Path) -> bool:
    """How the program ended does not tell: it may crash after its work, or be stopped within it."""
    with pdf.open("rb") as file:
        file.seek(max(0, pdf.stat().st_size - 1024))
        return b"%%EOF" in file.read()


@cache
def _registry() -> str:
    items = table("office_profile")["item"]
    rows = [_item(item["path"], name, value) for item in items for name, value in item["values"].items()]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="{_XCU}">\n'
    return head + "\n".join(rows) + "\n</oor:items>\n"


def _item(path: str, name: str, value: object) -> str:
    said = str(value).lower() if isinstance(value, bool) else str(value)
    prop = f'<prop oor:name={quoteattr(name)} oor:op="fuse"><value>{said}</value></prop>'
    return f"<item oor:path={quoteattr(path)}>{prop}</item>"
