"""Files that lie beside the data of a snapshot, found by the paths its rows state. Pure over a listing.

A row states the path as the old server knew it: another drive, backslashes, a web address, marks composed otherwise,
another case. One of the two paths must be the whole end of the other: a file of the same name in another folder is another
file. Of several the longest counts, if only one file has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from archive import text


class Beside:
    """`names` are relative to the snapshot's folder, with "/"."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_name: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for name in names:
            parts = _parts(name)
            if parts:
                self._by_name[parts[-1]].append((parts, name))

    def find(self, stated: str) -> tuple[str, bool]:
        """(the file's name, False); ("", True) when several fit equally well; ("", False) when none does."""
        for form in _forms(stated):
            wanted = _parts(form)
            if not wanted:
                continue
            fitting = [
                (length, name)
                for parts, name in self._by_name.get(wanted[-1], ())
                if (length := _common_end(parts, wanted)) == min(len(parts), len(wanted))
            ]
            if not fitting:
                continue
            longest = max(length for length, _ in fitting)
            best = [name for length, name in fitting if length == longest]
            return (best[0], False) if len(best) == 1 else ("", True)
        return "", False


def _forms(stated: str) -> list[str]:
    """The path as stated, and as it may be meant: the path of a web address, its %XX read."""
    stated = stated.strip().strip('"')
    path = urlsplit(stated).path if "://" in stated else stated
    return list(dict.fromkeys([path, unquote(path)]))


def _parts(path: str) -> tuple[str, ...]:
    plain = text.lower(text.clean(path.encode("utf-8", "replace").decode())).replace("\\", "/")
    return tuple(part.strip() for part in plain.split("/") if part.strip() not in ("", ".", ".."))


def _common_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    length = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        length += 1
    return length
