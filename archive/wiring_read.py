"""Composition root of the read side: settings -> reader of the published generation, accounts, sessions, operator."""

from __future__ import annotations

import getpass
import os
import threading
from collections.abc import Callable, Hashable
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from archive import home_identity
from archive.errors import KhoError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.keeper import oidc_settings
from archive.keeper.client import KeeperClient
from archive.keeper.sessions import Sessions
from archive.lookup.gate import Rules
from archive.lookup.reader import HoldingsReader
from archive.people.accounts import Accounts
from archive.ports import AuditSink
from archive.publishing import generation
from archive.rights import restrictions
from archive.rights.access import EVERY_UNIT, OPERATOR, Actor, Grant
from archive.settings import Settings, now
from archive.units import store

T = TypeVar("T")


class Archive:
    """One home as it is read. Raises HomeError when there is no such home.

    What is shown goes into `log` first: the keeper's, unless a command of this machine writes its own.
    """

    def __init__(self, settings: Settings, log: AuditSink | None = None) -> None:
        home_identity.check(settings)
        self.settings = settings
        self.accounts = Accounts(settings.accounts)
        self.sessions = Sessions(settings.sessions, settings.session_idle, settings.session_absolute)
        self.oidc = oidc_settings.load(settings.home)
        self.keeper = KeeperClient(settings.run)
        self.log = log or self.keeper
        self._register = _Current(
            lambda: store.load(settings.register), lambda: _names(settings.register / "history")
        )
        self._restrictions = _Current(
            lambda: restrictions.load(settings.restrictions),
            lambda: _state(settings.restrictions / restrictions.FILE),
        )
        self._rules: Rules | None = None
        self._reader: HoldingsReader | None = None
        self._lock = threading.Lock()

    def rules(self) -> Rules:
        """Register and restrictions as they are now; the same object until one of them changes."""
        register, laid = self._register(), self._restrictions()
        with self._lock:
            if self._rules is None or (self._rules.register, self._rules.restrictions) != (register, laid):
                self._rules = Rules(register, laid)
            return self._rules

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
                    rules=self.rules,
                    log=self.log,
                    generation=current.name,
                )
            return self._reader

    def operator(self) -> Actor:
        """The named operator of this machine: whoever may run `kho` here reads every unit."""
        name = self.settings.operator or getpass.getuser()
        return Actor(name=name, grants=(Grant(EVERY_UNIT, OPERATOR),))


def came_from(settings: Settings) -> dict[str, str]:
    """The unit each published fonds came from; {} before anything is published, or when it is damaged."""
    try:
        classes = generation.current(settings).catalogue().classes()
    except KhoError:
        return {}
    return {record.fonds: record.unit for record in classes}


class _Current(Generic[T]):
    """Something read from disk, read again when its `state` there has changed."""

    def __init__(self, read: Callable[[], T], state: Callable[[], Hashable]) -> None:
        self._read, self._state = read, state
        self._lock = threading.Lock()
        self._kept: tuple[Hashable, T] | None = None

    def __call__(self) -> T:
        with self._lock:
            state = self._state()
            if self._kept is None or self._kept[0] != state:
                self._kept = state, self._read()
            return self._kept[1]


def _names(folder: Path) -> tuple[str, ...]:
    """The names in a folder whose files never change."""
    try:
        return tuple(sorted(os.listdir(folder)))
    except FileNotFoundError:
        return ()


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def today() -> date:
    """The day by which grants are judged, in Vietnamese time."""
    return now().date()
