"""Search over candidates drawn at random or from a Sobol sequence."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import sklearn.model_selection

from skhp.evaluation._sklearn import StrOptions
from skhp.exceptions import SpaceExhaustedWarning, warn_user
from skhp.optimizers import RandomOptimizer, SobolOptimizer
from skhp.search._docstrings import with_shared_parts
from skhp.search._names import (
    check_parameters_exist,
    warn_of_tuples,
    written_space,
)
from skhp.search._rounds import RoundsMixin
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space, is_foreign, mapped


@with_shared_parts
class RandomizedSearchCV(RoundsMixin, sklearn.model_selection.RandomizedSearchCV):
    """Search over candidates drawn at random, scored by cross-validation.

    A drop-in replacement for `sklearn.model_selection.RandomizedSearchCV`: given a
    search space that scikit-learn understands and the same `random_state`, it draws the
    same candidates in the same order. The parameters from `sampler` on are additional.

    Parameters
    ----------
    {estimator}
    {param_distributions}
    {n_iter}
    {scoring}
    {n_jobs}
    {refit}
    {cv}
    {verbose}
    {pre_dispatch}
    {random_state}
    {error_score}
    {return_train_score}
    sampler : {'random', 'sobol'}, default='random'
        How to draw candidates. 'sobol' uses a scrambled Sobol sequence, which covers
        the search space more evenly than independent draws.
    {constraints}
    {time_budget}
    {journal}
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
        A candidate that is drawn twice has two rows but is fitted once.
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
    GridSearchCV : Tries all combinations of a grid.
    BayesSearchCV : Learns from each result which candidate to try next.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import RandomizedSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"kernel": ["linear", "rbf"], "C": loguniform(1e-2, 1e2)}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=8, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.95)
    True
    """

    _extra_constraints: ClassVar[dict[str, Any]] = {
        **RoundsMixin._extra_constraints,
        "param_distributions": "no_validation",  # Space says what is wrong, and where
        "sampler": [StrOptions({"random", "sobol"})],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        sampler: str = "random",
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
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.sampler = sampler
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
        written = written_space(self, self.param_distributions)
        random_state = inputs.random_state
        n_iter = inputs.n_iter or self.n_iter
        warn_of_tuples(type(self).__name__, written)
        if (
            self.sampler == "random"
            and self.constraints is None
            and is_sklearn_dialect(written)
        ):
            optimizer = RandomOptimizer(written, n_iter, random_state)
            grids = [written] if isinstance(written, Mapping) else written
            check_parameters_exist(self.estimator, grids)
            return Strategy(optimizer, rounds=self._rounds_rule(inputs, grids))
        space = Space(tuples_as_choices(written), self.constraints)
        check_parameters_exist(self.estimator, space.names, written)
        if space.size is not None and space.size < n_iter:
            warn_user(
                f"The search space has only {space.size} points, fewer than "
                f"n_iter={n_iter}. Each is evaluated once.",
                SpaceExhaustedWarning,
            )
        make = SobolOptimizer if self.sampler == "sobol" else RandomOptimizer
        rounds = self._rounds_rule(inputs, space.names)
        return Strategy(make(space, n_iter, random_state), space, rounds=rounds)


def is_sklearn_dialect(written: Any) -> bool:
    """Whether `sklearn.model_selection.ParameterSampler` reads a space correctly.

    It would accept ranges with a prior and dimensions of other libraries too, because
    they are sequences or have ``rvs``, but misread them.
    """
    if is_foreign(written):
        return False
    if isinstance(written, Mapping):
        return all(_is_sklearn_value(value) for value in written.values())
    if isinstance(written, (list, tuple)):
        return all(isinstance(item, Mapping) for item in written) and all(
            map(is_sklearn_dialect, written)
        )
    return False


def _is_sklearn_value(value: Any) -> bool:
    if isinstance(value, tuple):
        return not _has_prior(value)
    if is_foreign(value):
        return False
    if hasattr(value, "rvs"):
        return not hasattr(value, "transformed_bounds")  # a scikit-optimize dimension
    return hasattr(value, "__iter__") and not isinstance(value, (str, bytes, Mapping))


def _has_prior(value: tuple[Any, ...]) -> bool:
    """Whether a tuple is a range with its prior, as in scikit-optimize.

    Two numbers and a string that resembles a prior are enough, so that a misspelt prior
    is refused instead of being read as a choice.
    """
    if len(value) not in (3, 4) or not isinstance(value[2], str):
        return False
    are_numbers = all(
        isinstance(bound, Real) and not isinstance(bound, bool) for bound in value[:2]
    )
    prior = value[2].lower()
    is_prior = prior != "log2" and any(hint in prior for hint in ("log", "uni"))
    return are_numbers and is_prior


def _tuple_as_choices(name: str, value: Any) -> Any:
    is_choices = isinstance(value, tuple) and not _has_prior(value)
    return list(value) if is_choices else value


def tuples_as_choices(written: Any) -> Any:
    """Turn the tuples that scikit-learn reads as choices into lists."""
    if isinstance(written, Mapping) and not is_foreign(written):
        return mapped(written, _tuple_as_choices)
    if isinstance(written, (list, tuple)):
        return type(written)(tuples_as_choices(item) for item in written)
    return written
