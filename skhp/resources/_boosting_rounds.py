"""The number of boosting rounds, chosen from the prefixes of one fit for each fold.

A fit of 1,000 rounds holds 1,000 models. Scoring them gives the whole curve of a
candidate without a validation set inside the training rows.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.base import clone, is_classifier

from skhp.evaluation import Job, Rounds, SplitResult, Standing, Task, unfitted_copy
from skhp.evaluation._fit_and_score import (
    error_scores,
    hooks_around,
    lost_result,
    score_on,
    short_traceback,
)
from skhp.evaluation._fit_warnings import FitWarning, collected_warnings
from skhp.evaluation._quick_scores import QuickScorer
from skhp.evaluation._sklearn import (
    check_method_params,
    is_scorer_of_predictions,
    num_samples,
    safe_split,
)
from skhp.evaluation._task import Scores
from skhp.exceptions import InvalidParameterError
from skhp.resources._boosters import (
    Booster,
    Responses,
    booster_for,
    predicts_as_its_library,
    what_stops_by_itself,
)
from skhp.resources._curve import Stopping, best_point
from skhp.resources._lockstep import Lockstep, Place
from skhp.resources._partial_model import PartialModel
from skhp.resources._pipeline_prefix import PrefixCache, params_of_last_step

_Floats = NDArray[np.float64]


class BoostingRounds:
    """Trains the folds of a candidate together, and finds its best number of rounds.

    Parameters
    ----------
    param : str
        The parameter that holds the number of rounds, such as ``n_estimators`` or
        ``model__n_estimators``.
    stopping : Stopping
        Says where scores are taken, and when training ends.
    objective : str or None
        The metric by which the number is chosen; None means the first one.
    """

    def __init__(self, param: str, stopping: Stopping, objective: str | None) -> None:
        self.param, self.stopping, self.objective = param, stopping, objective
        self.prefixes = PrefixCache()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k != "prefixes"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.prefixes = PrefixCache()

    def evaluate(self, job: Job, tasks: Sequence[Task]) -> list[SplitResult]:
        """Return the results of a candidate on several splits, in their order."""
        standing = tasks[0].standing or Standing()
        n_at_once, threads = 1, job.threads
        if threads is not None:
            n_at_once, threads = threads.shared_by(len(tasks), job.estimator)
        job = replace(job, threads=threads)
        folds = [_Fold(self, job, task) for task in tasks]
        curves = _Curves(job, self.stopping, folds, standing)
        Lockstep(n_at_once, curves.decide).run([fold.run for fold in folds])
        for fold in folds:
            fold.score_afterwards()
        return curves.results()


class _Curves:
    """The curves of all folds of a candidate.

    Parameters
    ----------
    job : Job
    stopping : Stopping
    folds : list of _Fold
    standing : Standing
    """

    def __init__(
        self, job: Job, stopping: Stopping, folds: Sequence[_Fold], standing: Standing
    ) -> None:
        self._job, self._stopping, self._folds = job, stopping, folds
        self._settled, self._incumbent = standing.settled, None
        if standing.incumbent is not None:
            self._incumbent = [standing.incumbent[f.task.split] for f in folds]
        self._reason = ""
        self._is_too_slow = False

    def decide(self, point: int) -> bool:
        """Return whether to stop after a point."""
        limit = self._job.soft_fit_timeout
        if limit is not None and any(fold.seconds > limit for fold in self._folds):
            self._is_too_slow = True
            return True
        if self._settled is not None:
            rounds = self._stopping.rounds(point + 1)
            return bool(rounds[-1] >= self._settled.trained)
        if any(fold.error for fold in self._folds):
            return True  # the candidate has failed
        self._reason = self._stopping.reason(self._matrix(point + 1), self._incumbent)
        return bool(self._reason)

    def _matrix(self, n_points: int | None = None) -> _Floats:
        """Return the curves; those that ended early keep their last value."""
        curves = [fold.curve for fold in self._folds if fold.curve]
        n = n_points or max(map(len, curves), default=0)
        return np.array(
            [curve[:n] + curve[-1:] * (n - len(curve)) for curve in curves]
        ).reshape(len(curves), n)

    def results(self) -> list[SplitResult]:
        """Return the results at the best number of rounds."""
        if self._is_too_slow:
            limit = self._job.soft_fit_timeout or 0.0
            why = f"A fit of this candidate took over fit_timeout={limit:g} seconds."
            return [
                lost_result(self._job, fold.task, "timeout", why, fold.seconds)
                for fold in self._folds
            ]
        rounds = self._settled or self._best()
        return [fold.result(rounds) for fold in self._folds]

    def _best(self) -> Rounds:
        curves = self._matrix()
        if not curves.size:
            return Rounds(0, 0)
        trained = int(self._stopping.rounds(curves.shape[1])[-1])
        if not self._reason:  # not asked during training, or nothing to say
            for n in range(1, curves.shape[1]):
                self._reason = self._stopping.reason(curves[:, :n], self._incumbent)
                if self._reason:  # the number is the same as if it had been asked
                    curves = curves[:, :n]
                    break
        best = int(self._stopping.rounds(curves.shape[1])[best_point(curves)])
        return Rounds(best, trained, self._reason)


@dataclass(frozen=True)
class _Point:
    """What came of scoring a model after some rounds."""

    scores: Scores
    error: str | None
    failed_metrics: tuple[str, ...]

    def objective(self, name: str | None) -> float:
        """Return the score by which rounds are chosen; nan if it failed."""
        if not isinstance(self.scores, dict):
            return np.nan if self.error else self.scores
        name = name or next(iter(self.scores))
        has_failed = name in self.failed_metrics
        return np.nan if has_failed else self.scores.get(name, np.nan)


class _Fold:
    """The fit of a candidate on one split.

    Parameters
    ----------
    rounds : BoostingRounds
    job : Job
    task : Task

    Attributes
    ----------
    curve : list of float
        The score by which the number of rounds is chosen, at each point; nan if it
        could not be computed.
    error : str or None
        The traceback of a fit that failed.
    """

    def __init__(self, rounds: BoostingRounds, job: Job, task: Task) -> None:
        self._rounds, self._job, self.task = rounds, job, task
        self._stopping = rounds.stopping
        self._points: list[_Point] = []
        self.curve: list[float] = []
        self.error: str | None = None
        self._fit_seconds = self._score_seconds = 0.0
        self._place: Place | None = None
        self._wants_stop = False
        self._train, self._test = job.splits[task.split]
        self._is_watched = False
        self._config = get_config()
        self._warnings: list[FitWarning] = []
        self._latest: tuple[int, Callable[[], None]] = (0, lambda: None)

    @property
    def seconds(self) -> float:
        """How long the fit has run, with its scores."""
        return 0.0 if self._place is None else self._place.seconds

    def run(self, place: Place) -> None:
        """Fit, and score at each point if the scorer only asks for predictions."""
        job, task, self._place = self._job, self.task, place
        fit_params = check_method_params(
            job.X, params=job.fit_params, indices=self._train
        )
        self._estimator = unfitted_copy(job.estimator)
        self._X, self._y = safe_split(self._estimator, job.X, job.y, self._train)
        self._X_test, self._y_test = safe_split(
            self._estimator, job.X, job.y, self._test, self._train
        )
        hooks = hooks_around(job, task, self._estimator, self._X, self._y, fit_params)
        limits = nullcontext() if job.threads is None else job.threads.in_worker()
        # scikit-learn's configuration and the limits are per thread
        with config_context(**self._config), limits, hooks, self._collecting():
            try:
                self._fit(place, fit_params)
            except job.failures:
                if job.error_score == "raise":
                    raise
                self.error = short_traceback()
        place.rest()
        self._fit_seconds = place.seconds - self._score_seconds
        self._wants_stop = hooks.wants_stop
        if not job.return_train_score:
            self._X = self._y = None

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        with collected_warnings() as found:
            yield
        self._warnings.extend(found.values())

    def _fit(self, place: Place, fit_params: Mapping[str, Any]) -> None:
        job, params, full = self._job, self.task.trial.params, self._estimator
        # Values are cloned: they may be estimators, and two workers may share them.
        full.set_params(**clone(dict(params), safe=False))
        full.set_params(**{self._rounds.param: self._stopping.max_rounds})
        if job.threads is not None:
            job.threads.apply(full, params)
        model, X, X_test, own = full, self._X, self._X_test, dict(fit_params)
        stem = self._rounds.param.rpartition("__")[0]
        if stem:
            prefix = self._rounds.prefixes.fitted(self.task, full, X, self._y, X_test)
            own = params_of_last_step(full, stem, fit_params) or {}
            X, X_test, model = prefix.X, prefix.X_test, full.steps[-1][1]
            full.steps = [*prefix.steps, (full.steps[-1][0], model)]
        booster = booster_for(model)
        problem = booster and booster.problem(model)
        if booster is None or problem:
            raise InvalidParameterError(
                f"The number of rounds cannot be chosen for {type(model).__name__}"
                + (f": {problem}." if problem else ".")
            )
        if stopper := what_stops_by_itself(model, own):
            raise InvalidParameterError(
                f"{stopper!r} must not be set where the search chooses the number of "
                "boosting rounds."
            )
        self._is_watched = (
            is_scorer_of_predictions(job.scorer)
            and predicts_as_its_library(model)
            and np.ndim(self._y) == 1
        )
        watch = self._watch(place, booster, model)
        booster.train(model, X, self._y, own, X_test, watch)
        self._n_rounds, score_the_last = self._latest
        score_the_last()  # if training ended by itself, after the last point

    def _watch(
        self, place: Place, booster: Booster, model: Any
    ) -> Callable[[int, Callable[[], Responses]], bool]:
        def score(responses: Callable[[], Responses]) -> None:
            if not self._points:  # some libraries do not know their classes before
                has_classes = is_classifier(model)
                classes = booster.classes_of(model, self._y) if has_classes else None
                self._classes = classes
                params = self._job.score_params
                scorer = None if params else self._job.scorer
                self._quick = QuickScorer(scorer, model, classes, self._y_test)
            self._enter_responses(model, responses())

        def watch(n: int, responses: Callable[[], Responses]) -> bool:
            self._latest = n, lambda: None
            if not self._is_watched:
                return place.is_over
            if not self._stopping.is_point(n):
                self._latest = n, lambda: score(responses)
                return place.is_over
            score(responses)
            return place.reach_point()

        return watch

    def _enter_responses(self, model: Any, responses: Responses) -> None:
        """Score a model in training, known by its responses."""
        start = time.perf_counter()
        scores = self._quick.scores(responses)
        if scores is not None:
            self._add(_Point(scores, None, ()), start)
            return
        self._enter(PartialModel(model, self._classes, responses))
        if self._points[-1].error is None:
            self._quick.compare(responses, self._points[-1].scores)

    def _enter(self, model: Any) -> None:
        start = time.perf_counter()
        point = score_on(self._job, model, self._X_test, self._y_test, self._test)
        self._add(_Point(*point), start)

    def _add(self, point: _Point, start: float) -> None:
        self._score_seconds += time.perf_counter() - start
        self._points.append(point)
        self.curve.append(point.objective(self._rounds.objective))

    def score_afterwards(self) -> None:
        """Score truncated models, for a scorer that wants to see more of them."""
        if self._is_watched or self.error is not None:
            return
        with self._collecting():
            for n in range(1, self._n_rounds + 1):
                if self._stopping.is_point(n) or n == self._n_rounds:
                    self._enter(self._cut(n))

    def _cut(self, n: int) -> Any:
        """Return the fitted estimator with the first `n` rounds of its model."""
        full = self._estimator
        stem = self._rounds.param.rpartition("__")[0]
        model = full.steps[-1][1] if stem else full
        booster = booster_for(model)
        assert booster is not None
        short = booster.first_rounds(model, min(n, self._n_rounds))
        if not stem:
            return short
        cut = copy.copy(full)
        cut.steps = [*full.steps[:-1], (full.steps[-1][0], short)]
        return cut

    def result(self, rounds: Rounds) -> SplitResult:
        """Return the result at a number of rounds."""
        job = self._job
        point = _Point(error_scores(job), None, ())
        error = self.error
        if self._points and error is None:
            known = self._stopping.rounds(len(self._points))
            at = min(int(np.searchsorted(known, rounds.best)), len(known) - 1)
            point = self._points[at]
        elif error is None:
            error = "No round was trained.\n"
        train, train_error, kept = None, None, None
        if job.keeping is not None and error is None:
            kept = job.keeping.keep(self._cut(rounds.best), self._X_test)
        if job.return_train_score:
            train = error_scores(job)
            if error is None:
                cut = self._cut(rounds.best)
                train, train_error, _ = score_on(
                    job, cut, self._X, self._y, self._train
                )
        return SplitResult(
            point.scores,
            train,
            self._fit_seconds,
            self._score_seconds,
            num_samples(self._X_test),
            fit_error=error,
            score_error=point.error or train_error,
            failed_metrics=point.failed_metrics,
            wants_stop=self._wants_stop,
            n_resources=rounds.best,
            n_trained=rounds.trained,
            stopped=rounds.stopped,
            curve=tuple(self.curve),
            warnings=tuple(self._warnings),
            kept=kept,
        )
