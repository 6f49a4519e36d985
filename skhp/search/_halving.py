"""Successive halving: all candidates get little, the best of them more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from skhp.exceptions import InvalidParameterError
from skhp.optimizers import GridOptimizer, RandomOptimizer
from skhp.search._halving_rungs import HalvingMixin
from skhp.search._names import check_parameters_exist
from skhp.search._random import is_sklearn_dialect, tuples_as_choices
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


class HalvingGridSearchCV(HalvingMixin, sklearn.model_selection.HalvingGridSearchCV):
    """Search that gives all points of a grid little, and the best of them more.

    `sklearn.model_selection.HalvingGridSearchCV` on skhp's engine, without its
    experimental import: the same rungs, candidates and columns.

    Parameters
    ----------
    estimator : estimator object
        What to tune. It is cloned, never changed.
    param_grid : dict or list of dict
        As in `GridSearchCV`.
    factor : int or float, default=3
        Each rung keeps one candidate in so many. Greater than 1.
    resource : str, default='n_samples'
        What candidates get more of: ``'n_samples'``, or a parameter of the estimator
        that takes positive integers, such as ``'n_estimators'`` or, in a pipeline,
        ``'model__n_estimators'``. Models that can be trained further are: see Notes.
    max_resources : int or 'auto', default='auto'
        What a candidate gets at most. 'auto': all samples; must be a number for other
        resources.
    min_resources : int, 'exhaust' or 'smallest', default='exhaust'
        What each candidate gets at the first rung. 'smallest': for samples two per
        split and class, else 1. 'exhaust': as much as lets the last rung come close to
        `max_resources`.
    aggressive_elimination : bool, default=False
        Whether to repeat the first rung's resource, where there are more candidates
        than the rungs below `max_resources` can sift, until few enough are left.
    cv : int, cross-validation generator or iterable, default=5
        As in `GridSearchCV`. It is split once, so it need not have a seed.
    scoring : str, callable, list, tuple or dict, default=None
        As in `GridSearchCV`; with several metrics the one that `refit` names decides.
    refit : bool, str or callable, default=True
        As in `GridSearchCV`. A callable is given the rows of the last rung alone.
    error_score : 'raise' or float, default=np.nan
        The score of a fit that fails. A candidate with nan is not promoted.
    return_train_score : bool, default=True
        Whether to score on the training folds too.
    random_state : int, RandomState instance or None, default=None
        Where the subsamples come from.
    n_jobs : int, default=None
        Number of workers. None: what `joblib.parallel_config` says, or 1; -1: all
        cores.
    verbose : int, default=0
        1: a line per finished candidate; 2: a line per fit; 3: with its scores.
    pre_dispatch : int or str, default='2*n_jobs'
        How many tasks may be handed to the workers ahead of time.
    subsample_test : bool, default=False
        Whether to subsample the test folds too, as scikit-learn does. Whole test folds
        make the scores of small rungs less noisy, and those of different rungs
        comparable.
    min_n_samples, max_n_samples : int, default=None
        Other names of `min_resources` and `max_resources`, for ``'n_samples'``.
    constraints : callable or list of callable, default=None
        Each takes a dict of parameters and says whether it may be tried.
    time_budget : float, default=None
        Seconds for the whole of ``fit``, as in `GridSearchCV`. The best of the last
        rung that was finished is returned.
    journal : str or path-like, default=None
        As in `GridSearchCV`.
    callbacks : callable or list of callable, default=None
        As in `GridSearchCV`.
    warm_start : bool, default=False
        Whether fitting again goes on with the earlier fit.
    fit_timeout : float, default=None
        Seconds that a fit may take, as in `GridSearchCV`.
    threads_per_fit : int, 'auto' or None, default='auto'
        Threads of each fit, as in `GridSearchCV`.

    Attributes
    ----------
    cv_results_ : dict of str to array
        As in `GridSearchCV`, a row for each candidate at each rung, with ``iter`` and
        ``n_resources``. ``rank_test_score`` ranks the last rung before those below it.
    n_resources_, n_candidates_ : list of int
        What candidates got, and how many there were, at each rung.
    n_remaining_candidates_ : int
        How many would go on to one rung more.
    n_iterations_, n_required_iterations_, n_possible_iterations_ : int
        Rungs that there were, that the candidates asked for, that the resource allowed.
    min_resources_, max_resources_ : int
        The bounds, in numbers.
    best_estimator_, best_score_, best_params_, best_index_
        As in `GridSearchCV`, of the last rung.

    See Also
    --------
    HalvingRandomSearchCV : Draws its candidates.
    HyperbandSearchCV : Needs no choice between many candidates and much resource.

    Notes
    -----
    Subsamples are nested: a rung sees all the rows of the one below. For a classifier
    each of them has all classes, in proportion; where `fit` is given ``groups`` they
    consist of whole groups, but for the last; where the splits are ordered in time they
    are the rows nearest before the test fold. Since a candidate is seen on the same
    rows again, one that repeats a rung (`aggressive_elimination`) is not fitted again.

    With a parameter as the resource, a promoted candidate goes on from the models of
    the rung below: LightGBM, XGBoost, scikit-learn's forests, bagging, gradient
    boosting, and, without being the same as trained afresh, SGD and networks. Others
    are fitted anew. ``mean_fit_time`` is the time of the last leg then.

    References
    ----------
    K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and
    Hyperparameter Optimization", AISTATS 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skhp import HalvingGridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 2, 4]}
    >>> search = HalvingGridSearchCV(
    ...     RandomForestClassifier(random_state=0), grid, resource="n_estimators",
    ...     max_resources=27,
    ... ).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([9, 3, 1], [3, 9, 27])
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        subsample_test: bool = False,
        min_n_samples: int | None = None,
        max_n_samples: int | None = None,
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
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.pre_dispatch = pre_dispatch
        self.subsample_test = subsample_test
        self.min_n_samples = min_n_samples
        self.max_n_samples = max_n_samples
        self.constraints = constraints
        self.time_budget = time_budget
        self.journal = journal
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.fit_timeout = fit_timeout
        self.threads_per_fit = threads_per_fit

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        least, most = self._settled_bounds(inputs)
        optimizer = GridOptimizer(self.param_grid, constraints=self.constraints)
        written = self.param_grid
        grids = [written] if isinstance(written, Mapping) else written
        self._check_not_searched(grids)
        check_parameters_exist(self.estimator, grids)
        candidates = [trial.params for trial in optimizer.ask(optimizer.n_trials)]
        return self._halving(inputs, candidates, least, most)


class HalvingRandomSearchCV(
    HalvingMixin, sklearn.model_selection.HalvingRandomSearchCV
):
    """Search that draws many candidates, gives all little, and the best of them more.

    `sklearn.model_selection.HalvingRandomSearchCV` on skhp's engine, without its
    experimental import: the same rungs, candidates and columns.

    Parameters
    ----------
    estimator : estimator object
        What to tune. It is cloned, never changed.
    param_distributions : dict or list of dict
        As in `RandomizedSearchCV`.
    n_candidates : int or 'exhaust', default='exhaust'
        How many candidates begin. 'exhaust': as many as there can be for the last rung
        to come close to `max_resources`.
    factor : int or float, default=3
        Each rung keeps one candidate in so many. Greater than 1.
    resource : str, default='n_samples'
        As in `HalvingGridSearchCV`.
    max_resources : int or 'auto', default='auto'
        As in `HalvingGridSearchCV`.
    min_resources : int, 'exhaust' or 'smallest', default='smallest'
        As in `HalvingGridSearchCV`.
    aggressive_elimination : bool, default=False
        As in `HalvingGridSearchCV`.
    cv : int, cross-validation generator or iterable, default=5
        As in `GridSearchCV`. It is split once, so it need not have a seed.
    scoring : str, callable, list, tuple or dict, default=None
        As in `GridSearchCV`; with several metrics the one that `refit` names decides.
    refit : bool, str or callable, default=True
        As in `GridSearchCV`. A callable is given the rows of the last rung alone.
    error_score : 'raise' or float, default=np.nan
        The score of a fit that fails. A candidate with nan is not promoted.
    return_train_score : bool, default=True
        Whether to score on the training folds too.
    random_state : int, RandomState instance or None, default=None
        Where the candidates and the subsamples come from.
    n_jobs : int, default=None
        Number of workers. None: what `joblib.parallel_config` says, or 1; -1: all
        cores.
    verbose : int, default=0
        1: a line per finished candidate; 2: a line per fit; 3: with its scores.
    pre_dispatch : int or str, default='2*n_jobs'
        How many tasks may be handed to the workers ahead of time.
    subsample_test : bool, default=False
        As in `HalvingGridSearchCV`.
    min_n_samples, max_n_samples : int, default=None
        Other names of `min_resources` and `max_resources`, for ``'n_samples'``.
    constraints : callable or list of callable, default=None
        Each takes a dict of parameters and says whether it may be tried.
    time_budget : float, default=None
        As in `HalvingGridSearchCV`.
    journal : str or path-like, default=None
        As in `GridSearchCV`.
    callbacks : callable or list of callable, default=None
        As in `GridSearchCV`.
    warm_start : bool, default=False
        Whether fitting again goes on with the earlier fit.
    fit_timeout : float, default=None
        Seconds that a fit may take, as in `GridSearchCV`.
    threads_per_fit : int, 'auto' or None, default='auto'
        Threads of each fit, as in `GridSearchCV`.

    Attributes
    ----------
    cv_results_ : dict of str to array
        As in `HalvingGridSearchCV`.
    n_resources_, n_candidates_ : list of int
        As in `HalvingGridSearchCV`, and so are the others there.
    best_estimator_, best_score_, best_params_, best_index_
        As in `GridSearchCV`, of the last rung.

    See Also
    --------
    HalvingGridSearchCV : Begins with all points of a grid; its Notes hold here too.
    HyperbandSearchCV : Needs no choice between many candidates and much resource.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from skhp import HalvingRandomSearchCV
    >>> X, y = load_digits(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e2), "gamma": loguniform(1e-5, 1e-1)}
    >>> search = HalvingRandomSearchCV(SVC(), space, random_state=0, cv=3).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([29, 10, 4, 2], [60, 180, 540, 1620])
    >>> bool(search.best_score_ > 0.95)
    True
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: Any = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "smallest",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        subsample_test: bool = False,
        min_n_samples: int | None = None,
        max_n_samples: int | None = None,
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
            param_distributions,
            n_candidates=n_candidates,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.pre_dispatch = pre_dispatch
        self.subsample_test = subsample_test
        self.min_n_samples = min_n_samples
        self.max_n_samples = max_n_samples
        self.constraints = constraints
        self.time_budget = time_budget
        self.journal = journal
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.fit_timeout = fit_timeout
        self.threads_per_fit = threads_per_fit

    _extra_constraints: ClassVar[dict[str, Any]] = {
        **HalvingMixin._extra_constraints,
        "param_distributions": "no_validation",  # Space says what is wrong, and where
    }

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        if self._bounds()[0] == self.n_candidates == "exhaust":
            raise InvalidParameterError(
                "n_candidates and min_resources cannot be both set to 'exhaust'."
            )
        least, most = self._settled_bounds(inputs)
        n = most // least if self.n_candidates == "exhaust" else self.n_candidates
        written = self.param_distributions
        if self.constraints is None and is_sklearn_dialect(written):
            optimizer = RandomOptimizer(written, n, inputs.random_state)
            names = [written] if isinstance(written, Mapping) else written
        else:
            space = Space(tuples_as_choices(written), self.constraints)
            names = space.names
            optimizer = RandomOptimizer(space, n, inputs.random_state)
        self._check_not_searched(names)
        check_parameters_exist(self.estimator, names)
        candidates = [trial.params for trial in optimizer.ask(n)]
        return self._halving(inputs, candidates, least, most)
