"""The benchmarks run: on next to nothing here, so that they are there when a figure is wanted."""

import importlib
import pkgutil

import pytest

from tests import bench
from tests.bench import lookup_speed, scope_speed, search_speed, verify_speed

MODULES = sorted(found.name for found in pkgutil.iter_modules(bench.__path__) if found.name != "__main__")
PAGES, ASKED, ADDED = 40, 1, 20


@pytest.mark.parametrize("name", MODULES)
def test_every_benchmark_can_be_started(name):
    assert importlib.import_module(f"tests.bench.{name}").__doc__


def test_search_speed_compares_the_engines(tmp_path, capsys):
    search_speed.measure_speed(tmp_path, PAGES, ["tantivy", "whoosh"], ASKED, ADDED)
    search_speed.measure_ranking(tmp_path / "known", PAGES, targets=2)
    out = capsys.readouterr().out
    assert "whoosh" in out and "clean, marks" in out


def test_lookup_speed_times_the_whole_call(tmp_path, capsys):
    lookup_speed.measure(tmp_path, PAGES, ASKED, ADDED)
    assert "title with a typo" in capsys.readouterr().out


def test_scope_speed_lets_everybody_read_what_is_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(scope_speed, "UNITS", 5)
    monkeypatch.setattr(scope_speed, "REACHES", (1, 2, 4))
    scope_speed.measure(tmp_path, PAGES, ASKED)
    out = capsys.readouterr().out
    assert "official, 4 fonds" in out and "journal" in out and "auditor" in out


def test_verify_speed_compares_with_bare_digests(tmp_path, capsys):
    verify_speed.main(4, str(tmp_path))
    assert "ratio" in capsys.readouterr().out
