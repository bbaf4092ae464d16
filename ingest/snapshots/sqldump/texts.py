"""Text of a dump: decoded as the dump says it is encoded, and looked at for encodings it does not admit to."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

from archive import text as vietnamese
from ingest import legacy
from ingest.syllables import is_syllable

_SERVER_NAMES = {
    "utf8mb3": "utf-8", "utf8mb4": "utf-8", "unicode": "utf-8", "sql_ascii": "utf-8", "binary": "utf-8", "ucs2": "utf-8",
    "latin1": "cp1252", "win1258": "cp1258", "win1252": "cp1252", "latin9": "iso8859-15",
}  # fmt: skip
"""Names the servers use for encodings; MySQL's latin1 is code page 1252."""

_LATIN = re.compile("[\u00a1-\u00ff]")
_VIETNAMESE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
_WORD = re.compile(r"[^\W\d_]*[^\W\d_a-zA-Z][^\W\d_]*")
_LINES = 50
_LOOKS = 400
"""Texts with letters beyond ASCII that are looked at in one dump before it is believed to be Unicode throughout."""


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
        self._looks = _LOOKS

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
        for line in lines[:_LINES] if self._looks > 0 else ():
            self.look(line)
        return [line.removesuffix("\r") for line in lines] if b"\r\n" in raw else lines

    def _other(self, raw: bytes) -> str:
        """Not what the dump says: code page 1258 where that gives Vietnamese words, else byte for byte."""
        try:
            found = unicodedata.normalize("NFC", raw.decode("cp1258"))
            if _VIETNAMESE.search(found) and _share(found) >= 0.5:
                self.used["cp1258"] += 1
                return raw.decode("cp1258")
        except UnicodeDecodeError:
            pass
        self.used["latin-1"] += 1
        return raw.decode("latin-1")

    def look(self, text: str | bytes) -> None:
        """Notice an encoding of the time before Unicode, or UTF-8 encoded twice. The text stays as it is."""
        if self._looks <= 0 or text.isascii():
            return
        text = self.decode(text) if isinstance(text, bytes) else text
        self._looks -= 1
        if _VIETNAMESE.search(text) or not _LATIN.search(text):
            return
        self.used.update(filter(None, [_disguise(text)]))


def _disguise(text: str) -> str:
    """The name of the encoding a text is in, though it passes for Latin letters; "" when it is what it seems."""
    try:
        if _VIETNAMESE.search(text.encode("cp1252").decode("utf-8")):
            return "utf-8 (x2)"
    except UnicodeError:
        pass
    plain = _share(text)
    shares = {name: _share(rule.convert(text)) for name, rule in legacy.rules().items()}
    name = max(shares, key=lambda name: shares[name])
    return name if shares[name] >= 0.7 and shares[name] > plain + 0.2 else ""


def _share(text: str) -> float:
    """Share of Vietnamese syllables among the words with letters beyond ASCII; 0 without such words."""
    words = [vietnamese.lower(word) for word in _WORD.findall(text)]
    return sum(map(is_syllable, words)) / len(words) if words else 0.0
