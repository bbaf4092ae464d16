"""Office files become PDF in a program that may crash, hang, call home or read what it should not: it can do none of it."""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from archive.errors import SourceRefused, StorageError
from ingest.files.sources import open_page
from ingest.snapshots.contents import confined, look
from tests.attachments import contained, docx, field, linked_picture, needs_office, paragraph

ROOT = Path(__file__).parents[2]
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="no strace on this machine")


@needs_office
def test_a_word_file_is_read_from_its_pdf(settings, tmp_path):
    path = tmp_path / "công văn 15.docx"
    path.write_bytes(docx(paragraph("Kính gửi: Ủy ban nhân dân các xã, phường") * 20))
    looked = look(settings, contained(path))
    assert (looked.pages, looked.readable_type, looked.format) == (1, "application/pdf", "fmt/412")
    page = open_page(Path(looked.readable), looked.readable_type, 0, settings)
    assert page.layer and "Kính gửi: Ủy ban nhân dân" in page.layer.text
    assert [found.name for found in Path(looked.readable).parent.iterdir()] == [Path(looked.readable).name]
    made = Path(looked.readable).stat().st_mtime_ns
    assert look(settings, contained(path)) == looked and Path(looked.readable).stat().st_mtime_ns == made


@needs_office
@needs_strace
def test_nothing_outside_the_file_is_read_or_called(settings, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "bi-mat.txt").write_text("BÍ MẬT")
    scan = Path(__file__).parents[1] / "pdfs.py"
    shutil.copy(scan, secret / "bi-mat.png")
    outside = {"rId8": "http://127.0.0.1:9/a.png", "rId9": (secret / "bi-mat.png").as_uri()}
    body = paragraph("Xin chào") + "".join(map(linked_picture, outside))
    body += field(f'INCLUDETEXT "{secret}/bi-mat.txt"') + field('INCLUDETEXT "http://127.0.0.1:9/b.txt"')
    path, trace = tmp_path / "a.docx", tmp_path / "trace"
    path.write_bytes(docx(body, outside, "http://127.0.0.1:9/c.dotm"))
    program = (
        "import sys; from pathlib import Path; from archive.settings import Settings\n"
        "from ingest.snapshots.contents import Contained, look\n"
        "print(look(Settings(home=Path(sys.argv[1])), Contained(sys.argv[2], 'a.docx', 'a.docx')).readable)"
    )
    watch = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=connect,open,openat,openat2"]
    run = [*watch, sys.executable, "-c", program, str(settings.home), str(tmp_path)]
    pdf = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    calls = trace.read_text(errors="replace")
    assert "soffice" in calls or "libsofficeapp" in calls, "the watch saw no converter: it proves nothing"
    assert not [call for call in calls.splitlines() if "connect(" in call and "AF_INET" in call]
    assert "bi-mat" not in calls
    with pdfium.PdfDocument(pdf) as document:
        assert "Xin chào" in document[0].get_textpage().get_text_range()


# --------------------------------------------------------------------------- a converter that misbehaves


def fake_office(folder, script: str, monkeypatch) -> None:
    """A program named soffice that runs `script`, with what shows that LibreOffice can open texts."""
    folder.mkdir()
    (folder / "soffice").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "soffice").chmod(0o755)
    (folder / "libswlo.so").touch()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", "refused.broken"), ("kill -SEGV $$", "refused.broken"), ("sleep 1000", "refused.too_slow")],
)
def test_its_failure_is_that_of_one_file(settings, tmp_path, monkeypatch, script, code):
    fake_office(tmp_path / "bin", script, monkeypatch)
    path = tmp_path / "a.docx"
    path.write_bytes(docx(paragraph("a")))
    with pytest.raises(SourceRefused) as refused:
        look(replace(settings, page_seconds=2 if "sleep" in script else 60), contained(path))
    assert refused.value.code == code
    assert not [left for left in settings.work.rglob("*") if left.is_file()], "nothing stays"


def test_a_full_disk_is_no_fault_of_the_file(settings, tmp_path, monkeypatch):
    fake_office(tmp_path / "bin", "exit 0", monkeypatch)
    path = tmp_path / "a.docx"
    path.write_bytes(docx(paragraph("a")))
    with pytest.raises(StorageError):
        look(replace(settings, free_reserve=2**60), contained(path))


def test_what_it_makes_is_bounded(settings, tmp_path, monkeypatch):
    fake_office(tmp_path / "bin", 'for out; do :; done; yes > "${out%.docx}.pdf"', monkeypatch)
    monkeypatch.setattr("ingest.snapshots.contents.office.PDF_BYTES", 1_000_000)
    path = tmp_path / "a.docx"
    path.write_bytes(docx(paragraph("a")))
    with pytest.raises(SourceRefused) as refused:
        look(settings, contained(path))
    assert refused.value.code == "refused.broken"


def ended(fifo: int) -> bool:
    """Have all who hold the other end of the pipe gone?"""
    waiting = select.poll()
    waiting.register(fifo, select.POLLIN)
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        if any(event & select.POLLHUP for _, event in waiting.poll(200)):
            return True
    return False


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    opened = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    yield opened
    os.close(opened)


LINGERING = "(sleep 1000 > fifo &) ; exec sleep 1000 > fifo"


def wait_started(fifo: int) -> None:
    """Someone holds the other end now."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            os.read(fifo, 1)  # b"": nobody yet
        except BlockingIOError:
            return
        time.sleep(0.02)
    pytest.fail("the program did not start")


LIMITS = {"seconds": 60, "memory": 2**30, "file_bytes": 2**20}


def test_all_it_started_ends_with_the_block(tmp_path, fifo):
    with confined.started(["sh", "-c", LINGERING], tmp_path, **LIMITS):
        wait_started(fifo)
    assert ended(fifo)


@pytest.mark.skipif(not confined._alone(), reason="this machine lets nobody make namespaces")
def test_all_it_started_ends_with_the_worker(tmp_path, fifo):
    program = (
        "import sys, time; from pathlib import Path; from ingest.snapshots.contents import confined\n"
        f"with confined.started(['sh', '-c', {LINGERING!r}], Path(sys.argv[1]), **{LIMITS!r}): time.sleep(1000)"
    )
    worker = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT)
    try:
        wait_started(fifo)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert ended(fifo)


def test_memory_is_bounded_and_nothing_of_this_process_reaches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KHO_SECRET", "x")
    script = "import os; print(sorted(os.environ)); bytearray(10**9)"
    limits = LIMITS | {"memory": 400 * 2**20}
    with confined.started(
        ["/usr/bin/env", "python3", "-c", script], tmp_path, stdout=subprocess.PIPE, **limits
    ) as process:
        shown = process.stdout.read()
        assert process.wait() == 1
    assert b"KHO_SECRET" not in shown and b"HOME" in shown
    assert b"MemoryError" in confined.said(tmp_path)
