"""Rows of any numbers to the nearest rows that stand for values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skhp.space._bins import Array, snap_equal_bins
from skhp.space._dimensions import Dimension, Real
from skhp.space._distributions import Continuous


class Snapping:
    """Snaps all columns: those with equal bins at once, the others singly.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Of all columns.
    """

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        self._dimensions = dimensions
        equal = [i for i, d in enumerate(dimensions) if d.has_equal_bins]
        clipped = {
            i for i, d in enumerate(dimensions) if isinstance(d, Real | Continuous)
        }
        self._equal = np.array(equal, dtype=np.intp)
        self._bins = np.array([float(dimensions[i].n_values) for i in equal])
        self._singly = sorted(set(range(len(dimensions))) - clipped - set(equal))

    def __call__(self, rows: Array) -> Array:
        """Return snapped rows (n, n_columns)."""
        snapped = np.clip(rows, 0.0, 1.0)
        if len(self._equal):
            snapped[:, self._equal] = snap_equal_bins(
                snapped[:, self._equal], self._bins
            )
        for column in self._singly:
            snapped[:, column] = self._dimensions[column].snap(snapped[:, column])
        return snapped
