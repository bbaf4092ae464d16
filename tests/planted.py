"""Damage to plant in a home, 40 kinds and more; each knows what `kho verify` has to name: exactly that, and only once.

`plant(home, kind, chance)` does it at a place drawn by `chance` and returns the findings expected: (code without prefix,
file, other file or ""). A place is drawn among all of the home that the kind fits.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from archive.holdings import package
from archive.holdings.store import Holdings
from archive.settings import Settings

Expected = list[tuple[str, str, str]]
Kind = Callable[[Settings, random.Random], Expected]
KINDS: dict[str, Kind] = {}


def kind(function: Kind) -> Kind:
    KINDS[function.__name__] = function
    return function


def plant(settings: Settings, name: str, chance: random.Random) -> Expected:
    return KINDS[name](settings, chance)


# --------------------------------------------------------------------------- places


def roots(settings: Settings) -> list[Path]:
    return list(Holdings(settings.holdings).object_roots())


def below(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.holdings).as_posix()


def contents(settings: Settings, pattern: str = "v*/content/**/*") -> list[Path]:
    found = [path for root in roots(settings) for path in sorted(root.glob(pattern)) if path.is_file()]
    assert found, pattern
    return found


def originals(settings: Settings) -> list[Path]:
    return contents(settings, "v*/content/original/*")


def in_versions(settings: Settings, least: int = 1) -> list[Path]:
    return [root for root in roots(settings) if (root / f"v{least}").is_dir()]


def turn_bit(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    path.chmod(path.stat().st_mode | 0o200)
    path.write_bytes(content)


# --------------------------------------------------------------------------- content


@kind
def bit_turned(settings, chance):
    path = chance.choice(contents(settings))
    turn_bit(path, chance)
    return [("changed", below(settings, path), "")]


@kind
def block_of_zeros(settings, chance):
    path = chance.choice(originals(settings))
    content = bytearray(path.read_bytes())
    start = chance.randrange(len(content) - 8)
    content[start : start + 8] = bytes(8)
    path.write_bytes(content)
    return [("changed", below(settings, path), "")]


@kind
def byte_appended(settings, chance):
    path = chance.choice(contents(settings))
    path.write_bytes(path.read_bytes() + bytes([chance.randrange(256)]))
    return [("changed", below(settings, path), "")]


@kind
def byte_put_before(settings, chance):
    path = chance.choice(contents(settings))
    path.write_bytes(bytes([chance.randrange(256)]) + path.read_bytes())
    return [("changed", below(settings, path), "")]


@kind
def cut_short(settings, chance):
    path = chance.choice(originals(settings))
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(1, len(content))])
    return [("truncated", below(settings, path), "")]


@kind
def emptied(settings, chance):
    path = chance.choice(contents(settings))
    path.write_bytes(b"")
    return [("truncated", below(settings, path), "")]


@kind
def replaced_by_another_file(settings, chance):
    path = chance.choice(originals(settings))
    path.write_bytes(chance.randbytes(path.stat().st_size))
    return [("changed", below(settings, path), "")]


@kind
def deleted(settings, chance):
    path = chance.choice(contents(settings))
    path.unlink()
    return [("missing", below(settings, path), "")]


@kind
def renamed(settings, chance):
    path = chance.choice(contents(settings))
    to = path.with_name("khác.bin")
    path.rename(to)
    return [("renamed", below(settings, path), below(settings, to))]


@kind
def case_changed(settings, chance):
    path = chance.choice(contents(settings))
    to = path.with_name(path.name.swapcase())
    path.rename(to)
    return [("renamed", below(settings, path), below(settings, to))]


@kind
def moved_up_a_folder(settings, chance):
    path = chance.choice(originals(settings))
    to = path.parents[1] / path.name
    path.rename(to)
    return [("renamed", below(settings, path), below(settings, to))]


@kind
def moved_to_another_package(settings, chance):
    path = chance.choice(originals(settings))
    mine = next(root for root in roots(settings) if root in path.parents)
    other = chance.choice([root for root in roots(settings) if root != mine])
    to = other / "v1" / "content" / "lạc.pdf"
    path.rename(to)
    return [("moved", below(settings, path), below(settings, to))]


@kind
def swapped(settings, chance):
    root = chance.choice(
        [root for root in roots(settings) if len(list(root.glob("v1/content/original/*"))) > 1]
    )
    one, two = sorted(chance.sample(sorted(root.glob("v1/content/original/*")), 2))
    _swap(one, two)
    return [("swapped", below(settings, one), below(settings, two))]


@kind
def swapped_between_packages(settings, chance):
    paths = [
        chance.choice(sorted(root.glob("v1/content/original/*")))
        for root in chance.sample(roots(settings), 2)
    ]
    one, two = sorted(paths, key=lambda path: below(settings, path))
    _swap(one, two)
    return [("swapped", below(settings, one), below(settings, two))]


def _swap(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second), two.write_bytes(first)


@kind
def overwritten_with_its_neighbour(settings, chance):
    root = chance.choice(
        [root for root in roots(settings) if len(list(root.glob("v1/content/original/*"))) > 1]
    )
    one, two = chance.sample(sorted(root.glob("v1/content/original/*")), 2)
    one.write_bytes(two.read_bytes() + b"\n")
    return [("changed", below(settings, one), "")]


@kind
def a_strange_file(settings, chance):
    path = chance.choice(contents(settings)).with_name("lạ.txt")
    path.write_bytes(b"x")
    return [("untracked", below(settings, path), "")]


@kind
def a_second_copy_of_a_file(settings, chance):
    path = chance.choice(contents(settings))
    shutil.copy(path, path.with_name("bản sao.bin"))
    return [("untracked", below(settings, path.with_name("bản sao.bin")), "")]


@kind
def a_strange_empty_folder(settings, chance):
    path = chance.choice(contents(settings)).with_name("rỗng")
    path.mkdir()
    return [("empty_folder", below(settings, path), "")]


@kind
def a_link_in_place_of_a_file(settings, chance):
    path = chance.choice(contents(settings))
    outside = settings.home.parent / f"outside-{chance.randrange(10**9)}"
    path.rename(outside)
    path.symlink_to(outside)
    return [("link", below(settings, path), "")]


@kind
def a_dead_link_in_place_of_a_file(settings, chance):
    path = chance.choice(contents(settings))
    path.unlink()
    path.symlink_to("/nowhere/at/all")
    return [("link", below(settings, path), "")]


@kind
def a_pipe(settings, chance):
    path = chance.choice(contents(settings)).with_name("pipe")
    os.mkfifo(path)
    return [("link", below(settings, path), "")]


@kind
def an_empty_folder_in_place_of_a_file(settings, chance):
    path = chance.choice(contents(settings))
    path.unlink()
    path.mkdir()
    return [("missing", below(settings, path), "")]


# --------------------------------------------------------------------------- structure


@kind
def declaration_gone(settings, chance):
    path = chance.choice(roots(settings)) / package.OBJECT_DECLARATION[0]
    path.unlink()
    return [("declaration", below(settings, path), "")]


@kind
def declaration_changed(settings, chance):
    path = chance.choice(roots(settings)) / package.OBJECT_DECLARATION[0]
    turn_bit(path, chance)
    return [("declaration", below(settings, path), "")]


@kind
def inventory_gone(settings, chance):
    path = chance.choice(roots(settings)) / package.INVENTORY
    path.unlink()
    return [("missing", below(settings, path), "")]


@kind
def inventory_changed(settings, chance):
    path = chance.choice(roots(settings)) / package.INVENTORY
    turn_bit(path, chance)
    return [("inventory_changed", below(settings, path), "")]


@kind
def inventory_of_an_earlier_version_changed(settings, chance):
    path = chance.choice(in_versions(settings, 2)) / "v1" / package.INVENTORY
    turn_bit(path, chance)
    return [("inventory_changed", below(settings, path), "")]


@kind
def inventory_of_the_newest_version_changed(settings, chance):
    root = chance.choice(roots(settings))
    path = max(root.glob("v*")) / package.INVENTORY
    turn_bit(path, chance)
    return [("inventory_differs", below(settings, path), "")]


@kind
def sidecar_gone(settings, chance):
    path = chance.choice(roots(settings)) / package.SIDECAR
    path.unlink()
    return [("missing", below(settings, path), "")]


@kind
def sidecar_changed(settings, chance):
    root = chance.choice(roots(settings))
    path = chance.choice([root, *sorted(root.glob("v*"))]) / package.SIDECAR
    turn_bit(path, chance)
    return [("sidecar_changed", below(settings, path), "")]


@kind
def version_folder_gone(settings, chance):
    path = chance.choice(in_versions(settings, 2)) / "v1"
    shutil.rmtree(path)
    return [("missing", below(settings, path), "")]


@kind
def version_folder_behind_a_link(settings, chance):
    path = chance.choice(roots(settings)) / "v1"
    outside = settings.home.parent / f"outside-{chance.randrange(10**9)}"
    path.rename(outside)
    path.symlink_to(outside)
    return [("link", below(settings, path), "")]


@kind
def a_strange_file_beside_the_versions(settings, chance):
    path = chance.choice(roots(settings)) / "Thumbs.db"
    path.write_bytes(b"x")
    return [("untracked", below(settings, path), "")]


@kind
def a_strange_file_in_a_version(settings, chance):
    path = chance.choice(roots(settings)) / "v1" / "desktop.ini"
    path.write_bytes(b"x")
    return [("untracked", below(settings, path), "")]


@kind
def set_back(settings, chance):
    root = chance.choice(in_versions(settings, 2))
    for name in (package.INVENTORY, package.SIDECAR):
        shutil.copy(root / "v1" / name, root / name)
    shutil.rmtree(root / "v2")
    return [("rolled_back", below(settings, root), "")]


@kind
def set_back_but_for_its_folder(settings, chance):
    root = chance.choice(in_versions(settings, 2))
    for name in (package.INVENTORY, package.SIDECAR):
        shutil.copy(root / "v1" / name, root / name)
    return [("rolled_back", below(settings, root), "")]


@kind
def written_anew(settings, chance):
    root = chance.choice(roots(settings))
    newest = max(root.glob("v*"))
    content = (root / package.INVENTORY).read_bytes().replace(b" dossier", b" d0ssier")
    for folder in (root, newest):
        (folder / package.INVENTORY).write_bytes(content)
        (folder / package.SIDECAR).write_bytes(package.sidecar(content))
    return [("rewritten", below(settings, root), "")]


# --------------------------------------------------------------------------- packages


@kind
def package_gone(settings, chance):
    root = chance.choice(roots(settings))
    shutil.rmtree(root)
    return [("vanished", below(settings, root), "")]


@kind
def package_gone_with_its_folders(settings, chance):
    root = chance.choice(roots(settings))
    shutil.rmtree(root.parents[2])
    return [("vanished", below(settings, root), "")]


@kind
def package_misplaced(settings, chance):
    root = chance.choice(roots(settings))
    to = settings.holdings / "000" / "111" / "222" / root.name
    to.parent.mkdir(parents=True)
    root.rename(to)
    return [("misplaced", below(settings, to), below(settings, root))]


@kind
def package_renamed(settings, chance):
    root = chance.choice(roots(settings))
    to = root.with_name(root.name[:-3] + ".cũ")
    root.rename(to)
    return [("misplaced", below(settings, to), below(settings, root))]


@kind
def package_put_twice(settings, chance):
    root = chance.choice(roots(settings))
    to = root.with_name(root.name + " (2)")
    shutil.copytree(root, to)
    return [("copied", below(settings, to), below(settings, root))]


@kind
def packages_exchanged(settings, chance):
    one, two = sorted(chance.sample(roots(settings), 2), key=lambda root: below(settings, root))
    aside = settings.home.parent / "aside"
    one.rename(aside), two.rename(one), aside.rename(two)
    return [("packages_swapped", below(settings, one), below(settings, two))]


@kind
def a_strange_file_between_packages(settings, chance):
    path = chance.choice(roots(settings)).parents[chance.randrange(3)] / "lạ.txt"
    path.write_bytes(b"x")
    return [("untracked", below(settings, path), "")]


@kind
def an_empty_folder_between_packages(settings, chance):
    path = settings.holdings / "0a0" / "0b0"
    path.mkdir(parents=True)
    return [("empty_folder", below(settings, path), "")]


@kind
def a_strange_file_beside_the_declaration(settings, chance):
    path = settings.holdings / f"lạ-{chance.randrange(100)}.txt"
    path.write_bytes(b"x")
    return [("untracked", below(settings, path), "")]


@kind
def layout_changed(settings, chance):
    path = settings.holdings / chance.choice([*package.ROOT_FILES, package.ROOT_DECLARATION[0]])
    turn_bit(path, chance)
    return [("declaration", below(settings, path), "")]


# --------------------------------------------------------------------------- pages and generations


def _pages(settings: Settings, ending: str) -> list[Path]:
    return sorted(settings.renditions.rglob(f"*{ending}"))


def _shown(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.home).as_posix()


@kind
def page_file_changed(settings, chance):
    path = chance.choice(_pages(settings, chance.choice([".jpg", ".json.gz"])))
    turn_bit(path, chance)
    return [("page_damaged", _shown(settings, path), "")]


@kind
def page_file_gone(settings, chance):
    path = chance.choice(_pages(settings, chance.choice([".jpg", ".json.gz"])))
    path.unlink()
    return [("page_missing", _shown(settings, path), "")]


@kind
def a_page_that_passes_for_another(settings, chance):
    one, two = chance.sample(_pages(settings, ".json.gz"), 2)
    for ending in (".json.gz", ".jpg"):
        name = one.name.replace(".json.gz", ending)
        shutil.copy(two.with_name(two.name.replace(".json.gz", ending)), one.with_name(name))
    return [("page_damaged", _shown(settings, one), "")]


def _generation(settings: Settings) -> list[Path]:
    folder = settings.published / "generations"
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.parent != folder]
    for path in found:
        path.parent.chmod(0o755)
    return found


def _of_generation(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.published / "generations").as_posix()


@kind
def generation_file_changed(settings, chance):
    path = chance.choice(_generation(settings))
    turn_bit(path, chance)
    return [("generation_changed", _of_generation(settings, path), "")]


@kind
def generation_file_gone(settings, chance):
    path = chance.choice(_generation(settings))
    path.unlink()
    return [("generation_missing", _of_generation(settings, path), "")]


@kind
def generation_file_renamed(settings, chance):
    path = chance.choice(_generation(settings))
    to = path.with_name("x.bin")
    path.rename(to)
    return [("generation_renamed", _of_generation(settings, path), _of_generation(settings, to))]


@kind
def generation_link_broken(settings, chance):
    link = settings.published / "current"
    link.unlink()
    link.symlink_to("generations/000099")
    return [("generation_current", "published/current", "")]
