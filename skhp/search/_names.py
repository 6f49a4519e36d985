"""Checks of a search before its first fit: that names exist, what is not modelled."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sklearn.base import clone
from sklearn.metrics import get_scorer_names

from skhp.exceptions import InvalidParameterError, SkhpWarning, warn_user
from skhp.space import Space, check_names, is_below_searched


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


def check_scorer_names(owner: str, scoring: Any) -> None:
    """Raise if `scoring` names a scorer that scikit-learn does not have.

    Raises
    ------
    InvalidParameterError
        With the name that was probably meant.
    """
    known = get_scorer_names()
    for name in _scorer_names(scoring):
        if name in known:
            continue
        shorter = name.removesuffix("_score")  # the name of the metric's function
        is_function = shorter in known
        near = [shorter] if is_function else difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InvalidParameterError(
            f"The 'scoring' parameter of {owner} must be a str among the names that "
            "sklearn.metrics.get_scorer_names() returns, or a callable. "
            f"Got {name!r} instead.{hint}"
        )


def _scorer_names(scoring: Any) -> Iterable[str]:
    if isinstance(scoring, str):
        return [scoring]
    if isinstance(scoring, dict):
        scoring = list(scoring.values())
    if isinstance(scoring, (list, tuple, set)):
        return [name for name in scoring if isinstance(name, str)]
    return []


def warn_of_unmodelled(space: Space) -> None:
    """Warn of parameters of which a surrogate cannot learn."""
    if space.sampled_names:
        names = ", ".join(map(repr, space.sampled_names))
        warn_user(
            f"The surrogate learns nothing about {names}: what has rvs but not cdf and "
            "ppf, or integers without an end, can only be drawn at random. A list, "
            "Real, Integer or another frozen distribution of scipy.stats is modelled.",
            SkhpWarning,
        )
