"""Exhaustive search over a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn.model_selection

from skhp.optimizers import GridOptimizer
from skhp.search._base import SearchMixin
from skhp.search._names import check_parameters_exist
from skhp.search._strategy import FitInputs, Strategy


class GridSearchCV(SearchMixin, sklearn.model_selection.GridSearchCV):
    """Search that evaluates every combination of a grid by cross-validation.

    `sklearn.model_selection.GridSearchCV` on skhp's engine: the same candidates in the
    same order, the same ``cv_results_``, and the parameters below in addition.

    Parameters
    ----------
    estimator : estimator object
        What to tune. It is cloned, never changed.
    param_grid : dict or list of dict
        Names of parameters, each with a list of the values to try; a list of such
        dicts is a union of grids.
    scoring : str, callable, list, tuple or dict, default=None
        One score or several, greater is better. None: the estimator's ``score``.
    n_jobs : int, default=None
        Number of workers. None: what `joblib.parallel_config` says, or 1; -1: all
        cores.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all the data; with several metrics, which
        one decides; or a function of ``cv_results_`` that returns the best row.
    cv : int, cross-validation generator or iterable, default=None
        How to split. The splits are made once, so every candidate meets the same ones,
        also where `cv` is shuffled and not seeded. None: 5 folds.
    verbose : int, default=0
        1: a line per finished candidate; 2: a line per fit; 3: with its scores.
    pre_dispatch : int or str, default='2*n_jobs'
        How many tasks may be handed to the workers ahead of time.
    error_score : 'raise' or float, default=np.nan
        The score of a fit that fails. 'raise' ends the search with its exception.
    return_train_score : bool, default=False
        Whether to score on the training folds too.
    constraints : callable or list of callable, default=None
        Each takes a dict of parameters and says whether it may be tried.
    time_budget : float, default=None
        Seconds for the whole of ``fit``. No fit starts that is not expected to be
        finished, refit included, by then; the best so far is returned.
    journal : str or path-like, default=None
        A file that each finished fit is written to at once. Fitting again with the same
        path goes on where it ends; with one worker exactly as if it had never stopped.
    callbacks : callable or list of callable, default=None
        Each is called with the search after every candidate, when ``best_score_``,
        ``best_params_`` and ``cv_results_`` can be read; one that returns True stops
        the search. See `NoImprovement`, `TargetReached` and `TimeLimit`.
    warm_start : bool, default=False
        Whether fitting again goes on with the earlier fit.
    fit_timeout : float, default=None
        Seconds that a fit, with its scores, may take. In worker processes (n_jobs > 1,
        joblib's default backend) the fit is ended and gets ``error_score``; elsewhere
        nothing can end it, so the candidate's remaining splits are not run.
    threads_per_fit : int, 'auto' or None, default='auto'
        Threads of each fit. 'auto': with several workers, their share of the cores;
        parameters like ``n_jobs`` that are None or -1 are set in the workers, never in
        ``best_estimator_``. None: nothing is changed.

    Attributes
    ----------
    cv_results_ : dict of str to array of shape (n_candidates,)
        The table of results, in scikit-learn's layout. Where some fit failed there
        are two more columns: ``status`` ("ok", "failed", "timeout", "crashed",
        "stopped") and ``error`` (the last lines of the traceback).
    best_estimator_ : estimator
        The best candidate, fitted on all the data.
    best_score_ : float
        Mean score of the best candidate over the splits.
    best_params_ : dict
        Parameters of the best candidate.
    best_index_ : int
        Its row in ``cv_results_``.
    scorer_ : callable or dict
        What scored.
    n_splits_ : int
        Number of splits.
    refit_time_ : float
        Seconds that the refit took.
    multimetric_ : bool
        Whether there are several metrics.

    See Also
    --------
    RandomizedSearchCV : Draws candidates instead of trying all of them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"kernel": ["linear", "rbf"], "C": [1, 10]})
    >>> search.fit(X, y).best_params_
    {'C': 1, 'kernel': 'linear'}
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        constraints: Any = None,
        time_budget: float | None = None,
        journal: Any = None,
        callbacks: Any = None,
        warm_start: bool = False,
        fit_timeout: float | None = None,
        threads_per_fit: Any = "auto",
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.constraints = constraints
        self.time_budget = time_budget
        self.journal = journal
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.fit_timeout = fit_timeout
        self.threads_per_fit = threads_per_fit

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        optimizer = GridOptimizer(self.param_grid, constraints=self.constraints)
        grids = (
            self.param_grid if isinstance(self.param_grid, list) else [self.param_grid]
        )
        check_parameters_exist(self.estimator, grids)
        return Strategy(optimizer)
