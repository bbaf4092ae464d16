"""The `kho` command. The only place where an error becomes output and an exit code.

`ingest` and `serve` live outside this package and are found by their entry points (group kho.commands).
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points

import click

from archive import commands, console, usage
from archive.errors import HomeError, KhoError


class Commands(usage.Group):
    """The commands of this package and of the others, loaded only when asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*commands.PLACES, *(point.name for point in _points())})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        own = commands.load(name)
        if own is not None:
            return own
        point = next((point for point in _points() if point.name == name), None)
        return point.load() if point else None


def _points():
    return entry_points(group="kho.commands")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@console.HOME
@console.LANG
def kho(home: str | None, lang: str | None) -> None:
    """Kho lưu trữ số: số hóa và tra cứu hồ sơ cũ / archive digitisation and read-only look-up.

    \b
    Ví dụ / examples:
      kho init --home kho-huyen
      kho ingest folder scans/dot-1 --fonds H30.01 --home kho-huyen
      kho publish --home kho-huyen
      kho search "giấy chứng nhận" --home kho-huyen
      kho user add lan --unit H30.01 --home kho-huyen
      kho serve --home kho-huyen
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 all done, 1 done with refusals or damage, 2 failed or misused."""
    console.forget_language()
    click.Context.formatter_class = usage.HelpPage  # every command's help page, whichever package it is from
    try:
        outcome = kho.main(args=arguments, prog_name="kho", standalone_mode=False)
        sys.exit(outcome if isinstance(outcome, int) else console.OK)
    except click.exceptions.Abort:
        console.warn("error.interrupted")
        sys.exit(130)
    except KeyboardInterrupt:
        console.warn("error.interrupted")
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(console.FAILED)
    except click.ClickException as error:
        _explain(usage.misuse(error))
        sys.exit(console.FAILED)
    except KhoError as error:
        _explain(error)
        sys.exit(console.FAILED)
    except PermissionError as error:
        _explain(HomeError("error.no_reading", path=error.filename))
        sys.exit(console.FAILED)
    except BrokenPipeError:
        sys.exit(console.OK)
    except Exception as error:  # a defect of ours: say so plainly; the trace is for whoever mends it
        _explain(KhoError("error.unexpected", reason=f"{type(error).__name__}: {error}"))
        if os.environ.get("KHO_TRACE"):
            raise
        sys.exit(console.FAILED)


def _explain(error: KhoError) -> None:
    """What happened, and the next thing to do when the message has one."""
    click.secho(console.sentence(error.code, **error.values), fg="red", err=True)
    remedy = console.sentence(f"{error.code}.remedy", **error.values)
    if remedy != f"{error.code}.remedy":
        click.echo(remedy, err=True)


if __name__ == "__main__":
    main()
