"""The computing effort of a proposal, adapted to the cost of an evaluation."""

from __future__ import annotations

from typing import ClassVar

from skhp.evaluation import Observer, Row
from skhp.optimizers import BayesOptimizer, Trial

_MOST = 0.1  # a proposal should take at most this share of the time of an evaluation
_LEAST = 0.01  # below this share, more effort is affordable
# Less effort finds worse candidates, so it is only worth it if a proposal takes more
# seconds than this. An ordinary proposal takes a tenth of it.
_NEGLIGIBLE = 0.02
_MEMORY = 0.8  # weight of the past in the running means


class EffortGovernor(Observer):
    """Adapts an optimizer's `effort`: proposals should take a tenth of evaluations.

    Effort is not reduced for proposals that take less than 20 ms, however short the
    evaluations are.

    Parameters
    ----------
    optimizer : BayesOptimizer
        The optimizer.
    """

    hears_replay: ClassVar[bool] = True

    def __init__(self, optimizer: BayesOptimizer) -> None:
        self._optimizer = optimizer
        self._ask_seconds = 0.0
        self._trial_seconds = 0.0

    def asked(self, trial: Trial, seconds: float) -> None:
        """Record the time of a proposal and adapt the effort."""
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
        """Record the time of an evaluation."""
        seconds = sum(r.fit_time + r.score_time for r in row.results if r is not None)
        if self._trial_seconds == 0.0:
            self._trial_seconds = seconds
        self._trial_seconds = _MEMORY * self._trial_seconds + (1 - _MEMORY) * seconds
        return False
