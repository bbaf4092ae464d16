"""What the built package carries beside code: every pattern meets files, every data file meets a pattern."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATTERNS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
    "package-data"
]


def test_every_pattern_meets_files():
    for package, patterns in PATTERNS.items():
        for pattern in patterns:
            assert any(path.is_file() for path in (ROOT / package).glob(pattern)), (package, pattern)


def test_every_file_the_programs_read_is_carried():
    for package, patterns in PATTERNS.items():
        carried = {path for pattern in patterns for path in (ROOT / package).glob(pattern)}
        beside = {
            path
            for path in (ROOT / package).rglob("*")
            if path.is_file() and path.suffix in {".toml", ".html", ".css", ".js", ".svg", ".txt"}
        }
        assert beside <= carried, package
