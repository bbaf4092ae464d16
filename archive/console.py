"""What every `kho` command shares: the --home and --lang options, messages, tables, JSON output."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from archive import serial, settings, text
from archive.messages import LANGUAGES, say

OK, SOME_REFUSED, FAILED = 0, 1, 2
"""Exit codes: all done; done but some items were refused or found damaged; failed or misused."""


HOME = click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Thư mục kho / the archive's home [KHO_HOME]",
)


def _speak(_context: click.Context, _param: click.Parameter, chosen: str | None) -> str | None:
    remember_language(chosen)
    return chosen


LANG = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    is_eager=True,  # known before any other option is read: what is wrong with one is said in this language
    callback=_speak,
    help="Ngôn ngữ thông báo / language of messages [vi]",
)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="Một tài liệu JSON cho chương trình / one JSON document"
)


def with_settings(command: Callable) -> Callable:
    """Adds --home and --lang to a command and passes it `settings` first."""

    @HOME
    @LANG
    @functools.wraps(command)
    def wrapped(*args: Any, home: str | None, lang: str | None, **kwargs: Any) -> Any:
        group = click.get_current_context().find_root().params
        loaded = settings.load(home or group.get("home"))
        if lang or group.get("lang"):
            loaded = dataclasses.replace(loaded, language=lang or group.get("lang"))
        remember_language(loaded.language)
        return command(loaded, *args, **kwargs)

    return wrapped


_language = "vi"


def forget_language() -> None:
    """Start a command line anew: the language is the machine's until --lang or the home says otherwise."""
    global _language
    _language = "vi"
    remember_language(os.environ.get("KHO_LANGUAGE"))


def remember_language(chosen: str | None) -> None:
    global _language
    if chosen in LANGUAGES:
        _language = chosen


def language() -> str:
    return _language


def sentence(code: str, **values: object) -> str:
    """The sentence for a message code; nothing in its values can steer the terminal."""
    safe = {
        name: text.visible(str(value)) if isinstance(value, str | Path) else value
        for name, value in values.items()
    }
    return say(code, _language, **safe)


def tell(code: str, **values: object) -> None:
    """Print the sentence for a message code."""
    click.echo(sentence(code, **values))


def warn(code: str, **values: object) -> None:
    """Print the sentence for a message code to standard error."""
    click.echo(sentence(code, **values), err=True)


def emit_json(value: Any) -> None:
    """Print one JSON document, in UTF-8 whatever file names it has: the only thing on standard output with --json."""
    rendered = json.dumps(serial.to_plain(value), ensure_ascii=False, indent=1)
    click.echo(rendered.encode("utf-8", "backslashreplace"))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print a table; `headings` are message codes."""
    shown = Table(title=say(title, _language) if title else None, title_justify="left")
    for heading in headings:
        shown.add_column(say(heading, _language), overflow="fold")
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    wide = None if sys.stdout.isatty() else 140
    Console(width=wide, highlight=False).print(shown)


@contextlib.contextmanager
def counted(code: str) -> Iterator[Callable[..., None]]:
    """A line that counts (done, in all) on a terminal; programs and log files are spared it."""
    shown = sys.stderr.isatty()

    def count(done: int, total: int, **more: object) -> None:
        if shown:
            click.echo(f"\r{sentence(code, done=done, total=total, **more)}", nl=False, err=True)

    try:
        yield count
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)
