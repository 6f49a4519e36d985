"""Functions drawn from a Gaussian process, its hyperparameters included.

A posterior at the most probable hyperparameters is too sure of them: with few
observations it cannot be known how far along each column the function is smooth. Here,
hyperparameters are drawn from their own posterior by elliptical slice sampling (Murray,
Adams and MacKay, 2010, AISTATS), and for each of them one function as a whole
(Wilson et al., 2020, arXiv:2002.09309, eq. 7)::

    f(x) = phi(x) w + k(x, X) K^-1 (z - phi(X) w - e)
    phi(x) = sqrt(2 sf2 / M) cos(Omega x + b),  w ~ N(0, I),  e ~ N(0, sn2 I)

The frequencies Omega of Matérn-5/2 have a multivariate t distribution with 5 degrees of
freedom, on coordinates in which the kernel's distances are Euclidean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhp.surrogate import _evidence
from skhp.surrogate._gaussian_process import Posterior, Prior, fit_gaussian_process

_Floats = NDArray[np.float64]

N_FEATURES = 256
_DEGREES = 5  # of freedom: twice the smoothness of the kernel
_OFF_THE_LINE = np.sqrt(1.0 / 6.0)  # of an inactive number, as in _matern.pyx
_BETWEEN_CHOICES = np.sqrt(0.5)  # from no choice to each: any two are 1 apart
_BURN_IN, _THIN = 10, 4  # draws of hyperparameters that are left out
_MOST_SHRINKS = 60  # of a slice; as good as never reached
_BLOCK = 2**20  # covariances at a time


@dataclass(frozen=True, eq=False)
class FunctionDraw:
    """One function of those that are possible after the observations.

    Attributes
    ----------
    posterior : Posterior
        At the hyperparameters that were drawn.
    n_values : int64 ndarray of shape (D,)
        Number of values of each categorical column.
    omega, phase, weights : ndarray of shape (P, M), (M,) and (M,)
        Of the features; P is the number of coordinates.
    pulls : ndarray of shape (n,)
        What pulls the function to the observations: K^-1 (z - phi(X) w - e).
    """

    posterior: Posterior
    n_values: NDArray[np.int64]
    omega: _Floats
    phase: _Floats
    weights: _Floats
    pulls: _Floats

    def __call__(self, rows: _Floats, active: _Floats | None = None) -> _Floats:
        """Return the values (n_rows,) at rows (n_rows, D)."""
        observed = _observed(self.posterior, self.n_values)
        step = max(1, _BLOCK // max(len(observed), N_FEATURES))
        values = [np.empty(0)]
        for i in range(0, len(rows), step):
            mask = None if active is None else active[i : i + step]
            at = coordinates(self.posterior, rows[i : i + step], mask, self.n_values)
            k = _matern(at, observed, self.posterior.sf2)
            values.append(self._prior(at) + k @ self.pulls)
        return np.concatenate(values)

    def _prior(self, at: _Floats) -> _Floats:
        return _features_sum(at, self.omega, self.phase, self.weights)


def draw_functions(
    X: _Floats,
    z: _Floats,
    *,
    is_categorical: NDArray[np.bool_],
    n_values: NDArray[np.int64],
    active: _Floats | None = None,
    n_draws: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
    n_most: int = 128,
) -> list[FunctionDraw]:
    """Return functions drawn from the posterior of a Gaussian process.

    Parameters
    ----------
    X, z, is_categorical, active, prior
        As in `fit_gaussian_process`.
    n_values : int64 ndarray of shape (D,)
        Number of values of each categorical column.
    n_draws : int
    rng : numpy.random.Generator
    n_most : int, default=128
        How many observations hyperparameters are learnt from at most.

    Notes
    -----
    O(n_draws (n^3 + 30 m^3)), m being the smaller of n and `n_most`.
    """
    prior = prior or Prior()
    n = len(X)
    used = np.sort(rng.permutation(n)[:n_most])
    posterior = fit_gaussian_process(
        X,
        z,
        is_categorical=is_categorical,
        active=active,
        prior=prior,
        fit_rows=used,
    )
    thetas = _draw_thetas(posterior, used, prior, n_draws, rng)
    return [_draw(posterior.with_theta(theta), n_values, rng) for theta in thetas]


def _draw_thetas(
    posterior: Posterior,
    used: NDArray[np.intp],
    prior: Prior,
    n_draws: int,
    rng: np.random.Generator,
) -> list[_Floats]:
    """Return draws from p(theta | z), by elliptical slices of its normal prior."""
    log_likelihood = _Likelihood(posterior, used, prior)
    centre, spread = log_likelihood.centre, log_likelihood.spread
    x = (posterior.theta - centre) / spread
    value = log_likelihood(x)
    found = []
    for i in range(_BURN_IN + _THIN * n_draws):
        nu = rng.standard_normal(len(x))
        level = value + np.log(rng.random())
        angle = rng.uniform(0, 2 * np.pi)
        low, high = angle - 2 * np.pi, angle
        for _ in range(_MOST_SHRINKS):
            new = x * np.cos(angle) + nu * np.sin(angle)
            if (at_new := log_likelihood(new)) > level:
                x, value = new, at_new
                break
            low, high = (angle, high) if angle < 0 else (low, angle)
            angle = rng.uniform(low, high)
        if i >= _BURN_IN and (i - _BURN_IN) % _THIN == _THIN - 1:
            found.append(centre + spread * x)
    return found


class _Likelihood:
    """Log likelihood of standardised hyperparameters."""

    def __init__(
        self, posterior: Posterior, used: NDArray[np.intp], prior: Prior
    ) -> None:
        mask, n_columns = posterior.active, len(posterior.columns)
        self.centre, self.spread = prior.centre(n_columns), prior.spread(n_columns)
        self._columns = np.ascontiguousarray(posterior.columns[:, used])
        self._active = None if mask is None else np.ascontiguousarray(mask[:, used])
        self._kinds = posterior.is_categorical
        self._is_warped = (posterior.is_categorical == 0).astype(np.uint8)
        self._z = np.ascontiguousarray(posterior.z[used])
        self._work = np.empty(_evidence.workspace(len(used), n_columns))
        self._gradient = np.empty(2 * n_columns + 2)

    def __call__(self, x: _Floats) -> float:
        density = _evidence.log_density(
            self._columns,
            self._active,
            self._kinds,
            self._is_warped,
            self._z,
            self.centre,
            self.spread,
            self.centre + self.spread * x,
            self._work,
            self._gradient,
        )
        return float(density + 0.5 * (x @ x))


def _draw(
    posterior: Posterior, n_values: NDArray[np.int64], rng: np.random.Generator
) -> FunctionDraw:
    observed = _observed(posterior, n_values)
    gauss = rng.standard_normal((observed.shape[1], N_FEATURES))
    omega = gauss * np.sqrt(_DEGREES / rng.chisquare(_DEGREES, N_FEATURES))
    phase = rng.uniform(0, 2 * np.pi, N_FEATURES)
    scale = np.sqrt(2 * posterior.sf2 / N_FEATURES)
    weights = scale * rng.standard_normal(N_FEATURES)
    at_rows = _features_sum(observed, omega, phase, weights)
    noise = np.sqrt(posterior.sn2) * rng.standard_normal(len(observed))
    rest = posterior.z - at_rows - noise
    pulls = (posterior.W @ rest) @ posterior.W
    return FunctionDraw(posterior, n_values, omega, phase, weights, pulls)


def _features_sum(
    at: _Floats, omega: _Floats, phase: _Floats, weights: _Floats
) -> _Floats:
    """Return phi(x) w for each row of coordinates (n, P)."""
    angles = (at @ omega + phase).astype(np.float32)  # its cosine takes a fifth
    return np.asarray(np.cos(angles) @ weights.astype(np.float32), dtype=np.float64)


def _observed(posterior: Posterior, n_values: NDArray[np.int64]) -> _Floats:
    mask = None if posterior.active is None else posterior.active.T
    return coordinates(posterior, posterior.columns.T, mask, n_values)


def coordinates(
    posterior: Posterior,
    rows: _Floats,
    active: _Floats | None,
    n_values: NDArray[np.int64],
) -> _Floats:
    """Return rows (n, P) whose Euclidean distances are those of the kernel."""
    warped = posterior.warp(rows, active)
    shrink = np.sqrt(posterior.weight)
    is_choice = posterior.is_categorical > 0
    parts = [(warped * shrink)[:, ~is_choice]]
    if active is not None:
        parts.append((_OFF_THE_LINE * shrink * active)[:, ~is_choice])
    for j in np.flatnonzero(is_choice):
        k = max(int(n_values[j]), 1)
        bins = np.minimum(np.floor(rows[:, j] * k), k - 1)
        is_in = bins[:, np.newaxis] == np.arange(k)
        if active is not None:
            is_in &= active[:, j : j + 1] > 0
        parts.append(is_in * (_BETWEEN_CHOICES * shrink[j]))
    return np.concatenate(parts, axis=1)


def _matern(a: _Floats, b: _Floats, sf2: float) -> _Floats:
    """Return the covariances (len(a), len(b))."""
    r2 = (a * a).sum(axis=1)[:, np.newaxis] + (b * b).sum(axis=1) - 2 * (a @ b.T)
    q = np.sqrt(5 * np.maximum(r2, 0))
    k: _Floats = sf2 * (1 + q + q * q / 3) * np.exp(-q)
    return k
