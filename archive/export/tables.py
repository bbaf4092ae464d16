"""The description of what was exported, as tables (CSV, XLSX) and as XML; gathered while documents pass. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from archive import cells, text
from archive.export.lookup import Given
from archive.export.pile import Pile
from archive.export.plan import Refusal
from archive.holdings import description
from archive.messages import say
from archive.model import Dossier, Item
from archive.papers import lists, xlsx
from archive.papers.files import Filled
from archive.processing import SystemRecord
from archive.serial import to_plain

NAMESPACE = "urn:kho:export:1"


@cache
def tables() -> dict[str, dict]:
    """Name -> its `file` and `columns`."""
    return tomllib.loads(Path(__file__).with_name("tables.toml").read_text(encoding="utf-8"))


class Description:
    """Rows of every table, and the elements of the XML."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.rows = {name: Pile() for name in tables()}
        self.lines = Pile()
        """Of mục lục hồ sơ."""
        self._elements = Pile()

    def dossier(self, dossier: Dossier, exported: list[Given], folder: str) -> None:
        """A dossier and what was exported of it; after its documents."""
        values, count = description.dossier_values(dossier), len(exported)
        pages = sum(given.row.page_count for given in exported)
        self.lines.add(lists.dossier_line(len(self.lines) + 1, dossier, pages))
        self._add("dossiers", values | {"documents": str(count), "folder": folder})
        plain = description.named("dossier", values | {"documents": str(count)})
        self._elements.add(["dossier", dossier.id, plain, {}])

    def document(self, dossier: Dossier, item: Item, files: int, copy: str) -> None:
        values = description.document_values(dossier, item)
        own = {"level": item.level, "embargo": item.embargo, "files": str(files), "copy": copy}
        own["code"] = item.value("code")
        self._add("documents", values | own)
        more = {"record": to_plain(_telling(item.record))} if item.record else {}
        self._elements.add(["document", item.id, description.named("document", values), more])

    def file(self, item_id: str, what: str, path: str, name: str, size: int, sha256: str, media: str) -> None:
        row = {"id": item_id, "what": what, "path": path, "name": name, "bytes": str(size)}
        self._add("files", row | {"sha256": sha256, "media_type": media})
        about = {"path": path, "name": name, "size": str(size), "sha256": sha256, "type": media}
        self._elements.add([what, item_id, {}, about])

    def refusal(self, one: Refusal) -> None:
        self._add("refusals", {"id": one.record, "what": one.what, "name": one.name, "reason": one.reason})

    def _add(self, table: str, values: dict[str, str]) -> None:
        self.rows[table].add([values.get(column, "") for column in tables()[table]["columns"]])

    # ------------------------------------------------------------------ as CSV and XLSX

    def headings(self, table: str) -> list[str]:
        return [say(f"export.col.{column}", self.language) for column in tables()[table]["columns"]]

    def shown(self, table: str) -> Iterator[list[str]]:
        """The rows in words: kinds and reasons as sentences."""
        columns = tables()[table]["columns"]
        told = {"what": "export.what.{}", "reason": "{}"}
        for row in self.rows[table]:
            yield [
                say(told[column].format(cell), self.language) if column in told else cell
                for column, cell in zip(columns, row, strict=True)
            ]

    def csv(self, table: str) -> Iterator[bytes]:
        yield (cells.MARK + cells.line(self.headings(table))).encode()
        for row in self.shown(table):
            yield cells.line(row).encode("utf-8", "replace")

    def workbook(self) -> bytes:
        return xlsx.write(
            (say(f"export.table.{name}", self.language), self.headings(name), self._legible(name))
            for name in tables()
        )

    def _legible(self, table: str) -> Iterator[list[str]]:
        return ([_legal(cell) for cell in row] for row in self.shown(table))

    def list_of_dossiers(self) -> Filled:
        return lists.of_dossiers(self.lines, self.language)

    # ------------------------------------------------------------------ as XML

    def xml(self) -> Iterator[bytes]:
        """A flat list: documents and files of a dossier stand before it, tied by their ids."""
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<export xmlns="{NAMESPACE}">\n'.encode()
        for kind, record, values, more in self._elements:
            yield _element(kind, record, values, more).encode("utf-8", "replace")
        yield b"</export>\n"


def _telling(record: SystemRecord) -> SystemRecord:
    """What the look-up shows of it: links say what they say, not which record of the system they lead to."""
    links = (replace(link, target="" if link.text else link.target, item="") for link in record.links)
    return replace(record, links=tuple(links))


def _element(kind: str, record: str, values: dict[str, str], more: dict) -> str:
    if kind in ("original", "copy"):
        said = "".join(f" {name}={quoteattr(_legal(value))}" for name, value in more.items())
        return f"<{kind} document={quoteattr(record)}{said}/>\n"
    fields = "".join(
        f"  <field code={quoteattr(code)}>{escape(_legal(value))}</field>\n" for code, value in values.items()
    )
    return f"<{kind} id={quoteattr(record)}>\n{fields}{''.join(_nested(more))}</{kind}>\n"


def _nested(value: object) -> Iterable[str]:
    """Plain values of any shape: maps become named values, lists repeat."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"<value name={quoteattr(_legal(str(name)))}>"
            yield from _nested(each)
            yield "</value>\n"
    elif isinstance(value, list):
        for each in value:
            yield "<one>"
            yield from _nested(each)
            yield "</one>"
    elif value is not None:
        yield escape(_legal(str(value)))


def _legal(value: str) -> str:
    """Nothing in it that XML 1.0 forbids or that steers the text; control characters become visible marks."""
    return text.visible(value).encode("utf-8", "replace").decode()
