"""Makes the sample batches and the truth about them: python -m samples.generate OUT [--seed N] [--pages N] [--small]."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from archive import messages
from archive.errors import KhoError
from samples import batch, bulk, fonts, plan


def generate(out: Path, seed: int = 2025, small: bool = False, pages: int = 0) -> dict:
    """Write the batches below `out` (created; files of the same names are replaced) and `out/truth.json`.

    Returns the truth. `pages` asks for at least so many pages, by adding dossiers of plain scans to the first
    fonds. The same arguments give the same bytes. Raises ToolMissing when a font is not installed.
    """
    fonts.check()
    out = Path(out)
    truth = batch.write(out, plan.load("small" if small else "full"), seed)
    if pages:
        bulk.extend(out, truth, pages)
    answer = truth.as_dict()
    (out / "truth.json").write_text(json.dumps(answer, ensure_ascii=False, indent=1), encoding="utf-8")
    return answer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.generate", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--pages", type=int, default=0, help="at least so many pages")
    parser.add_argument("--small", action="store_true", help="one fonds, each special case once")
    chosen = parser.parse_args(arguments)
    try:
        truth = generate(chosen.out, chosen.seed, chosen.small, chosen.pages)
    except (KhoError, OSError) as error:
        print(_sentence(error), file=sys.stderr)
        return 2
    print(f"{chosen.out}: " + ", ".join(f"{count} {name}" for name, count in truth["counts"].items()))
    return 0


def _sentence(error: KhoError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return messages.say(error.code, **error.values)


if __name__ == "__main__":
    sys.exit(main())
