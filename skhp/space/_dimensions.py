"""The kinds of dimension that a user can write: Real, Integer and Categorical.

A dimension is a map between values and positions in [0, 1]. The map goes through
the prior, so a uniform position is a draw from it. Discrete dimensions cut [0, 1]
into one bin per value; the position of a value lies inside its bin.
"""

from __future__ import annotations

import math
import numbers
import operator
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._bins import Array, Table, equal_bins, invert, snap_equal_bins
from skhp.space._choices import Choices, is_number

Prior = Literal["uniform", "log-uniform"]

PRIORS = ("uniform", "log-uniform")
# Tables are searched by bisection; beyond this many values a formula takes over.
MAX_TABLE = 2**16
# Positions are float64: (i + 0.5) / m must keep its bin after rounding.
MAX_WIDTH = 2**50
# ... and so must log(v), whose rounding error grows relative to the bin 1 / v.
MAX_LOG_INTEGER = 2**40
# Values are rounded to this many digits, fewer than the error of the map can reach,
# so that 0.1 stays 0.1 on its way to a position and back.
DIGITS = 14


class Dimension(ABC):
    """A map between the values of one parameter and positions in [0, 1]."""

    is_categorical: bool = False
    modelled: ClassVar[bool] = True

    @property
    @abstractmethod
    def n_values(self) -> int:
        """Number of distinct values; 0 means a continuum."""

    @abstractmethod
    def value(self, u: float) -> Any:
        """Value whose bin contains the position `u`, clipped to [0, 1]."""

    def values(self, u: Array) -> list[Any]:
        """Values at many positions."""
        return [self.value(x) for x in u.tolist()]

    @abstractmethod
    def position(self, value: Any) -> float:
        """Position of `value`; ValueError says why there is none."""

    def snap(self, u: Array) -> Array:
        """Nearest representable positions."""
        return np.clip(u, 0.0, 1.0)

    def positions(self) -> Array:
        """All representable positions, in the order the user wrote the values."""
        raise InvalidSpaceError("A continuous dimension has no list of positions.")

    @property
    def has_equal_bins(self) -> bool:
        """Whether bin i is [i / m, (i + 1) / m) and its position the centre."""
        return False


@dataclass(frozen=True)
class Real(Dimension):
    """A range of floats.

    Parameters
    ----------
    low, high : float
        Bounds, both included. Equal bounds make a fixed value.
    prior : {"uniform", "log-uniform"}, default="uniform"
        How values are spread. "log-uniform" gives each power of ten the same share
        and needs ``low > 0``.

    Raises
    ------
    InvalidSpaceError
        If the bounds are not finite, not in order, or not positive on a log scale.

    Notes
    -----
    Values are rounded to 14 significant digits of the range.

    Examples
    --------
    >>> from skhp.space import Real, Space
    >>> Real(1e-3, 1e3, prior="log-uniform")
    Real(low=0.001, high=1000.0, prior='log-uniform')
    >>> Space({"C": Real(1e-3, 1e3, "log-uniform")}).to_params([[0.5]])
    [{'C': 1.0}]
    """

    low: float
    high: float
    prior: Prior = "uniform"
    _start: float = field(init=False, repr=False, compare=False)
    _span: float = field(init=False, repr=False, compare=False)
    _decimals: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_bounds("Real", self.low, self.high, self.prior)
        low, high = float(self.low), float(self.high)
        is_log = self.prior == "log-uniform"
        start = math.log(low) if is_log else low
        span = (math.log(high) if is_log else high) - start
        if not math.isfinite(span):
            raise InvalidSpaceError(
                "Real: high - low must be a finite float. "
                f"Got low={self.low!r}, high={self.high!r}."
            )
        _freeze(self, low=low, high=high, _start=start, _span=span)
        _freeze(self, _decimals=None if is_log else _decimals(low, high))

    @property
    def n_values(self) -> int:
        """0: a continuum (1 when the bounds are equal)."""
        return int(self.low == self.high)

    def value(self, u: float) -> float:
        """Value at the position `u`, clipped to [0, 1]."""
        if u <= 0.0:
            return self.low
        if u >= 1.0:
            return self.high
        v = self._start + u * self._span
        if self.prior == "log-uniform":
            v = float(f"{math.exp(v):.{DIGITS}g}")
        elif self._decimals is not None:
            v = round(v, self._decimals)
        return min(max(v, self.low), self.high)

    def position(self, value: Any) -> float:
        """Position of a number within the bounds."""
        v = _number_within(value, self.low, self.high)
        if v == self.low:
            return 0.0
        if v == self.high:
            return 1.0
        scaled = math.log(v) if self.prior == "log-uniform" else v
        return invert(self.value, v, (scaled - self._start) / self._span)

    def positions(self) -> Array:
        """Return the only position of equal bounds."""
        return np.array([0.5]) if self.n_values else super().positions()


@dataclass(frozen=True)
class Integer(Dimension):
    """A range of integers.

    Parameters
    ----------
    low, high : int
        Bounds, both included. Equal bounds make a fixed value.
    prior : {"uniform", "log-uniform"}, default="uniform"
        How values are spread. "log-uniform" spreads them evenly on a log scale and
        needs ``low >= 1``.

    Raises
    ------
    InvalidSpaceError
        If the bounds are not integers, not in order, or not positive on a log scale.

    Examples
    --------
    >>> from skhp.space import Integer, Space
    >>> Integer(1, 10)
    Integer(low=1, high=10, prior='uniform')
    >>> Space({"max_depth": Integer(1, 10)}).to_params([[0.0], [0.5], [1.0]])
    [{'max_depth': 1}, {'max_depth': 6}, {'max_depth': 10}]
    """

    low: int
    high: int
    prior: Prior = "uniform"
    _table: Table | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_bounds("Integer", self.low, self.high, self.prior)
        _check_integers(self.low, self.high, self.prior)
        _freeze(self, low=operator.index(self.low), high=operator.index(self.high))
        small = self.prior == "log-uniform" and self.n_values <= MAX_TABLE
        _freeze(self, _table=self._make_table() if small else None)

    @property
    def n_values(self) -> int:
        """How many integers the range holds."""
        return self.high - self.low + 1

    @property
    def has_equal_bins(self) -> bool:
        """Whether the prior is uniform."""
        return self.prior == "uniform"

    def value(self, u: float) -> int:
        """Integer whose bin holds `u`."""
        if self._table is not None:
            return self.low + self._table.index(u)
        if self.prior == "uniform":
            n = self.n_values
            return self.low + min(max(int(u * n), 0), n - 1)
        start, span = self._log_scale()
        v = math.floor(math.exp(start + min(max(u, 0.0), 1.0) * span) + 0.5)
        return min(max(v, self.low), self.high)

    def position(self, value: Any) -> float:
        """Position of an integer within the bounds."""
        v = _number_within(value, self.low, self.high)
        if v != int(v):
            raise ValueError("must be an integer")
        if self.prior == "uniform":
            return (int(v) - self.low + 0.5) / self.n_values
        return self._log_position(int(v))

    def snap(self, u: Array) -> Array:
        """Nearest representable positions."""
        if self._table is not None:
            return self._table.snap(u)
        if self.prior == "uniform":
            return snap_equal_bins(u, self.n_values)
        flat = [self._log_position(self.value(x)) for x in u.ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(u.shape)

    def positions(self) -> Array:
        """Positions of low, low + 1, ..., high."""
        if self.prior == "uniform":
            return equal_bins(self.n_values)
        if self._table is not None:
            return self._table.centres.copy()
        values = range(self.low, self.high + 1)
        return np.array([self._log_position(v) for v in values])

    def _log_scale(self) -> tuple[float, float]:
        start = math.log(self.low - 0.5)
        return start, math.log(self.high + 0.5) - start

    def _log_position(self, v: int) -> float:
        start, span = self._log_scale()
        return (math.log(v) - start) / span

    def _make_table(self) -> Table:
        start, span = self._log_scale()
        values = np.arange(self.low, self.high + 1, dtype=np.float64)
        return Table(
            inner_edges=(np.log(values[:-1] + 0.5) - start) / span,
            centres=np.array([self._log_position(int(v)) for v in values]),
        )


class Categorical(Dimension):
    """A choice among objects of any kind.

    Parameters
    ----------
    choices : iterable
        The objects. The estimator gets these very objects, not copies. Repeated ones
        count once.
    ordered : bool, default=None
        Whether neighbouring choices are similar. None means yes if all choices are
        finite numbers. Numbers are ordered by value, other choices as written.

    Raises
    ------
    InvalidSpaceError
        If there are no choices.

    Examples
    --------
    >>> from skhp.space import Categorical, Space
    >>> Categorical(["rbf", "linear"])
    Categorical(choices=('rbf', 'linear'))
    >>> Space({"kernel": Categorical(["rbf", "linear"])}).to_params([[0.1], [0.9]])
    [{'kernel': 'rbf'}, {'kernel': 'linear'}]
    """

    ordered: bool | None
    _choices: Choices
    _ranked: list[int]

    def __init__(self, choices: Iterable[Any], ordered: bool | None = None) -> None:
        if isinstance(choices, str | bytes) or not isinstance(choices, Iterable):
            raise InvalidSpaceError(
                f"Categorical: choices must be a list. Got {choices!r}."
            )
        distinct = Choices(choices)
        if not distinct.objects:
            raise InvalidSpaceError("Categorical: choices must not be empty. Got [].")
        numeric = all(is_number(v) and _is_finite(v) for v in distinct.objects)
        ranked = list(range(len(distinct.objects)))
        if numeric and ordered is not False:
            ranked.sort(key=distinct.objects.__getitem__)
        is_categorical = not (numeric if ordered is None else ordered)
        _freeze(self, _choices=distinct, _ranked=ranked)
        _freeze(self, ordered=ordered, is_categorical=is_categorical)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Categorical, (list(self.choices), self.ordered)

    def __repr__(self) -> str:
        suffix = "" if self.ordered is None else f", ordered={self.ordered}"
        return f"Categorical(choices={self.choices!r}{suffix})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Categorical):
            return NotImplemented
        return self._choices == other._choices and (
            self.is_categorical == other.is_categorical
        )

    def __hash__(self) -> int:
        return hash((self._choices, self.is_categorical))

    @property
    def choices(self) -> tuple[Any, ...]:
        """The distinct objects, in the order written."""
        return self._choices.objects

    @property
    def categories(self) -> tuple[Any, ...]:
        """The choices, by the name scikit-optimize gives them."""
        return self._choices.objects

    @property
    def n_values(self) -> int:
        """Number of distinct choices."""
        return len(self._ranked)

    @property
    def has_equal_bins(self) -> bool:
        """True: each choice has the same share."""
        return True

    def value(self, u: float) -> Any:
        """Choice whose bin holds `u`, as the object the user wrote."""
        n = len(self._ranked)
        return self._choices.objects[self._ranked[min(max(int(u * n), 0), n - 1)]]

    def position(self, value: Any) -> float:
        """Position of a choice."""
        index = self._choices.index(value)
        if index is None:
            raise ValueError(f"must be one of {list(self.choices)!r}")
        return (self._ranked.index(index) + 0.5) / self.n_values

    def snap(self, u: Array) -> Array:
        """Nearest representable positions."""
        return snap_equal_bins(u, self.n_values)

    def positions(self) -> Array:
        """Positions of the choices, in the order written."""
        return equal_bins(self.n_values)[np.argsort(self._ranked)]


def _freeze(obj: object, **fields: Any) -> None:
    for name, value in fields.items():
        object.__setattr__(obj, name, value)


def _decimals(low: float, high: float) -> int | None:
    """Decimals to which values between the bounds are rounded."""
    largest = max(abs(low), abs(high))
    if largest == 0.0:
        return None
    decimals = DIGITS - math.ceil(math.log10(largest))
    # A range of only a few thousand such steps is left as fine as floats are.
    return None if (high - low) * 10.0 ** min(decimals, 300) < 1e4 else decimals


def _check_bounds(kind: str, low: Any, high: Any, prior: Any) -> None:
    got = f"Got low={reprlib.repr(low)}, high={reprlib.repr(high)}."
    if prior not in PRIORS:
        raise InvalidSpaceError(
            f"{kind}: prior must be 'uniform' or 'log-uniform'. Got {prior!r}."
        )
    if not (is_number(low) and is_number(high)):
        raise InvalidSpaceError(f"{kind}: low and high must be numbers. {got}")
    if not (_is_finite(low) and _is_finite(high)):
        raise InvalidSpaceError(f"{kind}: low and high must be finite floats. {got}")
    if low > high:
        raise InvalidSpaceError(f"{kind}: low must be less than high. {got}")
    if prior == "log-uniform" and low <= 0:
        raise InvalidSpaceError(
            f"{kind}: low must be positive for a log-uniform prior. {got}"
        )


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an int that no float reaches
        return False


def _check_integers(low: Any, high: Any, prior: Prior) -> None:
    got = f"Got low={low!r}, high={high!r}."
    if not all(isinstance(bound, numbers.Integral) for bound in (low, high)):
        raise InvalidSpaceError(f"Integer: low and high must be integers. {got}")
    if int(high) - int(low) >= MAX_WIDTH:
        raise InvalidSpaceError(f"Integer: high - low must be below 2**50. {got}")
    if prior == "log-uniform" and high > MAX_LOG_INTEGER:
        raise InvalidSpaceError(
            f"Integer: high must be at most 2**40 for a log-uniform prior. {got}"
        )


def _number_within(value: Any, low: float, high: float) -> float:
    if not is_number(value):
        raise ValueError("must be a number")
    if not low <= value <= high:  # nan fails too
        raise ValueError(f"must lie between {low!r} and {high!r}")
    return int(value) if isinstance(value, numbers.Integral) else float(value)
