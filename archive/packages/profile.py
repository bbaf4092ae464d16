"""profile.toml: kinds of packages, namespaces, element names of the circular. And XML as all packages have it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lxml import etree
from lxml.builder import ElementMaker

Kind = Literal["SIP", "AIP", "DIP"]
KINDS: tuple[Kind, ...] = ("SIP", "AIP", "DIP")
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Schema:
    """A vocabulary: its namespace and the public address of its schema."""

    namespace: str
    address: str

    def tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    @property
    def maker(self) -> ElementMaker:
        return ElementMaker(namespace=self.namespace, nsmap={None: self.namespace, "xsi": XSI})


@cache
def table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("profile.toml").read_text(encoding="utf-8"))


@cache
def schema(name: str) -> Schema:
    return Schema(**table()["schema"][name])


def dumped(root: etree._Element, *schemas: Schema) -> bytes:
    """The XML document, with where the schemas of its vocabularies are published."""
    if schemas:
        hint = " ".join(f"{each.namespace} {each.address}" for each in schemas)
        root.set(f"{{{XSI}}}schemaLocation", hint)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def said(value: object) -> str:
    """A value as XML can hold it: signs it has no place for become U+FFFD."""
    return _NO_XML.sub("\ufffd", str(value))
