"""What is already in a package: the name, size and digest of each file written, as METS and PREMIS state them. Pure."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import quote

from archive.packages.content import Part


@dataclass(frozen=True)
class Stored:
    """A file in the package: `path` from its root folder, digest as it was written. `part`: what of the content it is."""

    path: str
    media_type: str
    size: int
    sha256: str
    part: Part | None = None

    def href(self, base: str = "") -> str:
        """Its address as seen from the folder `base` of the package."""
        return quote(posixpath.relpath(self.path, base or "."))
