"""Greedy selection with replacement, from candidates that are ranked already."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

import numpy as np
from numpy.typing import NDArray

_Counts = NDArray[np.int64]


def select_greedily(
    score_of: Callable[[_Counts], float],
    n_candidates: int,
    *,
    n_rounds: int,
    max_members: int | None = None,
) -> _Counts:
    """Return how often each candidate is chosen.

    The first candidate is chosen first. Each further round adds the one with which the
    score is highest, even where that is lower than before: the mean of more models is
    the better one on new rows, also where the few rows that it is judged by say
    nothing.

    Parameters
    ----------
    score_of : callable
        Returns the score of the mean prediction, given the number of times that each
        candidate counts; nan if it has none.
    n_candidates : int
    n_rounds : int
    max_members : int, default=None
        Largest number of distinct candidates.
    """
    counts = np.zeros(n_candidates, dtype=np.int64)
    counts[0] = 1
    known: dict[bytes, float] = {}

    def score(counts: _Counts) -> float:
        key = (counts // gcd(*counts.tolist())).tobytes()
        if key not in known:
            known[key] = score_of(counts)
        return known[key]

    for _ in range(n_rounds - 1):
        is_full = max_members is not None and np.count_nonzero(counts) >= max_members
        allowed = np.flatnonzero(counts) if is_full else range(n_candidates)
        steps = np.eye(n_candidates, dtype=np.int64)
        scores = [(score(counts + steps[i]), -i) for i in allowed]
        scores = [entry for entry in scores if not np.isnan(entry[0])]
        if not scores:
            break
        counts[-max(scores)[1]] += 1
    return counts
