"""The number of boosting rounds, chosen from the prefixes of one fit for each fold.

A fit of 1,000 rounds holds 1,000 models. Scoring them gives the whole curve of a
candidate without a validation set inside the training rows.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.base import clone, is_classifier

from skhp.evaluation import Job, Rounds, SplitResult, Standing, Task, unfitted_copy
from skhp.evaluation._fit_and_score import (
    error_scores,
    hooks_around,
    score_on,
    short_traceback,
)
from skhp.evaluation._fit_warnings import FitWarning, collected_warnings
from skhp.evaluation._sklearn import (
    check_method_params,
    is_scorer_of_predictions,
    num_samples,
    safe_split,
)
from skhp.evaluation._task import Scores
from skhp.exceptions import InvalidParameterError
from skhp.resources._boosters import Responses, booster_for, what_stops_by_itself
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
        curves = _Curves(self.stopping, folds, standing)
        Lockstep(n_at_once, curves.decide).run([fold.run for fold in folds])
        for fold in folds:
            fold.score_afterwards()
        return curves.results()


class _Curves:
    """The curves of all folds of a candidate.

    Parameters
    ----------
    stopping : Stopping
    folds : list of _Fold
    standing : Standing
    """

    def __init__(
        self, stopping: Stopping, folds: Sequence[_Fold], standing: Standing
    ) -> None:
        self._stopping, self._folds, self._standing = stopping, folds, standing
        self._reason = ""

    def decide(self, point: int) -> bool:
        """Return whether to stop after a point."""
        known = self._standing.settled
        if known is not None:
            return bool(self._stopping.rounds(point + 1)[-1] >= known.trained)
        if any(fold.has_failed for fold in self._folds):
            return True  # the candidate has failed
        curves = self._matrix(point + 1)
        incumbent = self._standing.incumbent
        if incumbent is not None:
            incumbent = [incumbent[fold.task.split] for fold in self._folds]
        self._reason = self._stopping.reason(curves, incumbent)
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
        curves, known = self._matrix(), self._standing.settled
        if known is None:
            n_points = curves.shape[1]
            rounds = self._stopping.rounds(n_points)
            best = int(rounds[best_point(curves)]) if curves.size else 0
            trained = int(rounds[-1]) if curves.size else 0
            known = Rounds(best, trained, self._reason)
        return [fold.result(known) for fold in self._folds]


def _objective(scores: Scores, name: str | None) -> float:
    if not isinstance(scores, dict):
        return scores
    return scores.get(name or next(iter(scores)), np.nan)


class _Fold:
    """The fit of a candidate on one split.

    Parameters
    ----------
    rounds : BoostingRounds
    job : Job
    task : Task

    Attributes
    ----------
    scores : list
        Score or scores at each point.
    curve : list of float
        The score by which the number of rounds is chosen, at each point.
    error : str or None
        The traceback of a failure.
    """

    def __init__(self, rounds: BoostingRounds, job: Job, task: Task) -> None:
        self._rounds, self._job, self.task = rounds, job, task
        self._stopping = rounds.stopping
        self.scores: list[Scores] = []
        self.curve: list[float] = []
        self.error: str | None = None
        self._score_error: str | None = None
        self._failed: tuple[str, ...] = ()
        self._fit_seconds = self._score_seconds = 0.0
        self._wants_stop = False
        train, test = job.splits[task.split]
        self._test = test
        self._train = train
        start = time.perf_counter()
        self._estimator = unfitted_copy(job.estimator)
        self._X, self._y = safe_split(self._estimator, job.X, job.y, train)
        self._X_test, self._y_test = safe_split(
            self._estimator, job.X, job.y, test, train
        )
        self._fit_seconds += time.perf_counter() - start
        self._is_watched = is_scorer_of_predictions(job.scorer)
        self._config = get_config()
        self._warnings: dict[Any, FitWarning] = {}
        self._latest: tuple[int, Callable[[], None]] = (0, lambda: None)

    def run(self, place: Place) -> None:
        """Fit, and score at each point if the scorer only asks for predictions."""
        job, task = self._job, self.task
        fit_params = check_method_params(
            job.X, params=job.fit_params, indices=self._train
        )
        hooks = hooks_around(job, task, self._estimator, self._X, self._y, fit_params)
        limits = nullcontext() if job.threads is None else job.threads.in_worker()
        try:  # scikit-learn's configuration and the limits are per thread
            with collected_warnings() as self._warnings:
                with config_context(**self._config), limits, hooks:
                    self._fit(place, fit_params)
        except job.failures:
            if job.error_score == "raise":
                raise
            self.error = short_traceback()
        place.rest()
        self._fit_seconds += place.seconds - self._score_seconds
        self._wants_stop = hooks.wants_stop

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
        booster.train(model, X, self._y, own, X_test, self._watch(place, model))
        self._n_rounds, score_the_last = self._latest
        score_the_last()  # if training ended by itself, after the last point

    def _watch(
        self, place: Place, model: Any
    ) -> Callable[[int, Callable[[], Responses]], bool]:
        classes = np.unique(np.asarray(self._y)) if is_classifier(model) else None

        def watch(n: int, responses: Callable[[], Responses]) -> bool:
            if not self._is_watched:
                self._latest = n, lambda: None
                return False
            if not self._stopping.is_point(n):
                self._latest = n, lambda: self._score(model, classes, responses())
                return False
            self._latest = n, lambda: None
            self._score(model, classes, responses())
            return place.reach_point()

        return watch

    @property
    def has_failed(self) -> bool:
        """Whether there is no score by which the number of rounds can be chosen."""
        if self.error is not None:
            return True
        latest = self.scores[-1] if self.scores else None
        if not isinstance(latest, dict):
            return self._score_error is not None
        return (self._rounds.objective or next(iter(latest))) in self._failed

    def _score(
        self, model: Any, classes: NDArray[Any] | None, responses: Responses
    ) -> None:
        self._enter(PartialModel(model, classes, responses))

    def _enter(self, model: Any) -> None:
        start = time.perf_counter()
        scores, error, failed = score_on(
            self._job, model, self._X_test, self._y_test, self._test
        )
        self._score_seconds += time.perf_counter() - start
        self._score_error, self._failed = self._score_error or error, failed
        self.scores.append(scores)
        self.curve.append(_objective(scores, self._rounds.objective))

    def score_afterwards(self) -> None:
        """Score truncated models, for a scorer that wants to see more of them."""
        if self._is_watched or self.error is not None:
            return
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
        job, n_test = self._job, num_samples(self._X_test)
        if self.error is not None or not self.scores:
            train = error_scores(job) if job.return_train_score else None
            return SplitResult(
                error_scores(job),
                train,
                self._fit_seconds,
                self._score_seconds,
                n_test,
                fit_error=self.error or "No round was trained.\n",
                wants_stop=self._wants_stop,
                warnings=tuple(self._warnings.values()),
            )
        points = self._stopping.rounds(len(self.scores))
        at = min(int(np.searchsorted(points, rounds.best)), len(points) - 1)
        train = error = None
        if job.return_train_score:
            short = self._cut(rounds.best)
            train, error, _ = score_on(job, short, self._X, self._y, self._train)
        return SplitResult(
            self.scores[at],
            train,
            self._fit_seconds,
            self._score_seconds,
            n_test,
            score_error=self._score_error or error,
            failed_metrics=self._failed,
            wants_stop=self._wants_stop,
            n_resources=rounds.best,
            n_trained=rounds.trained,
            stopped=rounds.stopped,
            curve=tuple(self.curve),
            warnings=tuple(self._warnings.values()),
        )
