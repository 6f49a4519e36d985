"""Exhaustive search over a grid."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import sklearn.model_selection

from skhp.optimizers import GridOptimizer
from skhp.search._docstrings import with_shared_parts
from skhp.search._names import check_parameters_exist
from skhp.search._rounds import RoundsMixin
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space, grid_space, has_conditions


@with_shared_parts
class GridSearchCV(RoundsMixin, sklearn.model_selection.GridSearchCV):
    """Exhaustive search over a grid of parameter values, scored by cross-validation.

    A drop-in replacement for `sklearn.model_selection.GridSearchCV` that evaluates the
    same candidates in the same order and has the same ``cv_results_``. The parameters
    from `constraints` on are additional.

    Parameters
    ----------
    {estimator}
    {param_grid}
    {scoring}
    {n_jobs}
    {refit}
    {cv}
    {verbose}
    {pre_dispatch}
    {error_score}
    {return_train_score}
    {constraints}
    {time_budget}
    {journal}
    {callbacks}
    {warm_start}
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

    See Also
    --------
    RandomizedSearchCV : Draws candidates instead of trying all of them.
    BayesSearchCV : Learns from each result which candidate to try next.

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
        self.resource = resource
        self.max_resources = max_resources
        self.early_stopping = early_stopping
        self.n_iter_no_change = n_iter_no_change
        self.ensemble = ensemble
        self.keep_folds = keep_folds
        self.racing = racing
        self.refine_top = refine_top
        self.refine_repeats = refine_repeats

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        optimizer = GridOptimizer(self.param_grid, constraints=self.constraints)
        space, grids = searched_grid(self.param_grid)
        check_parameters_exist(self.estimator, grids, self.param_grid)
        rounds = self._rounds_rule(inputs, grids)
        return Strategy(optimizer, space, rounds=rounds)


def searched_grid(written: Any) -> tuple[Space | None, Sequence[Collection[str]]]:
    """Return the space of a grid if it has conditions, and the names of each part."""
    if has_conditions(written):
        space = grid_space(written)
        return space, space.names
    return None, written if isinstance(written, list) else [written]
