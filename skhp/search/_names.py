"""Names that an estimator does not have, found before the first fit."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from sklearn.base import clone

from skhp.exceptions import InvalidSpaceError


def check_parameter_names(
    search: Any, grids: Iterable[Mapping[str, Any]], argument: str
) -> None:
    """Raise if a grid names a parameter that the estimator does not have.

    A name below a parameter that is itself searched (``clf__C`` beside ``clf``) is not
    known before that parameter has its value, and is left to the fit.
    """
    known = set(search.estimator.get_params(deep=True))
    for grid in grids:
        for name in grid:
            if name in known or _is_below(name, grid):
                continue
            if _takes(search.estimator, name):
                continue
            close = difflib.get_close_matches(name, known, n=3)
            hint = f" Did you mean {', '.join(map(repr, close))}?" if close else ""
            raise InvalidSpaceError(
                f"Invalid parameter {name!r} in the {argument!r} parameter of "
                f"{type(search).__name__}: every name must be a parameter of "
                f"{type(search.estimator).__name__}.{hint} Valid parameters are: "
                f"{sorted(known)}."
            )


def _is_below(name: str, grid: Mapping[str, Any]) -> bool:
    parts = name.split("__")
    return any("__".join(parts[:i]) in grid for i in range(1, len(parts)))


def _takes(estimator: Any, name: str) -> bool:
    """Whether `estimator` lets this be set though it does not list it (LightGBM)."""
    try:
        clone(estimator).set_params(**{name: None})
    except (ValueError, AttributeError, TypeError):
        return False
    return True
