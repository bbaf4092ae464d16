"""restic, the backup program: how it is called, what it answers, what its failures mean. Nothing else calls it.

A repository is a folder, or what restic takes for one elsewhere (`s3:https://server/bucket`, …). Its password comes from
a file or from RESTIC_PASSWORD, RESTIC_PASSWORD_FILE; the keys of an S3 server from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.errors import EngineError, KhoError, StorageError, ToolMissing, UsageError

PROGRAM = "KHO_RESTIC"
"""Environment variable that names another restic than the one on the PATH."""
_ELSEWHERE = re.compile(r"(s3|sftp|rest|swift|b2|azure|gs|rclone):")
_MEANINGS = (
    ("wrong password", UsageError, "backup.wrong_password"),
    ("an empty password", UsageError, "backup.no_password"),
    ("unable to resolve password", UsageError, "backup.no_password"),
    ("is there a repository", UsageError, "backup.no_repository"),
    ("unable to open config file", UsageError, "backup.no_repository"),
    ("config file already exists", UsageError, "backup.repository_there"),
    ("already initialized", UsageError, "backup.repository_there"),
    ("no space left", StorageError, "error.disk_full"),
    ("read-only file system", StorageError, "error.read_only"),
    ("permission denied", StorageError, "error.no_permission"),
)
"""What restic says in lower case -> the error it is here. It has no exit codes for these."""


@dataclass(frozen=True)
class Snapshot:
    """One snapshot. `time` is ISO 8601 as restic writes it."""

    id: str
    time: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Saved:
    """What a backup did: `added` bytes are new in the repository, before it packs them."""

    snapshot: str
    files: int
    bytes: int
    added: int


@dataclass(frozen=True)
class Restic:
    repository: str
    password_file: Path | None = None

    @property
    def folder(self) -> Path | None:
        """The repository's folder when it is one of this machine."""
        return None if _ELSEWHERE.match(self.repository) else Path(self.repository).absolute()

    def init(self) -> None:
        self._run("init")

    def require(self) -> None:
        """Raises UsageError when there is no repository, or the password is another's."""
        self._run("cat", "config")

    def backup(
        self, home: Path, names: Sequence[str], tags: Sequence[str], most_of_it: bool = False
    ) -> Saved:
        """Save what bears these names in `home`, under the same names.

        `most_of_it`: files that go or cannot be read meanwhile are left out, instead of an EngineError.
        """
        tagged = [word for tag in tags for word in ("--tag", tag)]
        words = ("backup", "--exclude", ".tmp-*", *tagged, "--", *names)
        lines = _documents(self._run(*words, cwd=home, fine=(0, 3) if most_of_it else (0,)))
        said = next(line for line in reversed(lines) if line.get("message_type") == "summary")
        return Saved(
            said["snapshot_id"],
            said["total_files_processed"],
            said["total_bytes_processed"],
            said["data_added"],
        )

    def snapshots(self, tag: str) -> list[Snapshot]:
        """Those with a tag, oldest first."""
        [made] = _documents(self._run("snapshots", "--tag", tag))
        found = [Snapshot(one["short_id"], one["time"], tuple(one.get("tags") or ())) for one in made]
        return sorted(found, key=lambda one: one.time)

    def forget(self, snapshot: str) -> None:
        self._run("forget", snapshot)

    def size(self, snapshot: str) -> int:
        """Bytes that a snapshot takes when it is restored."""
        return int(_documents(self._run("stats", snapshot))[0]["total_size"])

    def restore(self, snapshot: str, to: Path) -> None:
        self._run("restore", snapshot, "--target", str(to))

    def check(self, share: str) -> None:
        """The repository's structure, and so much of its data (`10%`) read back. Raises EngineError on damage."""
        self._run("check", f"--read-data-subset={share}")

    def _run(self, *words: str, cwd: Path | None = None, fine: Sequence[int] = (0,)) -> str:
        """What it answers; `fine` are exit codes that are no failure."""
        program = shutil.which(os.environ.get(PROGRAM, "restic"))
        if program is None:
            raise ToolMissing("backup.no_restic")
        password = ["--password-file", str(self.password_file.absolute())] if self.password_file else []
        place = [str(self.folder), "--no-cache"] if self.folder else [self.repository]
        ended = subprocess.run(
            [program, "--json", "--repo", *place, *password, *words],
            cwd=cwd,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
        if ended.returncode not in fine:
            raise self._meaning(ended.stderr or ended.stdout)
        return ended.stdout

    def _meaning(self, said: str) -> KhoError:
        for words, kind, code in _MEANINGS:
            if words in said.lower():
                return kind(code, path=self.repository, repository=self.repository, reason=_last(said))
        return EngineError("backup.restic_failed", repository=self.repository, reason=_last(said))


def _documents(said: str) -> list:
    """One JSON document a line."""
    return [json.loads(line) for line in said.splitlines() if line.startswith(("{", "["))]


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("{")]
    return " ".join(lines[-2:])[:400]
