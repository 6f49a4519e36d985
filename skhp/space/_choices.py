"""Distinct objects, found again by equality, identity or content."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

# Types whose equal values may be looked up by hash. Other objects are compared one
# by one: their hash may be their address, which does not survive pickling.
_PLAIN = (int, float, complex, str, bytes, type(None), np.generic)


class Choices:
    """A tuple of distinct objects with a reverse look-up."""

    def __init__(self, objects: Iterable[Any]) -> None:
        kept: list[Any] = []
        by_key: dict[Any, int] = {}
        for obj in objects:
            key = _key(obj)
            if key in by_key if key is not None else any(is_same(obj, o) for o in kept):
                continue
            if key is not None:
                by_key[key] = len(kept)
            kept.append(obj)
        self.objects = tuple(kept)
        self._by_key = by_key

    def index(self, obj: Any) -> int | None:
        """Where `obj` is: the same object or type and value, else an equal number."""
        found = self._by_key.get(_key(obj))
        if found is not None:
            return found
        tests: tuple[Callable[[Any, Any], bool], ...] = (
            operator.is_,
            is_same,
            is_alike,
        )
        for test in tests:
            for i, other in enumerate(self.objects):
                if test(obj, other):
                    return i
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Choices):
            return NotImplemented
        return len(self.objects) == len(other.objects) and all(
            is_same(a, b) or (type(a) is type(b) and is_alike(a, b))
            for a, b in zip(self.objects, other.objects, strict=True)
        )

    def __hash__(self) -> int:
        return hash((len(self.objects), frozenset(self._by_key)))


def is_number(value: Any) -> bool:
    """Whether `value` is a real number, which a bool is not."""
    return isinstance(value, numbers.Real | np.integer | np.floating) and not (
        isinstance(value, bool | np.bool_)
    )


def is_same(a: Any, b: Any) -> bool:
    """Whether two choices are the same object, or equal in type and value."""
    try:
        return a is b or _is_same(a, b)
    except RecursionError:  # they contain themselves
        return False


def are_same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two dicts of parameters have the same names and the same choices."""
    return a.keys() == b.keys() and all(is_same(a[name], b[name]) for name in a)


def is_alike(a: Any, b: Any) -> bool:
    """Whether `a` can replace `b`: equal numbers, or objects of equal content."""
    try:
        return _is_alike(a, b)
    except RecursionError:
        return False


def _is_same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple | list):  # (1, 2) is not (1.0, 2)
        return len(a) == len(b) and all(map(_is_same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    try:
        return bool(a == b) or bool(a != a and b != b)
    except RecursionError:
        raise
    except Exception:  # whatever a foreign __eq__ raises: not known to be equal
        return False


def _is_alike(a: Any, b: Any) -> bool:
    if is_number(a) and is_number(b):
        return bool(a == b)
    if isinstance(a, str) and isinstance(b, str):  # numpy.str_
        return bool(a == b)
    if isinstance(a, bool | np.bool_) and isinstance(b, bool | np.bool_):
        return bool(a == b)
    compares: object = type(a).__eq__
    if type(a) is not type(b) or compares is not object.__eq__:
        return False
    state, other = getattr(a, "__dict__", None), getattr(b, "__dict__", None)
    if not state or other is None or state.keys() != other.keys() or callable(a):
        return False
    return all(
        _is_same(v, other[name]) or _is_alike(v, other[name])
        for name, v in state.items()
    )


def _key(obj: Any) -> Any:
    """Hashable stand-in for a plain object, None for any other."""
    if not isinstance(obj, _PLAIN):
        return None
    # nan differs from itself; any two of one type are the same choice.
    return type(obj), ("nan" if obj != obj else obj), obj != obj
