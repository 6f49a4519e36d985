"""The initial design: what a Bayesian search evaluates before the surrogate is used."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from skhp.space import Space

_Floats = NDArray[np.float64]

# Points of the sequence that are kept: for the design, then for screening.
LOG2_LENGTH = 11


def sobol_points(n_columns: int, rng: np.random.Generator) -> _Floats:
    """Return 2048 scrambled Sobol points (2048, n_columns) in [0, 1)."""
    if n_columns == 0:
        return np.zeros((1, 0))
    engine = qmc.Sobol(n_columns, scramble=True, seed=rng)  # `rng` since SciPy 1.15
    points: _Floats = engine.random_base2(LOG2_LENGTH)
    return points


def default_n_initial(n_branches: int, n_iter: int) -> int:
    """Return the size of the initial design; small, as the surrogate explores well.

    4, plus 2 for each further sub-space, or branch of a conditional one, so that each
    is covered; at most 12 and at most a third of `n_iter`, but at least 2.
    """
    return max(2, min(4 + 2 * (n_branches - 1), 12, n_iter // 3))


class Design:
    """Rows given by the user, then a space-filling sequence.

    Parameters
    ----------
    space : Space
    given : ndarray of shape (m, n_columns)
        Rows to evaluate first.
    points : ndarray of shape (k, n_columns)
        Space-filling points in [0, 1).
    """

    def __init__(self, space: Space, given: _Floats, points: _Floats) -> None:
        self._rows = np.vstack([given, space.snap(points)])
        self._n_used = 0  # rows at the beginning that are not acceptable any more

    def first(self, is_acceptable: Callable[[_Floats], bool]) -> _Floats | None:
        """Return the first acceptable row; None if none is left."""
        for position in range(self._n_used, len(self._rows)):
            self._n_used = position
            if is_acceptable(self._rows[position]):
                row: _Floats = self._rows[position]
                return row
        return None

    def restart(self) -> None:
        """Consider all rows again, because other rows are acceptable now."""
        self._n_used = 0
