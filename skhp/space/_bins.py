"""Bins on [0, 1], into which discrete dimensions cut it, and the inversion of maps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


class Table:
    """Bins of unequal width on [0, 1], each with a position inside it."""

    def __init__(self, inner_edges: Array, centres: Array) -> None:
        self.inner_edges = inner_edges  # sorted, one fewer than bins
        self.centres = centres  # sorted
        self._edges: list[float] = inner_edges.tolist()

    def index(self, u: float) -> int:
        return bisect_right(self._edges, u)

    def snap(self, u: Array) -> Array:
        snapped: Array = self.centres[
            np.searchsorted(self.inner_edges, u, side="right")
        ]
        return snapped


def equal_bins(n: int) -> Array:
    """Centres of `n` equal bins."""
    centres: Array = (np.arange(n) + 0.5) / n
    return centres


def snap_equal_bins(u: Array, n: int | Array) -> Array:
    """Centres of the bins, of `n` equal ones, that hold `u`."""
    snapped: Array = (np.clip(np.floor(u * n), 0, n - 1) + 0.5) / n
    return snapped


def invert(decode: Callable[[float], float], value: float, guess: float) -> float:
    """Position that a monotone `decode` maps to exactly `value`, or the guess.

    Steps of one ulp in the position can be many ulps apart in the value and the other
    way round, so the neighbourhood of the guess is bisected.
    """
    guess = min(max(guess, 0.0), 1.0)
    if decode(guess) == value:
        return guess
    low, high = max(guess - 1e-6, 0.0), min(guess + 1e-6, 1.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        found = decode(middle)
        if found == value:
            return middle
        if found < value:
            low = middle
        else:
            high = middle
    return guess
