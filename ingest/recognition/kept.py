"""Tesseract kept running: one process reads many pages, since starting one costs a fifteenth of a page.

Two ways, the first that is there: the library in a process of ours (bound.py), or the program itself, fed the names of
image files. The kept process is for one worker; what it dies of, the worker tries once more by itself.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytesseract

from archive.errors import EngineError
from ingest.recognition import bound

MOST_PAGES = 100
"""Pages that one process reads: whatever it may leak is bounded."""

OUTPUT_LIMIT = 8 * 2**20

MARK = np.full((40, 40), 255, np.uint8)
"""A blank image the program is asked for after each page: its row in the table tells that the page is done."""


class Kept:
    """A running process that writes the table of each page whose image file it is told."""

    layouts: tuple[int, ...]

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self.pages = 0

    def read(self, path: str, layout: int, deadline: float) -> str:
        """The table of one page. Raises EngineError; EOFError or BrokenPipeError when the process has died."""
        self.pages += 1
        try:
            self.process.stdin.write(self._request(path, layout).encode())
            return self._table(self._end(), deadline).decode("utf-8", "replace")
        except BaseException:
            stop()  # what it still writes would be taken for the next page's
            raise

    def _request(self, path: str, layout: int) -> str:
        raise NotImplementedError

    def _end(self) -> re.Pattern[bytes]:
        """What comes after the table of the page now read."""
        raise NotImplementedError

    def _table(self, end: re.Pattern[bytes], deadline: float) -> bytes:
        table, seen = b"", 0
        while not (found := end.search(table, seen)):
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
        return table[: found.start()]


class Library(Kept):
    """Our own program around Tesseract's library."""

    layouts = tuple(range(14))

    def __init__(self, data: Path, dpi: int) -> None:
        super().__init__([sys.executable, "-m", bound.__name__, str(data), str(dpi)])

    def _request(self, path: str, layout: int) -> str:
        return f"{layout} {path}\n"

    def _end(self) -> re.Pattern[bytes]:
        return re.compile(b"^" + bound.END + b"\n", re.MULTILINE)


class Program(Kept):
    """Tesseract's program, which is told one layout when it starts."""

    layouts = (3,)

    def __init__(self, data: Path, dpi: int) -> None:
        layout = ["-l", bound.LANGUAGE, "--psm", str(self.layouts[0]), "--dpi", str(dpi)]
        options = ["--tessdata-dir", str(data), "-c", "stream_filelist=1", "tsv"]
        program = pytesseract.pytesseract.tesseract_cmd
        super().__init__(["stdbuf", "-oL", program, "stdin", "stdout", *layout, *options])

    def _request(self, path: str, layout: int) -> str:
        mark = Path(path).with_name("mark.bmp")
        cv2.imwrite(str(mark), MARK)
        return f"{path}\n{mark}\n"

    def _end(self) -> re.Pattern[bytes]:
        return re.compile(rb"^1\t%d\t.*\n" % (2 * self.pages), re.MULTILINE)


def way() -> type[Kept] | None:
    """The cheapest way there is here; None when every page needs a process of its own."""
    if importlib.util.find_spec("tesserocr"):
        return Library
    if shutil.which("stdbuf") and shutil.which(pytesseract.pytesseract.tesseract_cmd):
        return Program
    return None


_running: list[Kept] = []


def kept(layout: int, data: Callable[[], Path], dpi: int) -> Kept | None:
    """The running process, started when needed; None where there is none for this layout."""
    kind = way()
    if kind is None or layout not in kind.layouts:
        return None
    if _running and _running[0].pages >= MOST_PAGES:
        stop()
    if not _running:
        _running.append(kind(data(), dpi))
    return _running[0]


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
