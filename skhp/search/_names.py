"""Checks of a search before its first fit: that names exist, what is not modelled."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sklearn.metrics import get_scorer_names

from skhp.evaluation import takes_parameter, unlisted_parameters
from skhp.exceptions import InvalidParameterError, SkhpWarning, warn_user
from skhp.space import Space, check_names, is_below_searched

_NEARLY = 0.9  # similarity of names that differ in a letter; aliases are below


def check_parameters_exist(estimator: Any, names: Sequence[Collection[str]]) -> None:
    """Raise if a name in a search space is not a parameter of the estimator.

    Some estimators take parameters that ``get_params`` does not list: CatBoost lists
    what was set, and LightGBM and XGBoost take any name. One that is nearly a listed
    one is warned of there.
    """
    listed = set(estimator.get_params(deep=True))
    valid, taken = set(listed), set()
    for searched in names:
        for name in searched:
            if name in listed or is_below_searched(name, searched):
                continue
            if takes_parameter(estimator, name):
                taken.add(name)
            else:  # for the message: names that are near
                valid |= unlisted_parameters(estimator)
    check_names(names, valid | taken, type(estimator).__name__)
    if taken:
        _warn_of_near(estimator, taken - unlisted_parameters(estimator), listed)


def _warn_of_near(
    estimator: Any, names: Collection[str], listed: Collection[str]
) -> None:
    for name in sorted(names):
        step, separator, last = name.rpartition("__")
        own = [n.rpartition("__")[2] for n in listed if n.rpartition("__")[0] == step]
        if near := difflib.get_close_matches(last, own, 1, cutoff=_NEARLY):
            warn_user(
                f"Parameter {name!r} is not among those that "
                f"{type(estimator).__name__} lists, although it can be set. Did you "
                f"mean {step + separator + near[0]!r}?",
                SkhpWarning,
            )


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
