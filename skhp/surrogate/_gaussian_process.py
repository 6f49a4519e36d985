"""Gaussian process regression over rows of a search space.

Notation, after Rasmussen and Williams (2006)::

    n, D      observations, columns
    X         (n, D) rows of the space, every number in [0, 1]
    w         warped rows: what distances are taken between
    z         (n,) standardised target, greater is better
    l, sf2    length scale of each column, variance of the signal
    sn2       variance of the noise
    tau       degree to which each column is warped; 0 where it has no order
    theta     (2 D + 2,) log l_1, ..., log l_D, tau_1, ..., tau_D, log sf2, log sn2
    K         (n, n) sf2 M + sn2 I, M being Matérn-5/2 correlation
    L, W      lower Cholesky factor of K, and its inverse
    alpha     (n,) K^-1 z
    k         (n,) covariance of a new row with the observed ones

The prediction at a new row is mean = k . alpha, std^2 = sf2 - |W k|^2: of the function
itself, without the noise of observing it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skhp.surrogate import _evidence, _linalg, _matern
from skhp.surrogate._warp import unwarp, warp, warp_slope

_Floats = NDArray[np.float64]
_Arrays = tuple[
    _Floats, _Floats | None, NDArray[np.uint8], _Floats, float, _Floats, _Floats
]

# Rows predicted at once: their covariances stay in the cache.
_BLOCK = 256

# Columns shorter than e^-4 of their range cannot be told from noise; longer than e^6
# of it they are ignored.
# A warp of degree 8 spreads a factor of 3000 evenly.
_LOWER = (-4.0, -8.0, float(np.log(0.05)), float(np.log(1e-6)))
_UPPER = (6.0, 8.0, float(np.log(20.0)), 0.0)


@dataclass(frozen=True)
class Prior:
    """Normal priors on the logarithms of the hyperparameters.

    The centre of the length scales grows with the number of columns, as the distances
    between random rows do (Hvarfner et al., 2024, use D^(1/2); D^(1/4) fits the few
    columns of a hyperparameter search better: see benchmarks/).
    """

    length: float = 1.0
    length_growth: float = 0.25
    length_spread: float = 0.6
    warp_spread: float = 3.0
    signal: float = 4.0
    signal_spread: float = 1.0
    noise: float = float(np.exp(-8.0))
    noise_spread: float = 2.0

    def centre(self, n_columns: int) -> _Floats:
        """Return theta (2 D + 2,) at the mode."""
        length = np.log(self.length) + self.length_growth * np.log(n_columns)
        return _theta(n_columns, (length, 0.0, np.log(self.signal), np.log(self.noise)))

    def spread(self, n_columns: int) -> _Floats:
        """Return the standard deviations (2 D + 2,) of theta."""
        return _theta(
            n_columns,
            (
                self.length_spread,
                self.warp_spread,
                self.signal_spread,
                self.noise_spread,
            ),
        )


def _theta(n_columns: int, values: tuple[float, float, float, float]) -> _Floats:
    """Return a vector of one value per kind of hyperparameter: l, tau, sf2, sn2."""
    return np.repeat(np.array(values, dtype=np.float64), [n_columns, n_columns, 1, 1])


def _bounds(
    kinds: NDArray[np.uint8], *, with_warp: bool = True
) -> tuple[_Floats, _Floats]:
    """Return the least and the greatest theta; what has no order is not warped."""
    n_columns = len(kinds)
    lower, upper = _theta(n_columns, _LOWER), _theta(n_columns, _UPPER)
    for bound in (lower, upper):
        bound[n_columns:-2][(kinds > 0) | (not with_warp)] = 0.0
    return lower, upper


def _warped(rows: _Floats, active: _Floats | None, tau: _Floats) -> _Floats:
    """Return rows (n, D) warped where they are active."""
    warped = warp(rows, tau)
    return warped if active is None else np.where(active > 0.0, warped, rows)


@dataclass(frozen=True, eq=False)
class Posterior:
    """A fitted Gaussian process: what `fit_gaussian_process` returns.

    Nothing in it changes; `condition` and `with_target` return another one.

    Attributes
    ----------
    columns : ndarray of shape (D, n)
        Observed rows, column after column, not warped.
    active : ndarray of shape (D, n) or None
        1.0 where a column means something in a row; None when all do.
    is_categorical : uint8 ndarray of shape (D,)
    theta : ndarray of shape (2 D + 2,)
    W : ndarray of shape (n, n)
    z, alpha : ndarray of shape (n,)
    """

    columns: _Floats
    active: _Floats | None
    is_categorical: NDArray[np.uint8]
    theta: _Floats
    W: _Floats
    z: _Floats
    alpha: _Floats
    warped: _Floats = field(init=False)
    weight: _Floats = field(init=False)
    sf2: float = field(init=False)
    sn2: float = field(init=False)

    def __post_init__(self) -> None:
        mask = None if self.active is None else self.active.T
        warped = _warped(self.columns.T, mask, self.tau).T
        object.__setattr__(self, "warped", np.ascontiguousarray(warped))
        weight = np.exp(-2.0 * self.theta[: len(self.columns)])
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "sf2", float(np.exp(self.theta[-2])))
        object.__setattr__(self, "sn2", float(np.exp(self.theta[-1])))

    @property
    def tau(self) -> _Floats:
        """Degree of the warp of each column."""
        return self.theta[len(self.columns) : -2]

    @property
    def arrays(self) -> _Arrays:
        """What the kernels take as their first seven arguments."""
        return (
            self.warped,
            self.active,
            self.is_categorical,
            self.weight,
            self.sf2,
            self.W,
            self.alpha,
        )

    @property
    def fitted_mean(self) -> _Floats:
        """Mean at the observed rows: K alpha without its noise, z - sn2 alpha."""
        return self.z - self.sn2 * self.alpha

    @property
    def skill(self) -> float:
        """Share of the variance of z that it predicts, leaving each row out in turn.

        1 at best; 0 or less if it predicts no better than the mean of the other rows,
        or if all rows have the same z (Rasmussen and Williams, 2006, eq. 5.12).
        """
        n = len(self.z)
        errors = self.alpha / np.einsum("ij,ij->j", self.W, self.W)
        differences = (self.z - self.z.mean()) * (n / max(n - 1, 1))
        variance = float(differences @ differences)
        return 1.0 - float(errors @ errors) / variance if variance > 0.0 else 0.0

    def warp(self, rows: _Floats, active: _Floats | None = None) -> _Floats:
        """Return rows (n_rows, D) on the scale that distances are taken on."""
        return _warped(rows, active, self.tau)

    def unwarp(self, rows: _Floats, active: _Floats | None = None) -> _Floats:
        """Return the rows that `warp` takes to these."""
        plain = unwarp(rows, self.tau)
        return plain if active is None else np.where(active > 0.0, plain, rows)

    def predict(
        self, rows: _Floats, active: _Floats | None = None
    ) -> tuple[_Floats, _Floats]:
        """Return mean and std (n_rows,) of the function at `rows` (n_rows, D).

        Costs n_rows (n D + n^2) multiplications and n_rows n exponentials.
        """
        blocks = [
            self._project(
                rows[i : i + _BLOCK], None if active is None else active[i : i + _BLOCK]
            )[:2]
            for i in range(0, max(len(rows), 1), _BLOCK)
        ]
        mean, std = np.hstack(blocks)
        return mean, std

    def _project(
        self, rows: _Floats, active: _Floats | None
    ) -> tuple[_Floats, _Floats, _Floats]:
        """Return mean, std and W k of every row."""
        n_rows = len(rows)
        mean, std = np.empty((2, n_rows))
        Wk = np.empty((n_rows, self.columns.shape[1]))
        if n_rows:
            warped = self.warp(rows, active)
            _matern.predict_rows(*self.arrays, warped, active, Wk, mean, std)
        return mean, std, Wk

    def gradient(
        self, row: _Floats, active: _Floats | None = None
    ) -> tuple[_Floats, _Floats]:
        """Return the gradients (D,) of mean and std at one row, 0 where categorical."""
        dmean, dstd = np.empty((2, len(row)))
        work = np.empty((3, self.columns.shape[1]))
        mask = None if active is None else active[None]
        warped = self.warp(row[None], mask)[0]
        _matern.predict_slopes(*self.arrays, warped, active, work, dmean, dstd)
        slope = warp_slope(row, self.tau)
        return dmean * slope, dstd * slope

    def condition(self, rows: _Floats, active: _Floats | None = None) -> Posterior:
        """Return the posterior after observing its own mean at `rows` (m, D).

        The mean stays what it is everywhere, the std shrinks around the rows: the
        expected effect of trials that are still running. O(m n^2). Rows that are
        observed already add nothing but noise, and are safe.
        """
        posterior = self
        for i in range(len(rows)):
            mask = None if active is None else active[i : i + 1]
            posterior = posterior._append(rows[i : i + 1], mask)
        return posterior

    def _append(self, row: _Floats, active: _Floats | None) -> Posterior:
        mean, _, Wk = self._project(row, active)
        w, n = Wk[0], len(self.z)
        # The new pivot of L; never below the noise but for rounding
        pivot = np.sqrt(max(self.sf2 + self.sn2 - w @ w, 0.5 * self.sn2))
        W = np.zeros((n + 1, n + 1))
        W[:n, :n] = self.W
        W[n, :n] = -(w @ self.W) / pivot
        W[n, n] = 1.0 / pivot
        columns = np.hstack([self.columns, row.T])
        if self.active is not None:
            mask = np.ones_like(row) if active is None else active
            active = np.hstack([self.active, mask.T])
        return replace(
            self,
            columns=columns,
            active=active,
            W=W,
            z=np.append(self.z, mean),
            alpha=np.append(self.alpha, 0.0),
        )

    def with_target(self, z: _Floats) -> Posterior:
        """Return the posterior of the same rows with another target. O(n^2)."""
        return replace(self, z=z, alpha=(self.W @ z) @ self.W)

    def with_theta(self, theta: _Floats) -> Posterior:
        """Return the posterior of the same data at other hyperparameters. O(n^3)."""
        theta = np.clip(theta, *_bounds(self.is_categorical))
        W, theta = _factor(self.columns, self.active, self.is_categorical, theta)
        alpha = (W @ self.z) @ W
        return replace(self, theta=theta, W=W, alpha=alpha)


def fit_gaussian_process(
    X: _Floats,
    z: _Floats,
    *,
    is_categorical: NDArray[np.bool_],
    active: NDArray[np.bool_] | _Floats | None = None,
    starts: list[_Floats] | None = None,
    prior: Prior | None = None,
    max_evaluations: int = 60,
    fit_rows: NDArray[np.intp] | None = None,
    learn_warp: bool = True,
) -> Posterior:
    """Return the posterior at the most probable hyperparameters.

    Parameters
    ----------
    X : ndarray of shape (n, D)
        In [0, 1]; 0.5 where inactive.
    z : ndarray of shape (n,)
        Finite; about zero mean and unit variance.
    is_categorical : bool ndarray of shape (D,)
        Columns whose distance is 0 or 1.
    active : bool ndarray of shape (n, D) or None
        Which columns mean something in which row; None for all.
    starts : list of ndarray of shape (2 D + 2,), or None
        Where to climb from; None for the mode of the prior. An empty list is an error.
    prior : Prior or None
    max_evaluations : int
        Of the density, per start; 0 takes the first start as it is.
    fit_rows : int ndarray or None
        The rows to learn the hyperparameters from; None for all.
    learn_warp : bool
        Whether to learn the warp of each column, or to leave all as they are.

    Returns
    -------
    Posterior
        Of all rows.

    Notes
    -----
    Maximises log N(z; 0, K) plus the log prior (Rasmussen and Williams, 2006, eq. 5.8)
    in O(n^3 + n^2 D) per evaluation.
    """
    prior = prior or Prior()
    columns = np.ascontiguousarray(X.T, dtype=np.float64)
    mask = None if active is None else np.ascontiguousarray(active.T, dtype=np.float64)
    kinds = np.ascontiguousarray(is_categorical, dtype=np.uint8)
    starts = [prior.centre(len(columns))] if starts is None else starts
    theta = np.array(starts[0])
    if max_evaluations:
        rows = slice(None) if fit_rows is None else fit_rows
        theta = _climb(
            np.ascontiguousarray(columns[:, rows]),
            None if mask is None else np.ascontiguousarray(mask[:, rows]),
            kinds,
            np.ascontiguousarray(z[rows]),
            starts,
            prior,
            max_evaluations,
            learn_warp,
        )
    W, theta = _factor(columns, mask, kinds, theta)
    alpha = (W @ z) @ W
    return Posterior(columns, mask, kinds, theta, W, np.array(z), alpha)


def _climb(
    columns: _Floats,
    active: _Floats | None,
    kinds: NDArray[np.uint8],
    z: _Floats,
    starts: list[_Floats],
    prior: Prior,
    max_evaluations: int,
    learn_warp: bool,
) -> _Floats:
    """Return the best theta that climbing from the starts finds."""
    n_columns, n = columns.shape
    centre, spread = prior.centre(n_columns), prior.spread(n_columns)
    lower, upper = _bounds(kinds, with_warp=learn_warp)
    is_warped = (upper[n_columns:-2] > 0.0).astype(np.uint8)
    work = np.empty(_evidence.workspace(n, n_columns))
    best, best_value = centre, -np.inf
    for start in starts:
        theta = np.clip(start, lower, upper)
        value = _evidence.climb_density(
            columns,
            active,
            kinds,
            is_warped,
            z,
            centre,
            spread,
            lower,
            upper,
            np.square(spread),
            max_evaluations,
            1e-2,
            work,
            theta,
        )
        if value > best_value:
            best, best_value = theta, value
    return best


def _factor(
    columns: _Floats, active: _Floats | None, kinds: NDArray[np.uint8], theta: _Floats
) -> tuple[_Floats, _Floats]:
    """Return W, and theta with as much more noise as the factor needed."""
    n_columns, n = columns.shape
    mask = None if active is None else active.T
    warped = np.ascontiguousarray(_warped(columns.T, mask, theta[n_columns:-2]).T)
    d2 = np.empty((n_columns, n * (n - 1) // 2))
    _matern.pair_distances(warped, active, kinds, d2)
    K, r2 = np.empty((n, n)), np.empty(d2.shape[1])
    weight, sf2 = np.exp(-2.0 * theta[:n_columns]), float(np.exp(theta[-2]))
    theta = np.array(theta)
    while True:
        _matern.kernel_matrix(d2, weight, sf2, r2, K)
        K.flat[:: n + 1] += np.exp(theta[-1])
        if _linalg.inverse_factor(K):
            return K, theta
        # At sn2 = sf2 the factor exists in any arithmetic: this ends
        theta[-1] += np.log(10.0)
