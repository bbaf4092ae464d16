"""Composition root of the read side: settings -> reader of the published generation, accounts, operator."""

from __future__ import annotations

import getpass
import threading
from datetime import date

from archive import generation, home_identity
from archive.access import EVERY_UNIT, Actor, Grant
from archive.accounts import Accounts
from archive.holdings import Holdings
from archive.reader import HoldingsReader
from archive.renditions import Renditions
from archive.settings import Settings, now


class Archive:
    """One home as it is read. Raises HomeError when there is none at `settings.home`."""

    def __init__(self, settings: Settings) -> None:
        home_identity.check(settings)
        self.settings = settings
        self.accounts = Accounts(settings.accounts)
        self._reader: HoldingsReader | None = None
        self._lock = threading.Lock()

    def reader(self) -> HoldingsReader:
        """The reader of the generation now published, checked once; the same object until another one is.

        Raises HomeError before the first publish, IntegrityError when the generation is damaged.
        """
        current = generation.current(self.settings)
        with self._lock:
            if self._reader is None or self._reader.generation != current.name:
                current.require_sound()
                self._reader = HoldingsReader(
                    catalogue=current.catalogue(),
                    index=current.index(),
                    renditions=Renditions(self.settings.renditions),
                    holdings=Holdings(self.settings.holdings),
                    today=today,
                    generation=current.name,
                )
            return self._reader

    def operator(self) -> Actor:
        """The named operator of this machine: whoever may run `kho` here reads every unit."""
        name = self.settings.operator or getpass.getuser()
        return Actor(name=name, grants=(Grant(EVERY_UNIT, "operator"),))


def today() -> date:
    """The day by which grants are judged, in Vietnamese time."""
    return now().date()
