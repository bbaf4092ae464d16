"""Is JSON from outside what a model type asks for? Pure. Whatever is not is refused before anything is made of it."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from archive.errors import SourceRefused

MOST_TEXT = 4 << 20
"""Characters of one text at most."""


def require(kind: Any, value: Any, where: str) -> None:
    """Raises SourceRefused, naming the place, unless `value` is plain JSON that `serial.from_plain(kind, …)` takes whole."""
    if not _fits(kind, value):
        part = _first_misfit(kind, value, where)
        raise SourceRefused("packages.description_unsound", reason=part)


def _first_misfit(kind: Any, value: Any, where: str) -> str:
    """The innermost place that does not fit."""
    for name, hint, part in _parts(kind, value):
        if not _fits(hint, part):
            return _first_misfit(hint, part, f"{where}.{name}")
    return where


def _parts(kind: Any, value: Any) -> list[tuple[str, Any, Any]]:
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return [(name, _hints(kind)[name], value[name]) for name in value if name in _hints(kind)]
    if get_origin(kind) is tuple and isinstance(value, list) and get_args(kind)[-1] is Ellipsis:
        return [(str(n), get_args(kind)[0], each) for n, each in enumerate(value)]
    return []


def _fits(kind: Any, value: Any) -> bool:
    origin, options = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return isinstance(value, dict) and _has_all(kind, value) and _all_fit(kind, value)
    if origin in (Union, types.UnionType):
        return any(_fits(option, value) for option in options)
    if origin is tuple:
        return _fits_tuple(options, value)
    if origin is dict:
        return isinstance(value, dict) and all(
            _fits(str, k) and _fits(options[1], v) for k, v in value.items()
        )
    if origin is typing.Literal:
        return value in options
    return _fits_simply(kind, value)


def _has_all(kind: type, value: dict) -> bool:
    """Every part without a default is there."""
    missing = dataclasses.MISSING
    return all(
        spec.name in value
        for spec in dataclasses.fields(kind)
        if spec.default is missing and spec.default_factory is missing
    )


def _all_fit(kind: type, value: dict) -> bool:
    hints = _hints(kind)
    return all(_fits(hints[name], part) for name, part in value.items() if name in hints)


def _fits_tuple(options: tuple[Any, ...], value: Any) -> bool:
    if not isinstance(value, list):
        return False
    if len(options) == 2 and options[1] is Ellipsis:
        return all(_fits(options[0], part) for part in value)
    return len(value) == len(options) and all(map(_fits, options, value))


def _fits_simply(kind: Any, value: Any) -> bool:
    if kind is str:
        return isinstance(value, str) and len(value) <= MOST_TEXT
    if kind is bool:
        return isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return kind is type(None) and value is None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
