"""An original file is never covered, so whoever may not see a personal number in it does not get it."""

from dataclasses import replace

import pytest

from archive.errors import Withheld
from archive.holdings.renditions_writer import RenditionsWriter
from archive.model import Word
from archive.rights.access import Actor, Grant
from archive.wiring_read import Archive
from tests import homes
from tests.sinks import MemorySink

LETTERS = (homes.Letter("15/QĐ-UBND", "2014-03-18", "Quyết định", "thu hồi đất", "Hồ Lộc", (homes.LAND,)),)
ITEM = f"{homes.FONDS_A.code}:DD.2014:001"
LAN = Actor("lan", grants=(Grant(homes.FONDS_A.unit.code),))


@pytest.fixture
def settings(tmp_path):
    return homes.build(tmp_path, dossiers=((homes.FONDS_A, "DD.2014", "Đất đai", "", LETTERS),))


def stamp(settings, text: str) -> None:
    """Put a stamp with this text on the document's page."""
    page = Archive(settings, MemorySink()).reader().item(LAN, ITEM).item.pages[0].rendition
    writer = RenditionsWriter(settings.renditions)
    stamped = replace(writer.reading(page), stamps=(Word(text, (10, 10, 90, 30), 90.0),))
    writer.put(page, stamped, writer.image_path(page).read_bytes())


@pytest.mark.parametrize(("text", "given"), [("0912345678", False), ("CÔNG VĂN ĐẾN", True)])
def test_a_number_in_a_stamp_holds_the_original_back(settings, text, given):
    stamp(settings, text)
    reader = Archive(settings, MemorySink()).reader()
    if given:
        assert b"".join(reader.original(LAN, ITEM, 0).chunks()).startswith(b"%PDF")
    else:
        with pytest.raises(Withheld):
            reader.original(LAN, ITEM, 0)
