"""Tesseract: the only module that knows it. Gray images in, words or a quarter turn out; errors are EngineErrors.

Whole pages go to a process that is kept running, since starting one costs a fifteenth of a page; what it dies of is
tried once more by itself. All else is rare and gets a process of its own, through pytesseract. Images are handed
over uncompressed: a PNG would cost half as much as the recognition.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ["OMP_THREAD_LIMIT"] = (
    "1"  # Tesseract's own threads cost four times the time when workers run side by side
)

import cv2
import numpy as np
import pytesseract

from archive.errors import EngineError, ToolMissing
from ingest.recognition.cleanup import WORK_DPI
from ingest.recognition.reading_order import Token

LANGUAGE = "vie"
INSTALL = "sudo apt-get install -y tesseract-ocr tesseract-ocr-vie tesseract-ocr-osd"
OUTPUT_LIMIT = 8 * 2**20
AUTOMATIC, ONE_BLOCK = 3, 6
"""Tesseract's ways to look for text on a page."""


def words(gray: np.ndarray, deadline: float, layout: int = AUTOMATIC) -> list[Token]:
    """The words of an image at the working resolution, before `deadline` (of time.monotonic).

    Raises EngineError `page.timeout`, `page.engine`, `page.too_much_output`, and ToolMissing.
    """
    if layout == AUTOMATIC and (kept := _kept()):
        with contextlib.suppress(
            EOFError, BrokenPipeError
        ):  # it died: the page has a process of its own, now
            return _tokens(kept.read(gray, deadline))
    return _tokens(_ask(pytesseract.image_to_data, gray, LANGUAGE, f"--psm {layout}", deadline))


def orientation(gray: np.ndarray, deadline: float) -> int:
    """Clockwise quarter turn in degrees that makes the page upright; 0 when it cannot be told."""
    try:
        output = _ask(pytesseract.image_to_osd, gray, "osd", "--psm 0", deadline)
    except EngineError as error:
        if error.code != "page.engine":
            raise
        return 0  # too few letters to tell
    values = dict(line.split(": ", 1) for line in output.splitlines() if ": " in line)
    return int(values["Rotate"]) if float(values.get("Orientation confidence", 0)) > 1 else 0


def _tokens(tsv: str) -> list[Token]:
    """Words of a TSV table: level page block par line word left top width height conf text."""
    tokens = []
    for row in tsv.splitlines():
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
            continue
        left, top, width, height = map(int, cells[6:10])
        box = (left, top, left + width, top + height)
        text = unicodedata.normalize("NFC", cells[11].strip())
        tokens.append(Token(text, box, float(cells[10]), tuple(map(int, cells[2:5]))))
    return tokens


# --------------------------------------------------------------------------- a process for each image


def _ask(call: Callable, gray: np.ndarray, language: str, config: str, deadline: float) -> str:
    """Tesseract's output for this image by one of pytesseract's calls."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise EngineError("page.timeout")
    options = f"{config} --dpi {WORK_DPI}"
    try:
        with _page_file(gray) as path:
            output = call(
                path, lang=language, config=options, output_type=pytesseract.Output.BYTES, timeout=left
            )
    except pytesseract.TesseractNotFoundError as error:
        raise _missing() from error
    except pytesseract.TesseractError as error:
        raise EngineError("page.engine", reason=error.message[:200]) from error
    except RuntimeError as error:  # pytesseract's only sign of a time-out
        raise EngineError("page.timeout") from error
    if len(output) > OUTPUT_LIMIT:
        raise EngineError("page.too_much_output")
    return output.decode("utf-8", "replace")


@contextmanager
def _page_file(gray: np.ndarray) -> Iterator[str]:
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kho-page-", dir=folder) as temp:
        path = str(Path(temp, "page.bmp"))
        if not cv2.imwrite(path, gray):
            raise EngineError("page.engine", reason="BMP")
        yield path


# --------------------------------------------------------------------------- a process for many pages


MOST_PAGES = 100
"""Pages that one process reads: whatever it may leak is bounded."""

MARK = np.full((40, 40), 255, np.uint8)
"""A blank image asked for after each page: its row in the table tells that the page is done."""


class _Kept:
    """A running Tesseract that reads the names of image files from a pipe and writes a table row by row."""

    def __init__(self) -> None:
        program, options = pytesseract.pytesseract.tesseract_cmd, ["-c", "stream_filelist=1", "tsv"]
        layout = ["-l", LANGUAGE, "--psm", str(AUTOMATIC), "--dpi", str(WORK_DPI)]
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", program, "stdin", "stdout", *layout, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.pages = 0

    def read(self, gray: np.ndarray, deadline: float) -> str:
        """The table of one page. Raises EOFError or BrokenPipeError when the process has died."""
        self.pages += 1
        try:
            with _page_file(gray) as path:
                mark = Path(path).with_name("mark.bmp")
                cv2.imwrite(str(mark), MARK)
                self.process.stdin.write(f"{path}\n{mark}\n".encode())
                return self._table(deadline).decode("utf-8", "replace")
        except BaseException:
            stop()  # what it still writes would be taken for the next page's
            raise

    def _table(self, deadline: float) -> bytes:
        """What comes before the row of the mark, the second image of each pair."""
        row = re.compile(rb"^1\t%d\t.*\n" % (2 * self.pages), re.MULTILINE)
        table, seen = b"", 0
        while not (end := row.search(table, seen)):
            seen = table.rfind(b"\n") + 1
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise EngineError("page.timeout")
            more = self.process.stdout.read(65536)
            if not more:
                raise EOFError
            table += more
            if len(table) > OUTPUT_LIMIT:
                raise EngineError("page.too_much_output")
        return table[: end.start()]


_running: list[_Kept] = []


def _kept() -> _Kept | None:
    """The running process, started when needed; None where it cannot be."""
    if _running and _running[0].pages >= MOST_PAGES:
        stop()
    if not _running and shutil.which("stdbuf") and shutil.which(pytesseract.pytesseract.tesseract_cmd):
        _running.append(_Kept())
    return _running[0] if _running else None


def running() -> int | None:
    """The running process's id, for who counts its costs."""
    return _running[0].process.pid if _running else None


@atexit.register
def stop() -> None:
    """End the running process, if there is one."""
    while _running:
        process = _running.pop().process
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


# --------------------------------------------------------------------------- what is installed


@functools.cache
def identity() -> str:
    """The program's version and a digest of its model."""
    check()
    return f"{pytesseract.get_tesseract_version()}\n{hashlib.sha256(_model().read_bytes()).hexdigest()}"


def _model() -> Path:
    listing = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    folder = listing.stdout.partition('"')[2].partition('"')[0]
    return Path(folder, f"{LANGUAGE}.traineddata")


def check() -> None:
    """Raise ToolMissing, with the command to type, unless Tesseract and its data are installed."""
    try:
        languages = pytesseract.get_languages()
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise _missing() from error
    if not {LANGUAGE, "osd"} <= set(languages):
        raise _missing()


def _missing() -> ToolMissing:
    return ToolMissing("error.tool_missing", tool="tesseract", command=INSTALL)
