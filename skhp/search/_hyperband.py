"""Hyperband: brackets of successive halving, with nobody waiting at a rung."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import sklearn.model_selection
from numpy.typing import NDArray

from skhp.evaluation._sklearn import Interval, StrOptions
from skhp.exceptions import InvalidParameterError
from skhp.optimizers import Bracket, HyperbandOptimizer
from skhp.search._base import SearchMixin
from skhp.search._names import check_parameters_exist
from skhp.search._resources import ResourceMixin
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


class HyperbandSearchCV(ResourceMixin, sklearn.model_selection.RandomizedSearchCV):
    """Search that hedges between many candidates with little and few with much.

    Several successive halvings (brackets), from one that begins with many candidates
    at the least resource to one that gives a few the most at once. Promotions do not
    wait for a rung to be complete, promoted models are trained further where they can
    be, and new candidates come from a surrogate of what has been seen.

    Parameters
    ----------
    estimator : estimator object
        What to tune. It is cloned, never changed.
    param_distributions : dict or list of dict
        As the ``search_spaces`` of `BayesSearchCV`: lists are choices, ``(low, high)``
        is a range.
    resource : str, default='n_samples'
        What candidates get more of: ``'n_samples'``, or a parameter of the estimator
        that takes positive integers, such as ``'n_estimators'`` or, in a pipeline,
        ``'model__n_estimators'``. Models that can be trained further are, as in
        `HalvingGridSearchCV`.
    max_resources : int or 'auto', default='auto'
        What a candidate gets at most. 'auto': all samples; must be a number for other
        resources.
    min_resources : int or 'smallest', default='smallest'
        What a candidate gets at least. 'smallest': for samples two per split and
        class, else a hundredth of `max_resources`, but one at least.
    factor : int or float, default=3
        Each rung keeps one candidate in so many. Greater than 1.
    n_brackets : int, default=None
        How many brackets to run, the most aggressive first. None: each once; more
        than there are: from the first again. 1 is asynchronous successive halving.
    n_candidates : int, default=None
        How many candidates to begin with in all; brackets are repeated up to there.
    sampler : {'bayes', 'random'}, default='bayes'
        Where new candidates come from. 'bayes': two in three from where a Gaussian
        process, fitted on the highest level of the resource that has enough results,
        expects the most improvement.
    asynchronous : bool, default=True
        Whether a candidate is promoted as soon as it is among the best of those that
        are finished. False: a rung waits for its last candidate, which makes the search
        the same for any `n_jobs` and any timing, given a `random_state`.
    scoring : str, callable, list, tuple or dict, default=None
        One score or several, greater is better. None: the estimator's ``score``.
    n_jobs : int, default=None
        Number of workers. None: what `joblib.parallel_config` says, or 1; -1: all
        cores.
    refit : bool, str or callable, default=True
        As in `HalvingGridSearchCV`.
    cv : int, cross-validation generator or iterable, default=None
        As in `GridSearchCV`.
    verbose : int, default=0
        1: a line per finished candidate; 2: a line per fit; 3: with its scores.
    pre_dispatch : int or str, default='2*n_jobs'
        How many tasks may be handed to the workers ahead of time.
    random_state : int, RandomState instance or None, default=None
        Where candidates and subsamples come from.
    error_score : 'raise' or float, default=np.nan
        The score of a fit that fails. A candidate with nan is not promoted.
    return_train_score : bool, default=False
        Whether to score on the training folds too.
    subsample_test : bool, default=False
        Whether to subsample the test folds too, where samples are the resource.
    constraints : callable or list of callable, default=None
        Each takes a dict of parameters and says whether it may be tried.
    time_budget : float, default=None
        Seconds for the whole of ``fit``, as in `GridSearchCV`.
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
        As in `GridSearchCV`, a row for each candidate at each rung, with ``bracket``,
        ``rung`` and ``n_resources``. ``rank_test_score`` ranks those with the most
        resource first.
    brackets_ : list of Bracket
        The plan that was carried out.
    min_resources_, max_resources_ : int
        The bounds, in numbers.
    best_estimator_, best_score_, best_params_, best_index_
        As in `GridSearchCV`, of those with the most resource.

    See Also
    --------
    HalvingRandomSearchCV : One bracket, with a barrier at each rung.
    BayesSearchCV : Gives every candidate everything.

    References
    ----------
    .. [1] L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, "Hyperband: A
       Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 18 (2018).
    .. [2] L. Li et al., "A System for Massively Parallel Hyperparameter Tuning",
       MLSys 2020.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import GradientBoostingClassifier
    >>> from skhp import HyperbandSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"learning_rate": (1e-2, 1.0, "log-uniform"), "max_depth": (1, 4)}
    >>> search = HyperbandSearchCV(
    ...     GradientBoostingClassifier(random_state=0), space, resource="n_estimators",
    ...     max_resources=27, min_resources=3, cv=3, random_state=0,
    ... )
    >>> print(search.plan(n_splits=3))
    bracket  n_candidates  n_resources
          2       9  3  1      3  9 27
          1          5  1         9 27
          0             3           27
    17 candidates, 66 fits, 702 n_estimators (621 where models are trained further)
    >>> bool(search.fit(X, y).best_score_ > 0.9)
    True
    """

    _extra_constraints: ClassVar[dict[str, Any]] = {
        **SearchMixin._extra_constraints,
        "param_distributions": "no_validation",  # Space says what is wrong, and where
        "resource": [str],
        "max_resources": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "min_resources": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"smallest"}),
        ],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "n_brackets": [Interval(Integral, 1, None, closed="left"), None],
        "n_candidates": [Interval(Integral, 1, None, closed="left"), None],
        "sampler": [StrOptions({"bayes", "random"})],
        "asynchronous": ["boolean"],
        "subsample_test": ["boolean"],
        "constraints": [callable, list, tuple, None],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "smallest",
        factor: float = 3,
        n_brackets: int | None = None,
        n_candidates: int | None = None,
        sampler: str = "bayes",
        asynchronous: bool = True,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        subsample_test: bool = False,
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
        self.param_distributions = param_distributions
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.factor = factor
        self.n_brackets = n_brackets
        self.n_candidates = n_candidates
        self.sampler = sampler
        self.asynchronous = asynchronous
        self.random_state = random_state
        self.subsample_test = subsample_test
        self.constraints = constraints
        self.time_budget = time_budget
        self.journal = journal
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.fit_timeout = fit_timeout
        self.threads_per_fit = threads_per_fit

    def plan(self, X: Any = None, y: Any = None, *, n_splits: int = 5) -> HyperbandPlan:
        """Return what a search will do, before it does it; print it to read it.

        Parameters
        ----------
        X, y : array-like, default=None
            The data; needed where the resource is ``'n_samples'`` and its bounds are
            to be found.
        n_splits : int, default=5
            How many splits `cv` makes.

        Returns
        -------
        plan : HyperbandPlan
            With ``brackets``, ``n_trials``, ``n_fits`` and ``cost``.
        """
        least, most = self.min_resources, self.max_resources
        if most == "auto":
            if X is None or self._resource_param is not None:
                raise InvalidParameterError(
                    "The 'max_resources' parameter of HyperbandSearchCV must be a "
                    "number for its plan without data. Got 'auto' instead."
                )
            most = len(X)
        if least == "smallest":
            least = self._smallest(most, 2 * n_splits * _n_classes(self.estimator, y))
        brackets = self._optimizer(least, most, None).brackets
        return HyperbandPlan(brackets, self.resource, n_splits)

    def _smallest(self, most: int, for_samples: int) -> int:
        if self._resource_param is None:
            return for_samples
        return max(1, most // 100)

    def _optimizer(
        self, least: int, most: int, random_state: Any
    ) -> HyperbandOptimizer:
        space = Space(self.param_distributions, self.constraints)
        self._check_not_searched(space.names)
        check_parameters_exist(self.estimator, space.names)
        return HyperbandOptimizer(
            space,
            max_resources=most,
            min_resources=least,
            factor=self.factor,
            n_brackets=self.n_brackets,
            n_candidates=self.n_candidates,
            sampler=self.sampler,
            asynchronous=self.asynchronous,
            random_state=random_state,
            resource_param=self._resource_param,
        )

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        self._check_resource()
        most = self._most_resources(inputs, self.max_resources)
        least = self.min_resources
        if least == "smallest":
            least = self._smallest(most, self._least_resources(inputs))
        self._check_bounds(inputs, least, most)
        rule = self._resource_rule(inputs.random_state, least, most)
        optimizer = self._optimizer(least, most, inputs.random_state)
        return Strategy(
            optimizer,
            optimizer.space,
            resource=rule,
            levels=_levels,
            attributes=partial(_attributes, optimizer, most),
        )


def _levels(results: Mapping[str, Any], is_over: bool) -> NDArray[np.int64]:
    """Return what each candidate has got: with more it is judged better."""
    levels: NDArray[np.int64] = results["n_resources"].astype(np.int64)
    return levels


def _attributes(optimizer: HyperbandOptimizer, most: int) -> dict[str, Any]:
    return {
        "brackets_": list(optimizer.brackets),
        "min_resources_": min(b.n_resources[0] for b in optimizer.brackets),
        "max_resources_": most,
    }


def _n_classes(estimator: Any, y: Any) -> int:
    is_class = y is not None and sklearn.base.is_classifier(estimator)
    return len(np.unique(y)) if is_class else 1


class HyperbandPlan:
    """What a Hyperband search will do.

    Parameters
    ----------
    brackets : sequence of Bracket
        The rungs of each bracket.
    resource : str
        What is spent.
    n_splits : int
        How many splits each trial is evaluated on.

    Attributes
    ----------
    n_candidates, n_trials, n_fits : int
        Configurations; those with their promotions; those on each split.
    cost : int
        The resource that all fits spend together, if each begins from nothing.
    cost_continued : int
        The same if promoted models are trained further.
    """

    def __init__(
        self, brackets: Sequence[Bracket], resource: str, n_splits: int
    ) -> None:
        self.brackets, self.resource, self.n_splits = brackets, resource, n_splits
        self.n_candidates = sum(b.n_candidates[0] for b in brackets)
        self.n_trials = sum(b.n_trials for b in brackets)
        self.n_fits = n_splits * self.n_trials
        self.cost = n_splits * sum(b.cost() for b in brackets)
        self.cost_continued = n_splits * sum(b.cost(continued=True) for b in brackets)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        counts = [self._cells(b.n_candidates, b.number) for b in self.brackets]
        amounts = [self._cells(b.n_resources, b.number) for b in self.brackets]
        width = max(len("n_candidates"), *map(len, counts))
        lines = [f"bracket  {'n_candidates':>{width}}  n_resources"]
        for bracket, count, amount in zip(self.brackets, counts, amounts, strict=True):
            lines.append(f"{bracket.number:7}  {count:>{width}}  {amount:>11}".rstrip())
        last = f"{self.n_candidates} candidates, {self.n_fits} fits, "
        last += f"{self.cost} {self.resource}"
        if self.resource != "n_samples":
            last += f" ({self.cost_continued} where models are trained further)"
        return "\n".join([*lines, last])

    def _cells(self, numbers: Sequence[int], number: int) -> str:
        """Return the numbers of the rungs, under those of the longest bracket."""
        levels = max(len(b.n_resources) for b in self.brackets)
        size = len(str(max(max(b.n_resources) for b in self.brackets)))
        size = max(size, len(str(self.n_candidates)))
        start = max(b.number for b in self.brackets) - number
        cells = [""] * start + [str(n) for n in numbers]
        cells += [""] * (levels - len(cells))
        return " ".join(f"{cell:>{size}}" for cell in cells)
