"""Large objects a cell points at: found in the archive or beside it, never outside the snapshot; text ones are read.

`length` counts characters of text and bytes of anything else (table.xsd of SIARD 2.1). Text is stored as it is, without
escapes. Digests of binary content are passed on in the Blob: whoever reads the bytes compares.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ingest.snapshots.forms.siard.hardened import UNREADABLE
from ingest.snapshots.forms.siard.layout import Field
from ingest.snapshots.forms.siard.store import FolderStore, Outside, Store
from ingest.snapshots.source import Blob, Cell

TEXT_LIMIT = 4 << 20
"""Bytes; longer text is left where it is and given as a Blob."""
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]")
_DIGESTS = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}


class Problem(Exception):
    """`code` of the Finding; the text is its detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Lobs:
    """`archive` is the name of the SIARD file in its folder, "" for an archive that is a folder itself. What lies beside
    the file is read only when the `whole_folder` was handed over: else it is no part of the snapshot."""

    def __init__(self, inside: Store, beside: FolderStore, archive: str, whole_folder: bool) -> None:
        self._inside, self._beside, self._archive = inside, beside, archive
        self._whole_folder = whole_folder

    def read(self, field: Field, folder: str, attributes: Mapping[str, str]) -> tuple[Cell, list[Problem]]:
        """The cell for file="…" in the table that stands in `folder`, and what is wrong with it."""
        named = attributes["file"]
        try:
            store, name, size = self._found(field, folder, named)
        except Problem as problem:
            return named, [problem]
        blob = Blob(
            str(store.locator(name)),
            size,
            _own_name(attributes),
            field.media_type,
            digest=_digest(attributes),
        )
        if field.binary:
            return blob, _differing(named, attributes.get("length", ""), size)
        return _text(store, name, size, blob, attributes)

    def _found(self, field: Field, folder: str, named: str) -> tuple[Store, str, int]:
        outside = False
        for store, name in self._candidates(field, folder, named):
            try:
                size = store.size(name)
            except Outside:
                outside = True
                continue
            if size is not None and store is self._beside and not self._whole_folder:
                raise Problem("snapshot.siard_lob_beside", name)
            if size is not None:
                return store, name, size
        if outside or _ELSEWHERE.match(named):
            raise Problem("snapshot.siard_lob_outside", named)
        raise Problem("snapshot.siard_lob_missing", named)

    def _candidates(self, field: Field, folder: str, named: str) -> Iterator[tuple[Store, str]]:
        """Writers disagree on what the name is relative to: every reading of the standard that meets a file counts."""
        for name in dict.fromkeys([named, unquote(named)]):
            own = field.folders[-1:] if field.folders else ()
            for parts in ((), own, (folder, *own), (folder,)):
                yield self._inside, _joined(*parts, name)
            if _ELSEWHERE.match(name) or any(map(_ELSEWHERE.match, field.folders)):
                continue
            for base in dict.fromkeys([self._archive, ""]):
                yield self._beside, _joined(base, *field.folders, name)


def _joined(*parts: str) -> str:
    return posixpath.normpath("/".join(filter(None, parts)))


def _own_name(attributes: Mapping[str, str]) -> str:
    """SIARD 2.2 keeps the path of the address a DATALINK had."""
    return re.split(r"[/\\]", unquote(attributes.get("dlurlpathonly", "")))[-1]


def _digest(attributes: Mapping[str, str]) -> str:
    """ "md5:…", "" when none is stated or its algorithm is not known."""
    algorithm = algorithm_of(attributes.get("digestType", ""))
    stated = attributes.get("digest", "")
    return f"{algorithm}:{stated.lower()}" if algorithm and stated else ""


def algorithm_of(stated: str) -> str:
    """The name hashlib has for it; "" for one that is not known."""
    return _DIGESTS.get(stated.upper().replace("-", ""), "")


def _differing(named: str, stated: str, *actual: int) -> list[Problem]:
    if not stated or stated in map(str, actual):
        return []
    return [Problem("snapshot.siard_lob_length", f"{named}: {stated} / {actual[0]}")]


def _text(
    store: Store, name: str, size: int, blob: Blob, attributes: Mapping[str, str]
) -> tuple[Cell, list[Problem]]:
    if size > TEXT_LIMIT:
        return blob, []
    try:
        with store.open(name) as stream:
            held = stream.read(TEXT_LIMIT)
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError:
        return blob, [Problem("snapshot.siard_lob_text", name)]
    except UNREADABLE as error:
        return blob, [Problem("snapshot.siard_lob_broken", f"{name}: {error}")]
    return text, [
        *_differing(name, attributes.get("length", ""), len(text), size),
        *_altered(name, held, blob.digest),
    ]


def _altered(name: str, held: bytes, digest: str) -> list[Problem]:
    algorithm, _, stated = digest.partition(":")
    if not digest or hashlib.new(algorithm, held, usedforsecurity=False).hexdigest() == stated:
        return []
    return [Problem("snapshot.siard_lob_digest", name)]
