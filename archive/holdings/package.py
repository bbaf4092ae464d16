"""Layout of one preserved package: an OCFL 1.1 object, read and described here without touching the disk.

FORMAT.md shows the bytes. The root sidecar is the commit point of a version: a version counts once the
sidecar names its inventory.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive import ids, serial
from archive.errors import IntegrityError, UsageError

OBJECT_DECLARATION = ("0=ocfl_object_1.1", b"ocfl_object_1.1\n")
ROOT_DECLARATION = ("0=ocfl_1.1", b"ocfl_1.1\n")
INVENTORY_TYPE = "https://ocfl.io/1.1/spec/#inventory"
INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha512"
LAYOUT = {
    "extensionName": "0004-hashed-n-tuple-storage-layout",
    "digestAlgorithm": "sha256",
    "tupleSize": 3,
    "numberOfTuples": 3,
    "shortObjectRoot": False,
}
ROOT_FILES = {
    f"extensions/{LAYOUT['extensionName']}/config.json": serial.dumps(LAYOUT),
    "ocfl_layout.json": serial.dumps(
        {"extension": LAYOUT["extensionName"], "description": "See FORMAT.md of Kho"}
    ),
}
"""What lies in the storage root beside its declaration, to the byte."""
DESCRIPTION = "description.json"
EVENTS = "events.json"
ORIGINALS = "original/"


@dataclass(frozen=True)
class NewFile:
    """A received file to keep: its logical path, where its bytes are now, and what they must hash to."""

    logical: str
    source: Path
    sha256: str
    sha512: str | None = None


@dataclass(frozen=True)
class Inventory:
    """An OCFL inventory. `manifest` maps sha512 -> content paths, `fixity` sha256 -> content paths."""

    id: str
    head: int
    manifest: Mapping[str, tuple[str, ...]]
    versions: Mapping[str, Mapping[str, Any]]
    fixity: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def state(self) -> dict[str, str]:
        """Logical path -> sha512 in the newest version."""
        newest = self.versions[f"v{self.head}"]["state"]
        return {logical: digest for digest, paths in newest.items() for logical in paths}

    def at(self, number: int) -> Inventory:
        """The inventory as it was with version `number` as the newest."""
        return replace(self, head=number)

    def content_path(self, logical: str) -> str:
        """Where the bytes of a logical path lie below the object root. Raises KeyError."""
        return self.manifest[self.state[logical]][0]

    def sha256s(self) -> dict[str, str]:
        """sha256 -> sha512 of every original held, in any version."""
        by_path = {path: digest for digest, paths in self.manifest.items() for path in paths}
        return {sha256: by_path[paths[0]] for sha256, paths in self.fixity.items() if paths[0] in by_path}

    def grown(
        self, contents: Mapping[str, str], state: Mapping[str, str], sha256s: Mapping[str, str], **about: Any
    ):
        """The inventory of the next version.

        `contents`: new content path -> sha512; `state`: logical path -> sha512, the whole new version;
        `sha256s`: new content path -> sha256; `about`: created, message, user.
        """
        head = self.head + 1
        return Inventory(
            self.id,
            head,
            _grouped(self.manifest, contents),
            {**self.versions, f"v{head}": {**about, "state": _grouped({}, state)}},
            _grouped(self.fixity, sha256s),
        )

    def dumps(self) -> bytes:
        plain: dict[str, Any] = {
            "id": self.id,
            "type": INVENTORY_TYPE,
            "digestAlgorithm": "sha512",
            "head": f"v{self.head}",
            "manifest": self.manifest,
            "versions": self.versions,
        }
        if self.fixity:
            plain["fixity"] = {"sha256": self.fixity}
        return (json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def first_inventory(object_id: str) -> Inventory:
    """The inventory before any version, to be grown."""
    return Inventory(object_id, 0, {}, {})


def _grouped(known: Mapping[str, Iterable[str]], paths: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Digest -> sorted paths, `paths` (path -> digest) added to `known`."""
    grouped = {digest: set(names) for digest, names in known.items()}
    for path, digest in paths.items():
        grouped.setdefault(digest, set()).add(path)
    return {digest: tuple(sorted(names)) for digest, names in grouped.items()}


def parse_inventory(content: bytes) -> Inventory:
    """Raises ValueError, KeyError or TypeError on anything that is no inventory of ours."""
    plain = json.loads(content)
    return Inventory(
        plain["id"],
        int(plain["head"].removeprefix("v")),
        {digest: tuple(paths) for digest, paths in plain["manifest"].items()},
        plain["versions"],
        {digest: tuple(paths) for digest, paths in plain.get("fixity", {}).get("sha256", {}).items()},
    )


def sidecar(inventory: bytes) -> bytes:
    return f"{hashlib.sha512(inventory).hexdigest()} {INVENTORY}\n".encode()


def read_state(root: Path) -> str:
    """The committed state of an object: the inventory digest that its root sidecar names."""
    try:
        words = (root / SIDECAR).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise IntegrityError("storage.sidecar_unreadable", path=root) from error
    if len(words) != 2 or not re.fullmatch(r"[0-9a-f]{128}", words[0]):
        raise IntegrityError("storage.sidecar_unreadable", path=root)
    return words[0]


def read_inventory(root: Path) -> tuple[Inventory, str]:
    """(inventory, state) of the committed version.

    Between the two renames that end a new version the root inventory is ahead of the sidecar; the version
    folder then still holds the inventory the sidecar names. Raises IntegrityError when none matches.
    """
    state = read_state(root)
    copies = sorted(root.glob(f"v*/{INVENTORY}"), key=lambda path: -version_number(path.parent.name))
    for path in [root / INVENTORY, *copies]:
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha512(content).hexdigest() == state:
            try:
                return parse_inventory(content), state
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise IntegrityError("storage.inventory_unreadable", path=root) from error
    raise IntegrityError("storage.inventory_changed", path=root / INVENTORY)


def version_number(folder: str) -> int:
    """3 for "v3"; 0 for a name that is no version folder."""
    return int(folder[1:]) if re.fullmatch(r"v[1-9]\d*", folder) else 0


def is_object_folder(name: str) -> bool:
    """Is this the name of a package's folder: the SHA-256 of its id?"""
    return re.fullmatch(r"[0-9a-f]{64}", name) is not None


# --------------------------------------------------------------------------- names


def original_path(name: str, taken: Collection[str] = ()) -> str:
    """Logical path for a file received as `name` (slashes separate folders), different from all in `taken`."""
    segments = [_segment(part) for part in name.split("/") if part]
    path = ORIGINALS + "/".join(segments or ["_"])
    return unused(path, taken)


def _segment(part: str) -> str:
    """The name as received; what UTF-8 or OCFL cannot hold is replaced."""
    part = part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return {".": "_", "..": "__"}.get(part, part)


def checked_logical(path: str) -> str:
    """`path` if OCFL allows it as a logical path, else UsageError."""
    if any(part in ("", ".", "..") for part in path.split("/")) or path in (DESCRIPTION, EVENTS):
        raise UsageError("storage.bad_path", value=path)
    return path


def content_path(version: int, logical: str, taken: Collection[str]) -> str:
    """A readable content path that every file system can hold, unique also where case or NFC/NFD do not count.

    `taken` holds the results of `path_key` for the content paths of the same version.
    """
    safe = "/".join(ids.safe_name(part) for part in logical.split("/"))
    return unused(f"v{version}/content/{safe}", taken, path_key)


def path_key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def unused(path: str, taken: Collection[str], key=lambda path: path) -> str:
    """`path`, or the next of "name~2.pdf", "name~3.pdf" … whose `key` is not in `taken`."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    stem, ending = (stem, dot + suffix) if stem else (name, "")
    candidate, number = path, 1
    while key(candidate) in taken:
        number += 1
        candidate = f"{folder}{slash}{stem}~{number}{ending}"
    return candidate
