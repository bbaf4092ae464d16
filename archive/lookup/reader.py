"""HoldingsReader: everything a user may look at. Every method takes an Actor.

Hidden and missing are the same NotFound. An actor whose scope is empty finds nothing and no engine is asked. What is
shown is on record first: a method that gives content away records who got what and why, or raises AuditUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from archive.export.lookup import ExportLookup
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.lookup.collections import CollectionLookup
from archive.lookup.gate import Rules
from archive.lookup.legacy import LegacyLookup
from archive.lookup.records import RecordLookup
from archive.lookup.taking import TakingLookup
from archive.ports import AuditSink, CatalogueReader, IndexReader
from archive.rights import heirs


class HoldingsReader(TakingLookup, ExportLookup, RecordLookup, CollectionLookup, LegacyLookup):
    """Reads one sealed generation together with the holdings and renditions it was made from.

    Its methods stand in the rooms it is made of: search, pages, export, taking, records, ties, collections, legacy; each passes the gate.
    """

    def __init__(
        self,
        catalogue: CatalogueReader,
        index: IndexReader,
        renditions: Renditions,
        holdings: Holdings,
        today: Callable[[], date],
        rules: Callable[[], Rules],
        log: AuditSink,
        generation: str = "",
    ) -> None:
        super().__init__(catalogue, today, rules, log, generation)
        self._index = index
        self._renditions = renditions
        self._holdings = holdings
        self._units = frozenset(record.unit for record in self._classes)
        self._fonds = lru_cache(maxsize=100)(catalogue.fonds)
        self._recent = lru_cache(maxsize=100)(catalogue.recent)
        self._samples = lru_cache(maxsize=100)(self._some_items)
        self._registers = lru_cache(maxsize=500)(catalogue.registers)
        self._systems = lru_cache(maxsize=100)(catalogue.systems)
        self._heirs = lru_cache(maxsize=2000)(heirs.heirs)
