"""Checks of a search before its first fit: that names exist, and what is doubtful."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from sklearn.metrics import get_scorer_names
from sklearn.pipeline import Pipeline

from skhp.evaluation import (
    takes_any_name,
    takes_parameter,
    unlisted_parameters,
)
from skhp.evaluation._sklearn import scorer_names
from skhp.exceptions import InvalidParameterError, SkhpWarning, warn_user
from skhp.search._strategy import Strategy
from skhp.selection import OneStandardError
from skhp.space import (
    Space,
    check_names,
    choices_of,
    is_below_searched,
    mapped,
    preset_space,
)

_SCORERS = {  # what metrics are called in conversation
    "acc": "accuracy",
    "auc": "roc_auc",
    "logloss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mse": "neg_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
}
# What estimators call the rows on which they are validated while they are fitted.
_VALIDATION_ROWS = ("eval_set", "eval_X", "X_val")
_NEARLY = 0.9  # similarity of names that differ in a letter; aliases are below


# Parameters that count what a search can train bit by bit.
_ROUNDS = ("n_estimators", "iterations", "max_iter", "max_epochs")


# Columns of numbers that only some searches have.
_OF_SOME_TABLES = (
    "bracket",
    "iter",
    "n_resources",
    "n_resources_trained",
    "n_splits_evaluated",
    "rung",
)


def written_space(search: Any, written: Any) -> Any:
    """Return a search space as written, or if that is "auto", the one of the estimator.

    It has none of what is the resource of the search.
    """
    if not (isinstance(written, str) and written == "auto"):
        return written
    left_out = _ROUNDS if search.resource == "auto" else ()
    return {
        name: values
        for name, values in preset_space(search.estimator).items()
        if name != search.resource and name.rpartition("__")[2] not in left_out
    }


def check_chooser(search: Any, strategy: Strategy, scorer: Any) -> None:
    """Raise if `one_standard_error` names what ``cv_results_`` will not have."""
    if not isinstance(search.refit, OneStandardError):
        return
    searched: Any = strategy.space
    if searched is None:
        params = search.get_params(deep=False)
        searched = params.get("param_grid", params.get("param_distributions"))
        searched = written_space(search, searched)
    if searched is None:  # a class of the user's, with a space of its own
        return
    if isinstance(searched, Space):
        searched = searched.names
    parts = [searched] if isinstance(searched, Mapping) else searched
    names = {name for part in parts for name in part}
    if strategy.rounds is not None:
        names.add(strategy.rounds.param)
    columns = {*strategy.columns, *_OF_SOME_TABLES, *(f"param_{n}" for n in names)}
    metrics = scorer_names(scorer) or ["score"]
    search.refit.check(names, columns, None if callable(search.scoring) else metrics)


def check_parameters_exist(
    estimator: Any, names: Sequence[Collection[str]], written: Any = None
) -> None:
    """Raise if a name in a search space is not a parameter of the estimator.

    Parameters
    ----------
    estimator : estimator
    names : sequence of collection of str
        The names of each part of the space.
    written : object, default=None
        The space, to check estimators that may be chosen, too.

    Notes
    -----
    Some estimators take parameters that ``get_params`` does not list: CatBoost lists
    what was set, and LightGBM and XGBoost take any name. One that is nearly a listed
    one is warned of there.
    """
    listed = set(estimator.get_params(deep=True))
    others = {
        name
        for searched in names
        for name in searched
        if name not in listed and not is_below_searched(name, searched)
    }
    taken = {name for name in others if takes_parameter(estimator, name)}
    valid = listed | taken | (unlisted_parameters(estimator) if others else set())
    check_names(names, valid, type(estimator).__name__)
    passed_on = [name for name in taken if takes_any_name(estimator, name)]
    _warn_of_near(type(estimator).__name__, passed_on, listed)
    for chosen, own in choices_of(written):
        check_parameters_exist(chosen, [own])


def _warn_of_near(owner: str, names: Collection[str], listed: Collection[str]) -> None:
    for name in sorted(names):
        step, separator, last = name.rpartition("__")
        own = [n.rpartition("__")[2] for n in listed if n.rpartition("__")[0] == step]
        if near := difflib.get_close_matches(last, own, 1, cutoff=_NEARLY):
            warn_user(
                f"Parameter {name!r} is not among those that {owner} lists, although "
                f"it can be set. Did you mean {step + separator + near[0]!r}?",
                SkhpWarning,
            )


def check_scorer_names(owner: str, scoring: Any) -> None:
    """Raise if `scoring` is a metric, or names one that scikit-learn does not have.

    Raises
    ------
    InvalidParameterError
        With the name that was probably meant.
    """
    if inspect.isfunction(scoring) and _is_metric(scoring):
        name = scoring.__name__
        raise InvalidParameterError(
            f"The 'scoring' parameter of {owner} must be the name of a metric, or be "
            f"called with an estimator, X and y. Got the function {name}, of which "
            f"make_scorer({name}) or a name makes a scorer."
        )
    known = get_scorer_names()
    for name in _scorer_names(scoring):
        if name in known:
            continue
        near = _near_scorer(name)
        hint = f" Did you mean {near}?" if near else ""
        raise InvalidParameterError(
            f"The 'scoring' parameter of {owner} must be a str among the names that "
            "sklearn.metrics.get_scorer_names() returns, or a callable. "
            f"Got {name!r} instead.{hint}"
        )


def _is_metric(function: Any) -> bool:
    """Whether this is a metric of scikit-learn, called with targets and predictions."""
    first = next(iter(inspect.signature(function).parameters), "")
    return function.__module__.startswith("sklearn.metrics.") and first != "estimator"


def _near_scorer(name: str) -> str:
    """Return the name of a scorer in quotes, or nothing if none is near."""
    known = get_scorer_names()
    shorter = name.removesuffix("_score")  # the name of the metric's function
    near = [scorer for scorer in (shorter, f"neg_{name}") if scorer in known]
    near += [_SCORERS[name]] if name in _SCORERS else []
    near += difflib.get_close_matches(name, known, 1)
    return repr(near[0]) if near else ""


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


def warn_of_tuples(owner: str, written: Any) -> None:
    """Warn of ranges of scikit-optimize, which are two choices as in scikit-learn."""
    for name, value in _pairs_of(written):
        low, high = value
        kind = "Integer" if isinstance(low, int) and isinstance(high, int) else "Real"
        warn_user(
            f"Parameter {name!r}: in {owner}, the tuple {value!r} means two choices, "
            f"as in scikit-learn. Write skhp.{kind}({low!r}, {high!r}) for the range "
            f"or {list(value)!r} for the choices.",
            SkhpWarning,
        )


def _pairs_of(written: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield the tuples of two ascending numbers, with the names of the parameters."""
    if isinstance(written, Mapping):
        found: list[tuple[str, Any]] = []
        mapped(written, lambda name, value: found.append((name, value)))
        for name, value in found:
            is_pair = isinstance(value, tuple) and len(value) == 2
            if is_pair and all(map(_is_number, value)) and value[0] < value[1]:
                yield name, value
    elif isinstance(written, (list, tuple)):
        for each in written:
            yield from _pairs_of(each)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def warn_of_untransformed(estimator: Any, fit_params: Mapping[str, Any]) -> None:
    """Warn of validation rows to which a pipeline does not apply its steps."""
    if not isinstance(estimator, Pipeline):
        return
    transformed = getattr(estimator, "transform_input", None) or ()
    names = [name for name, _ in estimator.steps]
    for key, value in fit_params.items():
        step, separator, _ = key.partition("__")
        is_rows = key.rpartition("__")[2] in _VALIDATION_ROWS
        if not is_rows or value is None or key in transformed:
            continue
        end = names.index(step) if separator and step in names else len(names) - 1
        before = [s for _, s in estimator.steps[:end] if hasattr(s, "transform")]
        if before:
            warn_user(
                f"{key!r} is not transformed: {type(estimator.steps[end][1]).__name__} "
                f"gets it as it is, without {type(before[0]).__name__}, which comes "
                "before it in the pipeline. A Pipeline transforms what its "
                "'transform_input' names; the guide shows how, under validation data.",
                SkhpWarning,
            )
