"""Everything that happened in a search, in order of asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation._levels import Levels, OneLevel
from skhp.evaluation._racing import Racing, chance_of, estimate_of, residual_variance
from skhp.evaluation._task import Rounds, SplitResult, Standing
from skhp.optimizers import Outcome, Trial

_LONGEST = float(np.finfo(np.float32).max)


@dataclass(eq=False)
class Row:
    """One trial and its results so far."""

    trial: Trial
    results: list[SplitResult | None]
    n_missing: int
    ask_seconds: float = 0.0  # what the optimizer took to propose it
    asked_after: int = 0  # how many rows were finished then
    finished_as: int = -1  # how many were finished before it
    chosen: Mapping[str, Any] = field(default_factory=dict)  # parameters, by its fits
    is_dropped: bool = False  # because its missing splits could not make it the best

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left to run."""
        return self.is_dropped or not self.n_missing

    @property
    def n_evaluated(self) -> int:
        """On how many splits it was evaluated."""
        return len(self.results) - self.n_missing

    def scores(self, metric: str | None) -> NDArray[np.float64]:
        """Return the score on each split; nan where it was not run or failed."""
        scores = [np.nan if r is None else r.score_of(metric) for r in self.results]
        return np.array(scores, dtype=np.float64)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the trial, with those that its fits have chosen."""
        return {**self.trial.params, **self.chosen}

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
                name = next(iter(given)) if metric is None else metric
                given = given.get(name, np.nan)
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
        The metric that the optimizer maximises; None means the first one of the first
        result.
    levels : Levels
        Which trials compete.
    racing : Racing or None
        When candidates are given up, if they are.

    Attributes
    ----------
    rows : list of Row
        The trials, in order of asking.
    n_finished : int
        Number of rows with all the results that they get.
    extensions : list of [int, int, int]
        How many rows there were, and how many of them were finished, when the search
        was extended, and by how many trials it was.
    rounds_param : str or None
        The parameter whose value the fits of a trial choose, if they do.

    Notes
    -----
    Times of fits are kept as 32-bit floats, to the 7 digits that a clock can tell: a
    fitted search is pickled with them.
    """

    n_splits: int
    objective: str | None = None
    rows: list[Row] = field(default_factory=list)
    n_finished: int = 0
    levels: Levels = field(default_factory=OneLevel)
    extensions: list[list[int]] = field(default_factory=list)
    rounds_param: str | None = None
    racing: Racing | None = None
    _complete: dict[int, list[NDArray[np.float64]]] = field(default_factory=dict)
    _best: dict[int, Row] = field(default_factory=dict)  # of each level
    _repeats: dict[int, list[Row]] = field(default_factory=dict)

    def open(self, trial: Trial, ask_seconds: float = 0.0) -> bool:
        """Enter a trial; return whether it must be run, or repeats another one."""
        row = Row(
            trial,
            [None] * self.n_splits,
            self.n_splits,
            ask_seconds,
            asked_after=self.n_finished,
        )
        self.rows.append(row)
        if trial.repeats is not None:
            self._repeats.setdefault(trial.repeats, []).append(row)
        return trial.repeats is None

    def put(self, number: int, split: int, result: SplitResult) -> list[Row]:
        """Enter a result; return the rows that it completes."""
        row = self.rows[number]
        if self.objective is None and isinstance(result.test_scores, dict):
            # Later fits may give their scores in another order.
            self.objective = next(iter(result.test_scores))
        row.results[split] = replace(
            result,
            fit_time=_as_kept(result.fit_time),
            score_time=_as_kept(result.score_time),
            warnings=(),
            kept=None,
        )
        if self.rounds_param is not None and result.n_resources:
            row.chosen = {self.rounds_param: result.n_resources}
        row.n_missing -= 1
        if row.n_missing:
            return []
        return self._settle(row)

    def drop(self, number: int) -> list[Row]:
        """Give a trial up; return the rows that are thereby finished."""
        row = self.rows[number]
        row.is_dropped = True
        return self._settle(row)

    def chance(self, number: int) -> float | None:
        """Return how likely a trial is to become the best; None if that is unknown.

        It is known if several trials have all their splits, and this one has the first
        of them.
        """
        row = self.rows[number]
        level = self.levels.of(row.trial)
        best, complete = self._best.get(level), self._complete.get(level, ())
        if self.racing is None or level != self.levels.top or best is None:
            return None
        rival, own = best.scores(self.objective), row.scores(self.objective)
        own = own[: row.n_evaluated]
        is_known = np.all(np.isfinite(own)) and np.all(np.isfinite(rival))
        if not len(own) or not is_known or len(complete) < self.racing.min_complete:
            return None
        s2 = residual_variance(np.array(complete))
        return chance_of(own - rival[: len(own)], self.n_splits, s2)

    def extended(self, n_more: int) -> None:
        """Enter an extension of the search by `n_more` trials."""
        self.extensions.append([len(self.rows), self.n_finished, n_more])

    def settle_repeats(self) -> list[Row]:
        """Complete the rows that repeat a complete trial, and return them."""
        settled = []
        for first in [n for n in self._repeats if self.rows[n].is_done]:
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

    def standing(self, number: int) -> Standing:
        """Return what is known when the missing splits of a trial are submitted."""
        best, incumbent, settled = self.best, None, None
        if best is not None and all(cell and not cell.error for cell in best.results):
            cells = [cell for cell in best.results if cell is not None]
            incumbent = [cell.score_of(self.objective) for cell in cells]
        for cell in self.rows[number].results:
            if cell is not None and cell.n_resources:
                settled = Rounds(cell.n_resources, cell.n_trained, cell.stopped)
        return Standing(incumbent, settled)

    def outcome(self, row: Row) -> Outcome:
        """Return the outcome of a finished row, as the optimizer is told it."""
        results = [result for result in row.results if result is not None]
        failed = [result for result in results if result.error is not None]
        scores, estimate, variance = row.scores(self.objective), None, 0.0
        complete = self._complete.get(self.levels.of(row.trial))
        if row.is_dropped and complete:
            estimate, variance = estimate_of(scores[: row.n_evaluated], complete)
        status = "raced" if row.is_dropped else "ok"
        return Outcome(
            scores,
            status=failed[0].status if failed else status,
            fit_seconds=float(np.mean([result.fit_time for result in results])),
            error=failed[0].error if failed else None,
            estimate=estimate,
            variance=variance,
        )

    def _copy(self, source: Row, repeat: Row) -> None:
        repeat.results, repeat.chosen = list(source.results), source.chosen
        repeat.n_missing, repeat.is_dropped = source.n_missing, source.is_dropped

    def _settle(self, row: Row) -> list[Row]:
        """Finish a row and those that repeat it."""
        repeats = self._repeats.pop(row.trial.number, [])
        for repeat in repeats:
            self._copy(row, repeat)
        return [self._finish(done) for done in (row, *repeats)]

    def _finish(self, row: Row) -> Row:
        row.finished_as = self.n_finished
        self.n_finished += 1
        score = row.mean_score(self.objective)
        level = self.levels.of(row.trial)
        is_own = row.trial.repeats is None
        if self.racing is not None and is_own and np.isfinite(score):
            scores = row.scores(self.objective)
            if np.all(np.isfinite(scores)):
                complete = self._complete.setdefault(level, [])
                complete.append(scores)
                del complete[: -self.racing.most_complete]
        if not np.isnan(score):
            rivals = [row, self._best.get(level, row)]
            self._best[level] = max(rivals, key=self._merit)
        return row

    def _merit(self, row: Row) -> tuple[float, int]:
        return row.mean_score(self.objective), -row.trial.number


def _as_kept(seconds: float) -> float:
    return float(np.float32(min(seconds, _LONGEST)))
