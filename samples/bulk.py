"""Many more ordinary scans, for benches that need a size."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

from samples import batch, damage, plan, texts
from samples.plan import DossierPlan, FilePlan, FondsPlan
from samples.truth import Truth

KINDS = ("quyet-dinh", "cong-van", "bao-cao", "ke-hoach", "thong-bao", "to-trinh", "chi-thi")


def extend(out: Path, truth: Truth, pages: int) -> None:
    """Add dossiers of ten documents to the first fonds until the truth counts `pages` pages."""
    [first, *_] = plan.load("small")
    number = 900
    while truth.counts()["pages"] < pages:
        number += 1
        extra = batch.write(out, [_dossier(first, number, truth.seed)], truth.seed)
        truth.files |= extra.files
        truth.documents |= extra.documents


def _dossier(fonds: FondsPlan, number: int, seed: int) -> FondsPlan:
    source = random.Random(f"{seed}/{number}")
    files = tuple(_file(source, n) for n in range(1, 11))
    folder = f"{number} - Tài liệu bổ sung"
    more = DossierPlan(folder, "huyen", source.choice(texts.topics()), source.randint(2006, 2024), files)
    return dataclasses.replace(fonds, dossiers=(more,), catalogue=False)


def _file(source: random.Random, number: int) -> FilePlan:
    kind, group = source.choice(KINDS), source.choice(damage.GROUPS)
    return FilePlan(f"van ban {number:02d}.pdf", kind=kind, group=group, length=source.randint(4, 14))
