"""Writes the access log: every entry durable before `record` returns, many callers sharing one write and one fsync.

Several processes may write, one at a time (a lock); each first reads what the others added. Whatever
goes wrong, nothing is acknowledged that is not on the disk, and the caller gets AuditUnavailable.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from archive import durable
from archive.audit import chain, signer
from archive.audit.entry import LOG_ACTOR, OWN_ACTIONS, Entry, body, line
from archive.audit.heads import HEAD_ENTRIES, HEAD_SECONDS, HEADS_FILE, KEYS_FILE, Head, Seal, read_heads
from archive.audit.log import segment_path
from archive.audit.signer import Signer
from archive.audit.tail import MODE, Tail, open_newest, read_on, untold
from archive.errors import AuditUnavailable, HomeError, IntegrityError, KhoError
from archive.settings import Settings, now

SEGMENT_ENTRIES = 50_000
"""A segment ends at as many entries, and with the month."""
FORMAT = "kho-log/1"


@dataclass
class _Ticket:
    """One caller's entries, and what became of them."""

    bodies: list[bytes]
    last: int = 0
    failure: Exception | None = None

    @property
    def settled(self) -> bool:
        return bool(self.last or self.failure)


class JournalSink:
    """An AuditSink that writes the log in `folder`; its lock lies beside the key, out of every reader's reach."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder, self.signer = folder, signer
        self._gate, self._turn = threading.Lock(), threading.Lock()
        self._waiting: list[_Ticket] = []
        self._tail: Tail | None = None
        self._head: Head | None = None
        self._heads_end = -1
        self._uncovered_since = 0.0
        self._timer: threading.Timer | None = None

    def record(self, *entries: Entry) -> int:
        """The number of the last entry, once all are durable. Raises AuditUnavailable; then none counts.

        Whoever gets the turn commits for everyone who waits: the busier the system, the larger the groups.
        Raises ValueError for an entry that cannot be kept.
        """
        if not entries or any(entry.action in OWN_ACTIONS for entry in entries):
            raise ValueError("nothing to record, or what only the log may say of itself")
        return self._record([body(entry) for entry in entries])

    def tell(self, action: str, detail: dict) -> int:
        """Record what the log itself has to say, one of OWN_ACTIONS. Raises AuditUnavailable."""
        return self._record([body(_own(action, detail))])

    def _record(self, bodies: list[bytes]) -> int:
        ticket = _Ticket(bodies)
        with self._gate:
            self._waiting.append(ticket)
        with self._turn:
            if not ticket.settled:
                self._commit()
        if ticket.failure:
            raise _unavailable(ticket.failure) from ticket.failure
        return ticket.last

    def head(self) -> Head | None:
        """The newest signed head, signed now when entries are not covered yet; None for an empty log.

        Raises AuditUnavailable when it cannot be signed or kept.
        """
        with self._turn:
            try:
                with durable.lock(self.signer.lock, wait=True):
                    tail = self._catch_up()
                    if tail and tail.tree.size > self._covered:
                        self._sign(tail)
                    return self._head
            except (KhoError, OSError) as error:
                self._tail = None
                raise _unavailable(error) from error

    def seal(self, digest: str) -> Seal:
        """The archive's signature under a certificate with this SHA-256, which is on record first."""
        sealed = self.signer.seal(digest)
        self.record(Entry("seal", LOG_ACTOR, digest, detail={"key": sealed.key}))
        return sealed

    def close(self) -> None:
        """Sign what is not covered yet."""
        if self._timer:
            self._timer.cancel()
        if self._tail:
            self.head()

    def __enter__(self) -> JournalSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ the turn's holder only

    @property
    def _covered(self) -> int:
        return self._head.size if self._head else 0

    def _commit(self) -> None:
        """Everything that waits goes to the disk in one write; all callers learn the same outcome."""
        with self._gate:
            batch, self._waiting = self._waiting, []
        failure: Exception | None = None
        try:
            with durable.lock(self.signer.lock, wait=True):
                tail = self._catch_up()
                if tail and self._head_is_due(tail):
                    self._sign(tail)
                self._append(tail, batch)
        except (KhoError, OSError) as error:
            failure = error
        finally:
            for ticket in batch:
                if not ticket.settled:
                    ticket.failure = failure or AuditUnavailable("audit.unavailable", reason="interrupted")
                    self._tail = None  # read anew from the disk by the next turn
        self._watch_the_clock()

    def _append(self, tail: Tail | None, batch: list[_Ticket]) -> None:
        """One write for the batch, with what the log has to say about itself before it."""
        aside = untold(self.folder)
        own = [_recovered(path) for path in aside]
        if tail and self._head and tail.told != self._head.digest:
            own.append(_own("head", {"size": self._head.size, "head": self._head.digest}))
        tail, opening = self._segment(tail)
        own = [body(entry) for entry in (*opening, *own)]
        lines = _lines(tail, [*own, *(content for ticket in batch for content in ticket.bodies)])
        durable.append(tail.path, b"".join(written + b"\n" for written in lines), tail.end, MODE)
        last = tail.tree.size + len(own)
        for written in lines:
            tail.move(written)
        tail.told = self._head.digest if self._head else ""
        self._uncovered_since = self._uncovered_since or time.monotonic()
        self._tail = tail
        for ticket in batch:
            last += len(ticket.bodies)
            ticket.last = last
        for path in aside:
            durable.rename(path, path.with_suffix(""))

    def _segment(self, tail: Tail | None) -> tuple[Tail, list[Entry]]:
        """The tail to write to and, when it starts a new segment, the entry that opens it."""
        month = now().isoformat()[:7]
        if tail and tail.tree.size - tail.first + 1 < SEGMENT_ENTRIES and month <= tail.month:
            return tail, []
        size, log = (tail.tree.size, tail.log) if tail else (0, str(uuid.uuid4()))
        fresh = Tail(segment_path(self.folder, size + 1), size + 1, month, log)
        if tail:
            fresh.last, fresh.tree = tail.last, chain.Tree(size, tail.tree.peaks)
        peaks = [peak.hex() for peak in fresh.tree.peaks]
        return fresh, [_own("segment", {"format": FORMAT, "log": log, "peaks": peaks})]

    def _head_is_due(self, tail: Tail) -> bool:
        uncovered = tail.tree.size - self._covered
        waited = time.monotonic() - self._uncovered_since
        return uncovered >= HEAD_ENTRIES or (uncovered > 0 and waited >= HEAD_SECONDS)

    def _sign(self, tail: Tail) -> None:
        head = self.signer.head(tail.tree.size, tail.tree.root(), tail.last, tail.log)
        path = self.folder / HEADS_FILE
        content = f"{head.text}\n".encode()
        durable.append(path, content, self._heads_end, MODE)
        self._head, self._uncovered_since = head, 0.0
        self._heads_end += len(content)

    def _watch_the_clock(self) -> None:
        """See to it that a head is signed in time also when nothing more happens."""
        if self._tail and (self._timer is None or not self._timer.is_alive()):
            self._timer = threading.Timer(HEAD_SECONDS, self._sign_in_time)
            self._timer.daemon = True
            self._timer.start()

    def _sign_in_time(self) -> None:
        with contextlib.suppress(AuditUnavailable):  # the next commit meets the same and refuses
            self.head()

    # ------------------------------------------------------------------ reading what is there

    def _catch_up(self) -> Tail | None:
        """Where the log ends now, after whatever other processes wrote; None when it has not begun."""
        if not (self.folder / KEYS_FILE).is_file():  # e.g. the empty mount point of a vanished disk
            raise HomeError("audit.not_begun", path=self.folder)
        tail, covered = self._tail, self._covered
        self._head = self._newest_head()
        if tail and tail.path.exists() and tail.path.stat().st_size != tail.end:
            tail = read_on(tail, self._head)
        if tail is None or segment_path(self.folder, tail.tree.size + 1).exists():
            tail = open_newest(self.folder, self._head)  # also when what was just read filled the segment
        if self._head and (tail is None or tail.tree.size < self._head.size):
            raise IntegrityError("audit.not_as_signed", size=self._head.size)
        if self._tail is None or self._covered != covered:
            self._uncovered_since = 0.0
        self._tail = tail
        return tail

    def _newest_head(self) -> Head | None:
        """The last head on file; one cut short was never given to anybody and is dropped."""
        path = self.folder / HEADS_FILE
        size = path.stat().st_size if path.exists() else 0
        if size == self._heads_end:
            return self._head
        content = path.read_bytes() if size else b""
        self._heads_end = content.rfind(b"\n") + 1
        if self._heads_end < size:
            durable.cut(path, self._heads_end)
        heads = read_heads(self.folder)
        return heads[-1] if heads else None


def _lines(tail: Tail, bodies: Iterable[bytes]) -> list[bytes]:
    """The lines of entries after the tail, which stays as it is."""
    lines: list[bytes] = []
    number, previous, moment = tail.tree.size, tail.last, now().isoformat()
    for content in bodies:
        number += 1
        lines.append(line(number, previous, moment, content))
        previous = chain.leaf(lines[-1]).hex()
    return lines


def _unavailable(failure: Exception) -> AuditUnavailable:
    """What keeps the log from being written, in its own words: a changed or absent log is no fault of the disk."""
    if isinstance(failure, IntegrityError | HomeError):
        return AuditUnavailable(failure.code, **failure.values)
    return AuditUnavailable("audit.unavailable", reason=failure)


def _own(action: str, detail: dict) -> Entry:
    return Entry(action, LOG_ACTOR, detail=detail)


def _recovered(path: Path) -> Entry:
    torn = path.read_bytes()
    digest = sha256(torn).hexdigest()
    return _own("log-recovered", {"bytes": len(torn), "sha256": digest, "file": path.stem})


def of_home(settings: Settings) -> JournalSink:
    """The journal of a home, its folders and key made on first use. Raises HomeError when the key of a log is gone."""
    return JournalSink(settings.audit, signer.make(settings.keys, settings.audit))
