"""Ready-made callables for the parameter `refit` of a search."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.exceptions import InvalidParameterError
from skhp.selection._paired import (
    first_metric,
    split_scores,
    standard_errors,
    usual_rho,
)

POSTERIOR = "posterior_mean"  # the column of cv_results_
_OF_EVERY_TABLE = ("mean_", "std_", "rank_", "split")  # what columns begin with
_Floats = NDArray[np.float64]


def best_mean(results: Mapping[str, Any]) -> int:
    """Return the candidate with the best mean score, which is the usual choice.

    Parameters
    ----------
    results : dict
        ``cv_results_``. With several metrics, the first one decides.

    Returns
    -------
    int
        Row of the candidate.
    """
    return _argmax(results[f"mean_test_{first_metric(results)}"])


def posterior_mean(results: Mapping[str, Any]) -> int:
    """Return the candidate that the surrogate believes to be best.

    A candidate that owes its score to luck is believed to be less good if similar
    candidates score less. As the `refit` of `BayesSearchCV`, which then adds the column
    ``posterior_mean`` to ``cv_results_``: what the surrogate believes, in units of the
    score.

    Parameters
    ----------
    results : dict
        ``cv_results_`` with that column.

    Returns
    -------
    int
        Row of the candidate.

    Raises
    ------
    InvalidParameterError
        If there is no such column.
    """
    if POSTERIOR not in results:
        raise InvalidParameterError(
            "posterior_mean needs the column of this name, which BayesSearchCV adds if "
            "its 'refit' is posterior_mean itself, not a function that calls it. Got "
            "results without it."
        )
    known = np.isfinite(results[f"mean_test_{first_metric(results)}"])
    return _argmax(np.where(known, results[POSTERIOR], np.nan))


@dataclass(frozen=True)
class OneStandardError:
    """What `one_standard_error` returns."""

    complexity: str | Callable[[Mapping[str, Any]], float] | None
    metric: str | None
    rho: float | None = field(default=None, repr=False)  # None: as of folds

    def check(
        self, searched: Collection[str], columns: Collection[str], metrics: Any
    ) -> None:
        """Raise before the first fit for a name that there will not be.

        Parameters
        ----------
        searched : collection of str
            The searched parameters.
        columns : collection of str
            Columns of ``cv_results_`` that only this kind of search has.
        metrics : collection of str or None
            The metrics of the search; None if they are not known yet.
        """
        if None not in (self.metric, metrics) and self.metric not in metrics:
            raise _no_such_metric(self.metric)
        name = self.complexity
        if isinstance(name, str) and not (
            name in (*searched, *columns) or name.startswith(_OF_EVERY_TABLE)
        ):
            raise _no_such_complexity(name)

    @np.errstate(invalid="ignore", over="ignore")  # scores may be infinite
    def __call__(self, results: Mapping[str, Any]) -> int:
        """Return the row of the simplest candidate within one standard error."""
        metric = self.metric or first_metric(results)
        if f"mean_test_{metric}" not in results:
            raise _no_such_metric(metric)
        scores = split_scores(results, metric)
        means = scores.mean(axis=1)
        best = _argmax(means)
        d = scores[best] - scores
        rho = usual_rho(scores.shape[1]) if self.rho is None else self.rho
        errors = standard_errors(d, rho)
        within = np.isfinite(means) & (d.mean(axis=1) <= np.nan_to_num(errors))
        within[best] = True
        rows = np.flatnonzero(within)
        costs = self._complexities(results)[rows]
        costs[np.isnan(costs)] = np.inf
        return int(rows[np.lexsort([rows, -means[rows], costs])[0]])

    def _complexities(self, results: Mapping[str, Any]) -> _Floats:
        if callable(self.complexity):
            values = [self.complexity(params) for params in results["params"]]
            return np.array(values, dtype=np.float64)
        name = "mean_fit_time" if self.complexity is None else self.complexity
        column = results.get(f"param_{name}", results.get(name))
        if column is None:
            raise _no_such_complexity(name)
        try:
            return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
        except (TypeError, ValueError):
            raise InvalidParameterError(
                "The 'complexity' parameter of one_standard_error must have numbers "
                f"for values, and those of {name!r} are not: pass a callable that "
                "turns parameters into a number."
            ) from None


def _no_such_metric(name: Any) -> InvalidParameterError:
    return InvalidParameterError(
        "The 'metric' parameter of one_standard_error must be a metric of the search. "
        f"Got {name!r} instead."
    )


def _no_such_complexity(name: Any) -> InvalidParameterError:
    return InvalidParameterError(
        "The 'complexity' parameter of one_standard_error must be a searched "
        "parameter, a column of cv_results_, a callable or None. "
        f"Got {name!r} instead."
    )


def one_standard_error(
    complexity: str | Callable[[Mapping[str, Any]], float] | None = None,
    *,
    metric: str | None = None,
) -> OneStandardError:
    """Return a `refit` that takes the simplest candidate that is about as good.

    That is the least complex one whose mean score is less than that of the best
    candidate by no more than one standard error of their paired difference, with the
    correction of Nadeau and Bengio (2003) for training sets that overlap.

    Parameters
    ----------
    complexity : str, callable or None, default=None
        What is to be small: a searched parameter, a column of ``cv_results_``, or a
        callable that takes a dict of parameters and returns a number. None means
        ``"mean_fit_time"``: the fastest.
    metric : str, default=None
        The metric that decides; None means the first one.

    Returns
    -------
    callable
        From ``cv_results_`` to the row of the candidate.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.selection import one_standard_error
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2, 3, 4, 5, 6, 7]},
    ...     refit=one_standard_error("max_depth"),
    ... )
    >>> search.fit(X, y).best_params_
    {'max_depth': 2}
    """
    return OneStandardError(complexity, metric)


def with_rho(refit: Any, rho: float) -> Any:
    """Return a `refit` that knows rho of the splits, if it is a ready-made one."""
    return replace(refit, rho=rho) if isinstance(refit, OneStandardError) else refit


def metric_of_chooser(refit: Any, results: Mapping[str, Any]) -> str | None:
    """Return the metric by which a ready-made callable chooses; None for any other."""
    if isinstance(refit, OneStandardError):
        return refit.metric or first_metric(results)
    return first_metric(results) if refit in (best_mean, posterior_mean) else None


def _argmax(scores: Any) -> int:
    """Return the row of the first greatest score; nan is below all numbers."""
    scores = np.asarray(scores, dtype=np.float64)
    return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))
