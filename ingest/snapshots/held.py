"""What is held of a system already: every record with its id and its volume, in whatever fonds it stands.

Beside the staged rows, so that memory does not grow with the holdings; a volume is read again only when it changed.
"""

from __future__ import annotations

from archive import ids
from archive.errors import UsageError
from archive.holdings.store import Holdings
from archive.model import Dossier, Item
from archive.processing import Snapshot
from archive.rights.declassification import GRADE
from archive.rights.withdrawing import is_withdrawn
from ingest.snapshots.items import said_of
from ingest.snapshots.staging import Staging
from ingest.snapshots.volumes import MOVES, SPOT, last_ordinal, parted

_SCHEMA = """
CREATE TABLE IF NOT EXISTS _volume (
  dossier TEXT PRIMARY KEY, state TEXT, shelf TEXT, number INTEGER, last INTEGER, withdrawn INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _volumes_of ON _volume (shelf, number);
CREATE TABLE IF NOT EXISTS _held (
  spot TEXT, dossier TEXT, shelf TEXT, item TEXT, ordinal INTEGER, moves INTEGER, lifted TEXT, said TEXT,
  PRIMARY KEY (spot, dossier)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _held_in ON _held (dossier);
CREATE VIEW IF NOT EXISTS _standing AS SELECT * FROM _held h WHERE NOT EXISTS (
  SELECT 1 FROM _held o WHERE o.spot = h.spot AND (o.moves, o.dossier) > (h.moves, h.dossier));
"""
"""_standing: of a record that a killed run left in two volumes the copy that moved there last."""

VOLUMES = ("register", "procedures")
_COMPARED_AT_LEAST = 5


class HeldRecords:
    """`owner` is the fonds of the system's owner. `same` is a person's word that it is one and the same system."""

    def __init__(
        self, staging: Staging, holdings: Holdings, system: str, owner: str, same: bool = False
    ) -> None:
        self.db, self.holdings, self.system, self.owner, self.same = staging.db, holdings, system, owner, same
        self.staging = staging
        self.snapshots: list[Snapshot] = []
        self.db.executescript(_SCHEMA)

    def learn(self, known: set[str]) -> None:
        """Read what is new or changed among the dossiers `known`. Raises UsageError "snapshot.other_system"."""
        own = sorted(one for one in known if ids.code_of(one).startswith(f"{self.system}."))
        states = dict(self.db.execute("SELECT dossier, state FROM _volume"))
        for gone in states.keys() - set(own):
            self._forget(gone)
        self.snapshots.clear()
        for dossier_id in own:
            if states.get(dossier_id) != (state := self.holdings.state(dossier_id)):
                held = self.holdings.dossier(dossier_id)
                if held.kind in VOLUMES and held.snapshot and held.snapshot.system == self.system:
                    self._note(held, state)
                elif (
                    held.kind == "snapshot" and held.snapshot.system == self.system and not is_withdrawn(held)
                ):
                    self.snapshots.append(held.snapshot)

    def _note(self, held: Dossier, state: str) -> None:
        withdrawn = is_withdrawn(held)
        if not (withdrawn or self.same) and ids.fonds_of(held.extra.get("snapshot", "")) != self.owner:
            raise UsageError("snapshot.other_system", system=self.system, volume=held.id)
        shelf, number = parted(held.id)
        self.db.execute("BEGIN")
        self._forget(held.id)
        rows = (_row(item, held.id, shelf, withdrawn) for item in held.items if SPOT in item.extra)
        self.db.executemany("INSERT OR IGNORE INTO _held VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        about = (held.id, state, shelf, number, last_ordinal(held), int(withdrawn))
        self.db.execute("INSERT INTO _volume VALUES (?, ?, ?, ?, ?, ?)", about)
        self.db.execute("COMMIT")

    def _forget(self, dossier_id: str) -> None:
        for table in ("_held", "_volume"):
            self.db.execute(f"DELETE FROM {table} WHERE dossier = ?", (dossier_id,))

    def last_on(self, shelf: str) -> tuple[int, int]:
        """(volume, ordinal) of the last place ever given on a shelf."""
        sql = "SELECT number, last FROM _volume WHERE shelf = ? ORDER BY number DESC LIMIT 1"
        return self.db.execute(sql, (shelf,)).fetchone() or (1, 0)

    def volume_of(self, spot: str) -> str:
        """The volume where a record stands today, "" when it is not held."""
        sql = "SELECT dossier FROM _standing WHERE spot = ?"
        return (self.db.execute(sql, (spot,)).fetchone() or ("",))[0]

    def left(self) -> list[str]:
        """The volumes where records stand that are to stand elsewhere now."""
        sql = "SELECT DISTINCT h.dossier FROM _held h JOIN _record r USING (spot) WHERE h.dossier != r.home ORDER BY 1"
        return [dossier_id for (dossier_id,) in self.db.execute(sql)]

    def require_same_system(self) -> None:
        """Raises UsageError "snapshot.evidently_other" when most ids that the snapshot shares with what is held mean
        another document there: to go on would replace the records of one system by those of another; "snapshot.other_form"
        when no snapshot of the system has its form or its tables."""
        self._require_form()
        shared, differing = self.db.execute(
            "SELECT count(*), sum(h.said != r.said) FROM _record r JOIN _standing h USING (spot)"
            " WHERE h.said != '' AND r.said != ''"
        ).fetchone()
        if not self.same and shared >= _COMPARED_AT_LEAST and 2 * differing > shared:
            raise UsageError(
                "snapshot.evidently_other", system=self.system, shared=shared, differing=differing
            )

    def _require_form(self) -> None:
        kind, tables = self.staging.state("kind"), {table.name for table in self.staging.counts()}
        alike = (one.kind == kind or {table.name for table in one.tables} == tables for one in self.snapshots)
        if self.snapshots and not self.same and not any(alike):
            raise UsageError(
                "snapshot.other_form", system=self.system, kind=kind, held=self.snapshots[-1].kind
            )


def _row(item: Item, dossier: str, shelf: str, withdrawn: bool) -> tuple:
    said = said_of(item.fields, item.record) if item.record and not withdrawn else ""
    moves, lifted = int(item.extra.get(MOVES, "0")), item.extra.get(GRADE, "")
    return item.extra[SPOT], dossier, shelf, item.id, item.ordinal, moves, lifted, said
