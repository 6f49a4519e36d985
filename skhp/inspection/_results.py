"""The results of a fitted search, as displays and tables read them."""

from __future__ import annotations

import copy
import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import check_cv
from sklearn.utils.validation import check_is_fitted

from skhp.exceptions import InvalidParameterError
from skhp.search import (
    BayesSearchCV,
    HyperbandSearchCV,
    tuples_as_choices,
    written_space,
)
from skhp.selection import rho_of, split_scores, standard_errors, usual_rho
from skhp.space import (
    Space,
    configuration_key,
    grid_space,
    has_conditions,
    with_lists,
)

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_N_ROWS = 1000  # of the data on which a splitter is asked for the sizes of its splits
_SHOWN = {
    "ok": "no score",
    "raced": "given up in the race",
    "stopped": "not finished",
    "timeout": "timed out",
}
HARMLESS = {"given up in the race", "not finished"}


@dataclass(frozen=True, eq=False)
class Results:
    """What the results of a search say in one metric.

    Attributes
    ----------
    metric : str
        The metric as it is called in ``cv_results_``.
    label : str
        What it is called on an axis.
    params : list of dict
        Parameters of the candidates, without a resource that has rungs.
    scores : ndarray of shape (n, K)
        Scores on the splits; nan where there is none, or none that is believed.
    means : ndarray of shape (n,)
        Their means; nan for candidates that are not scored on all splits.
    errors : ndarray of shape (n,)
        Standard errors of the means, corrected for training sets that overlap; nan
        with a single split.
    problems : list of str
        Why a candidate has no score: "failed", "timed out" and so on; "" if it has one.
    fit_seconds, score_seconds : ndarray of shape (n,)
        Mean seconds of a fit, and of a scoring.
    resources : ndarray of shape (n,) or None
        How much of the resource each was given, if there are rungs.
    brackets : ndarray of shape (n,) or None
        The bracket of each, if there are several.
    rivals : ndarray of int
        Rows that compete to be the best: those with a score and the most resource.
    best : int or None
        Row of the best candidate; None if no candidate has a score.
    rho : float
        Test rows for each training row.
    """

    metric: str
    label: str
    params: list[dict[str, Any]]
    scores: Floats
    means: Floats
    errors: Floats
    problems: list[str]
    fit_seconds: Floats
    score_seconds: Floats
    resources: NDArray[np.int64] | None
    brackets: NDArray[Any] | None
    rivals: Rows
    best: int | None
    rho: float

    @property
    def n_splits(self) -> int:
        """Number of splits."""
        return int(self.scores.shape[1])


@np.errstate(invalid="ignore", over="ignore")  # scores may be infinite, or 1e300
def results_of(search: Any, metric: str | None, owner: str) -> Results:
    """Return what a fitted search of skhp or scikit-learn has found.

    Parameters
    ----------
    search : estimator
    metric : str or None
        None takes the one of ``refit``, or else the first.
    owner : str
        Who asks, for messages.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the search is not fitted.
    InvalidParameterError
        If it has no such metric.
    """
    check_fitted(search, owner)
    table = search.cv_results_
    chosen = metric_of(search, metric, owner)
    scores = split_scores(table, chosen).copy()
    problems = _problems(table, scores, search.error_score)
    scores[[bool(problem) for problem in problems]] = np.nan
    rho = _rho(search, scores.shape[1])
    means = scores.mean(axis=1)
    resources = rungs_of(search)
    top = np.isfinite(means)
    if resources is not None and top.any():
        top &= resources == resources[top].max()
    rivals = np.flatnonzero(top)
    return Results(
        metric=chosen,
        label=_label(search, chosen),
        params=_searched_params(search),
        scores=scores,
        means=means,
        errors=standard_errors(scores, rho),
        problems=problems,
        fit_seconds=np.asarray(table["mean_fit_time"], dtype=np.float64),
        score_seconds=np.asarray(table["mean_score_time"], dtype=np.float64),
        resources=resources,
        brackets=np.asarray(table["bracket"]) if "bracket" in table else None,
        rivals=rivals,
        best=_best(search, chosen, means, rivals),
        rho=rho,
    )


def check_fitted(search: Any, owner: str) -> None:
    """Raise if this is no search, or one that is not fitted."""
    if not isinstance(getattr(search, "cv_results_", {}), Mapping) or not (
        callable(getattr(search, "fit", None))
    ):
        raise InvalidParameterError(
            f"The 'search' parameter of {owner} must be a fitted search of skhp or "
            f"scikit-learn. Got {type(search).__name__} instead."
        )
    check_is_fitted(search, "cv_results_")


def metrics_of(table: Mapping[str, Any]) -> list[str]:
    """Return the metrics of ``cv_results_``."""
    prefix = "mean_test_"
    return [name[len(prefix) :] for name in table if name.startswith(prefix)]


def metric_of(search: Any, metric: str | None, owner: str) -> str:
    """Return the metric to use."""
    there = metrics_of(search.cv_results_)
    if metric is None:
        refit = search.refit
        return refit if isinstance(refit, str) and refit in there else there[0]
    if metric not in there:
        raise InvalidParameterError(
            f"The 'metric' parameter of {owner} must be one of {there}. Got "
            f"{metric!r} instead."
        )
    return metric


def rungs_of(search: Any) -> NDArray[np.int64] | None:
    """Return how much of the resource each row was given; None without rungs."""
    table = search.cv_results_
    # Without rungs, n_resources is how much each candidate was found to need.
    if "n_resources" not in table or not ("iter" in table or "bracket" in table):
        return None
    return np.asarray(table["n_resources"], dtype=np.int64)


def configurations_of(search: Any) -> list[list[int]]:
    """Return the rows of each configuration, in order of their first rows.

    A configuration that is given no more of the resource than before is another one:
    it has begun anew, in another bracket.
    """
    resources = rungs_of(search)
    found: list[list[int]] = []
    last: dict[Any, list[int]] = {}
    for i, params in enumerate(_searched_params(search)):
        key = configuration_key(params)
        rows = last.get(key)
        if rows is None or resources is None or resources[i] <= resources[rows[-1]]:
            rows = last[key] = []
            found.append(rows)
        rows.append(i)
    return found


def searched_space(search: Any) -> Any:
    """Return the space of a search, so that `skhp.space.meanings_of` can read it."""
    params = search.get_params(deep=False)
    if isinstance(search, (BayesSearchCV, HyperbandSearchCV)):
        return Space(written_space(search, search.param_distributions))
    if "param_grid" in params:
        grid = params["param_grid"]
        return grid_space(grid) if has_conditions(grid) else with_lists(grid)
    written = written_space(search, params["param_distributions"])
    return Space(tuples_as_choices(written)) if has_conditions(written) else written


def _searched_params(search: Any) -> list[dict[str, Any]]:
    """Return the parameters of each row, without a resource that has rungs."""
    resource = None if rungs_of(search) is None else search.resource
    return [
        {name: value for name, value in params.items() if name != resource}
        for params in search.cv_results_["params"]
    ]


def _label(search: Any, metric: str) -> str:
    if metric == "score" and isinstance(search.scoring, str):
        metric = search.scoring
    return "Mean test score" if metric == "score" else f"Mean test {metric}"


def _problems(table: Mapping[str, Any], scores: Floats, error_score: Any) -> list[str]:
    """Return why each candidate has no score, or one that is only ``error_score``."""
    status = np.asarray(table.get("status", np.full(len(scores), "ok")))
    is_known: Any = np.isfinite(scores).all(axis=1)
    if not isinstance(error_score, str):
        is_default = (scores == error_score).any(axis=1)
        is_known &= (status == "ok") | ~is_default
    return [
        "" if is_known[i] else _SHOWN.get(str(word), str(word))
        for i, word in enumerate(status)
    ]


def _best(search: Any, metric: str, means: Floats, rivals: Rows) -> int | None:
    if len(rivals) == 0:
        return None
    chosen = getattr(search, "best_index_", None)
    if chosen is not None and metric == metric_of(search, None, ""):
        if np.isfinite(means[chosen]):
            return int(chosen)
    return int(rivals[np.argmax(means[rivals])])


def _rho(search: Any, n_splits: int) -> float:
    """Return test rows for each training row.

    A search of skhp has noted it. Of others, a splitter is asked for its splits of
    made-up data. One that cannot split those is taken for folds that test every row
    once.
    """
    state = vars(search).get("_state")
    if state is not None:
        return float(state.rho)
    cv = search.cv
    try:
        splits: Sequence[Any] = _splits(cv, n_splits)
    except Exception:  # of anybody's splitter
        return usual_rho(n_splits)
    if len(splits) != n_splits:
        return usual_rho(n_splits)
    return rho_of(splits, _N_ROWS)


def _splits(cv: Any, n_splits: int) -> Sequence[Any]:
    if cv is None or isinstance(cv, int):
        return []
    if isinstance(cv, (list, tuple)):
        return cv
    rows = np.arange(_N_ROWS)
    splitter = check_cv(copy.deepcopy(cv))  # its generator is not to be drawn from
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as that it ignores groups
        splits = splitter.split(rows[:, np.newaxis], rows % 2, rows // 10)
        # One more shows that there are others: of pairs, there are half a million
        return list(itertools.islice(splits, n_splits + 1))
