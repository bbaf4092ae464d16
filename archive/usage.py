"""How a command is to be typed: help pages in both languages, and what was typed wrong in the reader's own.

click speaks English only; every sentence of it that a user can meet is said here instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click
from click.exceptions import NoSuchCommand

from archive import console, dates
from archive.errors import KhoError, UsageError
from archive.messages import say

HEADINGS = {"Options": "help.options", "Commands": "help.commands"}
PHRASES = {"Show this message and exit.": "help.help", "default": "help.default"}
PLACES = {
    "[OPTIONS]": "[TÙY-CHỌN]",
    "COMMAND [ARGS]...": "LỆNH …",
    " INTEGER RANGE": " SỐ",
    " INTEGER": " SỐ",
    " TEXT": " CHỮ",
    " DIRECTORY": " THƯ-MỤC",
    " FILE": " TỆP",
}


class Day(click.ParamType):
    """A whole day as officials or programs write it: 31/12/2026 or 2026-12-31."""

    name = "day"

    def convert(self, value: str, *_: object) -> date:
        written = dates.parse(value)
        if len(written) != len("2026-12-31"):
            raise UsageError("error.day", value=value)
        return date.fromisoformat(written)


class There(click.Path):
    """A file that must be there; with `folder` a folder, with None either of them."""

    def __init__(self, folder: bool | None = False) -> None:
        super().__init__(
            file_okay=folder is not True, dir_okay=folder is not False, readable=False, path_type=Path
        )

    def convert(self, value: str, *rest: object) -> Path:
        if not Path(value).exists():
            raise UsageError(
                "error.no_file" if self.file_okay else "error.no_folder", path=value, here=Path.cwd()
            )
        return super().convert(value, *rest)


class Group(click.Group):
    """A group of commands whose help lists what each does, uncut, and whose errors know their command."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except click.UsageError as error:  # click's parser does not tell which command it was reading
            name = context.invoked_subcommand
            command = self.get_command(context, name) if name and error.ctx is None else None
            if command:
                error.ctx = click.Context(command, parent=context, info_name=name)
            raise

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.get_command(context, name)) for name in self.list_commands(context)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, found.get_short_help_str(200)) for name, found in commands if found])


class HelpPage(click.HelpFormatter):
    """click's help page with its fixed words in both languages, as the texts of the commands are."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _placed(args), f"{_both('help.usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_both(HEADINGS[heading]) if heading in HEADINGS else heading)

    def write_dl(self, rows: Sequence[tuple[str, str]], *args: int, **kwargs: int) -> None:
        super().write_dl([(_placed(first), _translated(text)) for first, text in rows], *args, **kwargs)


def _both(code: str) -> str:
    return f"{say(code, 'vi')} / {say(code, 'en')}"


def _placed(text: str) -> str:
    for english, place in PLACES.items():
        text = text.replace(english, place)
    return text


def _translated(text: str) -> str:
    if text in PHRASES:
        return _both(PHRASES[text])
    return text.replace("[default: ", f"[{_both(PHRASES['default'])}: ")


# --------------------------------------------------------------------------- misuse


def misuse(error: click.ClickException) -> KhoError:
    """What click found wrong with the command line, as an error of ours in the language asked for."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "kho"
    return UsageError("error.misuse", detail=_detail(error, context), command=command)


def _detail(error: click.ClickException, context: click.Context | None) -> str:
    if isinstance(error, click.NoSuchOption):
        return _unknown("misuse.no_option", error.option_name, error.possibilities or ())
    if isinstance(error, NoSuchCommand):
        known = context.command.list_commands(context) if context else []
        return _unknown(
            "misuse.no_command", error.command_name, difflib.get_close_matches(error.command_name, known)
        )
    if isinstance(error, click.BadOptionUsage):
        code = "misuse.no_value" if _is_flag(context, error.option_name) else "misuse.needs_value"
        return console.sentence(code, name=error.option_name)
    if isinstance(error, click.MissingParameter) and error.param:
        return console.sentence("misuse.missing", name=_name(error.param))
    if isinstance(error, click.BadParameter) and error.param:
        return _bad_value(error.param, error)
    if type(error) is click.UsageError and isinstance(error.cmd, click.Group):
        return console.sentence("misuse.which_command")
    if type(error) is click.UsageError and "(" in error.message:
        return console.sentence("misuse.extra", words=error.message.partition("(")[2].rpartition(")")[0])
    return _technical(error)


def _unknown(code: str, name: str, near: Sequence[str]) -> str:
    said = console.sentence(code, name=name)
    return f"{said} {console.sentence('misuse.near', names=', '.join(near))}" if near else said


def _is_flag(context: click.Context | None, name: str) -> bool:
    params = context.command.params if context else []
    return any(isinstance(param, click.Option) and name in param.opts and param.is_flag for param in params)


def _name(param: click.Parameter) -> str:
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name


def _bad_value(param: click.Parameter, error: click.BadParameter) -> str:
    name, kind = _name(param), param.type
    if isinstance(kind, click.Choice):
        return console.sentence("misuse.choice", name=name, known=", ".join(kind.choices))
    if isinstance(kind, click.IntRange) and kind.max is not None:
        return console.sentence("misuse.between", name=name, first=kind.min, last=kind.max)
    if isinstance(kind, click.IntRange):
        return console.sentence("misuse.at_least", name=name, first=kind.min)
    if isinstance(kind, click.Path):
        return console.sentence("misuse.file" if not kind.dir_okay else "misuse.folder", name=name)
    return _technical(error)


def _technical(error: click.ClickException) -> str:
    return console.sentence("misuse.other", detail=error.format_message())
