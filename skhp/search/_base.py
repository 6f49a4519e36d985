"""The base of all search classes, whose `fit` runs our engine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import indexable

from skhp.advice import lines_at_end
from skhp.callbacks import autologged, logged, user_callbacks
from skhp.ensembles import FoldModels, PredictsByEnsemble
from skhp.evaluation import (
    FitWarnings,
    Interrupt,
    Job,
    Loop,
    Observer,
    Progress,
    RefitTime,
    metric_names,
    or_enough,
    print_line,
    report_failures,
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
from skhp.notebook import ShowsSummary
from skhp.search._arguments import explaining_unknown
from skhp.search._callbacks import TaskEvents, shippable
from skhp.search._docstrings import with_shared_parts
from skhp.search._engine import engine
from skhp.search._history import History, State
from skhp.search._live import LiveView, one_fit_at_a_time
from skhp.search._names import (
    check_chooser,
    check_scorer_names,
    warn_of_untransformed,
    written_space,
)
from skhp.search._session import Session, warn_if_exhausted, warn_of_interrupt
from skhp.search._splits import why_no_fits
from skhp.search._strategy import Data, FitInputs, Strategy
from skhp.selection import (
    Refining,
    best_at_top,
    edges_of_best,
    levels_of,
    metric_of_chooser,
    rivals_of,
    with_rho,
)
from skhp.workers import max_in_flight

_OF_THE_BEST = (
    "best_index_",
    "best_params_",
    "best_score_",
    "best_at_edge_",
    "best_score_corrected_",
    "best_score_interval_",
    "tied_",
    "train_test_gap_",
    "improvement_over_default_",
    "refine_results_",
    "best_estimator_",
    "refit_time_",
    "feature_names_in_",
    "ensemble_",
    "ensemble_info_",
    "oof_predictions_",
    "oof_method_",
    "fold_estimators_",
)


@with_shared_parts
class SearchMixin(LiveView, PredictsByEnsemble, ShowsSummary):
    """Runs the engine in `fit`; mixed in before a scikit-learn search class.

    A search class only adds its constructor and `_make_strategy`.
    """

    _state: State | History  # of the last fit
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
        "ensemble": "no_validation",  # FoldModels says what is wrong
        "keep_folds": ["boolean"],
        "refine_top": [Interval(Integral, 0, None, closed="left")],
        "refine_repeats": [Interval(Integral, 1, None, closed="left")],
        "racing": ["boolean", Interval(Real, 0, 0.5, closed="neither")],
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
    ensemble: Any = None
    keep_folds: bool = False
    racing: Any = False
    refine_top: int = 0
    refine_repeats: int = 2

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_run_search" in vars(cls):
            raise TypeError(
                f"{cls.__name__} must not define _run_search, which is never called. "
                "Override _make_strategy instead: the strategy that it returns chooses "
                "the candidates."
            )
        if "__init__" in vars(cls):
            cls.__init__ = explaining_unknown(cls.__init__)  # type: ignore[method-assign]
        if hasattr(cls, "_parameter_constraints"):  # else it is mixed in, as this one
            cls._parameter_constraints = {
                **constraints_of(cls),
                **cls._extra_constraints,
            }

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        """Return the strategy of the search for the inputs of one fit."""
        raise NotImplementedError

    def _validate_params(self) -> None:
        check_scorer_names(type(self).__name__, self.scoring)
        super()._validate_params()  # type: ignore[misc]

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Run the search and refit the best candidate on all the data.

        Parameters
        ----------
        {X}
        {y}
        {params}

        {after_fit}
        """
        return self._run(X, y, params)

    @fit_context(prefer_skip_nested_validation=False)
    def extend(self, X: Any, y: Any = None, *, n_iter: int = 0, **params: Any) -> Self:
        """Continue a search that was fitted, interrupted or written to a journal.

        Parameters
        ----------
        {X}
        {y}
        {n_more}
        {params}

        {after_extend}
        """
        return self._run(X, y, params, n_more=self._checked_n_more(n_iter))

    def _checked_n_more(self, n_iter: Any) -> int:
        if not isinstance(n_iter, Integral) or n_iter < 0:
            raise InvalidParameterError(
                f"The 'n_iter' parameter of {type(self).__name__}.extend must be an "
                f"int in the range [0, inf). Got {n_iter!r} instead."
            )
        return int(n_iter)

    def _run(
        self,
        X: Any,
        y: Any,
        params: dict[str, Any],
        *,
        n_more: int | None = None,
        observe: Callable[[Session], list[Observer]] | None = None,
    ) -> Self:
        """Run `fit`, or `extend` if `n_more` is a number.

        `observe` returns further observers, for this fit only.
        """

        def run(X: Any, y: Any) -> Any:
            with (
                one_fit_at_a_time(self),
                FitWarnings(each=self.verbose >= 3) as found,
                FoldModels(self, y) as folds,
            ):
                return self._run_alone(X, y, params, n_more, observe, found, folds)

        fitted: Self = autologged(self, run, X, y)
        return fitted

    def _run_alone(
        self,
        X: Any,
        y: Any,
        params: dict[str, Any],
        n_more: int | None,
        observe: Callable[[Session], list[Observer]] | None,
        found: FitWarnings,
        folds: FoldModels,
    ) -> Any:
        scorer, refit_metric = scorers_of(self)
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        data = Data(X, y, routed_params(self, params), params.get("sample_weight"))
        warn_of_untransformed(self.estimator, data.routed.estimator.fit)
        root = callback_root(self, max_subtasks=1 + (self.refit is not False))
        hooks = {"estimator": self, "X": X, "y": y, "metadata": data.metadata}
        if root is not None:
            root.call_on_fit_task_begin(**hooks)

        base_estimator = unfitted_copy(self.estimator)
        with (
            Session(self, data, n_more) as session,
            self._live_view(session),
            logged(self),
        ):
            check_chooser(self, session.strategy, scorer)
            if session.strategy.rounds is not None:
                base_estimator.set_params(**session.strategy.rounds.fixed)
            own = [found, *([] if observe is None else observe(session))]
            refining = Refining(
                self, data.X, data.y, data.routed.splitter.split, session.splits
            )
            is_over = self._search(session, base_estimator, scorer, root, own, folds)
            report_failures(session.record, self.error_score)
            results = session.results(session.record)
            session.add_beliefs(results)
            cells = [r for row in session.record.rows for r in row.results]
            warn_of_non_finite(results, metric_names(cells) or ["score"])
            for name in _OF_THE_BEST:  # none is left if the refit fails
                self.__dict__.pop(name, None)
            chosen = None
            if self.refine_top and is_over:
                job = self._job(session, base_estimator, scorer, watched=False)
                chosen = refining.run(
                    session.record,
                    results,
                    job,
                    partial(engine, self),
                    observers=[found],
                    journal=session.journal,
                    deadline=self._deadline(session),
                )
            self.scorer_ = unwrap_scorer(scorer)
            self.cv_results_ = results  # there even if the choice fails
            self._choose(session, results, refit_metric, chosen)
            self.__dict__.update(refining.attributes)
        if self.refit:
            self._refit_best(base_estimator, data, root, hooks)
        self.__dict__.update(folds.attributes(self, partial(engine, self)))
        if root is not None:
            root.call_on_fit_task_end(**hooks)
        return self

    def _observers(self, session: Session, n_slots: int) -> list[Observer]:
        """Return the observers that every fit of the search has."""
        progress = Progress(
            session.record,
            self.verbose,
            session.optimizer,
            n_slots=n_slots,
            deadline=self._deadline(session),
        )
        observers = [progress, *user_callbacks(self, session.record, session.candidate)]
        observers.extend(session.strategy.observers)
        if session.journal is not None:
            observers.insert(0, session.journal)  # before anyone acts on it
        return observers

    def _deadline(self, session: Session) -> float | None:
        return self.time_budget and session.start + self.time_budget

    def _search(
        self,
        session: Session,
        base_estimator: Any,
        scorer: Any,
        root: Any,
        own: list[Observer],
        folds: FoldModels,
    ) -> bool:
        """Run the loop and store its results; return whether nothing interrupted it.

        `own` are observers of this fit alone.
        """
        begin = time.perf_counter()
        optimizer, record = session.optimizer, session.record
        watched = root is not None and has_callbacks(self, base_estimator)
        job = self._job(session, base_estimator, scorer, watched=watched)
        job = folds.kept(job, self._deadline(session))
        n_tasks = None  # not known before what is gone on with is read
        is_known = optimizer.n_trials is not None and record.racing is None
        if is_known and not session.goes_on:
            n_tasks = (optimizer.n_trials or 0) * len(session.splits)
        events = TaskEvents(self, root, n_tasks, active=watched)
        interrupt, loop = Interrupt(), None
        with events, or_enough(record, interrupt) as ending:
            with interrupt, engine(self, job) as workers:
                events.shares_memory = workers.shares_memory
                if workers.ends_fits:  # worker processes of our own
                    interrupt.clean_up_when_killed()
                observers = folds.observers(record)
                observers += self._observers(session, workers.n_slots)
                loop = Loop(
                    optimizer,
                    workers,
                    record,
                    observers=[*observers, *own, events],
                    make_context=events.next_context,
                    max_in_flight=max_in_flight(self.pre_dispatch, workers.n_slots),
                    deadline=self._deadline(session),
                    reserve=RefitTime(job, record).seconds if self.refit else None,
                    interrupt=interrupt,
                    together=job.together is not None,
                )
                session.take_up(loop, own)
                loop.run()
        if not record.rows:
            raise InvalidParameterError(why_no_fits(self))
        warn_if_exhausted(session, loop)
        decisions = 0.0 if loop is None else loop.decision_seconds
        elapsed = time.perf_counter() - begin
        session.overhead = decisions / elapsed if elapsed else 0.0
        self._state = session.state()
        for name, value in session.strategy.attributes().items():
            setattr(self, name, value)
        self.__dict__.pop("boosting_curves_", None)
        if session.strategy.rounds is not None:
            self.boosting_curves_ = session.strategy.rounds.curves(record)
        folds.may_fit_again = not ending.interrupted
        if ending.interrupted:
            warn_of_interrupt(record, optimizer, self.journal)
        return not ending.interrupted

    def _job(
        self, session: Session, base_estimator: Any, scorer: Any, *, watched: bool
    ) -> Job:
        """Return everything that the fits of the search have in common."""
        data, rule = session.data, session.strategy.resource
        rounds = session.strategy.rounds
        return Job(
            base_estimator,
            data.X,
            data.y,
            session.splits,
            scorer,
            fit_params=data.routed.estimator.fit,
            score_params=data.routed.scorer.score,
            return_train_score=self.return_train_score,
            error_score=self.error_score,
            caller=self if watched else None,
            caller_elsewhere=shippable(self) if watched else None,
            resource=None if rule is None else rule.open(self, data, session.splits),
            together=None if rounds is None else rounds.open(self),
        )

    def _choose(
        self,
        session: Session,
        results: dict[str, Any],
        refit_metric: str,
        chosen: int | None,
    ) -> None:
        """Find out the metrics and choose the best candidate."""
        names = metric_names([r for row in session.record.rows for r in row.results])
        self.multimetric_ = names is not None
        if names is not None and callable(self.scoring):
            check_refit_metric(self, names)
            refit_metric = self.refit
        if not (self.refit or not self.multimetric_):
            return
        levels = session.strategy.levels
        refit = with_rho(self.refit, session.rho)
        if chosen is not None:
            self.best_index_ = chosen
        elif levels is None:
            self.best_index_ = select_best_index(self, refit, refit_metric, results)
        else:
            if f"mean_test_{refit_metric}" not in results:  # a callable refit
                refit_metric = names[0] if names else "score"
            self.best_index_ = best_at_top(
                refit,
                results,
                refit_metric,
                levels_of(session.record.rows, levels),
            )
        chosen_by = metric_of_chooser(self.refit, results)
        if chosen_by is not None:
            refit_metric = chosen_by
        has_a_metric = levels is not None and not self.multimetric_
        if has_a_metric or chosen_by is not None or not callable(self.refit):
            self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]
        means = results.get(f"mean_test_{refit_metric}")
        if means is not None:
            worth = session.worth_of_best(results, int(self.best_index_), refit_metric)
            self.__dict__.update(worth)
        self._find_edges(session, results, refit_metric)

    def _find_edges(self, session: Session, results: Any, metric: str) -> None:
        """Find out whether the best is where the space ends; say what is advised."""
        searched: Any = session.strategy.space
        if searched is None:
            params = self.get_params(deep=False)
            searched = params.get("param_grid", params.get("param_distributions"))
            searched = written_space(self, searched)
        ties: list[dict[str, Any]] = []
        means = results.get(f"mean_test_{metric}")
        if means is not None:
            same = np.flatnonzero(means == means[self.best_index_])
            ties = [results["params"][i] for i in same]
        edges = edges_of_best(searched, self.best_params_, self.estimator, ties)
        self.best_at_edge_ = {edge.name: edge.end for edge in edges}
        if self.verbose < 1:
            return
        best, levels = int(self.best_index_), session.strategy.levels
        for line in lines_at_end(
            results,
            metric,
            best=best,
            rivals=rivals_of(session.record.rows, levels, best),
            rho=session.rho,
            edges=edges,
            is_drawn=levels is None and "n_iter" in self.get_params(deep=False),
            can_refine=not self.refine_top,
        ):
            print_line(line)

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
