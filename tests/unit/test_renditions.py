"""Readings and page images: what is forgotten stays forgotten."""

from archive import durable
from archive.renditions_writer import RenditionsWriter
from tests import dossiers


def test_a_discarded_page_is_gone_for_good_with_its_mark(tmp_path, monkeypatch):
    renditions, page = RenditionsWriter(tmp_path), "test-1/" + "a" * 64 + "/0000"
    renditions.put(page, dossiers.reading("chữ"), b"\xff\xd8", failed=True)
    steps = []
    monkeypatch.setattr(durable, "reached", steps.append)
    renditions.discard(page)
    assert steps == ["remove", "fsync-folder"] * 3
    assert not renditions.has(page) and not renditions.failed(page)
    renditions.discard(page)
