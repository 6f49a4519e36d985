"""Transformation of scores to a target for the surrogate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

_Floats = NDArray[np.float64]


def warp_scores(scores: _Floats) -> _Floats:
    """Return the target of a surrogate: half-rank warped, standardised, no nan.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Greater is better; nan for a failed trial. -inf ranks below every number, +inf
        above.

    Returns
    -------
    ndarray of shape (n,)
        Mean 0 and variance 1 over the trials that did not fail; failed trials get 1
        less than the worst. All zero if no two scores differ.

    Notes
    -----
    The good half keeps its scores, the bad half keeps only its ranks::

        s = sqrt(mean((u - median)^2)) over the distinct scores u >= median
        y < median  ->  median + s Phi^-1((rank - 1/2) / (2 m))

    where m counts the distinct scores below the median (and half the median itself).
    (Google Vizier, `HalfRankComponent`: Song et al., 2024, arXiv:2408.11527.)
    """
    scores = np.asarray(scores, dtype=np.float64)
    told = ~np.isnan(scores)
    target = np.zeros(scores.shape)
    if not told.any():
        return target
    y = _standardised(_half_rank(_bounded(scores[told])))
    target[told] = y
    target[~told] = y.min() - 1.0
    return target


def _bounded(y: _Floats) -> _Floats:
    """Return y in units of its range, infinities next to the finite scores."""
    finite = y[np.isfinite(y)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    # Halves: the range itself may overflow
    half_range = 0.5 * high - 0.5 * low
    # A range of a few ulp is rounding, not a difference
    if half_range > 1e-14 * max(abs(low), abs(high)):
        y = (0.5 * y - 0.5 * low) / half_range
    else:
        y = np.where(np.isfinite(y), 0.0, y)
    return np.clip(y, -1.0, 2.0)


def _half_rank(y: _Floats) -> _Floats:
    distinct, inverse = np.unique(y, return_inverse=True)
    median = np.median(y)
    good = distinct >= median
    spread = np.sqrt(np.mean(np.square(distinct[good] - median)))
    if spread == 0.0:
        spread = np.sqrt(np.mean(np.square(distinct - median)))
    n_bad = np.count_nonzero(~good) + 0.5 * (distinct[good][0] == median)
    ranks = np.arange(np.count_nonzero(~good)) + 0.5
    warped = distinct.copy()
    warped[~good] = median + spread * ndtri(0.5 * ranks / n_bad)
    restored: _Floats = warped[inverse]
    return restored


def _standardised(y: _Floats) -> _Floats:
    std = float(y.std())
    if not std > 1e-12:
        return np.zeros(y.shape)
    standardised: _Floats = (y - y.mean()) / std
    return standardised
