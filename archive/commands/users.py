"""`kho user`: all that is done with accounts, from the modules that do it."""

from __future__ import annotations

from archive.commands import issue, sessions
from archive.commands.accounts import user

for command in (
    issue.user_import,
    issue.user_template,
    sessions.user_sessions,
    sessions.user_sign_out,
    sessions.user_reset_code,
):
    user.add_command(command)
