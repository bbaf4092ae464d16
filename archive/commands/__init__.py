"""The commands of the archive itself, one module per kind of work."""

from __future__ import annotations

import click


def register(group: click.Group) -> None:
    from archive.audit.commands import audit
    from archive.commands import accounts, keeping, lookup
    from archive.keeper.commands import keeper
    from archive.units.commands import units

    own = (
        keeping.init,
        keeping.publish,
        keeping.verify,
        lookup.search,
        lookup.show,
        accounts.user,
        audit,
        keeper,
        units,
    )
    for command in own:
        group.add_command(command)
