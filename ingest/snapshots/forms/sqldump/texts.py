"""Text of a dump: decoded as the dump says it is encoded, and looked at for encodings it does not admit to."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

from ingest.recognition.syllables import judge
from ingest.snapshots.forms.old_text import is_open, rule_of

_SERVER_NAMES = {
    "utf8mb3": "utf-8", "utf8mb4": "utf-8", "unicode": "utf-8", "sql_ascii": "utf-8", "binary": "utf-8", "ucs2": "utf-8",
    "latin1": "cp1252", "win1258": "cp1258", "win1252": "cp1252", "latin9": "iso8859-15",
}  # fmt: skip
"""Names the servers use for encodings; MySQL's latin1 is code page 1252."""

_VIETNAMESE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
_LINES, _LOOKS, _LOOK = 50, 400, 200
"""Lines of a piece, texts of a dump and characters of a text that are looked at for encodings before Unicode."""


def codec(name: str) -> str | None:
    """Python's name for the encoding a dump names; None when there is none."""
    plain = name.strip("'\"` ").lower()
    try:
        return codecs.lookup(_SERVER_NAMES.get(plain, plain)).name
    except LookupError:
        return None


class Texts:
    """`encoding` is what the dump says just now, `used` counts the texts read by each encoding it did not say."""

    def __init__(self) -> None:
        self.encoding = "utf-8"
        self.used: Counter[str] = Counter()
        self._open: list[str] = []

    def use(self, name: str) -> bool:
        """Read on in this encoding; False when it is not known."""
        found = codec(name)
        self.encoding = found or self.encoding
        return found is not None

    def decode(self, raw: bytes) -> str:
        try:
            return raw.decode(self.encoding)
        except UnicodeDecodeError:
            return self._other(raw)

    def decode_lines(self, raw: bytes) -> list[str]:
        """Lines that each end in a line feed; one wrong byte does not change how the other lines are read."""
        try:
            lines = raw.decode(self.encoding).split("\n")[:-1]
        except UnicodeDecodeError:
            lines = [self.decode(line) for line in raw.split(b"\n")[:-1]]
        for line in lines[:_LINES] if len(self._open) < _LOOKS else ():
            self.look(line)
        return [line.removesuffix("\r") for line in lines] if b"\r\n" in raw else lines

    def _other(self, raw: bytes) -> str:
        """Not what the dump says: code page 1258 where that gives Vietnamese words, else byte for byte."""
        try:
            if _is_vietnamese(found := raw.decode("cp1258")):
                self.used["cp1258"] += 1
                return found
        except UnicodeDecodeError:
            pass
        self.used["latin-1"] += 1
        return raw.decode("latin-1")

    def look(self, text: str | bytes) -> None:
        """Keep some texts that may be in an encoding of the time before Unicode; they stay as they are."""
        if len(self._open) < _LOOKS and not text.isascii():
            text = text.decode(self.encoding, "replace") if isinstance(text, bytes) else text
            self._open += [text[:_LOOK]] if is_open(text) and "\ufffd" not in text else []

    def legacy(self) -> str:
        """The encoding before Unicode ("tcvn3", "vni") that texts are in though they pass for Latin letters, or ""."""
        return rule_of(self._open) if self._open else ""


def _is_vietnamese(text: str) -> bool:
    text = unicodedata.normalize("NFC", text)
    return bool(_VIETNAMESE.search(text)) and judge(text).share >= 0.5
