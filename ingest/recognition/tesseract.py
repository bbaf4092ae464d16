"""Tesseract: gray images in, words or a quarter turn out; errors are EngineErrors. Nothing else knows the engine.

Pages go to a process that is kept running (kept.py); what it dies of, and what it cannot do, gets a process of its own
through pytesseract. Images are handed over uncompressed: a PNG would cost half as much as the recognition.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import os
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
from ingest.recognition import kept
from ingest.recognition.bound import LANGUAGE
from ingest.recognition.cleanup import WORK_DPI
from ingest.recognition.reading_order import Token

INSTALL = "sudo apt-get install -y tesseract-ocr tesseract-ocr-vie tesseract-ocr-osd"
AUTOMATIC, ONE_BLOCK = 3, 6
"""Tesseract's ways to look for text on a page."""


def words(gray: np.ndarray, deadline: float, layout: int = AUTOMATIC) -> list[Token]:
    """The words of an image at the working resolution, before `deadline` (of time.monotonic).

    Raises EngineError `page.timeout`, `page.engine`, `page.too_much_output`, and ToolMissing.
    """
    if process := kept.kept(layout, lambda: _model().parent, WORK_DPI):
        died = contextlib.suppress(EOFError, BrokenPipeError)  # the page then has a process of its own
        with died, _page_file(gray) as path:
            return _tokens(process.read(path, layout, deadline))
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
    if len(output) > kept.OUTPUT_LIMIT:
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


# --------------------------------------------------------------------------- what is installed


@functools.cache
def identity() -> str:
    """The engine's version and a digest of its model."""
    check()
    return f"{_version()}\n{hashlib.sha256(_model().read_bytes()).hexdigest()}"


def _version() -> str:
    if kept.way() is kept.Library:
        return f"tesserocr {importlib.metadata.version('tesserocr')}"
    return str(pytesseract.get_tesseract_version())


@functools.cache
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
