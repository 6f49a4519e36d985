"""The surrogate of a running search: what was told so far, and when to learn anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import Geometry
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


class SurrogateModel:
    """A Gaussian process that follows a history as it grows.

    Parameters
    ----------
    space : Space
    prior : Prior
    """

    def __init__(self, space: Space, prior: Prior | None = None) -> None:
        self.space = space
        self.geometry = Geometry.of(space)
        self._prior = prior or Prior()
        self._posterior: Posterior | None = None
        self.modelled_rows: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._n_seen = 0
        self._n_fitted = 0
        self._n_fits = 0

    def posterior(
        self, rows: _Floats, scores: _Floats, rng: np.random.Generator
    ) -> Posterior:
        """Return the posterior of the whole history, as cheaply as its growth allows.

        Parameters
        ----------
        rows : ndarray of shape (n, n_columns)
            In the order of telling; those of the last call come first.
        scores : ndarray of shape (n,)
            nan for failed.
        rng : numpy.random.Generator
            Chooses a subset of a long history.
        """
        n = len(rows)
        if self._posterior is not None and n == self._n_seen:
            return self._posterior
        target = warp_scores(scores)
        if self._posterior is None or self._is_due(n):
            self._posterior = self._fit(rows, target, rng)
        else:
            new = np.arange(self._n_seen, n)
            self.modelled_rows = np.concatenate([self.modelled_rows, new])
            self._posterior = self.conditioned(self._posterior, rows[new]).with_target(
                target[self.modelled_rows]
            )
        self._n_seen = n
        return self._posterior

    def conditioned(self, posterior: Posterior, rows: _Floats) -> Posterior:
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

    def _fit(
        self, rows: _Floats, target: _Floats, rng: np.random.Generator
    ) -> Posterior:
        self.modelled_rows = _chosen(target, MAX_ROWS, rng)
        self._n_fitted = len(rows)
        self._n_fits += 1
        rows, target = rows[self.modelled_rows], target[self.modelled_rows]
        return fit_gaussian_process(
            self.geometry.rows(rows),
            target,
            is_categorical=self.geometry.is_categorical,
            active=self.geometry.active(self.space, rows),
            starts=self._starts(),
            prior=self._prior,
            max_evaluations=60 if self._posterior is None else 30,
            fit_rows=_chosen(target, MAX_FIT_ROWS, rng),
        )

    def _starts(self) -> list[_Floats]:
        mode = self._prior.centre(len(self.geometry.columns))
        if self._posterior is None:
            return [mode]
        if self._n_fits % RESTART == 0:
            return [self._posterior.theta, mode]
        return [self._posterior.theta]


def _chosen(target: _Floats, n_most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return at most `n_most` positions, sorted: a quarter best, a quarter newest."""
    n = len(target)
    if n <= n_most:
        return np.arange(n)
    quarter = n_most // 4
    taken = np.zeros(n, dtype=bool)
    taken[np.argsort(-target, kind="stable")[:quarter]] = True
    taken[-quarter:] = True
    rest = np.flatnonzero(~taken)
    n_more = n_most - np.count_nonzero(taken)
    taken[rng.choice(rest, size=n_more, replace=False)] = True
    return np.flatnonzero(taken)
