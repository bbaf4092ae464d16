"""Text as SIARD writes it: characters XML cannot hold, back-slashes and runs of blanks as \\u0000 escapes."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\u(?:([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|(?![dD][89a-fA-F])([0-9a-fA-F]{4}))"
)


def plain(text: str) -> str:
    """The escapes resolved; half a surrogate pair stays as it is written."""
    return _ESCAPE.sub(_character, text) if "\\u" in text else text


def _character(found: re.Match[str]) -> str:
    high, low, single = found.groups()
    if single:
        return chr(int(single, 16))
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
