"""How much computing a proposal is worth, judged by what an evaluation costs."""

from __future__ import annotations

from typing import ClassVar

from skhp.evaluation import Observer, Row
from skhp.optimizers import BayesOptimizer, Trial

_MOST = 0.1  # choosing should take at most this share of an evaluation's time
_LEAST = 0.01  # and below this one it can afford to think harder
# Less effort finds worse candidates: it must save more than this, in seconds, to be
# worth it. An ordinary proposal takes a tenth of it.
_NEGLIGIBLE = 0.02
_MEMORY = 0.8  # weight of the past in the running means


class EffortGovernor(Observer):
    """Sets the optimizer's `effort` so that choosing stays a tenth of evaluating.

    Proposals of less than 20 ms are left alone, however cheap the evaluations.

    Parameters
    ----------
    optimizer : BayesOptimizer
        Whose effort is set.
    """

    hears_replay: ClassVar[bool] = True

    def __init__(self, optimizer: BayesOptimizer) -> None:
        self._optimizer = optimizer
        self._ask_seconds = 0.0
        self._trial_seconds = 0.0

    def asked(self, trial: Trial, seconds: float) -> None:
        """Take note of what a proposal cost, and adapt."""
        self._ask_seconds = _MEMORY * self._ask_seconds + (1 - _MEMORY) * seconds
        if self._trial_seconds == 0.0:
            return
        share = self._ask_seconds / self._trial_seconds
        is_dear = share > _MOST and self._ask_seconds > _NEGLIGIBLE
        if is_dear and self._optimizer.effort > 0:
            self._optimizer.effort -= 1
        elif share < _LEAST and self._optimizer.effort < 3:
            self._optimizer.effort += 1

    def trial_done(self, row: Row) -> bool:
        """Take note of what an evaluation cost."""
        seconds = sum(r.fit_time + r.score_time for r in row.results if r is not None)
        if self._trial_seconds == 0.0:
            self._trial_seconds = seconds
        self._trial_seconds = _MEMORY * self._trial_seconds + (1 - _MEMORY) * seconds
        return False
