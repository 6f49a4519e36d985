"""Which of the best candidates are looked at again, and for how long."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import Racing, chance_of, residual_variance
from skhp.exceptions import OptimizerError
from skhp.optimizers import Outcome, Proposal, Trial

_Floats = NDArray[np.float64]


class RefineOptimizer:
    """Lets a few candidates race on further shuffles of the splits.

    Each trial is one candidate on the splits of one shuffle, which is its `resource`.
    After a shuffle, those that are too far behind the leader are left out of the next.

    Parameters
    ----------
    candidates : mapping of int to mapping
        Parameters of the candidates, by their rows.
    scores : ndarray of shape (n_candidates, n_splits)
        What they scored in the search, in the same order.
    n_repeats : int
        Number of shuffles.
    racing : Racing, default=None
        When a candidate is left out; None means the default.

    Attributes
    ----------
    scores : dict of int to ndarray
        All scores of each candidate, of the search first.
    """

    learns = True
    can_extend = False
    exhausted = False

    def __init__(
        self,
        candidates: Mapping[int, Mapping[str, Any]],
        scores: _Floats,
        n_repeats: int,
        racing: Racing | None = None,
    ) -> None:
        self._candidates = dict(candidates)
        self.scores = dict(zip(candidates, np.array(scores, float), strict=True))
        self._n_repeats, self._n_splits = n_repeats, scores.shape[1]
        self._risk = (racing or Racing()).risk / max(1, n_repeats - 1)
        self._repeat = 0
        self._in_race = list(candidates)
        self._waiting = deque(self._in_race)
        self._running: dict[int, int] = {}  # candidates, by the numbers of their trials
        self._results: dict[int, _Floats] = {}
        self._n_asked = 0

    @property
    def n_trials(self) -> int | None:
        """None: that depends on the race."""
        return None

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for."""
        is_last = self._repeat >= self._n_repeats - 1
        return not self._waiting and (is_last or not self._in_race)

    def ask(self, n: int = 1) -> list[Trial]:
        """Return the next trials; none while a shuffle is not finished."""
        return [self._next() for _ in range(min(n, len(self._waiting)))]

    def _next(self) -> Trial:
        row = self._waiting.popleft()
        trial = Trial(
            self._n_asked,
            self._candidates[row],
            resource=self._repeat,
            labels={"candidate": row},
        )
        self._running[trial.number] = row
        self._n_asked += 1
        return trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn the scores of a candidate on one shuffle."""
        if trial.number not in self._running:
            raise OptimizerError(f"Trial {trial.number} is not running.")
        self._results[self._running.pop(trial.number)] = outcome.scores
        if not self._running and not self._waiting:
            self._end_of_shuffle()

    def _end_of_shuffle(self) -> None:
        for row, scores in self._results.items():
            self.scores[row] = np.concatenate([self.scores[row], scores])
        self._results = {}
        self._repeat += 1
        self._in_race = self._survivors()
        is_race = len(self._in_race) > min(1, len(self._candidates) - 1)
        if self._repeat < self._n_repeats and is_race:
            self._waiting.extend(self._in_race)
        else:
            self._in_race = []

    def _survivors(self) -> list[int]:
        """Return who may still have the best mean of all shuffles, the leader too."""
        rows = [r for r in self._in_race if np.all(np.isfinite(self.scores[r]))]
        if len(rows) < 2:
            return rows
        scores = np.array([self.scores[row] for row in rows])
        leader = int(np.argmax(scores.mean(axis=1)))
        n_splits, s2 = self._n_splits * (1 + self._n_repeats), residual_variance(scores)
        return [
            row
            for i, row in enumerate(rows)
            if i == leader
            or chance_of(scores[i] - scores[leader], n_splits, s2) >= self._risk
        ]

    def adopt(self, proposal: Proposal) -> Trial:
        """Return the next trial, which follows from the results.

        Raises
        ------
        OptimizerError
            If there is none now.
        """
        if not self._waiting:
            raise OptimizerError("RefineOptimizer has no trial to adopt now.")
        return self._next()

    def extend(self, n_more: int) -> None:
        """Refuse: the number of shuffles is fixed.

        Raises
        ------
        OptimizerError
        """
        if n_more:
            raise OptimizerError("RefineOptimizer cannot be extended.")


def pooled_best(scores: Mapping[int, _Floats]) -> int:
    """Return the row whose mean of all shuffles is best.

    Only those count that have them all: the others were left out of the race. If none
    of these has all its scores, the shuffles count that were over before.
    """
    for most in sorted({len(s) for s in scores.values()}, reverse=True):
        means = {
            row: float(np.mean(s[:most])) for row, s in scores.items() if len(s) >= most
        }
        known = {row: mean for row, mean in means.items() if not np.isnan(mean)}
        if known:
            return max(known, key=known.__getitem__)
    return next(iter(scores))


def table_of(
    scores: Mapping[int, _Floats], n_splits: int, params: Sequence[Any]
) -> dict[str, Any]:
    """Return ``refine_results_``: a row for each candidate, the best first."""
    best = pooled_best(scores)

    def merit(row: int) -> tuple[bool, int, float]:
        mean = float(np.mean(scores[row]))
        return row == best, len(scores[row]), -np.inf if np.isnan(mean) else mean

    rows = sorted(scores, key=merit, reverse=True)
    most = max(map(len, scores.values()))
    whole = np.full((len(rows), most), np.nan)
    for place, row in enumerate(rows):
        whole[place, : len(scores[row])] = scores[row]
    table: dict[str, Any] = {
        "candidate": np.array(rows, dtype=np.int64),
        "params": [params[row] for row in rows],
        "pooled_mean_score": np.array([np.mean(scores[row]) for row in rows]),
        "fresh_mean_score": np.array([_mean(scores[row][n_splits:]) for row in rows]),
        "n_repeats_evaluated": np.array([len(scores[r]) // n_splits - 1 for r in rows]),
    }
    for k in range(n_splits, most):
        repeat, split = divmod(k - n_splits, n_splits)
        table[f"repeat{repeat}_split{split}_score"] = whole[:, k]
    return table


def _mean(scores: _Floats) -> float:
    return float(np.mean(scores)) if len(scores) else np.nan
