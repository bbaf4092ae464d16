"""The commands of the archive itself, one module per kind of work, loaded only when asked for."""

from __future__ import annotations

from importlib import import_module

import click

PLACES = {
    "init": "archive.commands.keeping:init",
    "publish": "archive.commands.keeping:publish",
    "verify": "archive.commands.checking:verify",
    "rebuild": "archive.commands.rebuilding:rebuild",
    "repair": "archive.replicas.commands:repair",
    "backup": "archive.replicas.commands:backup",
    "restore": "archive.replicas.commands:restore",
    "search": "archive.commands.lookup:search",
    "show": "archive.commands.lookup:show",
    "export": "archive.export.commands:export",
    "verify-export": "archive.export.commands_checking:verify_export",
    "explain-access": "archive.commands.explaining:explain_access",
    "restrict": "archive.commands.rights:restrict",
    "lift": "archive.commands.rights:lift",
    "restrictions": "archive.commands.rights:restrictions_list",
    "declassify": "archive.commands.declassifying:declassify",
    "user": "archive.commands.users:user",
    "audit": "archive.audit.commands:audit",
    "keeper": "archive.keeper.commands:keeper",
    "package": "archive.packages.commands:package",
    "signatures": "archive.signing.commands:signatures",
    "units": "archive.units.commands:units",
}
"""Command -> where it is defined."""


def load(name: str) -> click.Command | None:
    if name not in PLACES:
        return None
    module, _, attribute = PLACES[name].partition(":")
    return getattr(import_module(module), attribute)
