"""Damaged page images and readings: the same ingest makes them anew, the dossier stays as it was."""

from pathlib import Path

from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from tests import scans
from tests.digests import holdings_digest


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def test_damaged_pages_are_read_again_by_the_same_ingest(settings, tmp_path):
    home, folder = scans.new_home(settings), scans.sample_batch(tmp_path / "dot-1")
    first, _ = scans.ingest(home, folder)
    before = holdings_digest(Holdings(home.holdings))
    images, readings = sorted(home.renditions.rglob("*.jpg")), sorted(home.renditions.rglob("*.json.gz"))
    flip(images[0])
    images[1].unlink()
    flip(readings[2])
    readings[3].unlink()
    again, report = scans.ingest(home, folder)
    assert again.pages_read == 4 < first.pages_read and report.balanced
    assert holdings_digest(Holdings(home.holdings)) == before
    kept = Renditions(home.renditions)
    for item in (item for id_ in Holdings(home.holdings).dossiers() for item in _items(home, id_)):
        assert all(kept.check(page.rendition) for page in item.pages)


def _items(home, dossier_id):
    return Holdings(home.holdings).dossier(dossier_id).items
