"""metadata.xml of SIARD 1.0 - 2.2 (eCH-0165) and tableIndex.xml of SIARD-DK -> Layout. Pure over the parsed tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from xml.etree.ElementTree import Element

from ingest.snapshots.forms.siard.layout import Field, Layout, Names, Stored
from ingest.snapshots.forms.siard.text import plain
from ingest.snapshots.source import Column, Table

_NAMESPACE = re.compile(r"http://www\.bar\.admin\.ch/xmlns/siard/(\d[\d.]*)/metadata\.xsd")
_DK = re.compile(r"http://www\.sa\.dk/xmlns/diark/(\d[\d.]*)")
_MAX_TYPES = 16
"""User types inside user types."""
_MAX_FIELDS = 100_000
"""Fields inside arrays and user types, of the whole archive: types of ten attributes, sixteen deep, would be 10^16."""


class Types:
    """The user types of an archive."""

    def __init__(self, root: Element) -> None:
        self._left = _MAX_FIELDS
        self._known = {
            (said(schema, "name"), said(kind, "name")): kind
            for schema in root.iterfind("schemas/schema")
            for kind in schema.iterfind("types/type")
        }

    def get(self, schema: str, name: str) -> Element | None:
        return self._known.get((schema, name)) if name else None

    def spend(self) -> bool:
        """May one more field be told apart?"""
        self._left -= 1
        return self._left >= 0


def version(root: Element) -> str:
    """ "1.0" … "2.2"; "" when this is not SIARD metadata."""
    found = _NAMESPACE.fullmatch(root.get("xmlns", ""))
    return (root.get("version") or found[1]) if found and root.tag == "siardArchive" else ""


def dk_version(root: Element) -> str:
    found = _DK.fullmatch(root.get("xmlns", ""))
    return found[1] if found and root.tag == "siardDiark" else ""


def layout(root: Element) -> Layout:
    """Of metadata.xml; members are content/<schema folder>/<table folder>/<table folder>.xml."""
    listed = [
        Listed(said(schema, "name"), table, f"content/{raw(schema, 'folder')}/{raw(table, 'folder')}")
        for schema in root.iterfind("schemas/schema")
        for table in schema.iterfind("tables/table")
    ]
    made = laid(listed, Types(root), tuple(filter(None, [raw(root, "lobFolder")])))
    return replace(made, version=version(root), digest=_digest(root))


def _digest(root: Element) -> tuple[str, str]:
    """SIARD 2 has elements for type and digest; SIARD 1 writes "MD5DA01…"."""
    whole = raw(root, "messageDigest")
    found = re.fullmatch(r"(MD5|SHA-?1|SHA-?256)\s*([0-9A-Fa-f]+)", whole)
    if found:
        return found[1], found[2]
    return raw(root, "messageDigest/digestType"), raw(root, "messageDigest/digest")


# --------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class Listed:
    """A table as listed; `folder` is that of its XML in the store."""

    schema: str
    element: Element
    folder: str

    @property
    def name(self) -> str:
        return said(self.element, "name")

    @property
    def member(self) -> str:
        return f"{self.folder}/{self.folder.rpartition('/')[2]}.xml"


def laid(listed: list[Listed], types: Types, folders: tuple[str, ...]) -> Layout:
    shared = Counter(each.name for each in listed)
    names = Names()
    known: dict[tuple[str, str], str] = {}
    for each in listed:
        whole = f"{each.schema}.{each.name}" if each.schema and shared[each.name] > 1 else each.name
        known.setdefault((each.schema, each.name), whole)
    tables: list[Stored] = []
    repaired: list[str] = []
    for each in listed:
        columns = _Columns(each.schema, types)
        fields = [columns.read(column, folders) for column in each.element.iterfind("columns/column")]
        name = names.claim(known[each.schema, each.name], each.folder)
        repaired += [f"{name}: {column}" for column in columns.names.twice]
        tables.append(
            Stored(_table(each, name, columns.made, known), each.member, _cells(each.element, fields))
        )
    return Layout("", tuple(tables), repaired=(*names.twice, *repaired))


def _cells(table: Element, fields: list[Field]) -> dict[str, Field]:
    """SIARD-DK names the elements itself (columnID)."""
    named = (raw(column, "columnID") for column in table.iterfind("columns/column"))
    return {
        name or f"c{place}": each for place, (name, each) in enumerate(zip(named, fields, strict=True), 1)
    }


def _table(each: Listed, name: str, columns: list[Column], known: Mapping[tuple[str, str], str]) -> Table:
    table, rows = each.element, raw(each.element, "rows")
    foreign: dict[str, tuple[str, str]] = {}
    for key in table.iterfind("foreignKeys/foreignKey"):
        target = (said(key, "referencedSchema") or each.schema, said(key, "referencedTable"))
        for pair in key.iterfind("reference"):
            foreign.setdefault(said(pair, "column"), (known.get(target, target[1]), said(pair, "referenced")))
    key = (plain((column.text or "").strip()) for column in table.iterfind("primaryKey/column"))
    own = {column.name for column in columns}
    return Table(
        name=name,
        columns=tuple(columns),
        declared=int(rows) if re.fullmatch(r"[0-9]{1,18}", rows) else None,
        note=said(table, "description"),
        key=tuple(name for name in key if name in own),
        foreign={name: target for name, target in foreign.items() if name in own},
    )


# --------------------------------------------------------------------------- columns


class _Columns:
    """The columns of one table: those listed, and one more for each binary value inside an array or a user type."""

    def __init__(self, schema: str, types: Types) -> None:
        self._schema, self._types = schema, types
        self.names = Names()
        self.made: list[Column] = []

    def read(self, column: Element, folders: tuple[str, ...]) -> Field:
        name = self.names.claim(said(column, "name"), f"c{len(self.made) + 1}")
        self.made.append(Column(name, _shown_type(column), said(column, "description")))
        return replace(self._field(column, column, name, said(column, "name"), folders), name=name)

    def _field(
        self, carrier: Element, declared: Element | None, path: str, label: str, folders: tuple[str, ...],
        element: bool = False, depth: int = 0,
    ) -> Field:  # fmt: skip
        """`carrier` has the type; `declared` (column or field) the folder, the media type and what is inside."""
        folders = (*folders, *filter(None, [raw(declared, "lobFolder")]))
        type_name, attributes = self._type(carrier)
        inner = [] if declared is None else declared.findall("fields/field")
        made = Field("", label, type_name, raw(declared, "mimeType"), folders)
        deeper = {"folders": folders, "depth": depth + 1}
        if depth and (depth > _MAX_TYPES or not self._types.spend()):
            return made
        if raw(carrier, "cardinality") and not element:
            within = self._elements(carrier, inner, path, label, deeper)
        elif attributes:
            within = self._attributes(attributes, inner, path, deeper)
        else:
            within = {f"u{place}": Field("", said(each, "name")) for place, each in enumerate(inner, 1)}
        made = replace(made, within=within)
        return replace(made, name=self._extra(path, made)) if depth and made.binary else made

    def _elements(
        self, carrier: Element, inner: list[Element], path: str, label: str, deeper: dict
    ) -> dict[str, Field]:
        """a1, a2 … as declared; "a" stands for any other."""
        within = {"a": Field("", "", self._type(carrier)[0], folders=deeper["folders"])}
        for place, each in enumerate(inner, 1):
            own = said(each, "name")
            spot = path + own[len(label) :] if own.startswith(f"{label}[") else f"{path}[{place}]"
            number = re.search(r"\[(\d+)\]$", spot)
            key = f"a{number[1]}" if number else f"a{place}"
            within[key] = self._field(carrier, each, spot, own, element=True, **deeper)
        return within

    def _attributes(
        self, attributes: list[Element], inner: list[Element], path: str, deeper: dict
    ) -> dict[str, Field]:
        pairs = zip_longest(attributes, inner[: len(attributes)])
        return {
            f"u{place}": self._field(
                each, said_of, f"{path}.{said(each, 'name')}", said(each, "name"), **deeper
            )
            for place, (each, said_of) in enumerate(pairs, 1)
        }

    def _extra(self, path: str, made: Field) -> str:
        name = self.names.claim(path, path)
        self.made.append(Column(name, made.type))
        return name

    def _type(self, carrier: Element) -> tuple[str, list[Element]]:
        """The standard type behind it, and its attributes when it is a user type."""
        for _ in range(_MAX_TYPES):
            kind = self._types.get(said(carrier, "typeSchema") or self._schema, said(carrier, "typeName"))
            if kind is None:
                return raw(carrier, "type"), []
            if kind.find("attributes/attribute") is not None:
                return "", kind.findall("attributes/attribute")
            if raw(kind, "base"):
                return raw(kind, "base"), []
            carrier = kind
        return "", []


def _shown_type(column: Element) -> str:
    own = ".".join(filter(None, [said(column, "typeSchema"), said(column, "typeName")]))
    size = raw(column, "cardinality")
    return (raw(column, "type") or own) + (f" ARRAY[{size}]" if size else "")


def raw(element: Element | None, path: str) -> str:
    """Text of the first such child; "" without."""
    return (element.findtext(path) or "").strip() if element is not None else ""


def said(element: Element | None, path: str) -> str:
    return plain(raw(element, path))
