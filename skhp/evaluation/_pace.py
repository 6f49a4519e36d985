"""How long a candidate takes, estimated from what is finished."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """The time that a search takes per fit, with as many fits at once as there are.

    At first it is the mean time of a fit, divided among the slots: what passed before
    the first results includes the start of the workers. Then it is the time between
    results, which includes all that happens besides fits, if that is more.

    Parameters
    ----------
    n_slots : int
        Number of fits that run at once.
    clock : callable
        Returns the time in seconds.
    """

    def __init__(self, n_slots: int, clock: Callable[[], float]) -> None:
        self._n_slots, self._clock = n_slots, clock
        self._n_fits, self._seconds = 0, 0.0
        self._steady_since = 0.0  # each slot has had a result

    def fit_done(self, seconds: float) -> None:
        """Count a fit that took so long."""
        self._n_fits += 1
        self._seconds += seconds
        if self._n_fits == self._n_slots:
            self._steady_since = self._clock()

    @property
    def seconds_per_fit(self) -> float:
        """The estimate; 0 if nothing is known."""
        if not self._n_fits:
            return 0.0
        pace = self._seconds / self._n_fits / self._n_slots
        n_steady = self._n_fits - self._n_slots
        if n_steady <= 0:
            return pace
        return max(pace, (self._clock() - self._steady_since) / n_steady)
