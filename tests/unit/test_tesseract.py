"""Tesseract kept running: the same words as alone, page by page, whatever happens to a page before."""

import time
from pathlib import Path

import numpy as np
import pytest

from archive.errors import EngineError, ToolMissing
from ingest.recognition import tesseract
from ingest.recognition.cleanup import SMALLEST
from tests.unit.test_ocr import page


@pytest.fixture(autouse=True)
def ended():
    tesseract.stop()
    yield
    tesseract.stop()


def soon() -> float:
    return time.monotonic() + 30


def gray(line: str) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(page(lines=[line]))[:1000])


def read(line: str) -> str:
    return " ".join(token.text for token in tesseract.words(gray(line), soon()))


def alone(line: str, monkeypatch) -> list:
    with monkeypatch.context() as patched:
        patched.setattr(tesseract, "_kept", lambda: None)
        return tesseract.words(gray(line), soon())


FIRST, SECOND = "Điều 1. Phê duyệt danh mục hồ sơ", "Xét đề nghị của Trưởng phòng Nội vụ"


def test_pages_come_one_by_one_with_the_same_words_as_alone(monkeypatch):
    found = [tesseract.words(gray(line), soon()) for line in (FIRST, SECOND, FIRST)]
    assert found == [alone(line, monkeypatch) for line in (FIRST, SECOND, FIRST)]
    assert len(tesseract._running) == 1 and tesseract._running[0].pages == 3


@pytest.mark.parametrize("shape", [(1000, 1400), (SMALLEST, 40), tesseract.MARK.shape])
def test_a_page_without_words_does_not_shift_the_next(shape):
    assert tesseract.words(np.full(shape, 255, np.uint8), soon()) == []
    assert FIRST in read(FIRST)


def test_a_page_out_of_time_ends_the_process_and_the_next_page_is_read():
    read(FIRST)
    running = tesseract._running[0].process
    with pytest.raises(EngineError) as caught:
        tesseract.words(gray(SECOND), time.monotonic() + 0.01)
    assert caught.value.code == "page.timeout" and running.poll() is not None
    assert FIRST in read(FIRST)


def test_a_page_on_which_the_process_dies_is_read_alone():
    read(FIRST)
    tesseract._running[0].process.kill()
    assert SECOND in read(SECOND) and tesseract._running == []
    assert FIRST in read(FIRST) and len(tesseract._running) == 1


def test_a_page_that_no_process_can_read_has_a_clear_error(monkeypatch):
    monkeypatch.setattr("cv2.imwrite", lambda path, _: Path(path).write_bytes(b"no image") > 0)
    with pytest.raises(EngineError) as caught:
        tesseract.words(gray(FIRST), soon())
    assert caught.value.code == "page.engine"


def test_too_much_output_ends_the_process(monkeypatch):
    monkeypatch.setattr(tesseract, "OUTPUT_LIMIT", 100)
    with pytest.raises(EngineError) as caught:
        tesseract.words(gray(FIRST), soon())
    assert caught.value.code == "page.too_much_output" and tesseract._running == []


def test_a_process_does_not_read_for_ever(monkeypatch):
    monkeypatch.setattr(tesseract, "MOST_PAGES", 1)
    read(FIRST)
    first = tesseract._running[0]
    assert SECOND in read(SECOND) and tesseract._running[0] is not first


def test_without_the_means_each_page_has_its_own_process(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda *_: None)
    assert FIRST in read(FIRST) and tesseract._running == []


def test_a_missing_tool_names_the_command(monkeypatch):
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "no-such-tesseract")
    with pytest.raises(ToolMissing) as caught:
        tesseract.check()
    assert "apt-get install" in caught.value.values["command"]


def test_missing_language_data_names_the_command(monkeypatch):
    monkeypatch.setattr("pytesseract.get_languages", lambda: ["eng", "osd"])
    with pytest.raises(ToolMissing):
        tesseract.check()
