"""Log expected improvement of a forest, climbed by random steps without gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition._candidates import near_rows
from skhp.acquisition._expected_improvement import log_ei
from skhp.acquisition._geometry import Geometry
from skhp.space import Space
from skhp.surrogate import Forest

_Floats = NDArray[np.float64]

# Steps tried around each row in one round, and evaluations that make one round.
_NEIGHBOURS = 16
_PER_ROUND = 10


@dataclass(frozen=True, eq=False)
class ForestSurface:
    """Log expected improvement of a forest over a space.

    Attributes
    ----------
    space : Space
    geometry : Geometry
    forest : Forest
        Of the modelled columns.
    best : float
        What is to be improved upon.
    rng : numpy.random.Generator
        Draws the steps of a climb.
    """

    space: Space
    geometry: Geometry
    forest: Forest
    best: float
    rng: np.random.Generator

    def values(self, rows: _Floats) -> _Floats:
        """Return log EI (n,) of rows of the space."""
        mean, std = self.forest.predict(
            self.geometry.rows(rows), self.geometry.active(self.space, rows)
        )
        return log_ei(mean, std, self.best)[0]

    def climb(self, rows: _Floats, max_evaluations: int) -> tuple[_Floats, _Floats]:
        """Return the best rows found around each of `rows`, and their log EI."""
        space, n = self.space, len(rows)
        rows, values = rows.copy(), self.values(rows)
        own = np.arange(n)
        for _ in range(max(max_evaluations // _PER_ROUND, 1)):
            around = near_rows(
                space, rows, _NEIGHBOURS, np.unique(space.subspace_of(rows)), self.rng
            )
            heights = self.values(around).reshape(n, _NEIGHBOURS)
            leader = heights.argmax(axis=1)
            better = heights[own, leader] > values
            rows[better] = around.reshape(n, _NEIGHBOURS, -1)[own, leader][better]
            values = np.maximum(values, heights[own, leader])
        return rows, values
