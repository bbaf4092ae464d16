"""Tesseract kept running, in both ways: the same words as alone, page by page, whatever happens to a page before."""

import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

from archive.errors import EngineError, ToolMissing
from ingest.recognition import kept, tesseract
from ingest.recognition.cleanup import SMALLEST
from tests.unit.test_ocr import page

LIBRARY = pytest.mark.skipif(not importlib.util.find_spec("tesserocr"), reason="tesserocr is not installed")


@pytest.fixture(autouse=True, params=[kept.Program, pytest.param(kept.Library, marks=LIBRARY)])
def way(request, monkeypatch):
    kept.stop()
    monkeypatch.setattr(kept, "way", lambda: request.param)
    yield request.param
    kept.stop()


def soon() -> float:
    return time.monotonic() + 30


def gray(line: str) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(page(lines=[line]))[:1000])


def read(line: str) -> str:
    return " ".join(token.text for token in tesseract.words(gray(line), soon()))


def alone(line: str, monkeypatch) -> list:
    with monkeypatch.context() as patched:
        patched.setattr(kept, "way", lambda: None)
        return tesseract.words(gray(line), soon())


def texts(words: list) -> list[str]:
    return [token.text for token in words]


FIRST, SECOND = "Điều 1. Phê duyệt danh mục hồ sơ", "Xét đề nghị của Trưởng phòng Nội vụ"


def test_pages_come_one_by_one_with_the_same_words_as_alone(way, monkeypatch):
    found = [tesseract.words(gray(line), soon()) for line in (FIRST, SECOND, FIRST)]
    expected = [alone(line, monkeypatch) for line in (FIRST, SECOND, FIRST)]
    assert [texts(words) for words in found] == [texts(words) for words in expected]
    assert (
        way is kept.Library or found == expected
    )  # another version of the engine may be less sure of a word
    assert len(kept._running) == 1 and kept._running[0].pages == 3


def test_a_small_piece_of_a_page_is_read_as_one_block(way):
    assert FIRST in " ".join(texts(tesseract.words(gray(FIRST), soon(), tesseract.ONE_BLOCK)))
    assert len(kept._running) == (way is kept.Library)


@pytest.mark.parametrize("shape", [(1000, 1400), (SMALLEST, 40), kept.MARK.shape])
def test_a_page_without_words_does_not_shift_the_next(shape):
    assert tesseract.words(np.full(shape, 255, np.uint8), soon()) == []
    assert FIRST in read(FIRST)


def test_a_page_out_of_time_ends_the_process_and_the_next_page_is_read():
    read(FIRST)
    running = kept._running[0].process
    with pytest.raises(EngineError) as caught:
        tesseract.words(gray(SECOND), time.monotonic() + 0.01)
    assert caught.value.code == "page.timeout" and running.poll() is not None
    assert FIRST in read(FIRST)


def test_a_page_on_which_the_process_dies_is_read_alone():
    read(FIRST)
    kept._running[0].process.kill()
    assert SECOND in read(SECOND) and kept._running == []
    assert FIRST in read(FIRST) and len(kept._running) == 1


def test_a_page_that_no_process_can_read_has_a_clear_error(monkeypatch):
    monkeypatch.setattr("cv2.imwrite", lambda path, _: Path(path).write_bytes(b"no image") > 0)
    with pytest.raises(EngineError) as caught:
        tesseract.words(gray(FIRST), soon())
    assert caught.value.code == "page.engine"


def test_too_much_output_ends_the_process(monkeypatch):
    monkeypatch.setattr(kept, "OUTPUT_LIMIT", 100)
    with pytest.raises(EngineError) as caught:
        tesseract.words(gray(FIRST), soon())
    assert caught.value.code == "page.too_much_output" and kept._running == []


def test_a_process_does_not_read_for_ever(monkeypatch):
    monkeypatch.setattr(kept, "MOST_PAGES", 1)
    read(FIRST)
    first = kept._running[0]
    assert SECOND in read(SECOND) and kept._running[0] is not first


def test_without_the_means_each_page_has_its_own_process(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("shutil.which", lambda *_: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    assert kept.way() is None
    assert FIRST in read(FIRST) and kept._running == []


def test_a_missing_tool_names_the_command(monkeypatch):
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "no-such-tesseract")
    with pytest.raises(ToolMissing) as caught:
        tesseract.check()
    assert "apt-get install" in caught.value.values["command"]


def test_missing_language_data_names_the_command(monkeypatch):
    monkeypatch.setattr("pytesseract.get_languages", lambda: ["eng", "osd"])
    with pytest.raises(ToolMissing):
        tesseract.check()
