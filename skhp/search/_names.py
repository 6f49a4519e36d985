"""A check, before the first fit, that the estimator has the searched parameters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sklearn.base import clone

from skhp.space import check_names, is_below_searched


def check_parameters_exist(estimator: Any, names: Sequence[Collection[str]]) -> None:
    """Raise if a name in a search space is not a parameter of the estimator.

    Some estimators accept parameters that ``get_params`` does not list (LightGBM does),
    so a name that is not listed is tried on a clone before it is refused.
    """
    valid = set(estimator.get_params(deep=True))
    for searched in names:
        valid.update(
            name
            for name in searched
            if name not in valid
            and not is_below_searched(name, searched)
            and _takes(estimator, name)
        )
    check_names(names, valid, type(estimator).__name__)


def _takes(estimator: Any, name: str) -> bool:
    try:
        clone(estimator).set_params(**{name: None})
    except (ValueError, AttributeError, TypeError):
        return False
    return True
