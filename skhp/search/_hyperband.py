"""Hyperband: several brackets of successive halving, promoted asynchronously."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import RandomizedSearchCV, check_cv

from skhp.evaluation._sklearn import Interval, StrOptions, num_samples
from skhp.exceptions import InvalidParameterError
from skhp.optimizers import Bracket, HyperbandOptimizer, Trial
from skhp.search._base import SearchMixin
from skhp.search._docstrings import with_shared_parts
from skhp.search._names import (
    check_parameters_exist,
    warn_of_unmodelled,
    written_space,
)
from skhp.search._resources import ResourceMixin
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


@with_shared_parts
class HyperbandSearchCV(ResourceMixin, RandomizedSearchCV):
    """Hyperband: successive halvings, from many cheap candidates to few expensive ones.

    A bracket is one run of successive halving. The first bracket starts many candidates
    with the smallest resource and the last one a few with the full resource, since it
    is not known beforehand which pays off more. A candidate is promoted without waiting
    for the rest of its rung, its models are trained further where the estimator can do
    that, and new candidates come from a surrogate of the results so far.

    Parameters
    ----------
    {estimator}
    param_distributions : dict, list of dict or 'auto'
        The search space:
        {ranges}
        Several dicts are searched together.
    {resource}
    {max_resources}
    min_resources : int or 'smallest', default='smallest'
        Smallest amount of the resource that a candidate may get. 'smallest' means 2
        samples per split (for classifiers, per split and class), and for any other
        resource a hundredth of `max_resources`, but at least 1.
    {factor}
    n_brackets : int, default=None
        Number of brackets to run, beginning with the one that starts most candidates.
        None runs each bracket once. With a number above that, the brackets are run
        again from the first. 1 is asynchronous successive halving.
    n_candidates : int, default=None
        Number of candidates to start in all brackets together. Unless `n_brackets` is
        given too, the brackets are repeated until it is reached.
    sampler : {'bayes', 'random'}, default='bayes'
        How new candidates are chosen. With 'bayes', two in three maximise the expected
        improvement of a Gaussian process, fitted to the results with the most resource
        of which there are enough; the others are drawn at random, as all are with
        'random'.
    asynchronous : bool, default=True
        Whether to promote a candidate as soon as it is among the best of those finished
        on its rung. If False, a rung waits for its last candidate, so that with a fixed
        `random_state` the search does not depend on `n_jobs` or on timing.
    {scoring}
        With several metrics, the one that `refit` names decides which candidates are
        promoted, or the first one if `refit` names none.
    {n_jobs}
    {refit}
        Only candidates with the most resource compete, so the callable is given their
        rows alone and returns an index into them.
    {cv}
    {verbose}
    {pre_dispatch}
    {random_state}
        It is used to draw candidates and subsamples.
    {error_score}
        Whatever this score is, a candidate with a failed fit is not promoted.
    {return_train_score}
    {subsample_test}
    {constraints}
    {time_budget}
    {journal}
        With several workers, results may arrive in a different order after resuming,
        which changes later candidates unless `asynchronous` is False.
    {callbacks}
    {warm_start}
    {fit_timeout}
    {threads_per_fit}
    {ensemble}
        Only candidates with the most resource take part.
    {keep_folds}
    {racing}
        Only candidates with the most resource race: on lower rungs, more than the
        best one counts.
    {refine_top}
    {refine_repeats}

    Attributes
    ----------
    {cv_results_}
        There is one row for each candidate on each rung; the columns ``bracket``,
        ``rung`` and ``n_resources`` tell which. ``rank_test_score`` ranks candidates
        with more resource before those with less.
    brackets_ : list of Bracket
        The planned brackets: candidates and resource of each rung.
    {min_resources_}
    {max_resources_}
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

    See Also
    --------
    HalvingRandomSearchCV : One bracket, in which each rung waits for all candidates.
    BayesSearchCV : Gives every candidate the full resource.

    Notes
    -----
    {notes_on_resources}

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
        self.ensemble = ensemble
        self.keep_folds = keep_folds
        self.racing = racing
        self.refine_top = refine_top
        self.refine_repeats = refine_repeats

    def plan(
        self, X: Any = None, y: Any = None, *, n_splits: int | None = None
    ) -> HyperbandPlan:
        """Return the plan of a search without running it; print the plan to read it.

        Parameters
        ----------
        X, y : array-like, default=None
            The data. Needed if the resource is ``'n_samples'`` and its bounds are not
            given as numbers.
        n_splits : int, default=None
            Number of splits. None means the number that `cv` makes, which has to be
            given where it depends on groups, or where `cv` is an iterator.

        Returns
        -------
        plan : HyperbandPlan
            Its attributes include ``brackets``, ``n_trials``, ``n_fits`` and ``cost``.
        """
        least, most = self.min_resources, self.max_resources
        if most == "auto":
            if X is None or self._resource_param is not None:
                raise InvalidParameterError(
                    "The 'max_resources' parameter of HyperbandSearchCV must be a "
                    "number to make a plan without data. Got 'auto' instead."
                )
            most = int(num_samples(X))
        if n_splits is None:
            n_splits = self._n_splits(X, y)
        if least == "smallest":
            if self._resource_param is None and y is None and self._needs_classes:
                raise InvalidParameterError(
                    "HyperbandSearchCV.plan must be given y, because the smallest "
                    "number of samples depends on the number of classes. Got None "
                    "instead."
                )
            for_samples = 2 * n_splits * _n_classes(self.estimator, y)
            least = self._smallest(most, for_samples)
        brackets = self._optimizer(least, most, None).brackets
        return HyperbandPlan(brackets, self.resource, n_splits)

    @property
    def _needs_classes(self) -> bool:
        return bool(is_classifier(self.estimator))

    def _n_splits(self, X: Any, y: Any) -> int:
        """Return the number of splits that `cv` makes, without using it up."""
        if isinstance(self.cv, Iterator):
            raise InvalidParameterError(
                "The 'n_splits' parameter of HyperbandSearchCV.plan must be the number "
                "of splits where 'cv' is an iterator, which the plan would use up. Got "
                "None instead."
            )
        splitter = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        return int(splitter.get_n_splits(X, y))

    def _smallest(self, most: int, for_samples: int) -> int:
        if self._resource_param is None:
            return for_samples
        return max(1, most // 100)

    def _optimizer(
        self, least: int, most: int, random_state: Any
    ) -> HyperbandOptimizer:
        written = written_space(self, self.param_distributions)
        space = Space(written, self.constraints)
        self._check_not_searched(space.names)
        check_parameters_exist(self.estimator, space.names, self.param_distributions)
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
        if self.sampler == "bayes":
            warn_of_unmodelled(optimizer.space)
        return Strategy(
            optimizer,
            optimizer.space,
            resource=rule,
            levels=ResourceLevels(max(b.n_resources[-1] for b in optimizer.brackets)),
            attributes=partial(_attributes, optimizer, most),
        )


class ResourceLevels:
    """Lets the candidates compete that had most of the resource, in all brackets.

    Parameters
    ----------
    top : int
        The largest resource of a candidate.
    """

    unsettled = None

    def __init__(self, top: int) -> None:
        self.top = top

    def of(self, trial: Trial) -> int:
        """Return the resource of a trial."""
        return trial.resource or 0


def _attributes(optimizer: HyperbandOptimizer, most: int) -> dict[str, Any]:
    return {
        "brackets_": list(optimizer.brackets),
        "min_resources_": min(b.n_resources[0] for b in optimizer.brackets),
        "max_resources_": most,
    }


def _n_classes(estimator: Any, y: Any) -> int:
    is_class = y is not None and is_classifier(estimator)
    return len(np.unique(y)) if is_class else 1


class HyperbandPlan:
    """The plan of a Hyperband search.

    Parameters
    ----------
    brackets : sequence of Bracket
        The candidates and resource of each rung of each bracket.
    resource : str
        Name of the resource.
    n_splits : int
        Number of splits on which each trial is evaluated.

    Attributes
    ----------
    n_candidates : int
        Number of candidates.
    n_trials : int
        Number of trials: each promotion of a candidate is one more.
    n_fits : int
        Number of fits: one per trial and split.
    cost : int
        Resource used by all fits together if every model is fitted anew.
    cost_continued : int
        Resource used by all fits together if promoted models are trained further.
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
        """Return the numbers of the rungs, aligned with the longest bracket."""
        levels = max(len(b.n_resources) for b in self.brackets)
        size = len(str(max(max(b.n_resources) for b in self.brackets)))
        size = max(size, len(str(self.n_candidates)))
        start = max(b.number for b in self.brackets) - number
        cells = [""] * start + [str(n) for n in numbers]
        cells += [""] * (levels - len(cells))
        return " ".join(f"{cell:>{size}}" for cell in cells)
