"""Configuration: frozen, every default fit for one 2-core machine.

Read from `<home>/kho.toml` (the keys below, flat), then from the environment (`KHO_` + upper-case key).
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from archive.errors import HomeError, UsageError

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Settings:
    """All settings. Sizes in bytes, times in seconds, resolutions in dots per inch."""

    home: Path
    language: str = "vi"
    operator: str = ""
    index_engine: str = "tantivy"
    executor: str = "process"
    workers: int = 0
    page_seconds: int = 90
    page_memory: int = 3 * 2**30
    page_pixels: int = 120_000_000
    file_bytes: int = 4 * 2**30
    free_reserve: int = 512 * 2**20
    signature_roots: str = ""
    signing_key: str = ""
    signing_tsa: str = ""
    low_confidence: float = 80.0
    session_idle: int = 30 * 60
    session_absolute: int = 10 * 3600
    first_password_days: int = 30
    audit_keep_months: int = 24
    hosts: str = "127.0.0.1 localhost [::1]"
    https: int = 0
    proxy: str = ""
    office: str = ""
    contact: str = ""
    contact_email: str = ""

    @property
    def holdings(self) -> Path:
        return self.home / "holdings"

    @property
    def renditions(self) -> Path:
        return self.home / "renditions"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def accounts(self) -> Path:
        return self.home / "accounts"

    @property
    def audit(self) -> Path:
        return self.home / "audit"

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def sessions(self) -> Path:
        return self.home / "sessions"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def register(self) -> Path:
        return self.home / "register"

    @property
    def restrictions(self) -> Path:
        return self.home / "restrictions"

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def worker_count(self) -> int:
        """Configured, or one for each core this process may use."""
        return self.workers or len(os.sched_getaffinity(0))


def load(home: str | os.PathLike[str] | None = None) -> Settings:
    """Settings of a home: the argument, else KHO_HOME, else HomeError. The folder need not exist yet."""
    chosen = home or os.environ.get("KHO_HOME")
    if not chosen:
        raise HomeError("error.home_missing")
    path = Path(chosen).expanduser().absolute()
    values: dict[str, object] = {}
    config = path / "kho.toml"
    if config.is_file():
        try:
            values |= tomllib.loads(config.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError("error.config_unreadable", file=config, reason=error) from error
    known = {field.name: field for field in dataclasses.fields(Settings) if field.name != "home"}
    values |= {
        name: os.environ[f"KHO_{name.upper()}"] for name in known if f"KHO_{name.upper()}" in os.environ
    }
    values.pop("oidc", None)  # a table of its own: archive.keeper.oidc_settings
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UsageError("error.config_unknown", keys=", ".join(unknown), file=config)
    return Settings(
        home=path, **{name: _typed(known[name].default, name, value) for name, value in values.items()}
    )


def _typed(default: object, name: str, value: object) -> object:
    try:
        return type(default)(value)
    except (TypeError, ValueError) as error:
        raise UsageError("error.config_value", key=name, value=value) from error


def now() -> datetime:
    """The clock of all records, in Vietnamese time. SOURCE_DATE_EPOCH freezes it for repeatable builds."""
    frozen = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(frozen), UTC) if frozen else datetime.now(UTC)
    return moment.astimezone(VIETNAM).replace(microsecond=0)
