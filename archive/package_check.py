"""Checks one package byte by byte: OCFL structure, inventories, digests. Names every fault once, changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import ocfl_rules
from archive.model import Finding

_DECLARATION = re.compile(r"0=ocfl_object_(1\.[01])\Z")
_SIDECAR = re.compile(r"([0-9a-fA-F]+)\s+inventory\.json\s*\Z")
_FIXITY_ALGORITHMS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha512": "sha512",
    "blake2b-512": "blake2b",
}


@dataclass
class Checked:
    """Result for one object. `files` and `size` count what was read. Sound when no finding is an error."""

    findings: list[Finding] = field(default_factory=list)
    id: str = ""
    files: int = 0
    size: int = 0

    @property
    def sound(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)


def check(root: Path) -> Checked:
    """Every fault of the object at `root`; paths in findings are relative to it."""
    return _Check(root).run()


class _Check:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.result = Checked()
        self.stated: dict[str, str] = {}
        self.root_sound = True

    def run(self) -> Checked:
        self._links()
        self._declaration()
        self.stated = self._stated()
        before = len(self.result.findings)
        inventory = self._inventory("")
        self.root_sound = len(self.result.findings) == before
        inventory = self._trusted(inventory)
        if inventory is None:
            return self.result
        self.result.id = inventory["id"]
        self._object_folder(inventory)
        self._version_folders(inventory)
        self._contents(inventory)
        return self.result

    def _stated(self) -> dict[str, str]:
        """Folder ("" for the root) -> inventory digest its sidecar states; unreadable sidecars are left out."""
        stated = {}
        for path in [*self.root.glob("inventory.json.*"), *self.root.glob("v*/inventory.json.*")]:
            match = _SIDECAR.match((_bytes(path) or b"").decode("ascii", "replace"))
            if match:
                stated[self._name(path.parent).strip(".")] = match[1].lower()
        return stated

    def _trusted(self, inventory: dict | None) -> dict | None:
        """An inventory to hold the files against, so that damage to one copy is not blamed on the files.

        The root's when its digest is stated anywhere, else the newest version folder's sound copy.
        """
        copies = sorted(
            self.root.glob("v*/inventory.json"), key=lambda path: -ocfl_rules.number(path.parent.name)
        )
        for path in [self.root / "inventory.json", *copies]:
            content = _bytes(path) or b""
            if not set(_all_digests(content)) & set(self.stated.values()):
                continue
            try:
                candidate = json.loads(content)
            except ValueError:
                continue
            if not ocfl_rules.check_inventory(candidate):
                return candidate
        return inventory if not self.stated else None

    def _fault(self, kind: str, file: str, severity: Any = "error", **values: str) -> None:
        self.result.findings.append(Finding(f"fixity.{kind}", severity, file, values=values))

    # ----------------------------------------------------------------- structure

    def _links(self) -> None:
        for parent, folders, files in os.walk(self.root):
            for name in folders + files:
                path = Path(parent, name)
                if path.is_symlink():
                    self._fault("link", self._name(path))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _declaration(self) -> None:
        names = [path.name for path in self.root.iterdir() if path.name.startswith("0=")]
        match = _DECLARATION.match(names[0]) if len(names) == 1 else None
        if not match:
            self._fault("declaration", "0=ocfl_object_1.1", rule="E003")
        elif _bytes(self.root / names[0]) != f"ocfl_object_{match[1]}\n".encode():
            self._fault("declaration", names[0], rule="E007")

    def _object_folder(self, inventory: dict) -> None:
        """Nothing in the object root but what OCFL names; every version folder there, none too many."""
        algorithm = inventory["digestAlgorithm"]
        known = {"inventory.json", f"inventory.json.{algorithm}", "logs", *inventory["versions"]}
        for path in sorted(self.root.iterdir()):
            if path.name in known or path.name.startswith("0="):
                continue
            if path.name == "extensions" and path.is_dir():
                self._extensions(path)
            elif path.is_dir() and ocfl_rules.number(path.name) == len(inventory["versions"]) + 1:
                self._fault("unfinished", path.name, rule="E046")
            else:
                self._fault("untracked", path.name, rule="E001")
        for version in inventory["versions"]:
            if not (self.root / version).is_dir():
                self._fault("missing", version, rule="E010")

    def _extensions(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if not path.is_dir():
                self._fault("untracked", self._name(path), rule="E067")

    # ----------------------------------------------------------------- inventories

    def _inventory(self, folder: str) -> dict | None:
        """The parsed inventory in `folder` ("" for the object root); None when it is not usable."""
        path = self.root / folder / "inventory.json"
        name = self._name(path)
        content = _bytes(path)
        if content is None:
            self._fault("missing", name, rule="E063")
            return None
        try:
            inventory = json.loads(content)
        except ValueError:
            self._fault("inventory_changed", name, rule="E034")
            return None
        broken = ocfl_rules.check_inventory(inventory)
        algorithm = inventory.get("digestAlgorithm", "sha512") if isinstance(inventory, dict) else "sha512"
        if algorithm in ocfl_rules.CONTENT_ALGORITHMS and not self._sidecar(path, content, algorithm):
            return None
        for rule, value in broken:
            self._fault("inventory_invalid", name, rule=rule, value=value)
        return None if broken else inventory

    def _sidecar(self, inventory: Path, content: bytes, algorithm: str) -> bool:
        """False when the inventory itself was changed; a fault of the sidecar is reported and passed over."""
        path = inventory.with_name(f"inventory.json.{algorithm}")
        folder = self._name(path.parent).strip(".")
        digest = hashlib.new(algorithm, content).hexdigest()
        elsewhere = {value for where, value in self.stated.items() if where != folder}
        if not path.is_file():
            self._fault("missing", self._name(path), rule="E058")
        elif folder not in self.stated:
            self._fault("sidecar_changed", self._name(path), rule="E061")
        elif self.stated[folder] == digest:
            return True
        elif digest not in elsewhere:
            self._fault("inventory_changed", self._name(inventory), rule="E060")
            return False
        elif self.stated[folder] in elsewhere:
            self._fault("unfinished", self._name(path), rule="E060")
        else:
            self._fault("sidecar_changed", self._name(path), rule="E060")
        return True

    def _version_folders(self, newest: dict) -> None:
        for version in newest["versions"]:
            folder = self.root / version
            if not folder.is_dir():
                continue
            algorithms = tuple(f"inventory.json.{name}" for name in ocfl_rules.CONTENT_ALGORITHMS)
            allowed = {"inventory.json", *algorithms, newest.get("contentDirectory", "content")}
            for path in sorted(folder.iterdir()):
                if path.name not in allowed:
                    severity = "warning" if path.is_dir() else "error"
                    self._fault(
                        "untracked", self._name(path), severity, rule="W002" if path.is_dir() else "E015"
                    )
            if (folder / "inventory.json").is_file():
                self._version_inventory(version, newest)
            elif newest["head"] == version or any((folder / name).exists() for name in algorithms):
                self._fault("missing", f"{version}/inventory.json", "warning", rule="W010")

    def _version_inventory(self, version: str, newest: dict) -> None:
        name = f"{version}/inventory.json"
        if version == newest["head"]:
            if _bytes(self.root / name) != _bytes(self.root / "inventory.json"):
                if self.root_sound:
                    self._fault("inventory_differs", name, rule="E064")
                return
            self._sidecar(self.root / name, _bytes(self.root / name) or b"", newest["digestAlgorithm"])
            return
        inventory = self._inventory(version)
        if inventory:
            for rule, value in ocfl_rules.check_earlier(inventory, newest, version):
                self._fault("inventory_invalid", name, rule=rule, value=value)
            self._earlier_manifest(name, inventory, newest)

    def _earlier_manifest(self, name: str, earlier: dict, newest: dict) -> None:
        """An earlier manifest lists every file of its versions, with digests the files have."""
        listed = _by_path(earlier["manifest"])
        for path in sorted(_by_path(newest["manifest"])):
            version = path.partition("/")[0]
            if version in earlier["versions"] and path not in listed:
                self._fault("inventory_invalid", name, rule="E023", value=path)
        if earlier["digestAlgorithm"] == newest["digestAlgorithm"]:
            current = _by_path(newest["manifest"])
            wrong = [
                path for path, digest in listed.items() if current.get(path, digest).lower() != digest.lower()
            ]
            for path in sorted(wrong):
                self._fault("inventory_invalid", name, rule="E066", value=path)
        else:
            self._digests_of(earlier, name)

    def _digests_of(self, earlier: dict, name: str) -> None:
        for path, digest in sorted(_by_path(earlier["manifest"]).items()):
            found = _digests(self.root / path, {earlier["digestAlgorithm"]})
            if found and found[earlier["digestAlgorithm"]] != digest.lower():
                self._fault("inventory_invalid", name, rule="E092", value=path)

    # ----------------------------------------------------------------- content

    def _contents(self, inventory: dict) -> None:
        """Every content file is listed, there, and has all the digests that are stated of it."""
        expected = _expected(inventory)
        present = {self._name(path): path for path in self._content_files(inventory)}
        extra = {name: path for name, path in present.items() if name not in expected}
        gone = [name for name in expected if name not in present]
        sizes = _sizes(self.root, inventory)
        for name in sorted(set(expected) & set(present)):
            self._content(name, present[name], expected[name], sizes.get(name))
        self._moved(gone, extra, expected)

    def _content_files(self, inventory: dict) -> Iterator[Path]:
        content = inventory.get("contentDirectory", "content")
        for version in inventory["versions"]:
            for parent, folders, files in os.walk(self.root / version / content):
                yield from (Path(parent, name) for name in files)
                if not folders and not files:
                    self._fault("empty_folder", self._name(Path(parent)), rule="E024")

    def _content(self, name: str, path: Path, expected: dict[str, str], size: int | None) -> None:
        try:
            found = _digests(path, set(expected))
        except OSError as error:
            self._fault("unreadable", name, reason=os.strerror(error.errno or 0))
            return
        length = path.stat().st_size
        self.result.files += 1
        self.result.size += length
        wrong = [algorithm for algorithm, digest in expected.items() if found[algorithm] != digest.lower()]
        if wrong:
            shorter = length == 0 or (size is not None and length < size)
            rule = "E092" if next(iter(expected)) in wrong else "E093"
            self._fault("truncated" if shorter else "changed", name, rule=rule, found=str(length))

    def _moved(self, gone: list[str], extra: dict[str, Path], expected: dict[str, dict[str, str]]) -> None:
        """A missing file whose bytes lie under another name was renamed; the rest is missing or untracked."""
        digests = {name: _digests(path, {"sha512", "sha256"}) for name, path in sorted(extra.items())}
        for name in sorted(gone):
            wanted = expected[name]
            match = next((new for new, found in digests.items() if _agree(found, wanted)), None)
            if match:
                del digests[match]
                self._fault("renamed", name, rule="E092", to=match)
            else:
                self._fault("missing", name, rule="E092")
        for name in digests:
            self._fault("untracked", name, rule="E023")


def _all_digests(content: bytes) -> list[str]:
    return [hashlib.new(algorithm, content).hexdigest() for algorithm in ocfl_rules.CONTENT_ALGORITHMS]


def _agree(found: dict[str, str], wanted: dict[str, str]) -> bool:
    return any(found.get(algorithm) == digest.lower() for algorithm, digest in wanted.items())


def _by_path(manifest: dict[str, list[str]]) -> dict[str, str]:
    return {path: digest for digest, paths in manifest.items() for path in paths}


def _expected(inventory: dict) -> dict[str, dict[str, str]]:
    """Content path -> algorithm -> stated digest, from the manifest and the fixity block."""
    expected = {
        path: {inventory["digestAlgorithm"]: digest}
        for path, digest in _by_path(inventory["manifest"]).items()
    }
    for algorithm, table in inventory.get("fixity", {}).items():
        if algorithm in _FIXITY_ALGORITHMS:
            for path, digest in _by_path(table).items():
                expected[path].setdefault(algorithm, digest)
    return expected


def _digests(path: Path, algorithms: set[str]) -> dict[str, str]:
    """Digests of a file, read once. Raises OSError."""
    hashers = {name: hashlib.new(_FIXITY_ALGORITHMS[name]) for name in algorithms}
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            for hasher in hashers.values():
                hasher.update(block)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def _sizes(root: Path, inventory: dict) -> dict[str, int]:
    """Content path -> size the description states, as far as it can be read; tells a cut file from a changed one."""
    state = inventory["versions"][inventory["head"]]["state"]
    by_logical = {path: inventory["manifest"][digest][0] for digest, paths in state.items() for path in paths}
    try:
        items = json.loads(_bytes(root / by_logical["description.json"]) or b"")["dossier"]["items"]
        return {by_logical[file["path"]]: file["size"] for item in items for file in item.get("files", ())}
    except (KeyError, TypeError, ValueError):
        return {}


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
