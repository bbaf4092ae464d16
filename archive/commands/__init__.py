"""The commands of the archive itself, one module per kind of work."""

from __future__ import annotations

import click


def register(group: click.Group) -> None:
    from archive.audit.commands import audit
    from archive.commands import accounts, explaining, issue, keeping, lookup, rights, sessions
    from archive.keeper.commands import keeper
    from archive.units.commands import units

    own = (
        keeping.init,
        keeping.publish,
        keeping.verify,
        lookup.search,
        lookup.show,
        explaining.explain_access,
        rights.lift,
        rights.restrict,
        rights.restrictions_list,
        accounts.user,
        audit,
        keeper,
        units,
    )
    users = (issue.user_import, sessions.user_sessions, sessions.user_sign_out, sessions.user_reset_code)
    for command in users:
        accounts.user.add_command(command)
    for command in own:
        group.add_command(command)
