"""When training ends: what the learning curves of a candidate's folds say.

A curve has the test score of one fold after each `step` rounds. All decisions are made
on the mean of the curves of all folds, so that all folds get the same number of rounds.
A fold that chose its own number would choose it to suit its own test rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
LEAST_ROUNDS = 30  # before a candidate can be hopeless
NO_IMPROVEMENT, HOPELESS = "no improvement", "hopeless"


@dataclass(frozen=True)
class Stopping:
    """Decides how long a candidate is trained, and how many rounds are the best.

    Parameters
    ----------
    max_rounds : int
        Most rounds of a candidate.
    step : int
        Rounds from one point of a curve to the next.
    patience : int or None
        Training ends when this many rounds have brought no better mean score. None:
        it never ends before `max_rounds`.
    """

    max_rounds: int
    step: int
    patience: int | None

    def rounds(self, n_points: int) -> _Floats:
        """Return the number of rounds at each point of a curve."""
        points = np.arange(1, n_points + 1) * self.step
        return np.minimum(points, self.max_rounds)

    def is_point(self, n: int) -> bool:
        """Whether scores are taken after `n` rounds."""
        return n % self.step == 0 or n == self.max_rounds

    def reason(self, curves: _Floats, incumbent: Sequence[float] | None = None) -> str:
        """Return why to stop after these curves; "" to go on.

        Parameters
        ----------
        curves : ndarray of shape (n_folds, n_points)
            Scores so far.
        incumbent : sequence of n_folds floats, default=None
            The scores of the best candidate so far, at its best number of rounds.
        """
        if self.patience is None or not curves.size:
            return ""
        rounds, mean = self.rounds(curves.shape[1]), curves.mean(axis=0)
        best = best_point(curves)
        if rounds[-1] - rounds[best] >= self.patience:
            return NO_IMPROVEMENT
        is_early = rounds[-1] < LEAST_ROUNDS
        if incumbent is None or is_early or len(incumbent) != len(curves):
            return ""
        return HOPELESS if self._is_hopeless(curves, mean, incumbent) else ""

    def _is_hopeless(
        self, curves: _Floats, mean: _Floats, incumbent: Sequence[float]
    ) -> bool:
        """Whether the incumbent is out of reach.

        It is if the gap to it, compared fold by fold, exceeds two standard errors and
        half of what the last doubling of rounds gained, for each doubling that is left.
        """
        rounds = self.rounds(curves.shape[1])
        gaps = np.asarray(incumbent, dtype=np.float64) - curves[:, best_point(curves)]
        n = len(gaps)
        error = gaps.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
        half = int(np.searchsorted(rounds, rounds[-1] / 2, side="right")) - 1
        gain = mean.max() - mean[: max(half, 0) + 1].max()
        doublings = np.log2(self.max_rounds / rounds[-1])
        return bool(gaps.mean() > 2.0 * error + 0.5 * gain * doublings)


def best_point(curves: _Floats) -> int:
    """Return the first point at which the mean of the curves is greatest.

    A point at which a fold has no score counts as the worst.
    """
    mean = curves.mean(axis=0)
    return int(np.argmax(np.where(np.isnan(mean), -np.inf, mean)))
