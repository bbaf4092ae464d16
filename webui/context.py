"""What a request needs of the application: the read side, the language, the translated sentence."""

from __future__ import annotations

from flask import current_app, g, request

from archive import messages
from archive.lookup.reader import HoldingsReader
from archive.wiring_read import Archive

LANGUAGE_COOKIE = "kho_language"


def lookup() -> Archive:
    return current_app.extensions["lookup"]


def reader() -> HoldingsReader:
    """The reader of the published generation, the same one for the whole request."""
    if "reader" not in g:
        g.reader = lookup().reader()
    return g.reader


def language() -> str:
    """`vi` or `en`: as chosen on the page, else the default of the installation."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in messages.LANGUAGES else lookup().settings.language


def say(code: str, /, **values: object) -> str:
    """The sentence for `code` in the language of this request."""
    return messages.say(code, language(), **values)
