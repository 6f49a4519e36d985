"""Maximising the acquisition function: screen many rows, climb from a few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import _local_search
from skhp.acquisition._candidates import near_rows, spread_rows
from skhp.acquisition._expected_improvement import log_ei
from skhp.acquisition._geometry import Geometry
from skhp.space import Space
from skhp.surrogate import Posterior

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effort:
    """Computing effort of a maximisation.

    Attributes
    ----------
    n_spread : int
        Number of rows spread over the space.
    n_near : int
        Number of rows near each of the `n_centres` best rows.
    n_centres : int
    n_starts : int
        Number of rows from which to climb.
    max_evaluations : int
        Evaluations of the acquisition function with its gradient, per climb.
    """

    n_spread: int
    n_near: int
    n_centres: int
    n_starts: int
    max_evaluations: int


# Below some 500 rows screened, searches get stuck measurably more often.
EFFORTS = (
    Effort(n_spread=256, n_near=50, n_centres=5, n_starts=2, max_evaluations=25),
    Effort(n_spread=384, n_near=75, n_centres=5, n_starts=2, max_evaluations=25),
    Effort(n_spread=512, n_near=100, n_centres=5, n_starts=4, max_evaluations=30),
    Effort(n_spread=1536, n_near=200, n_centres=5, n_starts=12, max_evaluations=60),
)


@dataclass(frozen=True, eq=False)
class Success:
    """Probability that a trial succeeds: min(max(share + spread mean, least), 1).

    Attributes
    ----------
    posterior : Posterior
        Of success, 1 or 0, standardised; over rows on the warped scale of another
        posterior.
    share, spread : float
        Mean and standard deviation of success.
    least : float
        Least probability.
    power : float
        To which the probability is raised where it multiplies expected improvement.
    """

    posterior: Posterior
    share: float
    spread: float
    least: float
    power: float

    def probability(self, warped: _Floats, active: _Floats | None) -> _Floats:
        """Return the probability (n,) at rows on the warped scale."""
        mean, _ = self.posterior.predict(warped, active)
        chance: _Floats = np.clip(self.share + self.spread * mean, self.least, 1.0)
        return chance


@dataclass(frozen=True, eq=False)
class Surface:
    """Log of expected improvement, times a power of success, over a space.

    Attributes
    ----------
    space : Space
    geometry : Geometry
    posterior : Posterior
        Of the modelled columns.
    best : float
        Value to improve upon: the highest posterior mean at an evaluated row, which
        noise does not inflate as it does the highest score.
    success : Success, default=None
        Over rows warped as `posterior` does; None where no trial has failed.
    """

    space: Space
    geometry: Geometry
    posterior: Posterior
    best: float
    success: Success | None = None

    def values(self, rows: _Floats) -> _Floats:
        """Return the height (n,) at rows of the space."""
        plain, active = self.geometry.rows(rows), self.geometry.active(self.space, rows)
        mean, std = self.posterior.predict(plain, active)
        heights = log_ei(mean, std, self.best)[0]
        if self.success is not None:
            warped = self.posterior.warp(plain, active)
            chance = self.success.probability(warped, active)
            heights = heights + self.success.power * np.log(chance)
        return heights

    def climb(self, rows: _Floats, max_evaluations: int) -> tuple[_Floats, _Floats]:
        """Return the summits above `rows`, as rows of the space, and their heights."""
        geometry, posterior = self.geometry, self.posterior
        n_columns, n = posterior.columns.shape
        active = geometry.active(self.space, rows)
        # The climb walks on the warped scale, where the surface is evenly rough
        climbed = posterior.warp(geometry.rows(rows), active)
        values = np.empty(len(rows))
        success, n_success = None, 0
        if (chance := self.success) is not None:
            success = (
                chance.posterior.arrays,
                chance.share,
                chance.spread,
                chance.least,
                chance.power,
            )
            n_success = chance.posterior.columns.shape[1]
        _local_search.climb_rows(
            *posterior.arrays,
            self.best,
            geometry.warped_grid(posterior.tau),
            geometry.grid_start,
            geometry.movable,
            max_evaluations,
            np.empty(_local_search.workspace(n, n_columns, n_success)),
            active,
            climbed,
            values,
            success,
        )
        summits = rows.copy()
        summits[:, geometry.columns] = posterior.unwarp(climbed, active)
        return self.space.snap(summits), values


class Climbable(Protocol):
    """What `ranked_rows` needs of an acquisition surface."""

    @property
    def space(self) -> Space:
        """The space it lies over."""
        ...

    def values(self, rows: _Floats) -> _Floats:
        """Return the height at each row."""
        ...

    def climb(self, rows: _Floats, max_evaluations: int) -> tuple[_Floats, _Floats]:
        """Return the summits above rows, and their heights."""
        ...


def ranked_rows(
    surface: Climbable,
    design: _Floats,
    centres: _Floats,
    subspaces: NDArray[np.intp],
    effort: Effort,
    rng: np.random.Generator,
) -> Iterator[_Floats]:
    """Yield rows worth evaluating, the best first.

    Parameters
    ----------
    surface : Climbable
    design : ndarray of shape (m, n_columns)
        Low-discrepancy points in [0, 1).
    centres : ndarray of shape (k, n_columns)
        Good rows, the best first.
    subspaces : intp ndarray
        The sub-spaces that may be proposed.
    effort : Effort
    rng : numpy.random.Generator

    Yields
    ------
    ndarray of shape (n_columns,)
        First the summits, then the screened rows, possibly with evaluated ones.
    """
    space = surface.space
    rows = np.vstack(
        [
            spread_rows(space, design[: effort.n_spread], subspaces, rng),
            near_rows(
                space, centres[: effort.n_centres], effort.n_near, subspaces, rng
            ),
        ]
    )
    values = surface.values(rows)
    order = np.argsort(-values, kind="stable")
    starts = rows[_starts(space, rows, order, effort.n_starts)]
    summits, heights = surface.climb(starts, effort.max_evaluations)
    yield from summits[np.argsort(-heights, kind="stable")]
    yield from rows[order]


def _starts(
    space: Space, rows: _Floats, order: NDArray[np.intp], n_starts: int
) -> NDArray[np.intp]:
    """Return the best rows, among them the best of the best branches of the space."""
    starts = order[:n_starts]
    if space.is_conditional:
        _, first = np.unique(space.branch_of(rows[order]), return_index=True)
        leaders = order[np.sort(first)[:n_starts]]
        starts = np.concatenate([leaders, starts[~np.isin(starts, leaders)]])
    return starts


def first_acceptable(
    rows: Iterable[_Floats], is_acceptable: Callable[[_Floats], bool], patience: int
) -> _Floats | None:
    """Return the first acceptable of the first `patience` rows, or None."""
    return next(filter(is_acceptable, islice(rows, patience)), None)
