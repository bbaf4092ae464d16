"""What is to be said of a dump: one Finding for each code and subject, however often it was met."""

from __future__ import annotations

from archive.model import Finding

_COUNTED = ("count", "line", "row")


class Notes:
    """Notes of all files of a dump."""

    def __init__(self) -> None:
        self._files: dict[str, FileNotes] = {}

    def of(self, file: str) -> FileNotes:
        return self._files.setdefault(file, FileNotes(file))

    def findings(self) -> tuple[Finding, ...]:
        return tuple(found for notes in self._files.values() for found in notes.findings())


class FileNotes:
    """Notes of one file. The first `line` and `row` of a kind are kept, its `count` is added up."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._held: dict[tuple, tuple[str, dict]] = {}

    def add(self, code: str, severity: str = "warning", **values: object) -> None:
        subject = (code, *(value for name, value in values.items() if name not in _COUNTED))
        _, held = self._held.setdefault(subject, (severity, {**values, "count": 0}))
        held["count"] += values.get("count", 1)

    def findings(self) -> list[Finding]:
        return [
            Finding(
                subject[0], severity, self._file, values={name: str(value) for name, value in held.items()}
            )
            for subject, (severity, held) in self._held.items()
        ]
