"""Checks the content files of one package against the digests that an inventory states."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.holdings.damage import Differences, Wrong
from archive.model import Finding

BLOCK = 1 << 20
_ALGORITHMS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha512": "sha512",
    "blake2b-512": "blake2b",
}
"""OCFL name -> hashlib name. Digests by other algorithms in a fixity block are not checked."""


@dataclass
class Checked:
    """Result for one object. `files` and `size` count what was read. Sound when no finding is an error.

    `differences` are those of content files, which are among the `findings` already: bytes may have gone to another
    object, or come from one.
    """

    findings: list[Finding] = field(default_factory=list)
    id: str = ""
    head: int = 0
    files: int = 0
    size: int = 0
    differences: Differences = field(default_factory=Differences)

    @property
    def sound(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    def fault(self, kind: str, file: str, severity: Any = "error", **values: str) -> None:
        """Note a fault; `kind` is the message code without `fixity.`."""
        self.findings.append(Finding(f"fixity.{kind}", severity, file, values=values))


def check_content(root: Path, inventory: dict, result: Checked) -> None:
    """Every content file is listed, there, and has all the digests that are stated of it; the rest are differences."""
    expected = _expected(inventory)
    present = {path.relative_to(root).as_posix(): path for path in _content_files(root, inventory, result)}
    sizes = _sizes(root, inventory)
    for name in sorted(expected.keys() & present.keys()):
        _check_file(name, present[name], expected[name], sizes.get(name), result)
    main = inventory["digestAlgorithm"]
    gone = expected.keys() - present.keys()
    result.differences.gone = {name: expected[name][main].lower() for name in gone}
    extra = {name: _digests_or_none(present[name], main) for name in present.keys() - expected.keys()}
    result.differences.extra = extra


def _content_files(root: Path, inventory: dict, result: Checked) -> Iterator[Path]:
    """The plain files; links were named before and are not followed."""
    content = inventory.get("contentDirectory", "content")
    for version in inventory["versions"]:
        for parent, folders, files in os.walk(root / version / content):
            paths = [Path(parent, name) for name in files]
            yield from (path for path in paths if path.is_file() and not path.is_symlink())
            if not folders and not files:
                result.fault("empty_folder", Path(parent).relative_to(root).as_posix(), rule="E024")


def _check_file(name: str, path: Path, expected: dict[str, str], size: int | None, result: Checked) -> None:
    try:
        found = digests(path, set(expected))
    except OSError as error:
        result.fault("unreadable", name, reason=os.strerror(error.errno or 0))
        return
    length = path.stat().st_size
    result.files += 1
    result.size += length
    wrong = [algorithm for algorithm, digest in expected.items() if found[algorithm] != digest.lower()]
    if wrong:
        main = next(iter(expected))
        shorter = length == 0 or (size is not None and length < size)
        rule = "E092" if main in wrong else "E093"
        result.differences.wrong[name] = Wrong(expected[main].lower(), found[main], length, shorter, rule)


def by_path(manifest: dict[str, list[str]]) -> dict[str, str]:
    return {path: digest for digest, paths in manifest.items() for path in paths}


def _expected(inventory: dict) -> dict[str, dict[str, str]]:
    """Content path -> algorithm -> stated digest, from the manifest and the fixity block."""
    expected = {
        path: {inventory["digestAlgorithm"]: digest}
        for path, digest in by_path(inventory["manifest"]).items()
    }
    for algorithm, table in inventory.get("fixity", {}).items():
        if algorithm in _ALGORITHMS:
            for path, digest in by_path(table).items():
                expected[path].setdefault(algorithm, digest)
    return expected


def digests(path: Path, algorithms: set[str]) -> dict[str, str]:
    """Digests of a file, read once. Raises OSError."""
    hashers = {name: hashlib.new(_ALGORITHMS[name]) for name in algorithms}
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            for hasher in hashers.values():
                hasher.update(block)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def _sizes(root: Path, inventory: dict) -> dict[str, int]:
    """Content path -> size the description states, as far as it can be read; tells a cut file from a changed one."""
    state = inventory["versions"][inventory["head"]]["state"]
    by_logical = {path: inventory["manifest"][digest][0] for digest, paths in state.items() for path in paths}
    try:
        items = json.loads(read_bytes(root / by_logical["description.json"]) or b"")["dossier"]["items"]
        return {by_logical[file["path"]]: file["size"] for item in items for file in item.get("files", ())}
    except (KeyError, TypeError, ValueError):
        return {}


def read_bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _digests_or_none(path: Path, algorithm: str) -> str:
    try:
        return digests(path, {algorithm})[algorithm]
    except OSError:
        return ""
