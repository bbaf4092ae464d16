"""People known only from the sign-in provider who are shut out here: `<home>/accounts/federated.blocked`, a sealed
{"people": [...]} (of earlier versions: the list alone).

Each is {"name": as the log has it (lan@sso.example.vn), "subject": issuer/id, which the provider never gives anew};
one of the two may be "". Opens the file read-only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from archive import sealed
from archive.errors import HomeError

FILE = "federated.blocked"


@dataclass(frozen=True)
class Blocked:
    name: str = ""
    subject: str = ""

    def means(self, name: str, subject: str) -> bool:
        return bool((self.name and self.name == name) or (self.subject and self.subject == subject))


def load(accounts: Path) -> tuple[Blocked, ...]:
    """Everybody on the list; nobody where there is none. HomeError when it cannot be read: then none of them enters."""
    path = accounts / FILE
    try:
        content = path.read_bytes()
        rows = json.loads(content) if content.startswith(b"[") else sealed.loads(content)["people"]
        return tuple(Blocked(**row) for row in rows)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HomeError("error.account_unreadable", file=path.name) from error
