"""Damage at random, the same for the same seed, and a look at it from a process of its own: bounded in time and memory."""

from __future__ import annotations

import io
import os
import random
import resource
import signal
import traceback
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from archive.errors import IntegrityError, SourceRefused
from archive.holdings.locator import content
from archive.messages import catalogue
from ingest.reports.words import explain
from ingest.snapshots.forms.open import opened
from ingest.snapshots.source import Blob

SECONDS, MEMORY = 20, 1 << 30
"""Of one look at a mutant: far more than it takes, far less than a hang."""

INTERESTING = (
    b"\0", b"\xff" * 4, b"'", b'"', b"\\", b"<", b"]]>", b"&x;", b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"(", b")", b";", b"\r\n", b"{", b"[",
    b"}", b",", b"-1", b"9" * 40, b"1e999", b"\xef\xbf\xbe", b"\xed\xa0\x80", b"\xc4", b"../", b"%00", b"NULL",
)  # fmt: skip


def mutant(whole: bytes, seed: int) -> bytes:
    """Some bytes flipped, cut, doubled, moved or put in; of a ZIP file in one of its members as often as not."""
    source = random.Random(seed)
    if whole.startswith(b"PK\3\4") and source.random() < 0.6:
        return _inside(whole, source)
    for _ in range(source.choice((1, 1, 1, 2, 5, 20))):
        whole = source.choice((_flipped, _cut, _doubled, _put, _put, _short, _swapped))(whole, source)
    return whole


def _inside(whole: bytes, source: random.Random) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        hurt = source.choice([info.filename for info in old.infolist() if info.file_size])
        for info in old.infolist():
            held = old.read(info)
            new.writestr(
                info.filename, mutant(held, source.getrandbits(32)) if info.filename == hurt else held
            )
    return target.getvalue()


def _place(whole: bytes, source: random.Random) -> tuple[int, int]:
    first = source.randrange(len(whole) or 1)
    return first, min(len(whole), first + source.choice((1, 1, 2, 8, 100, 5000)))


def _flipped(whole: bytes, source: random.Random) -> bytes:
    first, last = _place(whole, source)
    return whole[:first] + bytes(byte ^ 1 << source.randrange(8) for byte in whole[first:last][:8]) + whole[first + min(8, last - first) :]  # fmt: skip


def _cut(whole: bytes, source: random.Random) -> bytes:
    first, last = _place(whole, source)
    return whole[:first] + whole[last:]


def _doubled(whole: bytes, source: random.Random) -> bytes:
    first, last = _place(whole, source)
    return whole[:last] + whole[first:last] * source.choice((1, 1, 3)) + whole[last:]


def _put(whole: bytes, source: random.Random) -> bytes:
    first, last = _place(whole, source)
    return whole[:first] + source.choice(INTERESTING) + whole[source.choice((first, last)) :]


def _short(whole: bytes, source: random.Random) -> bytes:
    return whole[: _place(whole, source)[0]]


def _swapped(whole: bytes, source: random.Random) -> bytes:
    first, last = _place(whole, source)
    other, _ = _place(whole, source)
    return whole[:other] + whole[first:last] + whole[other:]


# --------------------------------------------------------------------------- looks


def told(findings) -> None:
    """Every finding has its sentence, with all its values, in both languages."""
    for finding in findings:
        for language in ("vi", "en"):
            assert explain(finding.code, finding.values, language)


def refused(refusal: SourceRefused) -> None:
    for language in ("vi", "en"):
        assert {refusal.code, f"{refusal.code}.remedy"} <= set(catalogue(language)), refusal.code


def read_whole(path: Path) -> None:
    """Rows and findings, or a refusal; nothing else. Bytes in it can be had, or are said to be damaged."""
    folder = path if path.is_dir() else path.parent
    try:
        with opened(path) as source:
            known = {table.name: {column.name for column in table.columns} for table in source.tables()}
            for row in source.rows():
                assert set(row.cells) == known[row.table]
                for cell in islice((one for one in row.cells.values() if isinstance(one, Blob)), 3):
                    _reached(folder, cell)
            told(source.findings())
            source.encodings()
    except SourceRefused as refusal:
        refused(refusal)


def _reached(folder: Path, blob: Blob) -> None:
    try:
        content(folder, blob.locator, 1 << 22)
    except IntegrityError:
        return


def outcomes(look: Callable[[int], None], seeds: range, crashes: bool = False) -> Iterator[tuple[int, str]]:
    """(seed, what went wrong) of looks that neither came to an end nor to a refusal. `crashes`: an engine of the look may
    crash on what is hostile, which is why looks have a process of their own."""
    for seed in seeds:
        if (failure := _apart(look, seed)) and not (crashes and failure.startswith("signal")):
            yield seed, failure


def _apart(look: Callable[[int], None], seed: int) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _look_and_leave(look, seed, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        failure = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else failure


def _look_and_leave(look: Callable[[int], None], seed: int, writing: int) -> None:
    try:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        signal.alarm(3 * SECONDS)
        look(seed)
    except BaseException:
        os.write(writing, traceback.format_exc()[-3000:].encode())
    finally:
        os._exit(0)
