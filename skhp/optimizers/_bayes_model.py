"""The Gaussian process as the surrogate of a running search, updated as it grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import Geometry, Success, Surface
from skhp.exceptions import OptimizerError
from skhp.optimizers._success_model import fit_success
from skhp.space import Space
from skhp.surrogate import Posterior, Prior, fit_gaussian_process, warp_scores

_Floats = NDArray[np.float64]

# Up to here the hyperparameters are learnt from every result; then by growth.
EVERY_RESULT = 64
GROWTH = 1.05
GROWTH_LATE = 1.1
# Above, a chosen subset of the history is modelled, in rounds of so many results.
MAX_ROWS = 500
ROUND = 50
# From how many rows hyperparameters are learnt at most.
MAX_FIT_ROWS = 256
# Every so many fits the climb starts from the mode of the prior, too.
RESTART = 5
# A proposal that doubts believes one column's length scale to be e^2 times shorter.
DOUBT = 2.0


class SurrogateModel:
    """A Gaussian process that is updated as a history grows.

    Parameters
    ----------
    space : Space
    prior : Prior, default=None
        Prior of the hyperparameters; None means the default prior.
    """

    def __init__(self, space: Space, prior: Prior | None = None) -> None:
        self.space = space
        self.geometry = Geometry.of(space)
        self._prior = prior or Prior()
        self._theta: _Floats | None = None  # as learnt last
        self._posterior: Posterior | None = None
        self._modelled: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._success_theta: _Floats | None = None  # as learnt with theta
        self._n_seen = 0
        self._n_fitted = 0
        self._n_fits = 0

    @property
    def state(self) -> tuple[float, ...]:
        """What `restore` needs besides the history to continue; () at first."""
        if self._theta is None:
            return ()
        return (float(self._n_fitted), float(self._n_fits), *self._theta.tolist())

    def restore(self, state: Sequence[float], n_told: int) -> None:
        """Continue as another model would that had this state.

        The posterior is computed when it is next needed, from the same results and by
        the same steps, so that on the same processor it is equal to the last digit.

        Parameters
        ----------
        state : sequence of float
            State of the other model.
        n_told : int
            Upper limit on the number of results that it had.

        Raises
        ------
        OptimizerError
            If no model of this space can have such a state.
        """
        length = 2 + 2 * len(self.geometry.columns) + 2
        if len(state) != length or not np.all(np.isfinite(state)):
            raise OptimizerError("The state is that of no surrogate of this space.")
        n_fitted, n_fits, *theta = state
        if not 1 <= n_fitted <= n_told or n_fits < 1:
            raise OptimizerError("The state is that of no surrogate of this history.")
        self._theta, self._posterior = np.array(theta), None
        self._success_theta = None
        self._n_fitted, self._n_fits = int(n_fitted), int(n_fits)

    def posterior(self, rows: _Floats, scores: _Floats) -> Posterior:
        """Return the posterior of the whole history, updating the last one if possible.

        Parameters
        ----------
        rows : ndarray of shape (n, n_columns)
            In the order of telling; they begin with those of the last call.
        scores : ndarray of shape (n,)
            nan for failed.
        """
        n = len(rows)
        if self._posterior is None and self._theta is not None:
            self._posterior = self._rebuilt(self._theta, rows, scores)
        if self._posterior is not None and n == self._n_seen:
            return self._posterior
        if self._posterior is None or self._is_due(n):
            self._posterior = self._fit(rows, scores)
        else:
            new = np.arange(self._n_seen, n)
            new = new[~np.isnan(scores[new])]
            self._modelled = np.concatenate([self._modelled, new])
            conditioned = self._conditioned(self._posterior, rows[new])
            target = warp_scores(scores)[self._modelled]
            self._posterior = conditioned.with_target(target)
        self._n_seen = n
        return self._posterior

    def means(self, rows: _Floats, scores: _Floats) -> _Floats:
        """Return the posterior means (n,) at the rows of a history, as `posterior`."""
        posterior = self.posterior(rows, scores)
        modelled = self.geometry.rows(rows)
        return posterior.predict(modelled, self.geometry.active(self.space, rows))[0]

    def surface(
        self,
        rows: _Floats,
        scores: _Floats,
        pending: _Floats,
        rng: np.random.Generator,
        *,
        doubt: bool,
    ) -> tuple[Surface, _Floats]:
        """Return the acquisition surface, and the rows behind it, the best first.

        Parameters
        ----------
        rows, scores
            As in `posterior`.
        pending : ndarray of shape (m, n_columns)
            Rows of running trials, which are assumed to score their posterior mean.
        rng : numpy.random.Generator
            Chooses the column whose length scale is doubted.
        doubt : bool
            Whether to assume that one column matters more than was learnt.
        """
        posterior = self.posterior(rows, scores)
        if doubt:
            posterior = self._doubted(posterior, rng)
        order = np.argsort(-posterior.fitted_mean, kind="stable")
        centres = rows[self._modelled[order]]
        if len(pending):
            posterior = self._conditioned(posterior, pending)
        best = float(posterior.fitted_mean.max())
        success, has_failed = None, np.isnan(scores)
        if has_failed.any():
            success = self._success(rows, has_failed, posterior)
        return Surface(self.space, self.geometry, posterior, best, success), centres

    def _success(
        self, rows: _Floats, has_failed: NDArray[np.bool_], posterior: Posterior
    ) -> Success:
        """Return the probability of success, learnt when theta was if it could be."""
        n = self._n_fitted
        if self._success_theta is None and has_failed[:n].any():
            learnt = self._fit_success(rows[:n], has_failed[:n], posterior)
            self._success_theta = learnt.posterior.theta
        return self._fit_success(rows, has_failed, posterior, self._success_theta)

    def _fit_success(
        self,
        rows: _Floats,
        has_failed: NDArray[np.bool_],
        posterior: Posterior,
        theta: _Floats | None = None,
    ) -> Success:
        n_most = MAX_FIT_ROWS if theta is None else MAX_ROWS
        used = chosen(np.where(has_failed, -1.0, 0.0), n_most)
        active = self.geometry.active(self.space, rows[used])
        return fit_success(
            posterior.warp(self.geometry.rows(rows[used]), active),
            active,
            has_failed[used],
            self.geometry.is_categorical,
            theta,
        )

    def _doubted(self, posterior: Posterior, rng: np.random.Generator) -> Posterior:
        """Return the posterior if the function varied faster along one column.

        A search that has converged only sees results that confirm its length scales,
        and would never find out that one of them is too long. Assuming in turn that
        each column matters more than was learnt makes it explore along that column
        again (compare Wang and de Freitas, 2014, arXiv:1406.7758, who shrink all length
        scales).
        """
        movable = np.flatnonzero(self.geometry.movable)
        if not len(movable):
            return posterior
        theta = posterior.theta.copy()
        theta[rng.choice(movable)] -= DOUBT
        return posterior.with_theta(theta)

    def _conditioned(self, posterior: Posterior, rows: _Floats) -> Posterior:
        """Return the posterior after observing its own mean at rows of the space."""
        return posterior.condition(
            self.geometry.rows(rows), self.geometry.active(self.space, rows)
        )

    def _is_due(self, n: int) -> bool:
        if n <= EVERY_RESULT:
            return True
        if n > MAX_ROWS:
            return n >= self._n_fitted + ROUND
        growth = GROWTH if n <= 300 else GROWTH_LATE
        return n >= growth * self._n_fitted

    def _fit(self, rows: _Floats, scores: _Floats) -> Posterior:
        """Learn the hyperparameters anew."""
        is_first = self._posterior is None and len(rows) <= EVERY_RESULT
        self._n_fitted = len(rows)
        self._n_fits += 1
        posterior = self._process(
            rows, scores, self._starts(), max_evaluations=60 if is_first else 30
        )
        self._theta, self._success_theta = posterior.theta, None
        return posterior

    def _rebuilt(self, theta: _Floats, rows: _Floats, scores: _Floats) -> Posterior:
        """Return the posterior as it was when `theta` was learnt."""
        n = self._n_seen = self._n_fitted
        return self._process(rows[:n], scores[:n], [theta], max_evaluations=0)

    def _process(
        self,
        rows: _Floats,
        scores: _Floats,
        starts: list[_Floats],
        *,
        max_evaluations: int,
    ) -> Posterior:
        target = warp_scores(scores)
        told = np.flatnonzero(~np.isnan(scores))
        self._modelled = told[chosen(target[told], MAX_ROWS)]
        rows, target = rows[self._modelled], target[self._modelled]
        return fit_gaussian_process(
            self.geometry.rows(rows),
            target,
            is_categorical=self.geometry.is_categorical,
            active=self.geometry.active(self.space, rows),
            starts=starts,
            prior=self._prior,
            max_evaluations=max_evaluations,
            fit_rows=chosen(target, MAX_FIT_ROWS),
        )

    def _starts(self) -> list[_Floats]:
        mode = self._prior.centre(len(self.geometry.columns))
        if self._posterior is None:
            return [mode]
        if self._n_fits % RESTART == 0:
            return [self._posterior.theta, mode]
        return [self._posterior.theta]


def chosen(target: _Floats, n_most: int) -> NDArray[np.intp]:
    """Return at most `n_most` positions, sorted: a quarter best, a quarter newest.

    The others are drawn by a generator that only depends on their number, so that the
    same history gives the same positions.
    """
    n = len(target)
    if n <= n_most:
        return np.arange(n)
    quarter = n_most // 4
    taken = np.zeros(n, dtype=bool)
    taken[np.argsort(-target, kind="stable")[:quarter]] = True
    taken[-quarter:] = True
    rest = np.flatnonzero(~taken)
    n_more = n_most - np.count_nonzero(taken)
    rng = np.random.default_rng(n)
    taken[rng.choice(rest, size=n_more, replace=False)] = True
    return np.flatnonzero(taken)
