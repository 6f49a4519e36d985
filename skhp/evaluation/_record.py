"""Everything that happened in a search, in order of asking."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skhp.evaluation._levels import Levels, OneLevel
from skhp.evaluation._task import SplitResult
from skhp.optimizers import Outcome, Trial


@dataclass(eq=False)
class Row:
    """One trial and its results so far."""

    trial: Trial
    results: list[SplitResult | None]
    n_missing: int
    ask_seconds: float = 0.0  # what the optimizer took to propose it

    def mean_score(self, metric: str | None) -> float:
        """Return the mean score, as in ``cv_results_``; nan if a fit is missing.

        A failed fit counts with ``error_score``, although the optimizer is told nan.
        """
        if self.n_missing:
            return np.nan
        scores = []
        for result in self.results:
            given = np.nan if result is None else result.test_scores
            if isinstance(given, dict):
                given = given[metric if metric in given else next(iter(given))]
            scores.append(given)
        return float(np.mean(scores))


@dataclass(eq=False)
class Record:
    """The trials of a search and their results.

    Parameters
    ----------
    n_splits : int
        Number of splits that each trial is evaluated on.
    objective : str or None
        The metric that the optimizer maximises; None means the first one.
    levels : Levels
        Which trials compete.
    """

    n_splits: int
    objective: str | None = None
    rows: list[Row] = field(default_factory=list)
    n_finished: int = 0
    levels: Levels = field(default_factory=OneLevel)
    _best: dict[int, Row] = field(default_factory=dict)  # of each level
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

    @property
    def best(self) -> Row | None:
        """The best of the rows that compete; None if no row has a score.

        Of rows with equal scores it is the one asked first, as in ``rank_test_score``.
        """
        best = dict(self._best)  # another thread may read it
        settled = [level for level in best if level != self.levels.unsettled]
        return best[max(settled or best)] if best else None

    @property
    def best_score(self) -> float:
        """The mean score of `best`; -inf if there is none."""
        best = self.best
        return -np.inf if best is None else best.mean_score(self.objective)

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
        score = row.mean_score(self.objective)
        if not np.isnan(score):
            level = self.levels.of(row.trial)
            rivals = [row, self._best.get(level, row)]
            self._best[level] = max(rivals, key=self._merit)
        return row

    def _merit(self, row: Row) -> tuple[float, int]:
        return row.mean_score(self.objective), -row.trial.number
