"""Dimensions made from distributions, by duck typing, so that SciPy is not imported.

A continuous distribution maps positions through its ppf, a discrete one through a
table of its cdf, so that equal steps hold equal probability. An object that has only
``rvs`` can be sampled but not modelled.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Protocol

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._bins import Array, Table, invert
from skhp.space._bounds import DIGITS
from skhp.space._choices import is_number, is_same
from skhp.space._dimensions import (
    MAX_TABLE,
    Dimension,
    Integer,
    Real,
)

# Probability left out on either side: the ends may be infinite, or open (a gamma
# distribution starts at 0), and ppf and cdf lose each other beyond.
TAIL = 1e-9
# Bins narrower than this could not hold a float64 position.
MIN_MASS = 1e-12
# How many draws a sampled dimension can tell apart: the seeds of a RandomState.
N_SEEDS = 2**32
# Where two distributions of one name are compared.
_PROBES = np.array([0.05, 0.3, 0.5, 0.7, 0.95])


class HasRvs(Protocol):
    """Anything that scikit-learn's ParameterSampler can draw from."""

    def rvs(self, *, random_state: Any) -> Any: ...


class Continuous(Dimension):
    """A frozen continuous distribution."""

    def __init__(self, dist: Any) -> None:
        self.dist = dist
        self.low, self.high = (float(bound) for bound in dist.support())
        if not math.isfinite(self.value(0.5)):
            raise InvalidSpaceError(f"distribution: ppf must be finite. Got {dist!r}.")

    def __eq__(self, other: object) -> bool:
        # Histograms of other data may have the name and arguments of this one.
        return (
            isinstance(other, Continuous)
            and _same_dist(self.dist, other.dist)
            and self.values(_PROBES) == other.values(_PROBES)
        )

    def __repr__(self) -> str:
        return _describe(self.dist)

    def __hash__(self) -> int:
        return hash((Continuous, self.low, self.high))

    @property
    def n_values(self) -> int:
        return 0

    def value(self, u: float) -> float:
        return self._rounded(float(self.dist.ppf(min(max(u, TAIL), 1.0 - TAIL))))

    def values(self, u: Array) -> list[float]:
        found = self.dist.ppf(np.clip(u, TAIL, 1.0 - TAIL))
        return [self._rounded(v) for v in found.tolist()]

    def _rounded(self, v: float) -> float:
        return min(max(float(f"{v:.{DIGITS - 2}g}"), self.low), self.high)

    def position(self, value: Any) -> float:
        if not is_number(value):
            raise ValueError("must be a number")
        if not self.low <= value <= self.high or math.isinf(value):
            raise ValueError(f"must lie between {self.low!r} and {self.high!r}")
        guess = float(self.dist.cdf(float(value)))
        guess = min(max(guess, TAIL), 1.0 - TAIL)
        return invert(self.value, float(value), guess)


class Discrete(Dimension):
    """A frozen discrete distribution over few enough integers to be tabulated."""

    def __init__(self, dist: Any, values: Array, mass: Array) -> None:
        edges = np.cumsum(mass) / np.sum(mass)
        lower = np.concatenate(([0.0], edges[:-1]))
        self.dist = dist
        self._values: list[int] = [int(v) for v in values]
        self._table = Table(edges[:-1], 0.5 * (lower + edges))
        self._index = {v: i for i, v in enumerate(self._values)}

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Discrete)
            and self._values == other._values
            and np.array_equal(self._table.centres, other._table.centres)
        )

    def __repr__(self) -> str:
        return _describe(self.dist)

    def __hash__(self) -> int:
        return hash((Discrete, tuple(self._values)))

    @property
    def n_values(self) -> int:
        return len(self._values)

    def value(self, u: float) -> int:
        return self._values[self._table.index(u)]

    def position(self, value: Any) -> float:
        if not is_number(value):
            raise ValueError("must be a number")
        index = self._index.get(value)
        if index is None:
            low, high = self._values[0], self._values[-1]
            raise ValueError(f"must be a likely integer between {low} and {high}")
        return float(self._table.centres[index])

    def snap(self, u: Array) -> Array:
        return self._table.snap(u)

    def positions(self) -> Array:
        return self._table.centres.copy()


class Sampled(Dimension):
    """An object with ``rvs``; a position is only the seed of a draw."""

    modelled: ClassVar[bool] = False

    def __init__(self, dist: HasRvs) -> None:
        self.dist = dist
        try:
            self.value(0.5)
        except Exception as error:
            raise InvalidSpaceError(
                "distribution: rvs(random_state=...) must return a value. "
                f"Got {type(error).__name__}: {error}"
            ) from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sampled) and _same_dist(self.dist, other.dist)

    def __repr__(self) -> str:
        return _describe(self.dist)

    def __hash__(self) -> int:
        return hash((Sampled, type(self.dist)))

    @property
    def n_values(self) -> int:
        return 0

    def seed(self, u: float) -> int:
        return min(max(int(u * N_SEEDS), 0), N_SEEDS - 1)

    def value(self, u: float) -> Any:
        drawn = self.dist.rvs(random_state=np.random.RandomState(self.seed(u)))
        return drawn.item() if isinstance(drawn, np.generic) else drawn

    def position(self, value: Any) -> float:
        raise ValueError("is drawn with rvs, so its values have no position")

    def snap(self, u: Array) -> Array:
        snapped: Array = (
            np.clip(np.floor(u * N_SEEDS), 0, N_SEEDS - 1) + 0.5
        ) / N_SEEDS
        return snapped


def is_distribution(value: Any) -> bool:
    """Whether `value` is an object (not a class) that can be drawn from."""
    return hasattr(value, "rvs") and not isinstance(value, type)


def from_distribution(dist: Any) -> Dimension:
    """Make the most specific dimension that describes `dist`."""
    if not all(hasattr(dist, name) for name in ("cdf", "ppf", "support")):
        return Sampled(dist)
    try:
        low, high = (float(bound) for bound in dist.support())
        discrete = hasattr(dist, "pmf") and not hasattr(dist, "pdf")
        if math.isnan(low) or math.isnan(high):
            raise ValueError("its parameters are outside their domain")
        if discrete or _family(dist) == "rv_sample":
            return _from_discrete(dist, low, high)
        return _known_range(dist, low, high) or Continuous(dist)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidSpaceError):
            raise
        raise InvalidSpaceError(
            f"distribution: must be frozen, with scalar parameters. Got {dist!r} "
            f"({error})."
        ) from error


def _known_range(dist: Any, low: float, high: float) -> Real | None:
    """Uniform and log-uniform distributions as ranges, which is fast and exact."""
    family = _family(dist)
    if family == "uniform":
        return Real(low, high)
    if family in ("loguniform", "reciprocal") and low > 0:
        # A shifted one has its median elsewhere and stays a general distribution.
        if math.isclose(float(dist.ppf(0.5)), math.sqrt(low) * math.sqrt(high)):
            return Real(low, high, "log-uniform")
    return None


def _from_discrete(dist: Any, low: float, high: float) -> Dimension:
    if _family(dist) == "randint":
        return Integer(int(low), int(high))
    low = low if math.isfinite(low) else float(dist.ppf(TAIL))
    high = high if math.isfinite(high) else float(dist.ppf(1.0 - TAIL))
    if not high - low < MAX_TABLE:
        return Sampled(dist)
    values = np.arange(low, high + 1.0)
    mass = np.diff(dist.cdf(np.concatenate(([low - 1.0], values))))
    kept = mass > MIN_MASS
    return Discrete(dist, values[kept], mass[kept])


def _family(dist: Any) -> str:
    return str(getattr(getattr(dist, "dist", None), "name", ""))


def _describe(dist: Any) -> str:
    """Write a frozen distribution as a user would, such as ``norm(0, scale=2)``."""
    family = _family(dist)
    if not family:
        return repr(dist)
    given = [*map(repr, dist.args), *(f"{k}={v!r}" for k, v in dist.kwds.items())]
    return f"{family}({', '.join(given)})"


def _same_dist(a: Any, b: Any) -> bool:
    """Whether two distributions are identical, or one family with equal arguments."""
    if is_same(a, b):
        return True
    if type(a) is not type(b) or not _family(a) or _family(a) != _family(b):
        return False
    return is_same(a.args, b.args) and is_same(
        sorted(a.kwds.items()), sorted(b.kwds.items())
    )
