"""Readings and page images: nothing damaged is handed out, what is forgotten stays forgotten."""

import gzip
import json

import pytest

from archive import durable
from archive.errors import IntegrityError, NotFound
from archive.holdings import renditions
from archive.holdings.renditions_writer import RenditionsWriter
from tests import dossiers

PAGE = "test-1/" + "a" * 64 + "/0000"
IMAGE = b"\xff\xd8 a page image \xff\xd9"
READING = dossiers.reading("Quyết định thu hồi đất")


@pytest.fixture
def kept(tmp_path):
    kept = RenditionsWriter(tmp_path)
    kept.put(PAGE, READING, IMAGE)
    return kept


def file_of(kept, suffix):
    return next(kept.root.rglob("*" + suffix))


def flips(content):
    """The content with one bit flipped, for every byte."""
    for place in range(len(content)):
        yield content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]


def test_what_is_kept_reads_back(kept):
    assert kept.reading(PAGE) == READING
    assert kept.image_path(PAGE).read_bytes() == IMAGE
    assert kept.check(PAGE) and kept.has(PAGE)


def test_every_flipped_byte_of_an_image_is_damage(kept):
    path = file_of(kept, ".jpg")
    for damaged in flips(IMAGE):
        path.write_bytes(damaged)
        for ask in (kept.image_path, kept.check):
            with pytest.raises(IntegrityError) as caught:
                ask(PAGE)
            assert caught.value.values == {"path": str(path)}
        assert not kept.has(PAGE)
    path.unlink()
    with pytest.raises(IntegrityError):
        kept.check(PAGE)
    assert kept.reading(PAGE) == READING


def test_a_flipped_byte_of_a_reading_is_damage_or_changes_nothing(kept):
    """Only the time and system of origin in the gzip header may differ: six bytes that say nothing of the page."""
    path, unnoticed = file_of(kept, ".gz"), 0
    for damaged in [*flips(path.read_bytes()), b"", path.read_bytes()[:-1]]:
        path.write_bytes(damaged)
        try:
            assert kept.reading(PAGE) == READING
            unnoticed += 1
        except IntegrityError as error:
            assert error.values == {"path": str(path)} and not kept.has(PAGE)
            with pytest.raises(IntegrityError):
                kept.check_reading(PAGE)
    assert unnoticed <= 6


def test_another_reading_with_a_good_checksum_is_damage(kept):
    path = file_of(kept, ".gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace("đất".encode(), b"nha")))
    with pytest.raises(IntegrityError):
        kept.reading(PAGE)


def test_a_page_never_read_is_not_found(tmp_path):
    for ask in ("reading", "image_path", "check", "check_reading"):
        with pytest.raises(NotFound):
            getattr(RenditionsWriter(tmp_path), ask)(PAGE)


def test_a_reading_without_digests_is_still_read_and_said_to_have_none(kept):
    plain = gzip.decompress(file_of(kept, ".gz").read_bytes()).partition(b"\n")[2]
    file_of(kept, ".gz").write_bytes(gzip.compress(plain))
    assert kept.reading(PAGE) == READING and kept.has(PAGE)
    assert kept.check(PAGE) is False
    file_of(kept, ".jpg").write_bytes(IMAGE[:-1])
    with pytest.raises(IntegrityError):
        kept.image_path(PAGE)


def test_the_digests_can_be_checked_without_this_software(kept):
    first, said = gzip.decompress(file_of(kept, ".gz").read_bytes()).split(b"\n")
    assert json.loads(first).keys() == {"image", "reading", "page"}
    assert json.loads(said)["width"] == READING.width


def test_a_page_is_checked_once_by_a_writer(kept, monkeypatch):
    assert kept.has(PAGE)
    monkeypatch.setattr(renditions.Renditions, "check", None)
    assert kept.has(PAGE)
    kept.discard_file(PAGE.split("/")[1])
    assert not kept.has(PAGE)


def test_a_discarded_file_is_gone_for_good_with_its_marks(tmp_path, monkeypatch):
    kept = RenditionsWriter(tmp_path)
    kept.put(PAGE, dossiers.reading("chữ"), b"\xff\xd8", failed=True)
    steps = []
    monkeypatch.setattr(durable, "reached", steps.append)
    kept.discard_file(PAGE.split("/")[1])
    assert steps == ["remove", "fsync-folder"]
    assert not kept.has(PAGE) and not kept.failed(PAGE)
    kept.discard_file(PAGE.split("/")[1])
