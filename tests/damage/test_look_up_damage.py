"""Damage under the look-up: said as damage, with its own page, to those who may see; still hidden from others."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.errors import IntegrityError
from archive.wiring_read import Archive
from tests import homes
from tests.architecture.test_routes import FOREIGN, OWN, sign_in
from tests.sinks import MemorySink


@pytest.fixture
def settings(tmp_path):
    settings = homes.build(tmp_path, dossiers=homes.DOSSIERS[:1] + homes.DOSSIERS[2:3])
    homes.add_account(settings, "lan", homes.UNIT_A.code)
    return settings


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scramble(path: Path) -> None:
    path.write_bytes(b"\xff\xd8" + bytes(200) + b"\xff\xd9")


PAGE, IMAGE, ORIGINAL = f"/item/{OWN}?page=1", f"/item/{OWN}/page/1/image?w=900", f"/item/{OWN}/original/0"


@pytest.mark.parametrize(
    ("pattern", "address", "code", "damages"),
    [
        ("renditions/*/*/*/0000.json.gz", PAGE, "damaged_page", (cut, flip, empty, Path.unlink)),
        ("renditions/*/*/*/0000.jpg", IMAGE, "damaged_page", (cut, flip, empty, scramble, Path.unlink)),
        ("holdings/**/original/*", ORIGINAL, "damaged_original", (cut, flip, empty, Path.unlink)),
        ("holdings/**/inventory.json.sha512", ORIGINAL, "damaged_original", (empty, Path.unlink)),
    ],
)
def test_damage_has_its_own_page_and_is_never_not_found(settings, pattern, address, code, damages):
    client = sign_in(homes.app(settings), "lan")
    files = {path: path.read_bytes() for path in settings.home.glob(pattern)}
    assert files and client.get(address).status_code == 200
    hidden = client.get(address.replace(OWN, FOREIGN))
    for damage in damages:
        for path, content in files.items():
            path.parent.chmod(0o755)
            path.write_bytes(content)
            damage(path)
        answer = client.get(address)
        assert answer.status_code == 500, damage
        assert f"500 {code}." in answer.text and "Dữ liệu trong kho bị hỏng" in answer.text, damage
        assert str(settings.home) not in answer.text and "</html>" in answer.text
        assert client.get(address.replace(OWN, FOREIGN)).data == hidden.data and hidden.status_code == 404


@pytest.mark.parametrize("column", ["item.body", "dossier.body", "page.text"])
def test_a_damaged_catalogue_is_said_to_be_one(settings, column):
    archive = Archive(settings, MemorySink())
    reader, actor = archive.reader(), archive.operator()
    table, name = column.split(".")
    path = next(settings.published.glob("generations/*/catalogue/catalogue.sqlite"))
    path.chmod(0o644)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE {table} SET {name} = substr({name}, 1, length({name}) - 3)")
    with pytest.raises(IntegrityError, match="damaged_catalogue"), ThreadPoolExecutor(1) as other:
        other.submit(reader.item, actor, OWN).result()  # each thread opens the file anew
        other.submit(reader.hit_pages, actor, OWN, "dat").result()


def test_a_catalogue_that_is_none_is_no_defect_of_ours(settings):
    client = sign_in(homes.app(settings), "lan")
    path = next(settings.published.glob("generations/*/catalogue/catalogue.sqlite"))
    path.chmod(0o644)
    path.write_bytes(b"\0" * path.stat().st_size)
    answer = client.get(f"/item/{OWN}")
    assert answer.status_code == 500 and "Dữ liệu trong kho bị hỏng" in answer.text
    assert str(settings.home) not in answer.text
