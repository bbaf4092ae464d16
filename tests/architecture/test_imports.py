"""Who may import whom, followed through every module: the web process cannot reach a writer."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("archive", "ingest", "webui", "samples")
WRITING = {
    "archive.holdings.writer",
    "archive.publishing.publish",
    "archive.wiring_write",
    "archive.durable",
    "archive.home",
}
PROGRAMS = {"archive.cli"}
"""Entry points: they may reach everything and nothing may import them."""


def _modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


MODULES = _modules()


def _named(name: str) -> set[str]:
    """The modules that importing `name` runs: itself and its parent packages."""
    parts = name.split(".")
    return {".".join(parts[:n]) for n in range(1, len(parts) + 1)} & MODULES.keys()


def _direct(path: Path) -> set[str]:
    """Our modules that a file imports, also inside functions and by name in a string."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _named(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= _named(node.module)
            for alias in node.names:
                found |= _named(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            found |= _named(node.value) if node.value in MODULES else set()
    return found


GRAPH = {name: _direct(path) - {name} for name, path in MODULES.items()}


def reachable(start: str) -> dict[str, str]:
    """Every module reachable from the package `start` -> the module that imports it."""
    seen = {name: "" for name in GRAPH if name == start or name.startswith(start + ".")}
    todo = list(seen)
    while todo:
        current = todo.pop()
        for target in GRAPH[current] - seen.keys():
            seen[target] = current
            todo.append(target)
    return seen


def _path_to(name: str, seen: dict[str, str]) -> str:
    chain = [name]
    while seen[chain[-1]]:
        chain.append(seen[chain[-1]])
    return " <- ".join(chain)


def writes(name: str) -> bool:
    last = name.rpartition(".")[2]
    named = last.endswith(("_writer", "_writers")) or last in {"journal", "server", "signer"}
    return name in WRITING or named or name.partition(".")[0] == "ingest"


def test_the_web_reaches_no_writer():
    seen = reachable("webui")
    bad = [_path_to(name, seen) for name in sorted(seen) if writes(name)]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("room", ["entry", "heads", "log", "verify", "report", "report_pages", "sheet"])
def test_the_access_log_is_read_without_a_writer_or_the_key(room):
    seen = reachable(f"archive.audit.{room}")
    keys = {"archive.audit.journal", "archive.audit.signer"} & seen.keys()
    assert not keys and not [_path_to(name, seen) for name in sorted(seen) if writes(name)]


def test_the_search_for_writers_can_find_one():
    assert writes("archive.people.accounts_writer")
    assert any(writes(name) for name in reachable("ingest"))
    assert "archive.durable" in reachable("archive.holdings.writer")
    assert "archive.lookup.reader" in reachable("webui")


@pytest.mark.parametrize(
    ("package", "foreign"),
    [
        ("archive", ("ingest", "webui", "samples")),
        ("ingest", ("webui", "samples")),
        ("webui", ("ingest", "samples")),
    ],
)
def test_packages_import_only_downwards(package: str, foreign: tuple[str, ...]):
    own = [name for name in GRAPH if name.partition(".")[0] == package]
    bad = [
        f"{name} -> {target}" for name in own for target in GRAPH[name] if target.partition(".")[0] in foreign
    ]
    assert not bad


def test_only_the_way_in_imports_the_programs():
    bad = [
        f"{name} -> {target}" for name in GRAPH for target in GRAPH[name] & PROGRAMS if name not in PROGRAMS
    ]
    assert not bad


def test_the_web_opens_nothing_for_writing():
    """No call in webui that could create, change or remove a file."""
    forbidden = {
        "write_text",
        "write_bytes",
        "unlink",
        "rename",
        "replace_file",
        "mkdir",
        "rmdir",
        "rmtree",
        "touch",
    }
    for name, path in MODULES.items():
        if name.partition(".")[0] != "webui":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                assert called not in forbidden, f"{path.name}:{node.lineno} {called}"
                if called == "open" and isinstance(node.func, ast.Name):
                    pytest.fail(f"{path.name}:{node.lineno} opens a file by itself")
