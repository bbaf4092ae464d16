"""Text files, web pages and XML as text, in whatever encoding the old system wrote them."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from archive import text
from archive.model import Finding
from ingest.files import legacy
from ingest.recognition import syllables

TEXT_BYTES = 8 * 2**20
"""Of a longer text only the beginning is read."""

_MARKUP = ("text/html", "text/xml")
_INLINE = ("a", "b", "em", "font", "i", "s", "span", "strong", "sub", "sup", "u")
_OPENING = re.compile(
    r"<(?:(?P<comment>!--)|(?P<data>!\[CDATA\[)|(?P<type>!)|\?|/?(?P<tag>[a-zA-Z][\w:.-]*))"
)
_UNREAD = ("script", "style", "template")
_SAMPLE = 20_000


def decoded(path: Path) -> tuple[str, tuple[Finding, ...]]:
    """The text of the file, its beginning when it is very long."""
    with path.open("rb") as file:
        content = file.read(TEXT_BYTES)
        whole = not file.read(1)
    value, encoding = decoded_bytes(content)
    findings = () if whole else (Finding("contents.text_cut", values={"limit": str(TEXT_BYTES // 2**20)}),)
    if encoding in ("utf-8", "utf-16"):
        return value, findings
    return value, (*findings, Finding("contents.old_encoding", "info", values={"encoding": encoding}))


def readable(value: str, media_type: str) -> str:
    """What a person would read of it: without markup, in the form texts are kept."""
    if media_type in _MARKUP:
        value = "".join(_without_markup(value))
    lines = (" ".join(line.split()) for line in text.clean(value).replace("\0", "").splitlines())
    return "\n".join(filter(None, lines))


def decoded_bytes(content: bytes) -> tuple[str, str]:
    """(text, encoding): Unicode where it is, else the old encoding that gives Vietnamese."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(content) - 4:  # a letter cut in two at the limit
            return content.decode("utf-8-sig", "replace"), "utf-8"
    return max(_old_readings(content), key=lambda reading: _vietnamese(reading[0]))


def _old_readings(content: bytes) -> Iterator[tuple[str, str]]:
    """What the bytes say in the encodings from before Unicode."""
    yield unicodedata.normalize("NFC", content.decode("cp1258", "replace")), "cp1258"
    letters = content.decode("latin-1")
    for name, rule in legacy.rules().items():
        yield rule.convert(letters), name


def _vietnamese(value: str) -> float:
    judged = syllables.judge(value[:_SAMPLE])
    return judged.share * judged.marked_share


def _without_markup(value: str) -> Iterator[str]:
    """What stands between tags, in one pass: what is opened and never closed ends the text.

    Knows no document types and no entities but the characters of HTML.
    """
    at = 0
    while found := _OPENING.search(value, at):
        yield html.unescape(value[at : found.start()])
        inside, at = found.end(), _end(value, found)
        if found["data"] and at > 0:
            yield value[inside : at - len("]]>")]
        elif found["tag"] and found["tag"].lower() not in _INLINE:
            yield "\n"
        if at < 0:
            return
    yield html.unescape(value[at:])


def _end(value: str, found: re.Match[str]) -> int:
    """Where that which was opened ends; -1 for never."""
    if found["comment"] or found["data"]:
        return _after(value, "-->" if found["comment"] else "]]>", found.end())
    end = _after(value, ">", found.end())
    if found["type"] and "[" in value[found.end() : end]:  # a document type with declarations of its own
        return _after(value, ">", _after(value, "]", end))
    name = (found["tag"] or "").lower()
    return _after(value, ">", _after(value, f"</{name}", end)) if name in _UNREAD else end


def _after(value: str, mark: str, at: int) -> int:
    where = value.find(mark, at) if at >= 0 else -1
    return where + len(mark) if where >= 0 else -1
