"""Making exports in tests: of an archive's home, by an actor, into a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.audit import journal
from archive.audit.heads import KEYS_FILE
from archive.audit.signer import Signer
from archive.export import receiving
from archive.export.bag import Bag, Request
from archive.export.lookup import Given, Leaving
from archive.export.plan import Plan, Planned
from archive.export.selection import Selection
from archive.export.writing import HELD
from archive.model import Dossier, Item, ItemRow, SourceFile
from archive.rights.access import Actor, Grant
from archive.settings import Settings, now
from archive.wiring_read import Archive
from tests import homes

OPERATOR = Actor("may", "Máy", (Grant("*", "operator"),))


def export(
    settings: Settings, target: Path, asked: Selection, actor: Actor = OPERATOR, stamp: str = "", during=None
) -> Bag:
    """The export in `target`; `during(bag)` is called when it is on record and nothing has left yet."""
    with journal.of_home(settings) as sink:
        reader = Archive(settings, sink).reader()
        plan = reader.plan_export(actor, asked)
        request = Request("0123456789abcdef", now(), actor, plan, reader.generation, stamp=stamp)
        found = receiving.begun(target)
        request = (found and receiving.same(request, found)) or request
        leaving = reader.begin_export(actor, plan, request.export)
        with receiving.kept(target) as kept:
            bag = Bag(request, leaving, sink, settings.audit / KEYS_FILE, kept)
            if during:
                during(bag)
            receiving.receive(bag, target, kept)
            bag.resumed_at = kept.end if kept else 0
    return bag


@dataclass(frozen=True)
class Imagined:
    """An original of zeros that lies nowhere."""

    file: SourceFile

    def chunks(self):
        block = bytes(1 << 16)
        return (block for _ in range(self.file.size // len(block)))


def imagined_bag(count: int, keys: Path) -> Bag:
    """An export of `count` documents with an original of 16 MiB each."""
    size = 2 * HELD
    file = SourceFile("original/x", "x.bin", size, hashlib.sha256(bytes(size)).hexdigest(), "text/plain")
    dossier = Dossier("F:1", "1", "Hồ sơ", homes.FONDS_A, (), ())
    records = [f"F:1:{number:03d}" for number in range(1, count + 1)]

    def document(record: str) -> Given:
        item = Item(record, int(record[-3:]), "Văn bản", {}, (file,), ())
        row = ItemRow(record, "F:1", item.ordinal, *("",) * 10, 0, None)
        return Given(item, row, ((file, Imagined(file)),), None)

    plan = Plan(
        Selection("dossier", "F:1"), tuple(Planned(record, (file,), dossier="F:1") for record in records)
    )
    signs = Signer(Ed25519PrivateKey.generate(), keys)
    certifier = SimpleNamespace(head=lambda: signs.head(1, b"", "", "log"), seal=signs.seal)
    (keys / "keys.txt").write_text(f"{signs.vouch(signs.public).text}\n")
    leaving = Leaving(1, "1", lambda dossier_id: dossier, document)
    return Bag(Request("x", now(), OPERATOR, plan, "1"), leaving, certifier, keys / "keys.txt")
