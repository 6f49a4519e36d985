"""Refining: a second look at the best candidates, on further shuffles of the splits.

What is best on one shuffle of the folds is partly best by luck, and more candidates do
not help against that: only other folds do. (Nagler, Schneider, Bischl and Feurer,
"Reshuffling Resampling Splits Can Improve Generalization of Hyperparameter
Optimization", NeurIPS 2024.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import (
    Interrupt,
    Job,
    Loop,
    Observer,
    Record,
    SplitResult,
    Splits,
    Task,
    Workers,
    fit_plainly,
    or_enough,
    print_line,
)
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import InvalidParameterError
from skhp.journal import Journal
from skhp.selection._fresh_splits import fresh_splits
from skhp.selection._honest_score import corrected_score
from skhp.selection._levels import rows_on_top
from skhp.selection._paired import first_metric, rho_of, split_scores
from skhp.selection._refine_optimizer import RefineOptimizer, pooled_best, table_of

_Known = Mapping[tuple[int, int, int], SplitResult]


class Refining:
    """Looks at the best candidates of a search again, and says which one is best.

    Parameters
    ----------
    search : estimator
        With the parameters `refine_top` and `refine_repeats`.
    X, y : array-like
    params : mapping of str to object
        Further arguments of the splitter.
    splits : list of (train, test)
        The splits of the search.

    Raises
    ------
    InvalidParameterError
        If the splitter cannot make other splits, or `refit` chooses in another way.

    Attributes
    ----------
    attributes : dict of str to object
        Attributes that the search gets.
    """

    def __init__(
        self, search: Any, X: Any, y: Any, params: Mapping[str, Any], splits: Splits
    ) -> None:
        name = type(search).__name__
        if search.refine_top and callable(search.refit):
            raise InvalidParameterError(
                f"The 'refine_top' parameter of {name} must be 0 if 'refit' is a "
                "callable: both would choose the best candidate. Got "
                f"{search.refine_top} instead."
            )
        self._top, self._repeats = int(search.refine_top), int(search.refine_repeats)
        self._objective = search.refit if isinstance(search.refit, str) else None
        self._verbose = search.verbose
        self._n_splits = len(splits)
        self._rho = rho_of(splits, num_samples(X))
        self._fresh: list[Splits] = []
        self.attributes: dict[str, Any] = {}
        if self._top:
            self._fresh = fresh_splits(search, X, y, params, splits, self._repeats)

    def run(
        self,
        search: Record,
        results: Mapping[str, Any],
        job: Job,
        open_workers: Callable[[Job], AbstractContextManager[Workers]],
        *,
        observers: Sequence[Observer] = (),
        journal: Journal | None = None,
        deadline: float | None = None,
    ) -> int | None:
        """Return the row of the best candidate by the mean of all shuffles.

        Parameters
        ----------
        search : Record
            The record of the search.
        results : mapping
            ``cv_results_``.
        job : Job
            What the fits of the search have in common.
        open_workers : callable
            Opens the workers for a job.
        observers : sequence of Observer
        journal : Journal, default=None
            What it holds is not run again.
        deadline : float, default=None
            In the time of ``time.perf_counter``.

        Returns
        -------
        int or None
            None if nothing was refined.
        """
        metric = self._objective or first_metric(results)
        scores = split_scores(results, metric)
        rivals = rows_on_top(search.rows, search.levels, scores.mean(axis=1))
        rows = rivals[np.all(np.isfinite(scores[rivals]), axis=1)]
        order = np.argsort(-scores[rows].mean(axis=1), kind="stable")
        rows = rows[order][: self._top]
        if not len(rows):
            return None
        params = {int(row): results["params"][row] for row in rows}
        optimizer = RefineOptimizer(params, scores[rows], self._repeats)
        if self._verbose > 0:
            print_line(
                f"Refining the {len(rows)} best candidates on {self._repeats} further "
                "shuffles of the splits"
            )
        splits = [split for shuffle in self._fresh for split in shuffle]
        shuffles = _Shuffles(self._n_splits)
        job = replace(
            job,
            splits=splits,
            resource=shuffles,
            together=None,
            caller=None,
            caller_elsewhere=None,
            return_train_score=False,
        )
        self._loop(optimizer, job, open_workers, observers, journal, deadline)
        return self._result(optimizer.scores, results["params"])

    def _loop(
        self,
        optimizer: RefineOptimizer,
        job: Job,
        open_workers: Callable[[Job], AbstractContextManager[Workers]],
        observers: Sequence[Observer],
        journal: Journal | None,
        deadline: float | None,
    ) -> None:
        record = Record(self._n_splits, self._objective)
        interrupt = Interrupt()
        enough = Record(1, n_finished=1)  # the search itself, which is over
        with (
            or_enough(enough, interrupt),
            interrupt,
            open_workers(job) as workers,
        ):
            if workers.ends_fits:
                interrupt.clean_up_when_killed()
            seen = [*observers]
            if journal is not None:
                seen.insert(0, _Entries(journal))
            loop = Loop(
                optimizer,
                workers,
                record,
                observers=seen,
                deadline=deadline,
                interrupt=interrupt,
            )
            _replay(optimizer, loop, {} if journal is None else journal.refined)
            if deadline is None or time.perf_counter() < deadline:
                loop.run()

    def _result(
        self, scores: Mapping[int, NDArray[np.float64]], params: Any
    ) -> int | None:
        most = max(map(len, scores.values()))
        if most <= self._n_splits:  # there was no time for a whole shuffle
            return None
        best = pooled_best(scores)
        last = [row for row, each in scores.items() if len(each) == most]
        fresh = np.array([scores[row][self._n_splits :] for row in last])
        corrected, low, high = corrected_score(fresh, last.index(best), self._rho)
        self.attributes = {
            "refine_results_": table_of(scores, self._n_splits, params),
            "best_score_corrected_": corrected,
            "best_score_interval_": (low, high),
        }
        return best


class _Shuffles:
    """The shuffle that a trial is evaluated on, which is its resource."""

    def __init__(self, n_splits: int) -> None:
        self._n_splits = n_splits

    def rows(self, splits: Sequence[Any], task: Task) -> Any:
        shuffle = task.trial.resource or 0
        return splits[shuffle * self._n_splits + task.split]

    def fit(
        self, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
    ) -> Any:
        return fit_plainly(estimator, X, y, fit_params)


class _Entries(Observer):
    """Writes what is refined into the journal of the search."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def split_done(self, task: Task, result: SplitResult) -> bool:
        row, shuffle = task.trial.labels["candidate"], task.trial.resource or 0
        self._journal.refine_done(row, shuffle, task.split, result)
        return False


def _replay(optimizer: RefineOptimizer, loop: Loop, known: _Known) -> None:
    """Enter what a journal knows, until something is missing."""
    while known and not optimizer.done and (trials := optimizer.ask(len(known))):
        for trial in trials:
            loop.replay_trial(trial, 0.0)
        for trial in trials:
            where = trial.labels["candidate"], trial.resource
            for (row, shuffle, split), result in known.items():
                if (row, shuffle) == where:
                    loop.replay_result(trial.number, split, result)
