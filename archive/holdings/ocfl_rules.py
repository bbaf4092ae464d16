"""The rules of OCFL 1.0 and 1.1 for one inventory, by rule code. Pure: parsed JSON in, broken rules out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

Broken = tuple[str, str]
"""(OCFL rule code, what broke it)."""

CONTENT_ALGORITHMS = ("sha512", "sha256")
_TYPE = re.compile(r"https://ocfl\.io/1\.[01]/spec/#inventory\Z")
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def check_inventory(inventory: Any) -> list[Broken]:
    """Every rule the inventory breaks by itself, without looking at files."""
    if not isinstance(inventory, dict):
        return [("E033", "inventory.json")]
    broken = [*_head(inventory), *_manifest(inventory), *_versions(inventory)]
    return broken or [*_states(inventory), *_fixity(inventory)]


def _head(inventory: Mapping[str, Any]) -> Iterator[Broken]:
    for name in ("id", "type", "digestAlgorithm", "head"):
        if not isinstance(inventory.get(name), str) or not inventory[name]:
            yield "E036", name
    if isinstance(inventory.get("type"), str) and not _TYPE.match(inventory["type"]):
        yield "E038", inventory["type"]
    if inventory.get("digestAlgorithm", "sha512") not in CONTENT_ALGORITHMS:
        yield "E025", str(inventory["digestAlgorithm"])
    folder = inventory.get("contentDirectory", "content")
    if not isinstance(folder, str) or "/" in folder or folder in ("", ".", ".."):
        yield "E017", str(folder)


def _manifest(inventory: Mapping[str, Any]) -> Iterator[Broken]:
    manifest = inventory.get("manifest")
    if not _is_path_table(manifest):
        yield "E041", "manifest"
        return
    if _repeats(digest.lower() for digest in manifest):
        yield "E096", "manifest"
    yield from _paths(manifest, bad="E099", conflicting="E101")


def _is_path_table(table: Any) -> bool:
    return isinstance(table, dict) and all(
        isinstance(paths, list) and all(isinstance(path, str) for path in paths) for paths in table.values()
    )


def _paths(table: Mapping[str, list[str]], bad: str, conflicting: str) -> Iterator[Broken]:
    """Paths must be clean, unique, and none a folder of another."""
    paths = [path for group in table.values() for path in group]
    for path in paths:
        if any(part in ("", ".", "..") for part in path.split("/")):
            yield bad, path
    folders = {path[:place] for path in paths for place, letter in enumerate(path) if letter == "/"}
    if _repeats(paths) or folders & set(paths):
        yield conflicting, ", ".join(sorted(folders & set(paths))) or "paths"


def _repeats(values: Iterable[str]) -> bool:
    values = list(values)
    return len(values) != len(set(values))


def _versions(inventory: Mapping[str, Any]) -> Iterator[Broken]:
    versions = inventory.get("versions")
    if not isinstance(versions, dict) or not versions:
        yield "E008", "versions"
        return
    names = list(versions)
    numbers = sorted(number(name) for name in names)
    if 0 in numbers:
        yield "E046", ", ".join(names)
    elif any(name.startswith("v0") for name in names) and len({len(name) for name in names}) > 1:
        yield "E011", ", ".join(names)
    elif numbers != list(range(1, len(numbers) + 1)):
        yield "E010", ", ".join(names)
    elif inventory.get("head") != max(names, key=number):
        yield "E040", str(inventory.get("head"))


def number(version: str) -> int:
    """7 for "v7" and "v007"; 0 for what is no version."""
    return int(version[1:]) if re.fullmatch(r"v\d+", version) else 0


def _states(inventory: Mapping[str, Any]) -> Iterator[Broken]:
    for name, version in inventory["versions"].items():
        if not isinstance(version, dict) or not _is_path_table(version.get("state")):
            yield "E050", name
            continue
        if not _is_moment(version.get("created")):
            yield "E049", f"{name}: {version.get('created')}"
        if not isinstance(version.get("message", ""), str):
            yield "E094", name
        user = version.get("user", {"name": "-"})
        if not isinstance(user, dict) or not isinstance(user.get("name"), str):
            yield "E054", name
        unknown = set(version["state"]) - set(inventory["manifest"])
        if unknown:
            yield "E050", f"{name}: {min(unknown)}"
        yield from _paths(version["state"], bad="E052", conflicting="E095")


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str) or not _CREATED.match(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _fixity(inventory: Mapping[str, Any]) -> Iterator[Broken]:
    fixity = inventory.get("fixity", {})
    if not isinstance(fixity, dict) or not all(_is_path_table(table) for table in fixity.values()):
        yield "E057", "fixity"
        return
    held = {path for paths in inventory["manifest"].values() for path in paths}
    for algorithm, table in fixity.items():
        if _repeats(digest.lower() for digest in table):
            yield "E097", algorithm
        yield from _paths(table, bad="E100", conflicting="E101")
        for path in sorted({path for paths in table.values() for path in paths} - held):
            yield "E093", path


def check_earlier(earlier: Mapping[str, Any], newest: Mapping[str, Any], version: str) -> list[Broken]:
    """Rules between the inventory in version folder `version` and the object's newest one, both valid."""
    broken: list[Broken] = []
    if earlier["id"] != newest["id"]:
        broken.append(("E037", version))
    if earlier["head"] != version:
        broken.append(("E040", version))
    if earlier.get("contentDirectory", "content") != newest.get("contentDirectory", "content"):
        broken.append(("E019", version))
    for name in earlier["versions"]:
        if name not in newest["versions"] or not _same_state(earlier, newest, name):
            broken.append(("E066", f"{version}: {name}"))
    return broken


def _same_state(one: Mapping[str, Any], other: Mapping[str, Any], version: str) -> bool:
    """Both say the same files make up a version, whatever digest algorithm each uses."""
    first, second = _held(one, version), _held(other, version)
    return first.keys() == second.keys() and all(first[path] & second[path] for path in first)


def _held(inventory: Mapping[str, Any], version: str) -> dict[str, set[str]]:
    """Logical path -> content paths with its bytes."""
    state, manifest = inventory["versions"][version]["state"], inventory["manifest"]
    return {logical: set(manifest[digest]) for digest, paths in state.items() for logical in paths}
