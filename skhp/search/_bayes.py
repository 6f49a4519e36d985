"""Bayesian optimization of hyperparameters."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.model_selection import RandomizedSearchCV
from sklearn.utils.validation import check_is_fitted

from skhp.evaluation import Observer, Row
from skhp.evaluation._sklearn import Interval, fit_context
from skhp.exceptions import InvalidParameterError, SpaceExhaustedWarning, warn_user
from skhp.optimizers import BatchedOptimizer, BayesOptimizer
from skhp.search._docstrings import with_shared_parts
from skhp.search._effort import EffortGovernor
from skhp.search._initial_points import initial_configurations
from skhp.search._names import (
    check_parameters_exist,
    warn_of_unmodelled,
    written_space,
)
from skhp.search._rounds import RoundsMixin
from skhp.search._search_fingerprint import objective_of
from skhp.search._session import Session
from skhp.search._skopt import (
    SkoptCallbacks,
    optimize_results,
    read_optimizer_kwargs,
    space_constraint,
)
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


@with_shared_parts
class BayesSearchCV(RoundsMixin, RandomizedSearchCV):
    """Bayesian optimization: a search that learns from each result where to look next.

    A Gaussian process, the surrogate, models the score as a function of the parameters;
    the next candidate is the one with the greatest expected improvement. A replacement
    for `GridSearchCV`, `RandomizedSearchCV` and scikit-optimize's `BayesSearchCV`.

    Parameters
    ----------
    {estimator}
        Its current parameters are the first candidate if they lie in the search space.
    search_spaces : dict, list of dict, list of (dict, int) or 'auto'
        The search space:
        {ranges}
        Several dicts are searched together with a common budget of `n_iter` candidates;
        a dict paired with a number gets that many candidates of its own.
    {n_iter}
    {scoring}
        With several metrics, the search maximises the one that `refit` names, or the
        first one if `refit` names none.
    {n_jobs}
    n_points : int, default=None
        Number of candidates to choose at a time. None chooses each candidate when a
        worker is free for it, from all results known by then. A number chooses them in
        batches of that size, so that with a fixed `random_state` the search does not
        depend on `n_jobs` or on timing.
    {refit}
    {cv}
    {verbose}
    {pre_dispatch}
    {random_state}
        With one worker the whole search is then reproducible; with several workers it
        also needs `n_points`.
    {error_score}
        Whatever this score is, the surrogate treats the candidate as failed.
    {return_train_score}
    optimizer_kwargs : dict, default=None
        Settings of the optimizer: ``n_initial_points``, the number of candidates to
        spread over the search space before the surrogate is used, and ``surrogate``,
        which is "gp" (a Gaussian process), "lightgbm" (a forest) or "auto" (the forest
        once there are 2000 results, else the Gaussian process). Other settings of
        scikit-optimize are accepted and ignored with a warning.
    initial_points : list of dict, earlier search or list of these, default=None
        Candidates to evaluate first. An earlier search is a fitted one, its
        ``cv_results_`` as a DataFrame, a Study of Optuna, or the path of a journal, of
        the same data or of others. Of one, the best candidates are taken, of several
        the five best of each, in all at most half of `n_iter`. Their scores are not:
        they are of other folds or another metric.
    {constraints}
    {time_budget}
    {journal}
        With several workers, results may arrive in a different order after resuming,
        which changes later candidates unless `n_points` is given.
    {callbacks}
    {warm_start}
        If `n_iter` was raised in between, that many more candidates are evaluated.
    {fit_timeout}
    {threads_per_fit}
    {rounds_resource}
    {max_rounds}
    {early_stopping}
    {n_iter_no_change}
    {ensemble}
    {keep_folds}
    {racing}
    {refine_top}
    {refine_repeats}

    Attributes
    ----------
    {cv_results_}
        The column ``ask_time`` is the time in seconds that choosing the candidate took.
        If there are training scores, ``rank_train_score`` ranks the candidates by them.
    {best_estimator_}
    {best_score_}
    {best_params_}
    {best_index_}
    {best_at_edge_}
    {best_score_corrected_}
    {best_score_interval_}
    {tied_}
    {train_test_gap_}
    {improvement_over_default_}
    {ensemble_}
    {ensemble_info_}
    {oof_predictions_}
    {oof_method_}
    {fold_estimators_}
    {refine_results_}
    {scorer_}
    {n_splits_}
    {refit_time_}
    {multimetric_}
    {boosting_curves_}
    optimizer_results_ : list of scipy.optimize.OptimizeResult
        The history of each sub-space in scikit-optimize's form, in which scores are
        negated and minimised: ``x``, ``fun``, ``x_iters``, ``func_vals``, ``space``,
        ``models``.
    overhead_ : float
        Share of the search time that went into choosing candidates, in [0, 1].
    total_iterations : int
        Number of candidates that a complete search evaluates: `n_iter`, or fewer if
        the search space has fewer points.

    See Also
    --------
    RandomizedSearchCV : Draws candidates without learning from results.
    HyperbandSearchCV : Drops bad candidates early, before they have cost much.

    Notes
    -----
    The Gaussian process has a Matern-5/2 kernel with one length scale per parameter
    [1]_ and is fitted to warped scores. The acquisition function is the logarithm of
    the expected improvement [2]_.

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
        **RoundsMixin._extra_constraints,
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
        resource: str | None = None,
        max_resources: int = 1000,
        early_stopping: bool = True,
        n_iter_no_change: int = 50,
        ensemble: Any = None,
        keep_folds: bool = False,
        racing: bool | float = False,
        refine_top: int = 0,
        refine_repeats: int = 2,
    ) -> None:
        # Not RandomizedSearchCV's constructor, which would set its own parameters.
        super(RandomizedSearchCV, self).__init__(
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
        self.resource = resource
        self.max_resources = max_resources
        self.early_stopping = early_stopping
        self.n_iter_no_change = n_iter_no_change
        self.ensemble = ensemble
        self.keep_folds = keep_folds
        self.racing = racing
        self.refine_top = refine_top
        self.refine_repeats = refine_repeats

    @property
    def param_distributions(self) -> Any:
        """The search spaces, under the name that `RandomizedSearchCV` gives them."""
        return self.search_spaces

    @property
    def total_iterations(self) -> int:
        """Number of candidates that a complete search evaluates."""
        return BayesOptimizer(self._space(), self.n_iter, random_state=0).n_trials

    def _space(self) -> Space:
        """Return the search space, with all constraints on it."""
        written = written_space(self, self.search_spaces)
        own = Space(written, self.constraints)
        return Space(own, space_constraint(self.optimizer_kwargs))

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        groups: Any = None,
        callback: Any = None,
        **params: Any,
    ) -> Self:
        """Run the search and refit the best candidate on all the data.

        Parameters
        ----------
        {X}
        {y}
        {groups}
        {callback}
        {params}

        {after_fit}
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
    ) -> Self:
        """Continue a search that was fitted, interrupted or written to a journal.

        Parameters
        ----------
        {X}
        {y}
        {n_more}
        {groups}
        {callback}
        {params}

        {after_extend}
        """
        n_more = self._checked_n_more(n_iter)
        observe = partial(_skopt_observers, _as_list(callback))
        params = _with_groups(params, groups)
        return self._run(X, y, params, n_more=n_more, observe=observe)

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        settings = read_optimizer_kwargs(self.optimizer_kwargs)
        space = self._space()
        check_parameters_exist(self.estimator, space.names, self.search_spaces)
        warn_of_unmodelled(space)
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
                f"The search space has only {optimizer.n_trials} points, fewer than "
                f"the {n_wanted} candidates requested. Each is evaluated once.",
                SpaceExhaustedWarning,
            )
        columns = {"ask_time": _ask_seconds}
        rounds = self._rounds_rule(inputs, space.names)
        if self.n_points is not None:
            batched = BatchedOptimizer(optimizer, self.n_points)
            return Strategy(
                batched,
                space,
                rounds=rounds,
                columns=columns,
                ranks_train_scores=True,
                beliefs=optimizer.beliefs,
            )
        # Effort depends on the clock, so with a seed it must not change.
        is_free = self.random_state is None
        governors = (EffortGovernor(optimizer),) if is_free else ()
        return Strategy(
            optimizer,
            space,
            rounds=rounds,
            observers=governors,
            columns=columns,
            ranks_train_scores=True,
            beliefs=optimizer.beliefs,
        )

    @property
    def overhead_(self) -> float:
        """Share of the search time that went into choosing candidates."""
        check_is_fitted(self)
        return self._state.overhead

    @property
    def optimizer_results_(self) -> list[Any]:
        """The history of each sub-space in scikit-optimize's form."""
        check_is_fitted(self)
        metric = "score" if not self.multimetric_ else objective_of(self)
        space, n = self._space(), len(self.cv_results_["params"])
        # Where sub-spaces overlap, the parameters do not determine the sub-space.
        subspaces = space.subspace_of(self._state.points[:n])
        return optimize_results(space, self.cv_results_, metric, subspaces)


def _n_wanted(space: Space, n_iter: int) -> int:
    """Return the number of candidates requested from all sub-spaces together."""
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
    if callback is None:
        return []
    callbacks = list(callback) if isinstance(callback, (list, tuple)) else [callback]
    for item in callbacks:
        if not callable(item):
            raise InvalidParameterError(
                "The 'callback' parameter of BayesSearchCV.fit must be callable or a "
                f"list of callables. Got {item!r} instead."
            )
    return callbacks
