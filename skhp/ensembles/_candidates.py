"""The candidates whose fold models may be used when a search is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skhp.ensembles._fold_store import FoldStore
from skhp.ensembles._out_of_fold import out_of_fold
from skhp.ensembles._predictions import (
    Prediction,
    average,
    classes_of,
    has_several_columns,
    predicted_and_decided,
)
from skhp.ensembles._standing_in import standing_in
from skhp.evaluation import Job, Record, Task, Workers, unfitted_copy
from skhp.evaluation._fit_and_score import rows_of, score_on
from skhp.evaluation._quick_scores import QuickScorer
from skhp.evaluation._sklearn import num_samples, safe_split
from skhp.exceptions import warn_user
from skhp.workers import with_threads_of

OpenWorkers = Callable[[Job], AbstractContextManager[Workers]]


@dataclass(frozen=True)
class FinishedSearch:
    """What the models of a search are taken from when it is over.

    Attributes
    ----------
    job : Job
    record : Record
    best : int or None
        The row of the best candidate; None if no metric was named to choose it by.
    best_estimator : estimator or None
        The same, fitted on all rows.
    open_workers : callable
        Opens workers for a job.
    may_fit_again : bool
        Whether models of an earlier run are fitted again; not after Ctrl-C.
    deadline : float or None
        No fit is begun that is expected to end later, by `time.perf_counter`.
    """

    job: Job
    record: Record
    best: int | None
    best_estimator: Any
    open_workers: OpenWorkers
    may_fit_again: bool = True
    deadline: float | None = None


class Candidates:
    """The candidates whose fold models may be used, after the search.

    Parameters
    ----------
    store : FoldStore
    finished : FinishedSearch

    Attributes
    ----------
    winner : int or None
        The number of the best candidate.
    best_estimator : estimator or None
        The winner, fitted on all rows.
    """

    def __init__(self, store: FoldStore, finished: FinishedSearch) -> None:
        self.store, self.record = store, finished.record
        self.best_estimator = finished.best_estimator
        self.job = replace(finished.job, return_train_score=False, error_score=np.nan)
        self._finished = finished
        self._tests: dict[int, tuple[Any, Any, Any]] = {}
        self._quick: dict[Hashable, QuickScorer] = {}
        self._predictions: dict[tuple[int, int], Prediction] = {}
        best = self.record.best
        self.winner = None if best is None else best.trial.number
        if finished.best is not None:
            self.winner = self.record.rows[finished.best].trial.number
        if self.winner is not None:
            repeats = self.record.rows[self.winner].trial.repeats
            self.winner = self.winner if repeats is None else repeats

    def params(self, number: int) -> dict[str, Any]:
        """Return the parameters of a candidate."""
        return self.record.rows[number].params

    def unfitted(self, number: int) -> Any:
        """Return a copy of the estimator with the parameters of a candidate."""
        model = unfitted_copy(self.job.estimator)
        return model.set_params(**clone(self.params(number), safe=False))

    def model(self, number: int, split: int) -> Any:
        """Return a fold model, which may use as many threads as its candidate says."""
        return with_threads_of(self.store.model(number, split), self.unfitted(number))

    def rivals(self, n: int) -> list[int]:
        """Return the best candidates that compete with the winner, and it first."""
        assert self.winner is not None
        level = self.record.levels.of(self.record.rows[self.winner].trial)
        others = [i for i in self.store.leaders(level) if i != self.winner]
        return [self.winner, *others][:n]

    def fit_missing(self, numbers: Sequence[int]) -> None:
        """Fit those again whose models are not there, of an earlier run for example."""
        batches: list[list[Task]] = []
        for number in numbers:
            if number != self.winner and not self._finished.may_fit_again:
                continue
            missing = self.store.missing(number, self.record.n_splits)
            trial, standing = self.record.rows[number].trial, None
            if self.job.together is not None:
                standing = self.record.standing(number)
            tasks = [Task(trial, split, standing=standing) for split in missing]
            together = [tasks] if tasks else []
            single = [[task] for task in tasks]
            batches += single if self.job.together is None else together
        if not batches or self._left_out(batches):
            return
        with self._finished.open_workers(self.job) as workers:
            n_running = 0
            while batches or n_running:
                while batches and n_running < workers.n_slots:
                    if not self._left_out(batches):
                        workers.submit(batches.pop(0))
                        n_running += 1
                if not n_running:
                    break
                for task, result in workers.collect():
                    self.store.split_done(task, result)
                n_running -= 1
        for number in numbers:
            self.store.make_room(number)

    def _left_out(self, batches: list[list[Task]]) -> bool:
        """Empty the list, with a warning, if the first is expected to end too late."""
        deadline = self._finished.deadline
        if deadline is None:
            return False
        row = self.record.rows[batches[0][0].trial.number]
        known = [r.fit_time + r.score_time for r in row.results if r is not None]
        seconds = len(batches[0]) * float(np.mean(known))
        if time.perf_counter() + seconds <= deadline:
            return False
        n_fits = sum(map(len, batches))
        warn_user(
            f"time_budget leaves no time for {n_fits} fits of candidates whose models "
            "are not there any more, so that these take no part in the ensemble."
        )
        batches.clear()
        return True

    @property
    def predicts_numbers(self) -> bool:
        """Whether the winner predicts numbers, and not classes."""
        return self._any_prediction(self.winner).method == "predict"

    def _any_prediction(self, number: Any) -> Prediction:
        return self._prediction(number, next(iter(self.store.folds(number))))

    def averageable(self, numbers: Sequence[int]) -> list[int]:
        """Return those whose predictions can be averaged with those of the first.

        If some candidates predict otherwise than others, all are asked for decision
        functions, or if one has none, for what the first predicts. Those that have
        nothing of the kind are left out, with a warning.
        """
        self._predictions = {}
        n_splits = self.record.n_splits
        there = [i for i in numbers if len(self.store.folds(i)) == n_splits]
        there = list(dict.fromkeys([numbers[0], *there]))
        methods = {p.method for i in there for p in self.predictions(i)}
        first = self._any_prediction(there[0]).method
        if len(methods) == 1:
            return there
        method = "decision_function"
        if not all(self._has(method, i) for i in there):
            method = first
        able = [i for i in there if self._has(method, i)]
        if len(able) < len(there):
            warn_user(
                f"{len(there) - len(able)} of the {len(there)} best candidates take no "
                "part in the ensemble, because they cannot be averaged by "
                f"{method}, as the best candidate is."
            )
        for number in able:
            self._ask_again(number, method)
        return able

    def _has(self, method: str, number: int) -> bool:
        own = self._any_prediction(number).method
        if own == method or "predict" in (own, method):
            return own == method
        model = self.store.model(number, next(iter(self.store.folds(number))))
        return method == "votes" or hasattr(model, method)

    def _ask_again(self, number: int, method: str) -> None:
        """Predict by another method, if a candidate's predictions are of none such."""
        for split in self.store.folds(number):
            if self._prediction(number, split).method != method:
                self._predictions[number, split] = predicted_and_decided(
                    self.model(number, split),
                    self.test(split)[0],
                    method,
                    has_labels=has_several_columns(self.job.y),
                )

    def test(self, split: int) -> tuple[Any, Any, Any]:
        """Return the data that a split is scored on, and their rows."""
        if split not in self._tests:
            assert self.winner is not None
            job, trial = self.job, self.record.rows[self.winner].trial
            train, test = rows_of(job, Task(trial, split))
            X, y = safe_split(job.estimator, job.X, job.y, test, train)
            self._tests[split] = X, y, test
        return self._tests[split]

    def score(self, numbers: Sequence[int], counts: NDArray[np.int64]) -> float:
        """Return the mean score of the mean out-of-fold prediction of candidates."""
        chosen = [i for i, count in zip(numbers, counts, strict=True) if count]
        weights = counts[counts > 0]
        scores = []
        for split in self.store.folds(chosen[0]):
            mean = average([self._prediction(i, split) for i in chosen], weights)
            scores.append(self._score(mean, split))
        return float(np.mean(scores))

    def predictions(self, number: int) -> list[Prediction]:
        """Return the out-of-fold predictions of a candidate."""
        return [self._prediction(number, k) for k in self.store.folds(number)]

    def _prediction(self, number: int, split: int) -> Prediction:
        key = number, split
        if key not in self._predictions:
            self._predictions[key] = self.store.prediction(number, split)
        return self._predictions[key]

    def _score(self, prediction: Prediction, split: int) -> float:
        """Return the score of a prediction for the test rows of a split."""
        X, y, test = self.test(split)
        model = standing_in(self.job.estimator, prediction)
        quick = self._quick_scorer(model, prediction, split)
        responses = {prediction.method: prediction.values}
        scores = None if quick is None else quick.scores(responses)
        if scores is None:
            scores, error, _ = score_on(self.job, model, X, y, test)
            if quick is not None:
                quick.compare(responses, scores)
            if error and not isinstance(scores, dict):
                return np.nan
        if isinstance(scores, dict):
            name = self.record.objective or next(iter(scores))
            return scores.get(name, np.nan)
        return scores

    def _quick_scorer(
        self, model: Any, prediction: Prediction, split: int
    ) -> QuickScorer | None:
        """Return what scores such predictions faster; None if nothing does."""
        is_plain = prediction.method in ("predict", "predict_proba")
        is_plain = is_plain and prediction.own_labels is None
        if self.job.score_params or not is_plain or isinstance(prediction.values, list):
            return None
        classes = prediction.classes
        if (classes is None) != (prediction.method == "predict"):
            return None  # several labels
        key = split, None if classes is None else tuple(classes.tolist())
        if key not in self._quick:
            y = self.test(split)[1]
            self._quick[key] = QuickScorer(self.job.scorer, model, classes, y)
        return self._quick[key]

    def of_the_best(self) -> dict[str, Any]:
        """Return the out-of-fold predictions and the models of the winner."""
        assert self.winner is not None
        there, n_rows = self.store.folds(self.winner), int(num_samples(self.job.X))
        rows, splits = np.arange(n_rows), range(self.record.n_splits)
        method, values = out_of_fold(
            n_rows,
            [
                (rows[self.test(k)[2]], self.store.prediction(self.winner, k))
                for k in there
            ],
            None if self.predicts_numbers else classes_of(self.job.y),
        )
        models = [self.model(self.winner, k) if k in there else None for k in splits]
        return {
            "oof_predictions_": values,
            "oof_method_": method,
            "fold_estimators_": models,
        }

    def cost(self, weights: Mapping[int, float], *, refitted: bool) -> dict[str, Any]:
        """Return what models of candidates take: how many, how large, how slow."""
        n_models, n_bytes, seconds = 0, 0, 0.0
        for number in weights:
            folds = self.store.folds(number)
            n = 1 if refitted else len(folds)
            n_models += n
            n_bytes += n * self.store.model_size(number)
            per_row = [
                kept.seconds / num_samples(self.test(split)[0])
                for split, kept in folds.items()
            ]
            seconds += n * 1000 * float(np.mean(per_row))
        return {
            "n_models": n_models,
            "n_bytes": n_bytes,
            "seconds_per_1000_rows": seconds,
        }
