"""Warping the columns of a space, by a degree that is learnt.

    w(u) = log(1 + (e^tau - 1) u) / tau,   w(0) = 0,  w(1) = 1,  w -> u as tau -> 0

With tau = log(high / low), a number on [low, high] is compared on a logarithmic scale,
so that numbers which are searched on a linear scale but belong on a logarithmic one are
recognised; tau < 0 does the same from the other end. (Snoek et al., 2014,
arXiv:1402.0929, introduced input warping, with Beta functions.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

# Below it the warp is the identity to machine precision.
_LEAST = 1e-12


def warp(u: _Floats, tau: _Floats) -> _Floats:
    """Return w(u), u of shape (n, D), tau of shape (D,)."""
    bent = np.flatnonzero(np.abs(tau) > _LEAST)
    w = np.array(u, dtype=np.float64, order="C")
    if len(bent):
        w[:, bent] = np.log1p(np.expm1(tau[bent]) * u[:, bent]) / tau[bent]
    return w


def unwarp(w: _Floats, tau: _Floats) -> _Floats:
    """Return the u that `warp` takes to w."""
    bent = np.flatnonzero(np.abs(tau) > _LEAST)
    u = np.array(w, dtype=np.float64, order="C")
    if len(bent):
        u[:, bent] = np.expm1(tau[bent] * w[:, bent]) / np.expm1(tau[bent])
    return u


def warp_slope(u: _Floats, tau: _Floats) -> _Floats:
    """Return dw/du."""
    bent = np.flatnonzero(np.abs(tau) > _LEAST)
    slope = np.ones(np.shape(u))
    if len(bent):
        c = np.expm1(tau[bent])
        slope[..., bent] = c / (tau[bent] * (1.0 + c * u[..., bent]))
    return slope
