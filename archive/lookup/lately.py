"""Looks put on record a short while ago: the same page asked for again, in another size, is one look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

WHILE = 600.0
"""Seconds during which a look is not recorded again."""
MOST = 20_000
"""Looks remembered, some 10 MB; the oldest are forgotten first, and recorded again."""


class Lately:
    """Remembers looks for WHILE seconds. Safe for use by several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._looks: dict[Hashable, float] = {}

    def once(self, look: Hashable, record: Callable[[], None]) -> None:
        """Calls `record` unless it was done for this look a short while ago; what raises is not remembered."""
        now = self._clock()
        with self._lock:
            known = now - self._looks.get(look, -WHILE) < WHILE
        if known:
            return
        record()
        with self._lock:
            self._looks.pop(look, None)
            self._looks[look] = now
            if len(self._looks) > MOST:
                del self._looks[next(iter(self._looks))]
