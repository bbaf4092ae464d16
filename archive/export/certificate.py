"""The certificate of an export: who took out what, when and by which right, with digests of everything, signed.

chung-nhan.json is covered by the seal in chung-nhan.sig (archive/audit/heads.py) and itself has the digest of the payload's
manifest and of every other file beside it. It carries the newest head of the access log, so that any later log can be
held against it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Protocol

from archive import dates, serial
from archive.audit.heads import Head, Seal
from archive.audit.sheet import STYLE, qr
from archive.messages import say
from archive.text import visible

FORMAT = "kho-export/1"
JSON, SEAL, PAGE, KEYS = "chung-nhan.json", "chung-nhan.sig", "chung-nhan.html", "khoa.txt"


class Certifier(Protocol):
    """Who signs: the keeper, or the log's own journal."""

    def head(self) -> Head | None: ...

    def seal(self, digest: str) -> Seal: ...


def dumps(certificate: Mapping[str, object]) -> bytes:
    return serial.dumps(dict(certificate))


def loads(content: bytes) -> dict:
    """Raises ValueError for what is no certificate of ours."""
    found = json.loads(content)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(FORMAT)
    return found


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def page(certificate: Mapping[str, object], head: Head, language: str) -> bytes:
    """The same to print: one page with the head as a QR code."""
    title = escape(say("export.certificate.title", language))
    rows = "".join(
        f"<tr><td>{escape(say(f'export.certificate.{name}', language))}</td><td>{escape(visible(value))}</td></tr>"
        for name, value in _told(certificate, language)
        if value
    )
    how, signed = (escape(say(f"export.certificate.{name}", language)) for name in ("how", "signature"))
    code = f'<div class="head">{qr(head).svg_inline(omitsize=True, border=2)}<code>{escape(head.text)}</code></div>'
    body = f"<h1>{title}</h1><table>{rows}</table><h2>{escape(say('export.certificate.head', language))}</h2>{code}"
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<style>{STYLE}</style></head><body>{body}<p class="how">{how}</p><p class="sign">{signed}</p></body></html>\n'
    ).encode()


def _told(certificate: Mapping, language: str) -> list[tuple[str, str]]:
    who, what, counts = certificate["actor"], certificate["selection"], certificate["counts"]
    kind = say(f"export.kind.{what['kind']}", language)
    filters = "; ".join(f"{name}: {', '.join(values)}" for name, values in what.get("filters", {}).items())
    return [
        ("export", certificate["export"]),
        ("who", " · ".join(filter(None, [who["name"], who["account"], who.get("by", "")]))),
        ("when", f"{dates.moment(certificate['began'])} – {dates.moment(certificate['ended'])}"),
        ("what", " · ".join(filter(None, [f"{kind}: {what['value']}", filters]))),
        ("generation", certificate["generation"]),
        ("held", say("export.certificate.counts", language, **counts)),
        ("manifest", certificate["manifest"]),
        ("entry", str(certificate["log"]["entry"])),
        ("key", certificate["log"]["key"]),
    ]
