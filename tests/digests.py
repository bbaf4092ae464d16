"""One digest of all that an archive holds, by which tests tell whether two of them hold the same."""

from __future__ import annotations

import hashlib

from archive import serial
from archive.holdings import description, package
from archive.holdings.store import Holdings


def holdings_digest(holdings: Holdings) -> str:
    """One digest of everything held: dossier ids, logical paths, content digests, descriptions without times.

    Two ingests of the same batch agree here, however often one of them was interrupted.
    """
    digest = hashlib.sha256()
    for dossier_id in sorted(holdings.dossiers()):
        state = holdings.inventory(dossier_id).state
        originals = sorted(
            (path, sha512) for path, sha512 in state.items() if path.startswith(package.ORIGINALS)
        )
        timeless = description.timeless(holdings.dossier(dossier_id))
        said = hashlib.sha256(serial.dumps(timeless)).hexdigest()
        digest.update(repr((dossier_id, said, originals)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
