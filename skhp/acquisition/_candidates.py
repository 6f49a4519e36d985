"""Candidate rows for screening: spread over the space, and near the best rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skhp.space import Space

_Floats = NDArray[np.float64]

# Standard deviations of the steps away from a good row.
_STEPS = np.array([0.3, 0.1, 0.03, 0.01])
# Probability of drawing a categorical column again.
_REDRAW = 0.3


def spread_rows(
    space: Space,
    design: _Floats,
    subspaces: NDArray[np.intp],
    rng: np.random.Generator,
) -> _Floats:
    """Return `design` shifted at random around the torus, as rows of the space.

    A shifted low-discrepancy sequence is as even as another scrambling of it (Cranley
    and Patterson, 1976), for the price of an addition.
    """
    u = design + rng.random(design.shape[1])
    u -= np.floor(u)
    return space.snap(_within(space, u, subspaces))


def near_rows(
    space: Space,
    centres: _Floats,
    n_each: int,
    subspaces: NDArray[np.intp],
    rng: np.random.Generator,
) -> _Floats:
    """Return `n_each` random steps away from each of `centres` (m, n_columns).

    Each column moves with probability max(2 / D, 0.3), at least one does.
    """
    n, D = len(centres) * n_each, space.n_columns
    rows = np.repeat(centres, n_each, axis=0)
    fresh = rng.random((n, D))
    if space.is_conditional:
        # What was inactive starts anywhere, should it become active
        rows = np.where(space.active(rows), rows, fresh)
    moves = rng.random((n, D)) < max(2.0 / D, 0.3)
    moves[np.arange(n), rng.integers(D, size=n)] = True
    steps = rng.standard_normal((n, D)) * rng.choice(_STEPS, size=(n, 1))
    moved = np.where(
        space.is_categorical,
        np.where(rng.random((n, D)) < _REDRAW, fresh, rows),
        rows + moves * steps,
    )
    # What is sampled and not modelled is drawn anew for every trial
    moved = np.where(space.modelled, moved, fresh)
    return space.snap(_within(space, np.clip(moved, 0.0, 1.0), subspaces))


def _within(space: Space, u: _Floats, subspaces: NDArray[np.intp]) -> _Floats:
    """Fold the choice of the sub-space, in place, into the sub-spaces allowed."""
    if 0 < len(subspaces) < space.n_subspaces:
        is_out = ~np.isin(space.subspace_of(u), subspaces)
        chosen = subspaces[np.arange(np.count_nonzero(is_out)) % len(subspaces)]
        u[is_out, 0] = (chosen + 0.5) / space.n_subspaces
    return u
