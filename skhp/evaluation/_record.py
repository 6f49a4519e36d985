"""Everything that happened in a search, in order of asking."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skhp.evaluation._task import SplitResult
from skhp.optimizers import Outcome, Trial


@dataclass(eq=False)
class Row:
    """One trial and its results so far."""

    trial: Trial
    results: list[SplitResult | None]
    n_missing: int
    ask_seconds: float = 0.0  # what the optimizer took to propose it


@dataclass(eq=False)
class Record:
    """The trials of a search and their results.

    Parameters
    ----------
    n_splits : int
        Number of splits that each trial is evaluated on.
    objective : str or None
        The metric that the optimizer maximises; None means the first one.
    """

    n_splits: int
    objective: str | None = None
    rows: list[Row] = field(default_factory=list)
    n_finished: int = 0
    best: Row | None = None
    best_score: float = -np.inf
    _repeats: dict[int, list[Row]] = field(default_factory=dict)

    def open(self, trial: Trial, ask_seconds: float = 0.0) -> bool:
        """Enter a trial; return whether it must be run, or repeats another one."""
        row = Row(trial, [None] * self.n_splits, self.n_splits, ask_seconds)
        self.rows.append(row)
        if trial.repeats is not None:
            self._repeats.setdefault(trial.repeats, []).append(row)
        return trial.repeats is None

    def put(self, number: int, split: int, result: SplitResult) -> list[Row]:
        """Enter a result; return the rows that it completes."""
        row = self.rows[number]
        row.results[split] = result
        row.n_missing -= 1
        if row.n_missing:
            return []
        repeats = self._repeats.pop(number, [])
        for repeat in repeats:
            self._copy(row, repeat)
        return [self._finish(done) for done in (row, *repeats)]

    def settle_repeats(self) -> list[Row]:
        """Complete the rows that repeat a complete trial, and return them."""
        settled = []
        for first in [n for n in self._repeats if self.rows[n].n_missing == 0]:
            for repeat in self._repeats.pop(first):
                self._copy(self.rows[first], repeat)
                settled.append(self._finish(repeat))
        return settled

    def outcome(self, row: Row) -> Outcome:
        """Return the outcome of a complete row, as the optimizer is told it."""
        results = [result for result in row.results if result is not None]
        failed = [result for result in results if result.error is not None]
        scores = [result.score_of(self.objective) for result in results]
        return Outcome(
            np.array(scores, dtype=np.float64),
            status=failed[0].status if failed else "ok",
            fit_seconds=float(np.mean([result.fit_time for result in results])),
            error=failed[0].error if failed else None,
        )

    def _copy(self, source: Row, repeat: Row) -> None:
        repeat.results = list(source.results)
        repeat.n_missing = 0

    def _finish(self, row: Row) -> Row:
        self.n_finished += 1
        score = self.outcome(row).mean
        if self._is_better(score, row.trial):
            self.best, self.best_score = row, score
        return row

    def _is_better(self, score: float, trial: Trial) -> bool:
        if self.best is None or np.isnan(score):
            return not np.isnan(score)
        best = self.best.trial
        if trial.resource != best.resource:  # scores of the most resource count
            return (trial.resource or 0) > (best.resource or 0)
        earlier = trial.number < best.number  # of equals, as in rank_test_score
        return score > self.best_score or (score == self.best_score and earlier)
