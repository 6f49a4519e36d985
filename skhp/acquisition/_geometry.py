"""What the maximiser needs to know about a space, as arrays for the kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhp.space import Space
from skhp.surrogate import warp

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Geometry:
    """The modelled columns of a space.

    Attributes
    ----------
    columns : intp ndarray of shape (D,)
        Columns of a row that are modelled.
    is_categorical : bool ndarray of shape (D,)
    is_conditional : bool
        Whether some columns are inactive in some rows.
    grid : ndarray
        Positions of all discrete columns, one column after another.
    grid_start : intp ndarray of shape (D + 1,)
        Where each column starts in `grid`; a continuous column has no positions.
    movable : uint8 ndarray of shape (D,)
        Columns that a climb may change: all but those that decide which are active.
    """

    columns: NDArray[np.intp]
    is_categorical: NDArray[np.bool_]
    is_conditional: bool
    grid: _Floats
    grid_start: NDArray[np.intp]
    movable: NDArray[np.uint8]

    @classmethod
    def of(cls, space: Space) -> Geometry:
        """Return the geometry of `space`."""
        columns = np.flatnonzero(space.modelled)
        grids = [space.grid_of(int(j)) for j in columns]
        sizes = [0 if grid is None else len(grid) for grid in grids]
        return cls(
            columns=columns,
            is_categorical=space.is_categorical[columns],
            is_conditional=space.is_conditional,
            # One number too many keeps the array from being empty
            grid=np.concatenate([g for g in grids if g is not None] + [np.zeros(1)]),
            grid_start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
            movable=(~space.is_deciding[columns]).astype(np.uint8),
        )

    def warped_grid(self, tau: _Floats) -> _Floats:
        """Return `grid` with each column's positions warped to its degree."""
        owner = np.repeat(np.arange(len(tau)), np.diff(self.grid_start))
        return np.append(warp(self.grid[None, :-1], tau[owner])[0], 0.0)

    def rows(self, rows: _Floats) -> _Floats:
        """Return the modelled columns of rows of the space."""
        return np.ascontiguousarray(rows[:, self.columns])

    def active(self, space: Space, rows: _Floats) -> _Floats | None:
        """Return which of them are active, as 0.0 and 1.0; None if all are."""
        if not self.is_conditional:
            return None
        return np.ascontiguousarray(space.active(rows)[:, self.columns], np.float64)
