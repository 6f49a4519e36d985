"""Search over candidates drawn at random, or by a Sobol sequence."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import sklearn.model_selection

from skhp.evaluation._sklearn import StrOptions
from skhp.exceptions import SpaceExhaustedWarning, warn_user
from skhp.optimizers import RandomOptimizer, SobolOptimizer
from skhp.search._base import SearchMixin
from skhp.search._names import check_parameters_exist
from skhp.search._strategy import FitInputs, Strategy
from skhp.space import Space


class RandomizedSearchCV(SearchMixin, sklearn.model_selection.RandomizedSearchCV):
    """Search that evaluates candidates drawn at random by cross-validation.

    `sklearn.model_selection.RandomizedSearchCV` on skhp's engine. With a space in
    scikit-learn's own dialect and the same `random_state` the candidates are
    scikit-learn's very candidates in its order.

    Parameters
    ----------
    estimator : estimator object
        What to tune. It is cloned, never changed.
    param_distributions : dict or list of dict
        Names of parameters, each with a list of choices or something to draw from: a
        distribution of `scipy.stats`, `skhp.Real`, `skhp.Integer`, `skhp.Categorical`,
        a range with its prior such as ``(1e-3, 10, "log-uniform")``, or a dimension of
        scikit-optimize or Optuna. As in scikit-learn, every other tuple is a list of
        choices. A list of dicts: first one of them is drawn, then its parameters.
    n_iter : int, default=10
        Number of candidates.
    scoring : str, callable, list, tuple or dict, default=None
        One score or several, greater is better. None: the estimator's ``score``.
    n_jobs : int, default=None
        Number of workers. None: what `joblib.parallel_config` says, or 1; -1: all
        cores.
    refit : bool, str or callable, default=True
        As in `GridSearchCV`.
    cv : int, cross-validation generator or iterable, default=None
        As in `GridSearchCV`.
    verbose : int, default=0
        1: a line per finished candidate; 2: a line per fit; 3: with its scores.
    pre_dispatch : int or str, default='2*n_jobs'
        How many tasks may be handed to the workers ahead of time.
    random_state : int, RandomState instance or None, default=None
        Where the draws come from.
    error_score : 'raise' or float, default=np.nan
        The score of a fit that fails. 'raise' ends the search with its exception.
    return_train_score : bool, default=False
        Whether to score on the training folds too.
    sampler : {'random', 'sobol'}, default='random'
        'sobol' covers the space more evenly with a scrambled Sobol sequence.
    constraints : callable or list of callable, default=None
        Each takes a dict of parameters and says whether it may be tried, for example
        ``lambda p: p["num_leaves"] <= 2 ** p["max_depth"]``.
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
        As in `GridSearchCV`. A candidate that is drawn twice has two rows and is
        fitted once.
    best_estimator_, best_score_, best_params_, best_index_
        As in `GridSearchCV`.

    See Also
    --------
    GridSearchCV : Tries all combinations.

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
        **SearchMixin._extra_constraints,
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

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        written, random_state = self.param_distributions, inputs.random_state
        n_iter = inputs.n_iter or self.n_iter
        if (
            self.sampler == "random"
            and self.constraints is None
            and is_sklearn_dialect(written)
        ):
            optimizer = RandomOptimizer(written, n_iter, random_state)
            grids = [written] if isinstance(written, Mapping) else written
            check_parameters_exist(self.estimator, grids)
            return Strategy(optimizer)
        space = Space(tuples_as_choices(written), self.constraints)
        check_parameters_exist(self.estimator, space.names)
        if space.size is not None and space.size < n_iter:
            warn_user(
                f"The space has {space.size} points, fewer than n_iter={n_iter}: "
                "each of them is evaluated once.",
                SpaceExhaustedWarning,
            )
        make = SobolOptimizer if self.sampler == "sobol" else RandomOptimizer
        return Strategy(make(space, n_iter, random_state), space)


def is_sklearn_dialect(written: Any) -> bool:
    """Whether `sklearn.model_selection.ParameterSampler` would take this, and rightly.

    Ranges with a prior, and dimensions of other libraries, are sequences or have
    ``rvs`` too, but scikit-learn would misread them.
    """
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
    if hasattr(value, "rvs"):
        return not hasattr(value, "transformed_bounds")  # a scikit-optimize dimension
    return hasattr(value, "__iter__") and not isinstance(value, (str, bytes, Mapping))


def _has_prior(value: tuple[Any, ...]) -> bool:
    """Whether a tuple is a range with its prior, as scikit-optimize writes it.

    Two numbers and what looks like a prior: a misspelt one is refused, not a choice.
    """
    if len(value) not in (3, 4) or not isinstance(value[2], str):
        return False
    are_numbers = all(
        isinstance(bound, Real) and not isinstance(bound, bool) for bound in value[:2]
    )
    return are_numbers and any(hint in value[2].lower() for hint in ("log", "uni"))


def tuples_as_choices(written: Any) -> Any:
    """Make lists of the tuples that scikit-learn reads as choices."""
    if isinstance(written, Mapping):
        return {
            name: list(value)
            if isinstance(value, tuple) and not _has_prior(value)
            else value
            for name, value in written.items()
        }
    if isinstance(written, (list, tuple)):
        return type(written)(tuples_as_choices(item) for item in written)
    return written
