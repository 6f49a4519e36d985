"""Conditions under which a parameter is searched, as the user writes them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from skhp.exceptions import InvalidSpaceError


def checked_when(whose: str, when: Any) -> dict[str, Any] | None:
    """Return a copy of the conditions.

    Raises
    ------
    InvalidSpaceError
        If they are not a dict of names that each have at least one value.
    """
    if when is None:
        return None
    if not isinstance(when, Mapping) or not all(isinstance(n, str) for n in when):
        raise InvalidSpaceError(
            f"{whose}: when must be a dict of names and values, such as "
            f"{{'kernel': ['rbf', 'poly']}}. Got {when!r}."
        )
    if not when:
        raise InvalidSpaceError(f"{whose}: when must name a parameter. Got {{}}.")
    for name, value in when.items():
        if len(alternatives(value)) == 0:
            raise InvalidSpaceError(
                f"{whose}: when must hold at least one value of {name!r}. "
                f"Got {value!r}."
            )
    return dict(when)


def alternatives(value: Any) -> list[Any]:
    """Return the values that a condition allows: several of a list, else only one."""
    if isinstance(value, list | range | AbstractSet):
        return list(value)
    return value.tolist() if isinstance(value, np.ndarray) else [value]


class Conditional:
    """Values of a parameter that is searched only where other parameters allow it.

    `Real`, `Integer`, `Categorical`, `Layers` and `OneOf` have `when` themselves; this
    gives it to everything else that a search space may hold.

    Parameters
    ----------
    values : object
        The values, in any notation: a list, a distribution of SciPy, a tuple, or a
        single value, which is fixed.
    when : dict
        For each parameter on which it depends, a value or a list of values; all
        conditions must hold. Elsewhere the parameter is not set.

    Raises
    ------
    InvalidSpaceError
        If `when` is not such a dict.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from skhp.space import Conditional, Space
    >>> gamma = Conditional(loguniform(1e-4, 1e2), when={"kernel": "rbf"})
    >>> space = Space({"kernel": ["rbf", "linear"], "gamma": gamma})
    >>> space.to_params([[0.1, 0.5], [0.9, 0.5]])
    [{'kernel': 'rbf', 'gamma': 0.1}, {'kernel': 'linear'}]
    """

    values: Any
    when: dict[str, Any]

    def __init__(self, values: Any, when: Mapping[str, Any]) -> None:
        checked = checked_when("Conditional", when)
        if checked is None:
            raise InvalidSpaceError("Conditional: when must be a dict. Got None.")
        self.values, self.when = values, checked

    def __repr__(self) -> str:
        return f"Conditional({self.values!r}, when={self.when!r})"
