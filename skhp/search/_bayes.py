"""Bayesian optimization of hyperparameters."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import sklearn.model_selection
from sklearn.utils.validation import check_is_fitted

from skhp.evaluation import Observer, Row
from skhp.evaluation._sklearn import Interval, fit_context
from skhp.exceptions import InvalidParameterError, SpaceExhaustedWarning, warn_user
from skhp.optimizers import BatchedOptimizer, BayesOptimizer
from skhp.search._base import SearchMixin
from skhp.search._effort import EffortGovernor
from skhp.search._initial_points import initial_configurations
from skhp.search._names import check_parameters_exist
from skhp.search._same_search import objective_of
from skhp.search._session import Session
from skhp.search._skopt import SkoptCallbacks, optimize_results, read_optimizer_kwargs
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


class BayesSearchCV(SearchMixin, sklearn.model_selection.RandomizedSearchCV):
    """Search that learns from each result where to look next.

    A Gaussian process models the score as a function of the parameters; the next
    candidate is where the expected improvement is greatest. It takes the place of
    `GridSearchCV`, `RandomizedSearchCV` and of scikit-optimize's `BayesSearchCV`.

    Parameters
    ----------
    estimator : estimator object
        What to tune. Its own parameters are the first candidate, if they lie in the
        space.
    search_spaces : dict, list of dict or list of (dict, int)
        Names of parameters, each with what it may be: a list of choices, a
        distribution of `scipy.stats`, `skhp.Real`, `skhp.Integer`,
        `skhp.Categorical`, a range ``(low, high)`` or ``(low, high, prior)``, or a
        dimension of scikit-optimize or Optuna. Several dicts are searched together,
        under one budget; one with a count of its own gets that many candidates.
    n_iter : int, default=50
        Number of candidates.
    scoring : str, callable, list, tuple or dict, default=None
        One score or several, greater is better. None: the estimator's ``score``.
    n_jobs : int, default=None
        Number of workers. None: what `joblib.parallel_config` says, or 1; -1: all
        cores.
    n_points : int, default=None
        None: each candidate is chosen when a worker is free for it, with all that is
        known by then. A number: candidates are chosen so many at a time, which makes
        the search the same for any `n_jobs` and any timing, given a `random_state`.
    refit : bool, str or callable, default=True
        As in `GridSearchCV`. With several metrics the one that is named is maximised,
        else the first.
    cv : int, cross-validation generator or iterable, default=None
        As in `GridSearchCV`.
    verbose : int, default=0
        1: a line per finished candidate; 2: a line per fit; 3: with its scores.
    pre_dispatch : int or str, default='2*n_jobs'
        How many tasks may be handed to the workers ahead of time.
    random_state : int, RandomState instance or None, default=None
        Where the draws come from. With a number and one worker the search is
        reproducible; with more workers see `n_points`.
    error_score : 'raise' or float, default=np.nan
        The score of a fit that fails, in ``cv_results_``. The search itself learns
        that the candidate failed, whatever this number is.
    return_train_score : bool, default=False
        Whether to score on the training folds too.
    optimizer_kwargs : dict, default=None
        Settings of the optimizer: ``n_initial_points`` (how many candidates to spread
        over the space before the model takes over) and ``surrogate`` ("auto", "gp" or
        "lightgbm"). Other settings of scikit-optimize are accepted and ignored with a
        warning.
    initial_points : list of dict, fitted search or DataFrame, default=None
        Candidates to begin with; of a fitted search, or its ``cv_results_`` as a
        frame, the best ones, at most half of `n_iter`.
    constraints : callable or list of callable, default=None
        Each takes a dict of parameters and says whether it may be tried.
    time_budget : float, default=None
        Seconds for the whole of ``fit``, as in `GridSearchCV`.
    journal : str or path-like, default=None
        A file that each finished fit is written to at once. Fitting again with the same
        path goes on where it ends; with one worker exactly as if it had never stopped.
    callbacks : callable or list of callable, default=None
        Each is called with the search after every candidate, when ``best_score_``,
        ``best_params_`` and ``cv_results_`` can be read; one that returns True stops
        the search. See `NoImprovement`, `TargetReached` and `TimeLimit`.
    warm_start : bool, default=False
        Whether fitting again goes on with the earlier fit, with as many more
        candidates as `n_iter` was raised by.
    fit_timeout : float, default=None
        Seconds that a fit may take, as in `GridSearchCV`.
    threads_per_fit : int, 'auto' or None, default='auto'
        Threads of each fit, as in `GridSearchCV`.

    Attributes
    ----------
    cv_results_ : dict of str to array of shape (n_candidates,)
        As in `GridSearchCV`, and ``ask_time``: the seconds that choosing each
        candidate took.
    best_estimator_, best_score_, best_params_, best_index_
        As in `GridSearchCV`. In `fit`, the last three and ``cv_results_`` can be read
        at any time, from a callback or from another thread.
    optimizer_results_ : list of scipy.optimize.OptimizeResult
        For each sub-space its history in scikit-optimize's form, which minimises:
        ``x``, ``fun``, ``x_iters``, ``func_vals``, ``space``, ``models``.
    overhead_ : float
        Share of the search's time that went into choosing candidates, in [0, 1].
    total_iterations : int
        Number of candidates of a whole search.

    See Also
    --------
    RandomizedSearchCV : Draws candidates without learning from results.

    Notes
    -----
    The surrogate is a Gaussian process with a Matern-5/2 kernel and a length scale for
    each parameter [1]_, on warped scores; the acquisition function is the logarithm of
    expected improvement [2]_.

    References
    ----------
    .. [1] J. Snoek, H. Larochelle, R. P. Adams, "Practical Bayesian Optimization of
       Machine Learning Algorithms", NeurIPS 2012.
    .. [2] S. Ament et al., "Unexpected Improvements to Expected Improvement for
       Bayesian Optimization", NeurIPS 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> spaces = {"C": (1e-3, 1e3, "log-uniform"), "kernel": ["linear", "rbf"]}
    >>> search = BayesSearchCV(SVC(), spaces, n_iter=12, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.97)
    True
    """

    _extra_constraints: ClassVar[dict[str, Any]] = {
        **SearchMixin._extra_constraints,
        "search_spaces": "no_validation",  # Space says what is wrong, and where
        "n_points": [Interval(Integral, 1, None, closed="left"), None],
        "optimizer_kwargs": [dict, None],
        "initial_points": "no_validation",
        "constraints": [callable, list, tuple, None],
    }

    def __init__(
        self,
        estimator: Any,
        search_spaces: Any,
        *,
        n_iter: int = 50,
        scoring: Any = None,
        n_jobs: int | None = None,
        n_points: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        optimizer_kwargs: dict[str, Any] | None = None,
        initial_points: Any = None,
        constraints: Any = None,
        time_budget: float | None = None,
        journal: Any = None,
        callbacks: Any = None,
        warm_start: bool = False,
        fit_timeout: float | None = None,
        threads_per_fit: Any = "auto",
    ) -> None:
        # Not RandomizedSearchCV's constructor, which would set its own parameters.
        super(sklearn.model_selection.RandomizedSearchCV, self).__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.search_spaces = search_spaces
        self.n_iter = n_iter
        self.n_points = n_points
        self.random_state = random_state
        self.optimizer_kwargs = optimizer_kwargs
        self.initial_points = initial_points
        self.constraints = constraints
        self.time_budget = time_budget
        self.journal = journal
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.fit_timeout = fit_timeout
        self.threads_per_fit = threads_per_fit

    @property
    def param_distributions(self) -> Any:
        """The search spaces, by the name that `RandomizedSearchCV` has for them."""
        return self.search_spaces

    @property
    def total_iterations(self) -> int:
        """Number of candidates that a whole search evaluates."""
        return _n_wanted(Space(self.search_spaces), self.n_iter)

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        groups: Any = None,
        callback: Any = None,
        **params: Any,
    ) -> Any:
        """Search, and refit the best candidate on all the data.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features) or \
                (n_samples, n_samples)
            Training data; square for precomputed kernels and distances.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        groups : array-like of shape (n_samples,), default=None
            Passed to the splitter.
        callback : callable or list of callable, default=None
            Called after each candidate with the history in scikit-optimize's form
            (``x``, ``fun``, ``x_iters``, ``func_vals``, ``space``); one that returns
            True stops the search.
        **params : dict of str to object
            Passed on, as in `GridSearchCV`.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        InvalidParameterError
            Before the first fit, if a parameter has a value that it cannot have.
        AllFitsFailedError
            If no candidate could be fitted.
        """
        observe = partial(_skopt_observers, _as_list(callback))
        return self._run(X, y, _with_groups(params, groups), observe=observe)

    @fit_context(prefer_skip_nested_validation=False)
    def extend(
        self,
        X: Any,
        y: Any = None,
        *,
        n_iter: int = 0,
        groups: Any = None,
        callback: Any = None,
        **params: Any,
    ) -> Any:
        """Go on with a search: one that is fitted, interrupted, or in a journal.

        Parameters
        ----------
        X, y, groups, callback, **params
            The same as in `fit`.
        n_iter : int, default=0
            How many candidates to try beyond those that were wanted before. 0 finishes
            what an interrupt, a time budget or a callback has left.

        Returns
        -------
        self : object
            The search, fitted with all its candidates, old and new.

        Raises
        ------
        NotFittedError
            If there is nothing to go on with.
        InvalidParameterError
            If the data or the search are not those of before.
        """
        n_more = self._checked_n_more(n_iter)
        observe = partial(_skopt_observers, _as_list(callback))
        params = _with_groups(params, groups)
        return self._run(X, y, params, n_more=n_more, observe=observe)

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        settings = read_optimizer_kwargs(self.optimizer_kwargs)
        more_constraints = settings.pop("constraints", None)
        space = Space(Space(self.search_spaces, self.constraints), more_constraints)
        check_parameters_exist(self.estimator, space.names)
        n_iter = inputs.n_iter or self.n_iter
        points = initial_configurations(
            self.initial_points, space, n_iter // 2, objective_of(self)
        )
        optimizer = BayesOptimizer(
            space,
            n_iter,
            random_state=inputs.random_state,
            initial_points=points,
            default_params=self.estimator.get_params(),
            **settings,
        )
        n_wanted = _n_wanted(space, n_iter)
        if optimizer.n_trials < n_wanted:
            warn_user(
                f"The space has {optimizer.n_trials} points, fewer than the "
                f"{n_wanted} candidates asked for: each of them is evaluated once.",
                SpaceExhaustedWarning,
            )
        columns = {"ask_time": _ask_seconds}
        if self.n_points is not None:
            batched = BatchedOptimizer(optimizer, self.n_points)
            return Strategy(batched, space, columns=columns)
        # What depends on the clock is not reproducible: not with a seed.
        is_free = self.random_state is None
        governors = (EffortGovernor(optimizer),) if is_free else ()
        return Strategy(optimizer, space, observers=governors, columns=columns)

    @property
    def overhead_(self) -> float:
        """Share of the search's time that went into choosing candidates."""
        check_is_fitted(self)
        return self._state.overhead

    @property
    def optimizer_results_(self) -> list[Any]:
        """The history of each sub-space in scikit-optimize's form."""
        check_is_fitted(self)
        metric = "score" if not self.multimetric_ else objective_of(self)
        space, rows = self._state.strategy.space, self._state.record.rows
        assert space is not None
        n = len(self.cv_results_["params"])
        # The parameters do not tell where sub-spaces overlap.
        subspaces = space.subspace_of(np.array([row.trial.row for row in rows[:n]]))
        return optimize_results(space, self.cv_results_, metric, subspaces)


def _n_wanted(space: Space, n_iter: int) -> int:
    """Return how many candidates all sub-spaces are to have together."""
    shared = n_iter if None in space.iterations else 0
    return shared + sum(n for n in space.iterations if n is not None)


def _ask_seconds(row: Row) -> float:
    return row.ask_seconds


def _with_groups(params: dict[str, Any], groups: Any) -> dict[str, Any]:
    return params if groups is None else {**params, "groups": groups}


def _skopt_observers(callbacks: list[Any], session: Session) -> list[Observer]:
    space = session.strategy.space
    if not callbacks or space is None:
        return []
    return [SkoptCallbacks(callbacks, session.record, space)]


def _as_list(callback: Any) -> list[Any]:
    callbacks = callback if isinstance(callback, (list, tuple)) else [callback]
    callbacks = [item for item in callbacks if item is not None]
    for item in callbacks:
        if not callable(item):
            raise InvalidParameterError(
                "The 'callback' parameter of BayesSearchCV.fit must be callable or a "
                f"list of callables. Got {item!r} instead."
            )
    return callbacks
