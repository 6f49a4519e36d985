"""What a fitted search suggests to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from skhp.advice import Advice, Findings, advice_of, train_scores
from skhp.inspection._importances import Importances, importances_of
from skhp.inspection._results import Results, results_of, searched_space
from skhp.selection import edges_of_best
from skhp.space import Edge

_IDLE = 0.02  # of the variance of the score, up to which a parameter does nothing
_EXPLAINED = 0.5  # of the variance, from which a model can tell
_FEWEST = 12  # candidates, from fewer of which nothing is said of parameters
_FOR_EACH = 4  # candidates for each parameter, at least
_MOST_NAMED = 6


def advice(search: Any, *, metric: str | None = None) -> list[Advice]:
    """Return what a fitted search suggests to do next, in words.

    Each piece of advice is a sentence or two with their figures, given only where the
    results leave little doubt; often there is none. The topics are:

    - "edge": the best candidate is at an end of a range;
    - "failures", "timeouts": what failed, and the share of the time that it took;
    - "climbing", "flat": the last candidates still raised the best score, or the later
      half brought nothing;
    - "overfitting", "underfitting": from the scores on the training rows, if there are;
    - "noise": folds disagree more than the better half of the candidates differ;
    - "ties": who cannot be told from the best one, and is simpler or faster;
    - "slow": few candidates took most of the time, and are worse;
    - "idle parameters": which parameters made no difference.

    Parameters
    ----------
    search : estimator
        A fitted search of skhp or scikit-learn.
    metric : str, default=None
        The metric to use if there are several. None takes the one of ``refit``, or else
        the first.

    Returns
    -------
    found : list of Advice
        The most useful first.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import advice
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 0.1, 1.0]}).fit(X, y)
    >>> print(advice(search)[0])
    The best candidate is at the edge of the search space: C=1 of [0.01, 1]. A wider
    range may hold a better one.
    """
    results = results_of(search, metric, "advice")
    with threadpool_limits(1):
        return advice_with(search, results, importances_of(search, results))


def advice_with(
    search: Any, results: Results, importances: Importances | str
) -> list[Advice]:
    """Return the advice, given the importances, which take the most time."""
    found = advice_of(findings_of(search, results))
    idle = _idle_parameters(results, importances)
    return found if idle is None else [*found, idle]


def findings_of(search: Any, results: Results) -> Findings:
    """Return what the rules of advice are told of a fitted search."""
    params = search.get_params(deep=False)
    return Findings(
        scores=results.scores,
        params=results.params,
        best=results.best,
        rivals=results.rivals,
        rho=results.rho,
        fit_seconds=results.fit_seconds,
        score_seconds=results.score_seconds,
        status=_status(search, results),
        train_scores=train_scores(search.cv_results_, results.metric),
        edges=_edges(search, results),
        is_drawn="n_iter" in params and results.resources is None,
        can_extend=callable(getattr(search, "extend", None)),
        can_refine=params.get("refine_top") == 0,
    )


def _status(search: Any, results: Results) -> Sequence[str]:
    known = search.cv_results_.get("status")
    if known is not None:
        return [str(word) for word in known]
    # scikit-learn does not say why there is no score
    return ["no score" if problem else "ok" for problem in results.problems]


def _edges(search: Any, results: Results) -> list[Edge]:
    if results.best is None:
        return []
    same = np.flatnonzero(results.means == results.means[results.best])
    ties = [results.params[i] for i in same]
    best = results.params[results.best]
    try:
        return edges_of_best(searched_space(search), best, search.estimator, ties)
    except (KeyError, TypeError, ValueError, AttributeError):
        return []  # of a class that writes its space in a way of its own


def _idle_parameters(results: Results, found: Importances | str) -> Advice | None:
    """Say which of the parameters that are always set made no difference."""
    if isinstance(found, str) or found.n_candidates < _FEWEST:
        return None
    n_parameters = len(found.names) + found.n_left_out
    if found.explained < _EXPLAINED or found.n_candidates < _FOR_EACH * n_parameters:
        return None
    highest = found.total_intervals[:, 1]
    idle = {
        name: float(share)
        for name, share in zip(found.names, highest, strict=True)
        if share < _IDLE and all(name in params for params in results.params)
    }
    if not idle or len(idle) == len(found.names):
        return None
    names = ", ".join(list(idle)[:_MOST_NAMED])
    more = f" and {len(idle) - _MOST_NAMED} more" if len(idle) > _MOST_NAMED else ""
    most = max(idle.values())
    return Advice(
        "idle parameters",
        f"Over the whole search space, {names}{more} made no difference to speak of: "
        f"{'each ' if len(idle) > 1 else ''}at most {max(most, 0.001):.1%} of the "
        "variance of the scores.",
        idle,
    )
