"""Successive halving of a grid or of random candidates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from skhp.exceptions import InvalidParameterError
from skhp.optimizers import GridOptimizer, RandomOptimizer
from skhp.search._docstrings import with_shared_parts
from skhp.search._grid import searched_grid
from skhp.search._halving_rungs import HalvingMixin
from skhp.search._names import (
    check_parameters_exist,
    warn_of_tuples,
    written_space,
)
from skhp.search._random import is_sklearn_dialect, tuples_as_choices
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


@with_shared_parts
class HalvingGridSearchCV(HalvingMixin, sklearn.model_selection.HalvingGridSearchCV):
    """Successive halving of a grid: all candidates get little, the best of them more.

    A drop-in replacement for `sklearn.model_selection.HalvingGridSearchCV`, without the
    experimental import: it has the same rungs, candidates and columns. The parameters
    from `pre_dispatch` on are additional.

    Parameters
    ----------
    {estimator}
    {param_grid}
    {factor}
    {resource}
    {max_resources}
    min_resources : int, 'exhaust' or 'smallest', default='exhaust'
        {first_rung}
    {aggressive_elimination}
    {cv}
    {scoring}
        With several metrics, the one that `refit` names decides which candidates are
        promoted, or the first one if `refit` names none.
    {refit}
        Only candidates on the highest rung compete, so the callable is given the rows
        of that rung alone and returns an index into them.
    {error_score}
        Whatever this score is, a candidate with a failed fit is not promoted unless all
        others on its rung failed too.
    {return_train_score}
    {random_state}
        It is only used to draw subsamples.
    {n_jobs}
    {verbose}
    {pre_dispatch}
    {subsample_test}
    {min_n_samples}
    {max_n_samples}
    {constraints}
    {time_budget}
        It comes from the highest rung that was completed.
    {journal}
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
        There is one row for each candidate on each rung; the columns ``iter`` and
        ``n_resources`` tell the rung and its resource. ``rank_test_score`` ranks the
        candidates of a higher rung before those of a lower one.
    {n_resources_}
    {n_candidates_}
    {n_remaining_candidates_}
    {n_iterations_}
    {n_required_iterations_}
    {n_possible_iterations_}
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
    HalvingRandomSearchCV : Draws its candidates from distributions.
    HyperbandSearchCV : Runs several successive halvings, from many to few candidates.

    Notes
    -----
    {notes_on_resources}

    A candidate is fitted on the same rows whenever it gets the same resource, so a rung
    that is repeated (`aggressive_elimination`) is not fitted again.

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
        ensemble: Any = None,
        keep_folds: bool = False,
        racing: bool | float = False,
        refine_top: int = 0,
        refine_repeats: int = 2,
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
        self.ensemble = ensemble
        self.keep_folds = keep_folds
        self.racing = racing
        self.refine_top = refine_top
        self.refine_repeats = refine_repeats

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        least, most = self._settled_bounds(inputs)
        optimizer = GridOptimizer(self.param_grid, constraints=self.constraints)
        _, grids = searched_grid(self.param_grid)
        self._check_not_searched(grids)
        check_parameters_exist(self.estimator, grids, self.param_grid)
        candidates = [trial.params for trial in optimizer.ask(optimizer.n_trials)]
        return self._halving(inputs, candidates, least, most)


@with_shared_parts
class HalvingRandomSearchCV(
    HalvingMixin, sklearn.model_selection.HalvingRandomSearchCV
):
    """Successive halving of random candidates: all get little, the best of them more.

    A drop-in replacement for `sklearn.model_selection.HalvingRandomSearchCV`, without
    the experimental import: it has the same rungs, candidates and columns. The
    parameters from `pre_dispatch` on are additional.

    Parameters
    ----------
    {estimator}
    {param_distributions}
    n_candidates : int or 'exhaust', default='exhaust'
        Number of candidates on the first rung. 'exhaust' draws as many as it takes for
        the last rung to come as close to `max_resources` as possible.
    {factor}
    {resource}
    {max_resources}
    min_resources : int, 'exhaust' or 'smallest', default='smallest'
        {first_rung}
    {aggressive_elimination}
    {cv}
    {scoring}
        With several metrics, the one that `refit` names decides which candidates are
        promoted, or the first one if `refit` names none.
    {refit}
        Only candidates on the highest rung compete, so the callable is given the rows
        of that rung alone and returns an index into them.
    {error_score}
        Whatever this score is, a candidate with a failed fit is not promoted unless all
        others on its rung failed too.
    {return_train_score}
    {random_state}
        It is used to draw candidates and subsamples.
    {n_jobs}
    {verbose}
    {pre_dispatch}
    {subsample_test}
    {min_n_samples}
    {max_n_samples}
    {constraints}
    {time_budget}
        It comes from the highest rung that was completed.
    {journal}
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
        There is one row for each candidate on each rung; the columns ``iter`` and
        ``n_resources`` tell the rung and its resource. ``rank_test_score`` ranks the
        candidates of a higher rung before those of a lower one.
    {n_resources_}
    {n_candidates_}
    {n_remaining_candidates_}
    {n_iterations_}
    {n_required_iterations_}
    {n_possible_iterations_}
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
    HalvingGridSearchCV : Starts with all combinations of a grid.
    HyperbandSearchCV : Runs several successive halvings, from many to few candidates.

    Notes
    -----
    {notes_on_resources}

    A candidate is fitted on the same rows whenever it gets the same resource, so a rung
    that is repeated (`aggressive_elimination`) is not fitted again.

    References
    ----------
    K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and
    Hyperparameter Optimization", AISTATS 2016.

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
        ensemble: Any = None,
        keep_folds: bool = False,
        racing: bool | float = False,
        refine_top: int = 0,
        refine_repeats: int = 2,
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
        self.ensemble = ensemble
        self.keep_folds = keep_folds
        self.racing = racing
        self.refine_top = refine_top
        self.refine_repeats = refine_repeats

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
        written = written_space(self, self.param_distributions)
        warn_of_tuples(type(self).__name__, written)
        if self.constraints is None and is_sklearn_dialect(written):
            optimizer = RandomOptimizer(written, n, inputs.random_state)
            names = [written] if isinstance(written, Mapping) else written
        else:
            space = Space(tuples_as_choices(written), self.constraints)
            names = space.names
            optimizer = RandomOptimizer(space, n, inputs.random_state)
        self._check_not_searched(names)
        check_parameters_exist(self.estimator, names, written)
        candidates = [trial.params for trial in optimizer.ask(n)]
        return self._halving(inputs, candidates, least, most)
