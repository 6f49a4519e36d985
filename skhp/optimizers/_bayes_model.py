"""The surrogate of a running search: what was told so far, and when to learn anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import Geometry, Surface
from skhp.exceptions import OptimizerError
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
    """A Gaussian process that follows a history as it grows.

    Parameters
    ----------
    space : Space
    prior : Prior, default=None
        What the hyperparameters are believed to be; None: the default prior.
    """

    def __init__(self, space: Space, prior: Prior | None = None) -> None:
        self.space = space
        self.geometry = Geometry.of(space)
        self._prior = prior or Prior()
        self._theta: _Floats | None = None  # as learnt last
        self._posterior: Posterior | None = None
        self._modelled: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._n_seen = 0
        self._n_fitted = 0
        self._n_fits = 0

    @property
    def state(self) -> tuple[float, ...]:
        """What `restore` needs, beside the history, to go on from here; () at first."""
        if self._theta is None:
            return ()
        return (float(self._n_fitted), float(self._n_fits), *self._theta.tolist())

    def restore(self, state: Sequence[float], n_told: int) -> None:
        """Go on from where another model was when it had this `state`.

        The posterior is computed again when it is asked for: from the same results, by
        the same steps, and so to the last digit where the processor is the same.

        Parameters
        ----------
        state : sequence of float
            Of the other model.
        n_told : int
            How many results it had then, at most.

        Raises
        ------
        OptimizerError
            If no model of this space has such a state.
        """
        length = 2 + 2 * len(self.geometry.columns) + 2
        if len(state) != length or not np.all(np.isfinite(state)):
            raise OptimizerError("The state is that of no surrogate of this space.")
        n_fitted, n_fits, *theta = state
        if not 1 <= n_fitted <= n_told or n_fits < 1:
            raise OptimizerError("The state is that of no surrogate of this history.")
        self._theta, self._posterior = np.array(theta), None
        self._n_fitted, self._n_fits = int(n_fitted), int(n_fits)

    def posterior(self, rows: _Floats, scores: _Floats) -> Posterior:
        """Return the posterior of the whole history, as cheaply as its growth allows.

        Parameters
        ----------
        rows : ndarray of shape (n, n_columns)
            In the order of telling; those of the last call come first.
        scores : ndarray of shape (n,)
            nan for failed.
        """
        n = len(rows)
        if self._posterior is None and self._theta is not None:
            self._posterior = self._rebuilt(self._theta, rows, scores)
        if self._posterior is not None and n == self._n_seen:
            return self._posterior
        target = warp_scores(scores)
        if self._posterior is None or self._is_due(n):
            self._posterior = self._fit(rows, target)
        else:
            new = np.arange(self._n_seen, n)
            self._modelled = np.concatenate([self._modelled, new])
            self._posterior = self._conditioned(self._posterior, rows[new]).with_target(
                target[self._modelled]
            )
        self._n_seen = n
        return self._posterior

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
            Rows that are running: they are believed to score what is expected of them.
        rng : numpy.random.Generator
            Chooses the column that is doubted.
        doubt : bool
            Whether to believe that one column matters more than was learnt.
        """
        posterior = self.posterior(rows, scores)
        if doubt:
            posterior = self._doubted(posterior, rng)
        order = np.argsort(-posterior.fitted_mean, kind="stable")
        centres = rows[self._modelled[order]]
        if len(pending):
            posterior = self._conditioned(posterior, pending)
        best = float(posterior.fitted_mean.max())
        return Surface(self.space, self.geometry, posterior, best), centres

    def _doubted(self, posterior: Posterior, rng: np.random.Generator) -> Posterior:
        """Return the posterior, did the function vary faster along one column.

        A search that has settled sees only what confirms its length scales: where it
        has not looked for long, it no longer knows. Believing in turn that one column
        matters more than was learnt makes it look again along that column (compare
        Wang and de Freitas, 2014, arXiv:1406.7758, who shrink all length scales).
        """
        movable = np.flatnonzero(self.geometry.movable)
        if not len(movable):
            return posterior
        theta = posterior.theta.copy()
        theta[rng.choice(movable)] -= DOUBT
        return posterior.with_theta(theta)

    def _conditioned(self, posterior: Posterior, rows: _Floats) -> Posterior:
        """Return the posterior after its own mean was observed at rows of the space."""
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

    def _fit(self, rows: _Floats, target: _Floats) -> Posterior:
        """Learn the hyperparameters anew."""
        is_first = self._posterior is None and len(rows) <= EVERY_RESULT
        self._n_fitted = len(rows)
        self._n_fits += 1
        posterior = self._process(
            rows, target, self._starts(), max_evaluations=60 if is_first else 30
        )
        self._theta = posterior.theta
        return posterior

    def _rebuilt(self, theta: _Floats, rows: _Floats, scores: _Floats) -> Posterior:
        """Return the posterior as it was when `theta` was learnt."""
        n = self._n_seen = self._n_fitted
        target = warp_scores(scores[:n])
        return self._process(rows[:n], target, [theta], max_evaluations=0)

    def _process(
        self,
        rows: _Floats,
        target: _Floats,
        starts: list[_Floats],
        *,
        max_evaluations: int,
    ) -> Posterior:
        self._modelled = chosen(target, MAX_ROWS)
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

    The others are drawn, by a generator that depends on nothing but their number: the
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
