"""Closes old parts of the log: a whole segment gives way to the digests of its lines, so that the chain still verifies.

Never by itself: only what is older than the time it must be kept and covered by a head held outside is closed, and
the log says so first.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from archive import durable
from archive.audit.entry import decode
from archive.audit.heads import Head
from archive.audit.journal import JournalSink
from archive.audit.log import LEAVES, Segment, segments
from archive.audit.tail import MODE
from archive.audit.verify import verify
from archive.errors import IntegrityError


def close_old(sink: JournalSink, outside: Head, day: date, actor: str) -> list[tuple[int, int]]:
    """Close the segments whose entries are all from before `day`; returns (first, last) of each.

    Raises IntegrityError when the log or the head does not verify.
    """
    if not verify(sink.folder, [outside]).intact:
        raise IntegrityError("audit.not_intact")
    parts = segments(sink.folder)
    closed = []
    for part, following in pairwise(parts):
        last = following.first - 1
        if part.closed or last > outside.size or not _ended_before(part, day):
            continue
        detail = {"first": part.first, "last": last, "by": actor, "head": outside.text}
        sink.tell("log-pruned", detail)
        durable.write_file(part.path.with_suffix(LEAVES), b"".join(part.leaves()), MODE)
        durable.remove_tree(part.path)
        closed.append((part.first, last))
    return closed


def _ended_before(part: Segment, day: date) -> bool:
    return max(decode(line).entry.when[:10] for line in part.lines()) < day.isoformat()
