"""The register of the invented province as sheets for `kho units apply`: python -m samples.units OUT

Writes OUT/so-don-vi.csv (the state after 1/7/2025) and OUT/so-don-vi-2026.csv (a later change). The same bytes every time.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

from samples import texts

SHEETS = {"so-don-vi.csv": "now", "so-don-vi-2026.csv": "later"}


def write(out: Path) -> list[Path]:
    """The sheets in the order they are applied."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, part in SHEETS.items():
        (out / name).write_bytes(_table(texts.words("register")[part]))
        written.append(out / name)
    return written


def _table(groups: list[dict]) -> bytes:
    """One table with a column that says the kind of each row, as a spreadsheet saves it."""
    rows = [
        {**{key: value for key, value in group.items() if key != "rows"}, **row}
        for group in groups
        for row in group["rows"]
    ]
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    packed = io.StringIO(newline="")
    writer = csv.DictWriter(packed, headings, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return packed.getvalue().encode("utf-8-sig")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m samples.units",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path)
    for path in write(parser.parse_args().out):
        print(path)


if __name__ == "__main__":
    main()
