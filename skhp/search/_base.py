"""What every search class is: scikit-learn's class, with `fit` given to the engine."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from skhp.evaluation import (
    Interrupt,
    Job,
    Loop,
    Observer,
    Progress,
    Record,
    Resource,
    metric_names,
    or_enough,
    report_failures,
    to_cv_results,
    unfitted_copy,
    warn_of_non_finite,
)
from skhp.evaluation._sklearn import (
    Interval,
    StrOptions,
    callback_root,
    check_method_params,
    check_refit_metric,
    constraints_of,
    fit_context,
    has_callbacks,
    routed_params,
    scorers_of,
    select_best_index,
    unwrap_scorer,
)
from skhp.exceptions import InvalidParameterError
from skhp.optimizers import Optimizer
from skhp.search._callbacks import TaskEvents, shippable
from skhp.search._engine import engine
from skhp.search._live import LiveView
from skhp.search._resume import Session, State, warn_if_exhausted, warn_of_interrupt
from skhp.search._stoppers import user_callbacks
from skhp.workers._pre_dispatch import max_in_flight

NO_FITS = "No fits were performed. Was the CV iterator empty? Were there no candidates?"
_OF_THE_BEST = (
    "best_index_",
    "best_params_",
    "best_score_",
    "best_estimator_",
    "refit_time_",
    "feature_names_in_",
)


@dataclass(frozen=True, eq=False)
class Data:
    """The data of one fit, checked, and what is passed along with them."""

    X: Any
    y: Any
    routed: Any  # parameters of fit, by consumer: estimator, splitter, scorer
    sample_weight: Any = None

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What callbacks are shown beside X and y."""
        return (
            None
            if self.sample_weight is None
            else {"sample_weight": self.sample_weight}
        )


class SearchMixin(LiveView):
    """Runs the engine in `fit`; mixed in before a scikit-learn search class.

    A search class is a constructor and `_make_optimizer`.
    """

    _state: State  # of the last fit
    _overrides: dict[str, Any]  # while an optimizer is made
    _extra_constraints: ClassVar[dict[str, Any]] = {
        "time_budget": [Interval(Real, 0, None, closed="neither"), None],
        "journal": [str, os.PathLike, None],
        "callbacks": [callable, list, tuple, None],
        "warm_start": ["boolean"],
        "fit_timeout": [Interval(Real, 0, None, closed="neither"), None],
        "threads_per_fit": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
            None,
        ],
    }

    # Set by the constructors, which are scikit-learn's with more parameters.
    estimator: Any
    scoring: Any
    n_jobs: int | None
    refit: Any
    cv: Any
    verbose: int
    pre_dispatch: Any
    error_score: Any
    return_train_score: bool
    time_budget: float | None
    journal: Any = None
    callbacks: Any = None
    warm_start: bool = False
    fit_timeout: float | None = None
    threads_per_fit: Any = "auto"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_run_search" in vars(cls):
            raise TypeError(
                f"{cls.__name__} must not define _run_search: nothing calls it. What "
                "decides on the candidates is the optimizer that _make_optimizer "
                "returns."
            )
        if hasattr(cls, "_parameter_constraints"):  # else it is mixed in, as this one
            cls._parameter_constraints = {
                **constraints_of(cls),
                **cls._extra_constraints,
            }

    def _make_optimizer(self) -> Optimizer:
        """Return what decides which candidates are evaluated."""
        raise NotImplementedError

    def _prepare(self, data: Data) -> None:
        """Settle what depends on the data, before anything else is done with them."""

    def _make_plan(self, data: Data, splits: list[tuple[Any, Any]]) -> Resource | None:
        """Return what a trial's resource means; None if trials have none."""
        return None

    def _effective(self, name: str) -> Any:
        """Return a parameter, or what a journal that is resumed has in its place."""
        overrides = self.__dict__.get("_overrides", {})
        return overrides.get(name, getattr(self, name))

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Search, and refit the best candidate on all the data.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features) or \
                (n_samples, n_samples)
            Training data; square for precomputed kernels and distances.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        **params : dict of str to object
            Passed to the estimator's ``fit``, to the splitter (``groups``) and to the
            scorer, by metadata routing if that is enabled. Array-likes of length
            n_samples are split along with `X`.

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
        return self._run(X, y, params)

    def extend(self, X: Any, y: Any = None, *, n_iter: int = 0, **params: Any) -> Any:
        """Go on with a search: one that is fitted, interrupted, or in a journal.

        Parameters
        ----------
        X, y, **params
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
        if not isinstance(n_iter, Integral) or n_iter < 0:
            raise InvalidParameterError(
                f"The 'n_iter' parameter of {type(self).__name__}.extend must be an "
                f"int in the range [0, inf). Got {n_iter!r} instead."
            )
        self._n_more = int(n_iter)
        try:
            return self.fit(X, y, **params)
        finally:
            del self._n_more

    def _run(self, X: Any, y: Any, params: dict[str, Any]) -> Any:
        """Do what `fit` says."""
        scorer, refit_metric = scorers_of(self)
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        data = Data(X, y, routed_params(self, params), params.get("sample_weight"))
        self._prepare(data)
        root = callback_root(self, max_subtasks=1 + (self.refit is not False))
        hooks = {"estimator": self, "X": X, "y": y, "metadata": data.metadata}
        if root is not None:
            root.call_on_fit_task_begin(**hooks)

        base_estimator = unfitted_copy(self.estimator)
        with Session(self, data, self.__dict__.get("_n_more")) as session:
            record = session.record
            with self._live_view(record):
                interrupted = self._search(session, base_estimator, scorer, data, root)
                self._state = session.state()
                if interrupted:
                    warn_of_interrupt(record, session.optimizer, self.journal)
                report_failures(record, self.error_score)
                refit_metric = self._resolve_metric(record, refit_metric)
                results = self._results(record)
                warn_of_non_finite(results, self._metrics_of(record))
                for name in _OF_THE_BEST:  # none is left if the refit fails
                    self.__dict__.pop(name, None)
                self._choose(results, refit_metric)
                self.scorer_ = unwrap_scorer(scorer)
                self.cv_results_ = results
        if self.refit:
            self._refit_best(base_estimator, data, root, hooks)
        if root is not None:
            root.call_on_fit_task_end(**hooks)
        return self

    def _objective(self) -> str | None:
        """Return which of several metrics the optimizer maximises; None: the first."""
        return self.refit if isinstance(self.refit, str) else None

    def _results(self, record: Record) -> dict[str, Any]:
        """Return ``cv_results_`` of what is finished."""
        return to_cv_results(
            record,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
        )

    def _observers(
        self, record: Record, optimizer: Optimizer, deadline: float | None
    ) -> list[Observer]:
        """Return who is told what happens in the loop."""
        progress = Progress(record, self.verbose, optimizer.n_trials, deadline=deadline)
        return [progress, *user_callbacks(self, record)]

    def _make_splits(self, data: Data) -> list[tuple[Any, Any]]:
        """Materialise the splits: every candidate meets the same folds."""
        cv = check_cv(self.cv, data.y, classifier=is_classifier(self.estimator))
        split_params = data.routed.splitter.split
        self.n_splits_ = cv.get_n_splits(data.X, data.y, **split_params)
        splits = list(cv.split(data.X, data.y, **split_params))
        if not splits:
            raise InvalidParameterError(NO_FITS)
        if len(splits) != self.n_splits_:
            raise InvalidParameterError(
                "cv.split and cv.get_n_splits return inconsistent results. Expected "
                f"{self.n_splits_} splits, got {len(splits)}"
            )
        return splits

    def _search(
        self,
        session: Session,
        base_estimator: Any,
        scorer: Any,
        data: Data,
        root: Any,
    ) -> bool:
        """Run the loop, and enter what happens; return whether Ctrl-C ended it."""
        begin = time.perf_counter()
        optimizer, record, splits = session.optimizer, session.record, session.splits
        watched = root is not None and has_callbacks(self, base_estimator)
        job = Job(
            base_estimator,
            data.X,
            data.y,
            splits,
            scorer,
            fit_params=data.routed.estimator.fit,
            score_params=data.routed.scorer.score,
            return_train_score=self.return_train_score,
            error_score=self.error_score,
            caller=self if watched else None,
            caller_elsewhere=shippable(self) if watched else None,
            resource=self._make_plan(data, splits),
        )
        n_tasks = (
            None if optimizer.n_trials is None else optimizer.n_trials * len(splits)
        )
        events = TaskEvents(self, root, n_tasks, active=watched)
        deadline = self.time_budget and session.start + self.time_budget
        observers = [*self._observers(record, optimizer, deadline), events]
        if session.journal is not None:
            observers.insert(0, session.journal)  # before anyone acts on it
        interrupt, loop = Interrupt(), None
        with events, or_enough(record, interrupt) as ending:
            with interrupt, engine(self, job) as workers:
                events.shares_memory = workers.shares_memory
                loop = Loop(
                    optimizer,
                    workers,
                    record,
                    observers=observers,
                    make_context=events.next_context,
                    max_in_flight=max_in_flight(self.pre_dispatch, workers.n_slots),
                    deadline=deadline,
                    reserve=1.0 if self.refit else 0.0,
                    interrupt=interrupt,
                )
                session.take_up(loop)
                loop.run()
        if not record.rows:
            raise InvalidParameterError(NO_FITS)
        warn_if_exhausted(session, loop)
        decisions = 0.0 if loop is None else loop.decision_seconds
        session.overhead = decisions / (time.perf_counter() - begin)
        return ending.interrupted

    def _resolve_metric(self, record: Record, refit_metric: str) -> str:
        """Settle, now that scores are known, whether there are several metrics."""
        names = metric_names([r for row in record.rows for r in row.results])
        self.multimetric_ = names is not None
        if names is not None and callable(self.scoring):
            check_refit_metric(self, names)
            return self.refit  # type: ignore[no-any-return]
        return refit_metric

    @staticmethod
    def _metrics_of(record: Record) -> list[str]:
        cells = [result for row in record.rows for result in row.results]
        return metric_names(cells) or ["score"]

    def _choose(self, results: dict[str, Any], refit_metric: str) -> None:
        if not (self.refit or not self.multimetric_):
            return
        self.best_index_ = select_best_index(self, refit_metric, results)
        if not callable(self.refit):
            self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _refit_best(
        self, base_estimator: Any, data: Data, root: Any, hooks: Mapping[str, Any]
    ) -> None:
        # Values are cloned: a search over estimators must not fit the user's own.
        best = unfitted_copy(base_estimator)
        best.set_params(**clone(self.best_params_, safe=False))
        fit_params = data.routed.estimator.fit

        def fit() -> None:
            start = time.perf_counter()
            if data.y is None:
                best.fit(data.X, **fit_params)
            else:
                best.fit(data.X, data.y, **fit_params)
            self.refit_time_ = time.perf_counter() - start
            self.best_estimator_ = best

        if root is None:
            fit()
        else:
            context = root.subcontext(task_name="refit-with-best-params")
            with context.propagate_callback_context(best):
                context.call_on_fit_task_begin(**hooks)
                fit()
            context.call_on_fit_task_end(**hooks)
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
