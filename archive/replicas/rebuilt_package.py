"""One package built anew from two copies of it, each file from where it is sound. The result is checked as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from archive import durable
from archive.errors import IntegrityError
from archive.holdings import ocfl_rules, package, package_check
from archive.holdings.package import Inventory


class Incomplete(Exception):
    """`path` is sound nowhere; "" when the newest inventory is nowhere."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def build(staged: Path, ours: Path, theirs: Path, state: str, room: Callable[[int], None]) -> list[str]:
    """Build the package of this `state` ("": the newest that can be read) in `staged`; returns what came from `theirs`.

    `room` is told how many bytes are to be copied and may raise. Raises Incomplete.
    """
    content = _newest(ours, theirs, state)
    inventory = package.parse_inventory(content)
    digests = {path: digest for digest, paths in inventory.manifest.items() for path in paths}
    foreign = [path for path, digest in sorted(digests.items()) if _sha512(ours / path) != digest]
    room(sum((theirs / path).stat().st_size for path in foreign if (theirs / path).is_file()))
    durable.remove_tree(staged)
    for path, digest in sorted(digests.items()):
        durable.make_folder((staged / path).parent)
        if path in foreign:
            _copy(theirs / path, staged / path, digest, path)
        else:
            durable.share_file(ours / path, staged / path)
    _write_inventories(staged, ours, theirs, inventory, content)
    durable.write_synced(staged / package.OBJECT_DECLARATION[0], package.OBJECT_DECLARATION[1])
    durable.fsync_tree(staged)
    faults = package_check.check(staged).findings
    if faults:
        raise Incomplete(faults[0].file or "?")
    return foreign


def _newest(ours: Path, theirs: Path, state: str) -> bytes:
    """The bytes of the inventory wanted, wherever they lie; read-only copies of it are in the version folders too."""
    for root in (ours, theirs):
        try:
            wanted = state or package.read_inventory(root)[1]
        except (IntegrityError, OSError):
            continue
        for path in _inventories(root):
            content = path.read_bytes()
            if hashlib.sha512(content).hexdigest() == wanted:
                return content
    raise Incomplete("")


def _inventories(root: Path) -> Iterator[Path]:
    paths = [root / package.INVENTORY, *sorted(root.glob(f"v*/{package.INVENTORY}"))]
    return (path for path in paths if path.is_file() and not path.is_symlink())


def _write_inventories(staged: Path, ours: Path, theirs: Path, inventory: Inventory, content: bytes) -> None:
    """That of the newest version in its folder and in the root; those of earlier ones as they were."""
    for number in range(1, inventory.head + 1):
        folder = staged / f"v{number}"
        found = content if number == inventory.head else _earlier(ours, theirs, number, content)
        durable.make_folder(folder)
        _with_sidecar(folder, found)
    _with_sidecar(staged, content)


def _with_sidecar(folder: Path, content: bytes) -> None:
    durable.write_synced(folder / package.INVENTORY, content)
    durable.write_synced(folder / package.SIDECAR, package.sidecar(content))


def _earlier(ours: Path, theirs: Path, number: int, newest: bytes) -> bytes:
    name = f"v{number}/{package.INVENTORY}"
    for root in (ours, theirs):
        try:
            content = (root / name).read_bytes()
            stated = (root / name).with_name(package.SIDECAR).read_bytes()
            broken = list(ocfl_rules.check_earlier(json.loads(content), json.loads(newest), f"v{number}"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if stated == package.sidecar(content) and not broken:
            return content
    raise Incomplete(name)


def _copy(source: Path, target: Path, digest: str, path: str) -> None:
    if not source.is_file() or source.is_symlink() or durable.copy_file(source, target).sha512 != digest:
        raise Incomplete(path)


def _sha512(path: Path) -> str:
    """Empty for what is no plain file or cannot be read."""
    try:
        if path.is_symlink():
            return ""
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha512").hexdigest()
    except OSError:
        return ""
