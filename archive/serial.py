"""Model types <-> plain JSON values. Fields at their default are left out, so files stay short and stable."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable
from functools import cache, partial
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
    return _reader(kind)(value)


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What reads plain values of a type. Types are looked at once: a register's volume has a hundred thousand values."""
    origin, options = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return partial(_object, kind)
    if origin in (Union, types.UnionType):
        inner = _reader(next(option for option in options if option is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple and options[1:] == (Ellipsis,):
        each = _reader(options[0])
        return lambda values: tuple(map(each, values))
    if origin is dict:
        each = _reader(options[1])
        return lambda values: {key: each(value) for key, value in values.items()}
    return origin if origin in (tuple, frozenset) else _as_it_is


def _object(kind: type, value: dict[str, Any]) -> Any:
    readers = _field_readers(kind)
    return kind(**{name: readers[name](content) for name, content in value.items() if name in readers})


@cache
def _field_readers(kind: type) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _as_it_is(value: Any) -> Any:
    return value


def dumps(value: Any) -> bytes:
    """UTF-8 JSON for keeping: sorted keys, indented, final newline. The same value gives the same bytes.

    Bytes of a file name that are no UTF-8 (kept by Python as lone surrogates) become JSON escapes.
    """
    rendered = json.dumps(to_plain(value), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    return rendered.encode("utf-8", "backslashreplace")


def loads(kind: Any, content: bytes) -> Any:
    return from_plain(kind, json.loads(content))
