"""Model types <-> plain JSON values. Fields at their default are left out, so files stay short and stable."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


def to_plain(value: Any) -> Any:
    """A dataclass (or container of them) as JSON-ready values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            spec.name: to_plain(content)
            for spec in dataclasses.fields(value)
            if (content := getattr(value, spec.name)) != _default(spec)
        }
    if isinstance(value, dict):
        return {key: to_plain(content) for key, content in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [to_plain(content) for content in value]
    return value


def _default(spec: dataclasses.Field) -> Any:
    if spec.default is not dataclasses.MISSING:
        return spec.default
    if spec.default_factory is not dataclasses.MISSING:
        return spec.default_factory()
    return dataclasses.MISSING


def from_plain(kind: Any, value: Any) -> Any:
    """The inverse of `to_plain` for a model type. Unknown keys are ignored: newer files stay readable."""
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(
            **{name: from_plain(hints[name], content) for name, content in value.items() if name in hints}
        )
    if origin in (Union, types.UnionType):
        inner = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else from_plain(inner[0], value)
    if origin is tuple:
        options = get_args(kind)
        if len(options) == 2 and options[1] is Ellipsis:
            return tuple(from_plain(options[0], content) for content in value)
        return tuple(value)
    if origin is dict:
        return {key: from_plain(get_args(kind)[1], content) for key, content in value.items()}
    if origin is frozenset:
        return frozenset(value)
    if origin is typing.Literal or kind is Any:
        return value
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def dumps(value: Any) -> bytes:
    """UTF-8 JSON for keeping: sorted keys, indented, final newline. The same value gives the same bytes.

    Bytes of a file name that are no UTF-8 (kept by Python as lone surrogates) become JSON escapes.
    """
    rendered = json.dumps(to_plain(value), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    return rendered.encode("utf-8", "backslashreplace")


def loads(kind: Any, content: bytes) -> Any:
    return from_plain(kind, json.loads(content))
