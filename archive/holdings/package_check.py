"""Checks one package: OCFL structure and inventories here, content in package_bytes. Changes nothing.

Every fault is named once: damage to one copy of an inventory is not blamed on the files it lists.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from archive import durable
from archive.holdings import damage, ocfl_rules
from archive.holdings.package_bytes import Checked, by_path, check_content, digests, read_bytes

_DECLARATION = re.compile(r"0=ocfl_object_(1\.[01])\Z")
_SIDECAR = re.compile(r"([0-9a-fA-F]+)\s+inventory\.json\s*\Z")


def check(root: Path) -> Checked:
    """Every fault of the object at `root`; paths in findings are relative to it."""
    checked = _Check(root).run()
    checked.findings = damage.once([*checked.findings, *damage.named(checked.differences)])
    return checked


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
        self.result.id, self.result.head = inventory["id"], len(inventory["versions"])
        self._object_folder(inventory)
        self._version_folders(inventory)
        check_content(self.root, inventory, self.result)
        return self.result

    def _stated(self) -> dict[str, str]:
        """Folder ("" for the root) -> inventory digest its sidecar states; unreadable sidecars are left out."""
        stated = {}
        for path in [*self.root.glob("inventory.json.*"), *self.root.glob("v*/inventory.json.*")]:
            match = _SIDECAR.match((read_bytes(path) or b"").decode("ascii", "replace"))
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
            content = read_bytes(path) or b""
            if not set(_all_digests(content)) & set(self.stated.values()):
                continue
            try:
                candidate = json.loads(content)
            except ValueError:
                continue
            if not ocfl_rules.check_inventory(candidate):
                return candidate
        return inventory if not self.stated else None

    def _fault(self, kind: str, file: str, severity: str = "error", **values: str) -> None:
        self.result.fault(kind, file, severity, **values)

    # ----------------------------------------------------------------- structure

    def _links(self) -> None:
        """A package consists of folders and plain files; what leads elsewhere is never followed."""
        for path in sorted(self.root.rglob("*")):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                self._fault("link", self._name(path))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _declaration(self) -> None:
        names = [path.name for path in self.root.iterdir() if path.name.startswith("0=")]
        match = _DECLARATION.match(names[0]) if len(names) == 1 else None
        if not match:
            self._fault("declaration", "0=ocfl_object_1.1", rule="E003")
        elif read_bytes(self.root / names[0]) != f"ocfl_object_{match[1]}\n".encode():
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
            elif path.is_file() and path.name.startswith(durable.TEMP_PREFIX):  # of a killed commit
                self._fault("unfinished", path.name, rule="E001")
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
        content = read_bytes(path)
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
            if read_bytes(self.root / name) != read_bytes(self.root / "inventory.json"):
                if self.root_sound:
                    self._fault("inventory_differs", name, rule="E064")
                return
            self._sidecar(self.root / name, read_bytes(self.root / name) or b"", newest["digestAlgorithm"])
            return
        inventory = self._inventory(version)
        if inventory:
            for rule, value in ocfl_rules.check_earlier(inventory, newest, version):
                self._fault("inventory_invalid", name, rule=rule, value=value)
            self._earlier_manifest(name, inventory, newest)

    def _earlier_manifest(self, name: str, earlier: dict, newest: dict) -> None:
        """An earlier manifest lists every file of its versions, with digests the files have."""
        listed = by_path(earlier["manifest"])
        for path in sorted(by_path(newest["manifest"])):
            version = path.partition("/")[0]
            if version in earlier["versions"] and path not in listed:
                self._fault("inventory_invalid", name, rule="E023", value=path)
        if earlier["digestAlgorithm"] == newest["digestAlgorithm"]:
            current = by_path(newest["manifest"])
            wrong = [
                path for path, digest in listed.items() if current.get(path, digest).lower() != digest.lower()
            ]
            for path in sorted(wrong):
                self._fault("inventory_invalid", name, rule="E066", value=path)
        else:
            self._digests_of(earlier, name)

    def _digests_of(self, earlier: dict, name: str) -> None:
        for path, digest in sorted(by_path(earlier["manifest"]).items()):
            found = digests(self.root / path, {earlier["digestAlgorithm"]})
            if found and found[earlier["digestAlgorithm"]] != digest.lower():
                self._fault("inventory_invalid", name, rule="E092", value=path)


def _all_digests(content: bytes) -> list[str]:
    return [hashlib.new(algorithm, content).hexdigest() for algorithm in ocfl_rules.CONTENT_ALGORITHMS]
