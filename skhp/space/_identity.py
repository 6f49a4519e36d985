"""The identity of configurations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np


def configuration_key(params: Mapping[str, Any]) -> Hashable:
    """Return a hashable key of a parameter dict, whatever its values are.

    Numbers, strings and containers of them are compared by type and value (1, 1.0
    and True are three different settings); anything else by identity.
    """
    return frozenset((name, _value_key(value)) for name, value in params.items())


def _value_key(value: Any) -> Hashable:
    if value is None or isinstance(value, (bool, int, str, bytes, np.number, np.bool_)):
        return (type(value), value if value == value else "nan")
    if isinstance(value, float):
        return (float, value if value == value else "nan")
    if isinstance(value, (tuple, list)):
        return (type(value), *(_value_key(item) for item in value))
    if isinstance(value, dict):
        items = value.items()
        return (dict, *((_value_key(key), _value_key(item)) for key, item in items))
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return (np.ndarray, str(value.dtype), value.shape, value.tobytes())
    return (type(value), id(value))  # the trial keeps the object, and so the id, alive
