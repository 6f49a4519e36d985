"""Successive halving: a little of the resource for all, more for the best."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

from skhp.optimizers._adopting import AdoptsByAsking, CannotExtend
from skhp.optimizers._brackets import halving
from skhp.optimizers._pending import PendingTrials
from skhp.optimizers._types import Outcome, Trial
from skhp.space import configuration_key


class HalvingOptimizer(AdoptsByAsking, CannotExtend):
    """Successive halving of given candidates, with scikit-learn's rungs and order.

    Each rung is a barrier: all of its candidates are evaluated before the best
    ``1 / factor`` of them are promoted to the next. A candidate whose mean score is nan
    is not promoted unless all scores of its rung are nan.

    Parameters
    ----------
    candidates : sequence of dict
        The candidates on the first rung.
    factor : float, default=3
        Each rung promotes the best ``1 / factor`` of its candidates.
    min_resources, max_resources : int
        Bounds of the resource of a candidate.
    aggressive_elimination : bool, default=False
        Whether to repeat the first rung until few enough candidates are left for the
        rungs up to `max_resources`.
    exhaust : bool, default=False
        Whether to raise `min_resources` so that the last rung comes as close to
        `max_resources` as possible.
    resource_param : str, default=None
        The parameter that is the resource, if it is one; each trial sets it.

    Attributes
    ----------
    rungs : Halving
        The rungs as planned.
    n_candidates : list of int
        Number of candidates on each rung begun so far; failures can make them fewer
        than planned.

    References
    ----------
    K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and
    Hyperparameter Optimization", AISTATS 2016.

    Examples
    --------
    >>> from skhp.optimizers import HalvingOptimizer
    >>> candidates = [{"C": c} for c in (1, 2, 3, 4, 5, 6, 7, 8, 9)]
    >>> optimizer = HalvingOptimizer(candidates, min_resources=10, max_resources=90)
    >>> optimizer.rungs.n_candidates, optimizer.rungs.n_resources
    ((9, 3, 1), (10, 30, 90))
    >>> trial = optimizer.ask(1)[0]
    >>> trial.resource, trial.labels
    (10, {'iter': 0, 'n_resources': 10})
    """

    learns = True
    exhausted = False

    def __init__(
        self,
        candidates: Sequence[Mapping[str, Any]],
        *,
        factor: float = 3,
        min_resources: int,
        max_resources: int,
        aggressive_elimination: bool = False,
        exhaust: bool = False,
        resource_param: str | None = None,
    ) -> None:
        self.rungs = halving(
            len(candidates),
            factor=factor,
            min_resources=min_resources,
            max_resources=max_resources,
            aggressive_elimination=aggressive_elimination,
            exhaust=exhaust,
        )
        self._factor, self._resource_param = factor, resource_param
        self._pending = PendingTrials()
        self._candidates = list(candidates)
        self._first = _first_equals(self._candidates)
        self._origins: dict[int, int] = {}  # of each candidate, its first trial
        # By first equal candidate and resource, the trial that evaluates it there.
        self._evaluated: dict[tuple[int, int], int] = {}
        self._entrants = list(range(len(self._candidates)))  # of this rung
        self.n_candidates = [len(self._entrants)]
        self._places: dict[int, int] = {}  # of pending trials, in the rung
        self._n_asked = 0  # of the rung
        self._scores = np.full(len(self._entrants), np.nan)

    @property
    def rung(self) -> int:
        """The current rung, from 0."""
        return len(self.n_candidates) - 1

    @property
    def n_trials(self) -> int:
        """Number of trials in all, if no more of them fail."""
        counts = list(self.n_candidates)
        while len(counts) < len(self.rungs.n_resources):
            counts.append(ceil(counts[-1] / self._factor))
        return sum(counts)

    @property
    def n_remaining(self) -> int:
        """Number of candidates that a further rung would have."""
        return ceil(self.n_candidates[-1] / self._factor)

    @property
    def _is_last(self) -> bool:
        return self.rung == len(self.rungs.n_resources) - 1

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for."""
        return self._is_last and self._n_asked == len(self._entrants)

    @property
    def is_finished(self) -> bool:
        """Whether every trial has been told too."""
        return self.done and not self._places

    def ask(self, n: int = 1) -> list[Trial]:
        """Return trials of this rung; none while its last ones are running."""
        stop = min(self._n_asked + n, len(self._entrants))
        trials = [self._open(place) for place in range(self._n_asked, stop)]
        self._n_asked = stop
        return trials

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn an outcome; the last one of a rung starts the next rung."""
        self._pending.remove(trial)
        self._scores[self._places.pop(trial.number)] = outcome.mean
        rung_is_told = not self._places and self._n_asked == len(self._entrants)
        if rung_is_told and not self._is_last:
            self._promote()

    def _open(self, place: int) -> Trial:
        candidate = self._entrants[place]
        params, amount = self._candidates[candidate], self.rungs.n_resources[self.rung]
        if self._resource_param is not None:
            params = {**params, self._resource_param: amount}
        number = self._pending.n_asked
        first = self._evaluated.setdefault((self._first[candidate], amount), number)
        trial = self._pending.add(
            params,
            resource=amount,
            labels={"iter": self.rung, "n_resources": amount},
            origin=self._origins.get(candidate),
            repeats=None if first == number else first,
            lower_resources=tuple(self.rungs.n_resources[: self.rung]),
        )
        self._places[number] = place
        self._origins.setdefault(candidate, number)
        return trial

    def _promote(self) -> None:
        """Start the next rung with the best candidates of this one, the best last."""
        n_kept = ceil(len(self._entrants) / self._factor)
        n_known = int(np.count_nonzero(~np.isnan(self._scores)))
        if n_known:
            n_kept = min(n_kept, n_known)
        ranked = np.argsort(self._scores, kind="stable")  # nan comes last,
        ranked = np.roll(ranked, len(ranked) - n_known)  # and is made first
        self._entrants = [self._entrants[place] for place in ranked[-n_kept:]]
        self.n_candidates.append(n_kept)
        self._n_asked = 0
        self._scores = np.full(n_kept, np.nan)


def _first_equals(candidates: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return for each candidate the position of the first that equals it."""
    first: dict[Hashable, int] = {}
    return [
        first.setdefault(configuration_key(params), position)
        for position, params in enumerate(candidates)
    ]
