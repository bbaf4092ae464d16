"""Every page's reading and image, and every text of a file without pages, against its digests, as `kho verify` does. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.errors import IntegrityError, NotFound
from archive.holdings.renditions import Renditions
from archive.model import Dossier, Finding, TextRef


class PageCheck:
    """Checks the pages of dossier after dossier; a page that several documents share is checked and named once.

    `pages` counts those checked, `undigested` those of them from an earlier version, which only seem whole.
    """

    def __init__(self, renditions: Renditions) -> None:
        self.renditions = renditions
        self.undigested = 0
        self._seen: set[str] = set()
        self._texts: set[str] = set()

    @property
    def pages(self) -> int:
        return len(self._seen)

    def dossier(self, dossier: Dossier) -> Iterator[Finding]:
        """A finding for each missing or damaged file."""
        for item in dossier.items:
            for number, page in enumerate(item.pages, 1):
                if page.rendition not in self._seen:
                    self._seen.add(page.rendition)
                    yield from self._page(item.id, number, page.rendition)
            for one in item.texts:
                if one.rendition not in self._texts:
                    self._texts.add(one.rendition)
                    yield from self._text(item.id, one)

    def _page(self, item_id: str, number: int, rendition: str) -> Iterator[Finding]:
        try:
            self.undigested += not self.renditions.check(rendition)
        except (NotFound, IntegrityError) as error:
            path = Path(error.values["path"])
            code = "fixity.page_damaged" if path.exists() else "fixity.page_missing"
            yield Finding(code, "error", self._file(path), number, {"item": item_id, "page": str(number)})

    def _text(self, item_id: str, text: TextRef) -> Iterator[Finding]:
        try:
            self.renditions.text(text.rendition)
        except (NotFound, IntegrityError) as error:
            path = Path(error.values["path"])
            code = "fixity.text_damaged" if path.exists() else "fixity.text_missing"
            yield Finding(code, "error", self._file(path), values={"item": item_id, "name": text.name})

    def _file(self, path: Path) -> str:
        return f"{self.renditions.root.name}/{path.relative_to(self.renditions.root).as_posix()}"
