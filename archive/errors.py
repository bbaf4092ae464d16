"""One tree of errors. Each carries a message code (archive/messages) and the values that fill it.

KhoError
├── UsageError          the caller asked for something that cannot be done as asked
│   └── QueryError      a search query that cannot be understood
├── NotFound            missing or hidden: the two must look alike
├── HomeError           the home folder is absent, foreign, locked or of another version
├── StorageError        the disk refused: full, read-only, vanished
├── IntegrityError      stored bytes are not what their digest says
├── SourceRefused       one received file cannot be taken in (reason and remedy by code)
├── Withheld            in the actor's scope, but not in this form (personal numbers): 403
├── AuditUnavailable    what must be on record cannot be recorded: nothing may be shown
└── EngineError         an index, catalogue or outside tool failed
    └── ToolMissing     an outside program is not installed

Only `archive.cli` and `webui.app` turn errors into output and exit codes.
"""

from __future__ import annotations


class KhoError(Exception):
    """Base of all errors the product raises on purpose. `code` is a key of archive/messages."""

    code = "error.unexpected"

    def __init__(self, code: str | None = None, **values: object) -> None:
        self.code = code or type(self).code
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(self.code + (f" {self.values}" if self.values else ""))

    def __reduce__(self):
        return (_rebuild, (type(self), self.code, self.values))


def _rebuild(kind: type[KhoError], code: str, values: dict[str, str]) -> KhoError:
    return kind(code, **values)


class UsageError(KhoError):
    code = "error.usage"


class QueryError(UsageError):
    code = "error.query"


class NotFound(KhoError):
    code = "error.not_found"


class HomeError(KhoError):
    code = "error.home"


class StorageError(KhoError):
    code = "error.storage"


class IntegrityError(KhoError):
    code = "error.integrity"


class SourceRefused(KhoError):
    """`code` is a refusal reason `refused.*`; its remedy is the message `<code>.remedy`."""

    code = "refused.unreadable"


class Withheld(KhoError):
    """The record may be read, but not what was asked for; the sentence says what to do instead."""

    code = "access.personal"


class AuditUnavailable(KhoError):
    """Content must not leave while this is raised; the web answers 503."""

    code = "audit.unavailable"


class EngineError(KhoError):
    code = "error.engine"


class ToolMissing(EngineError):
    code = "error.tool_missing"
