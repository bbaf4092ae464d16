"""The snapshot's own package: the system as received, whole and unchanged, with the mapping it is read by and its account."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from archive import durable, settings
from archive.holdings.package import NewFile
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Dossier, Event, Finding, Fonds
from archive.processing import Snapshot, TableCount
from archive.rights.withdrawing import is_withdrawn
from archive.settings import Settings
from ingest.snapshots.counts import Counts
from ingest.snapshots.handed import Handed
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.staging import Staging
from ingest.snapshots.stock import Received


class Whole:
    """`id` is the dossier id of the package."""

    def __init__(
        self, config: Settings, holdings: HoldingsWriter, dossier_id: str, handed: Handed, fonds: Fonds
    ) -> None:
        self.settings, self.holdings, self.id = config, holdings, dossier_id
        self.handed, self.fonds = handed, fonds

    def keep(self, received: Received, staging: Staging, mapping: SystemMapping) -> None:
        """Unless just this snapshot is held, with the account of an earlier run."""
        content = mapping.text.encode()
        digest, place = (
            hashlib.sha256(content).hexdigest(),
            self.settings.work / "snapshots" / f"{self.handed.code}.toml",
        )
        durable.write_file(place, content)
        handed = self.handed
        about = Snapshot(
            handed.system, staging.state("kind"), handed.title or mapping.title, handed.as_of, handed.method,
            handed.decision, handed.closed, digest, staging.counts(),
        )  # fmt: skip
        dossier = Dossier(
            id=self.id,
            code=handed.code,
            title=f"Bản chụp hệ thống {about.title or about.system}",
            fonds=self.fonds,
            items=(),
            events=(self.event("accession"), self.event("message digest calculation", "SHA-256, SHA-512")),
            accession=handed.code,
            findings=staging.findings(),
            kind="snapshot",
            snapshot=about,
            files=received.files,
        )
        with turn(self.settings):
            if not self._is_kept(dossier):
                said = NewFile(f"mapping/{digest[:12]}.toml", place, digest)
                self.holdings.commit(dossier, [*received.new_files, said])

    def _is_kept(self, dossier: Dossier) -> bool:
        if not self.holdings.has(dossier.id):
            return False
        held = self.holdings.dossier(dossier.id)
        same = (held.files, held.title, held.fonds) == (dossier.files, dossier.title, dossier.fonds)
        return same and facts(held.snapshot) == facts(dossier.snapshot) and not is_withdrawn(held)

    def keep_account(
        self, tables: Sequence[TableCount], tally: Counts, findings: Sequence[Finding]
    ) -> Snapshot:
        """What became of its rows stays with the snapshot: whoever hands over and takes over can count again."""
        held = self.holdings.dossier(self.id)
        about = replace(
            held.snapshot,
            tables=tuple(tables),
            attachments=tally.named,
            missing=tally.missing,
        )
        self.holdings.commit(replace(held, snapshot=about, findings=tuple(findings)))
        return about

    def facts(self) -> Snapshot:
        """What it is, for its volumes."""
        return facts(self.holdings.dossier(self.id).snapshot)

    def event(self, kind: str, detail: str = "", about: str = "") -> Event:
        agent = (self.settings.operator or getpass.getuser()) if kind == "accession" else "kho"
        when = settings.now().isoformat()
        return Event(kind, when, agent, detail=detail or self.handed.code, objects=(about or self.id,))


def facts(snapshot: Snapshot) -> Snapshot:
    """What it is, without the account of what became of it."""
    return replace(snapshot, tables=(), attachments=0, missing=0)
