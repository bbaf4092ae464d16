"""What the handing side says of a snapshot: ban-giao.toml in its folder and the command's options. Options win."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from archive import dates, ids
from archive.errors import UsageError

DECLARATION = "ban-giao.toml"
KEYS = {
    "system": "he_thong",
    "title": "ten",
    "as_of": "ngay_chup",
    "method": "cach_lay",
    "decision": "quyet_dinh",
    "closed": "ngay_dong",
}
_DAYS = ("as_of", "closed")


@dataclass(frozen=True)
class Handed:
    """`system` is the system's code here; `as_of` the day of the last change in it, `closed` the day it was closed, both
    ISO 8601; `method` how it was taken out, `decision` the act that closed it."""

    system: str
    title: str = ""
    as_of: str = ""
    method: str = ""
    decision: str = ""
    closed: str = ""

    @property
    def code(self) -> str:
        """Dossier code of the snapshot's package, and name of the accession."""
        return ids.dossier_code(".".join(filter(None, (self.system, self.as_of))))


def handed(path: Path, **options: str) -> Handed:
    """Raises UsageError without a system's code, or for a day that is none."""
    declared = _declared(path / DECLARATION if path.is_dir() else path.with_name(DECLARATION))
    said = {name: options.get(name) or declared.get(key, "") for name, key in KEYS.items()}
    if not said["system"]:
        raise UsageError("snapshot.no_system", path=path)
    for name in _DAYS:
        day = dates.parse(said[name])
        if said[name] and len(day) != 10:
            raise UsageError("snapshot.bad_day", key=KEYS[name], value=said[name])
        said[name] = day
    return Handed(**said | {"system": ids.dossier_code(said["system"])})


def _declared(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError("snapshot.bad_declaration", path=path, reason=error) from error
    return {key: str(value).strip() for key, value in plain.items() if not isinstance(value, dict | list)}
