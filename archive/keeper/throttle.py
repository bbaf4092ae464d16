"""Slows down password guessing without shutting an official out. Counters survive a restart in one small file.

Failures are counted in three places, and the longest wait counts:
- `home`: an account, from addresses it has signed in from before: at most 40 guesses a day;
- `strange`: an account, from all other addresses together: at most 60 guesses a day;
- `address`: one address, over all accounts: short waits only, since a whole office may sit behind one.
Nobody elsewhere can use up an official's `home` share. Waits double from one second after a few free tries.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.keeper.tries_file import TriesFile

DAY = 24 * 3600
KEPT = 20_000


@dataclass(frozen=True)
class Limit:
    """`free` tries without delay, then doubling up to `longest` seconds; `daily` tries in any 24 hours."""

    free: int
    longest: int
    daily: int


LIMITS = {
    "home": Limit(free=3, longest=900, daily=40),
    "strange": Limit(free=3, longest=900, daily=60),
    "address": Limit(free=100, longest=3, daily=5_000),
}


@dataclass(frozen=True)
class Tries:
    """Failed sign-ins at one place: how many in a row, and when those of the last day were."""

    in_a_row: int = 0
    times: tuple[float, ...] = ()

    def recent(self, now: float) -> tuple[float, ...]:
        return tuple(moment for moment in self.times if 0 <= now - moment < DAY)

    def wait(self, limit: Limit, now: float) -> float:
        recent = self.recent(now)
        if not recent:
            return 0.0
        excess = self.in_a_row - limit.free
        delay = min(2.0 ** min(excess, 20), limit.longest) if excess >= 0 else 0.0
        budget = recent[-limit.daily] + DAY if len(recent) >= limit.daily else 0.0
        return max(0.0, recent[-1] + delay - now, budget - now)


class Throttle:
    """Thread-safe. `file` keeps the counters; None keeps them in memory only."""

    def __init__(self, file: Path | None = None, clock=time.time) -> None:
        self._file = TriesFile(file) if file else None
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, Tries] = OrderedDict()
        for step in self._file.read() if self._file else ():
            with contextlib.suppress(
                ValueError, TypeError, KeyError
            ):  # what is none of our steps changes nothing
                self._take(*step)

    def wait(self, name: str, address: str, at_home: bool) -> int:
        """Whole seconds until the next try; 0 when it may go on."""
        with self._lock:
            return self._wait(_places(name, address, at_home))

    def attempt(self, name: str, address: str, at_home: bool) -> int:
        """Count a try as failed before it is judged, so that many at once gain nothing; or say how long to wait."""
        places = _places(name, address, at_home)
        with self._lock:
            if wait := self._wait(places):
                return wait
            step = ["+", math.floor(self._clock() * 10) / 10, *places]
            self._take(*step)
            if self._file:
                self._file.add(step, self._standing())
            return 0

    def succeeded(self, name: str, address: str, at_home: bool) -> None:
        """The try just counted was right: it breaks the row; earlier ones still count towards the day's limit."""
        step = ["-", *_places(name, address, at_home)]
        with self._lock:
            self._take(*step)
            if self._file:
                self._file.late(step)

    def _wait(self, places: tuple[str, str]) -> int:
        now = self._clock()
        return math.ceil(max(self._tries.get(key, Tries()).wait(_limit(key), now) for key in places))

    def _take(self, sign: str, *given) -> None:
        """Change the counters by one step of the file."""
        if sign == "=":
            key, in_a_row, times = given
            self._tries[key] = Tries(int(in_a_row), tuple(map(float, times)))
        elif sign == "+":
            moment, *places = given
            for key in places:
                old = self._tries.pop(key, Tries())
                recent = (*old.recent(moment), moment)[-_limit(key).daily :]
                self._tries[key] = Tries(old.in_a_row + 1 if len(recent) > 1 else 1, recent)
            while len(self._tries) > KEPT:
                self._tries.popitem(last=False)
        elif sign == "-":
            account, _ = given
            for key in self._tries.keys() & set(given):
                tries = self._tries[key]
                self._tries[key] = Tries(0 if key == account else tries.in_a_row - 1, tries.times[:-1])

    def _standing(self) -> Iterator[list]:
        """The counters as steps."""
        return (["=", key, tries.in_a_row, tries.times] for key, tries in self._tries.items())


def place(address: str) -> str:
    """What counts as one address: of IPv6 the /64 network, since one machine has as many in it as it likes."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if known.version == 6 and known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(known if known.version == 4 else ipaddress.ip_network((known, 64), strict=False))


def _places(name: str, address: str, at_home: bool) -> tuple[str, str]:
    """Where a try counts; the first word says by which limit."""
    return f"{'home' if at_home else 'strange'} {name[:60]}", f"address {place(address)}"


def _limit(key: str) -> Limit:
    return LIMITS[key.partition(" ")[0]]
