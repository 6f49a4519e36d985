"""The kinds of dimension that a user can write: Real, Integer and Categorical.

A dimension is a map between values and positions in [0, 1]. The map goes through
the prior, so a uniform position is a draw from it. Discrete dimensions cut [0, 1]
into one bin per value; the position of a value lies inside its bin.
"""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._bins import Array, Table, equal_bins, invert, snap_equal_bins
from skhp.space._bounds import (
    DIGITS,
    Prior,
    check_bounds,
    check_integers,
    decimals,
    is_finite,
    number_within,
    powers_between,
)
from skhp.space._choices import Choices, is_number
from skhp.space._when import checked_when

# Tables are searched by bisection; beyond this many values a formula takes over.
MAX_TABLE = 2**16


class Dimension(ABC):
    """A map between the values of one parameter and positions in [0, 1]."""

    is_categorical: bool = False
    modelled: ClassVar[bool] = True
    when: dict[str, Any] | None = None

    def without_when(self) -> Dimension:
        """Return the dimension without its conditions."""
        return self

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


@dataclass(frozen=True, repr=False)
class Real(Dimension):
    """A range of floats.

    Parameters
    ----------
    low, high : float
        Bounds, both included. Equal bounds make a fixed value.
    prior : {"uniform", "log-uniform"}, default="uniform"
        How values are spread. "log-uniform" gives each power of ten the same share
        and needs ``low > 0``.
    when : dict, default=None
        Conditions: for each parameter on which this one depends, a value or a list of
        values. All must hold; elsewhere the parameter is not set.

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
    when: dict[str, Any] | None = field(default=None, kw_only=True, hash=False)
    _start: float = field(init=False, repr=False, compare=False)
    _span: float = field(init=False, repr=False, compare=False)
    _decimals: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_bounds("Real", self.low, self.high, self.prior)
        _freeze(self, when=checked_when("Real", self.when))
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
        _freeze(self, _decimals=None if is_log else decimals(low, high))

    def __repr__(self) -> str:
        return _written(self, "low", "high", "prior")

    def without_when(self) -> Real:
        """Return the range without its conditions."""
        return self if self.when is None else replace(self, when=None)

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
        v = number_within(value, self.low, self.high)
        if v == self.low:
            return 0.0
        if v == self.high:
            return 1.0
        scaled = math.log(v) if self.prior == "log-uniform" else v
        return invert(self.value, v, (scaled - self._start) / self._span)

    def positions(self) -> Array:
        """Return the only position of equal bounds."""
        return np.array([0.5]) if self.n_values else super().positions()


@dataclass(frozen=True, repr=False)
class Integer(Dimension):
    """A range of integers.

    Parameters
    ----------
    low, high : int
        Bounds, both included. Equal bounds make a fixed value.
    prior : {"uniform", "log-uniform"}, default="uniform"
        How values are spread. "log-uniform" spreads them evenly on a log scale and
        needs ``low >= 1``.
    powers_of : int, default=None
        Only the powers of this number between the bounds, such as 16, 32, 64 of 2.
    when : dict, default=None
        Conditions: for each parameter on which this one depends, a value or a list of
        values. All must hold; elsewhere the parameter is not set.

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
    >>> space = Space({"batch_size": Integer(16, 64, powers_of=2)})
    >>> space.to_params([[0.0], [0.5], [1.0]])
    [{'batch_size': 16}, {'batch_size': 32}, {'batch_size': 64}]
    """

    low: int
    high: int
    prior: Prior = "uniform"
    powers_of: int | None = field(default=None, kw_only=True)
    when: dict[str, Any] | None = field(default=None, kw_only=True, hash=False)
    _powers: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _table: Table | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_bounds("Integer", self.low, self.high, self.prior)
        check_integers(self.low, self.high, self.prior)
        low, high = operator.index(self.low), operator.index(self.high)
        _freeze(self, low=low, high=high, when=checked_when("Integer", self.when))
        _freeze(self, _powers=powers_between(low, high, self.powers_of))
        if self._powers:
            _freeze(self, low=self._powers[0], high=self._powers[-1], _table=None)
            return
        small = self.prior == "log-uniform" and self.n_values <= MAX_TABLE
        _freeze(self, _table=self._make_table() if small else None)

    def __repr__(self) -> str:
        powers = [] if self.powers_of is None else ["powers_of"]
        return _written(self, "low", "high", "prior", *powers)

    def without_when(self) -> Integer:
        """Return the range without its conditions."""
        return self if self.when is None else replace(self, when=None)

    @property
    def n_values(self) -> int:
        """How many integers the range holds."""
        return len(self._powers) or self.high - self.low + 1

    @property
    def has_equal_bins(self) -> bool:
        """Whether the prior is uniform, or these are powers."""
        return self.prior == "uniform" or bool(self._powers)

    def value(self, u: float) -> int:
        """Integer whose bin holds `u`."""
        if self._table is not None:
            return self.low + self._table.index(u)
        if self.has_equal_bins:
            n = self.n_values
            i = min(max(int(u * n), 0), n - 1)
            return self._powers[i] if self._powers else self.low + i
        start, span = self._log_scale()
        v = math.floor(math.exp(start + min(max(u, 0.0), 1.0) * span) + 0.5)
        return min(max(v, self.low), self.high)

    def position(self, value: Any) -> float:
        """Position of an integer within the bounds."""
        v = number_within(value, self.low, self.high)
        if v != int(v):
            raise ValueError("must be an integer")
        if self._powers:
            if v not in self._powers:
                raise ValueError(f"must be one of {list(self._powers)}")
            return (self._powers.index(int(v)) + 0.5) / self.n_values
        if self.prior == "uniform":
            return (int(v) - self.low + 0.5) / self.n_values
        return self._log_position(int(v))

    def snap(self, u: Array) -> Array:
        """Nearest representable positions."""
        if self._table is not None:
            return self._table.snap(u)
        if self.has_equal_bins:
            return snap_equal_bins(u, self.n_values)
        flat = [self._log_position(self.value(x)) for x in u.ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(u.shape)

    def positions(self) -> Array:
        """Positions of low, low + 1, ..., high."""
        if self.has_equal_bins:
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
    when : dict, default=None
        Conditions: for each parameter on which this one depends, a value or a list of
        values. All must hold; elsewhere the parameter is not set.

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

    def __init__(
        self,
        choices: Iterable[Any],
        ordered: bool | None = None,
        *,
        when: dict[str, Any] | None = None,
    ) -> None:
        if isinstance(choices, str | bytes) or not isinstance(choices, Iterable):
            raise InvalidSpaceError(
                f"Categorical: choices must be a list. Got {choices!r}."
            )
        distinct = Choices(choices)
        if not distinct.objects:
            raise InvalidSpaceError("Categorical: choices must not be empty. Got [].")
        numeric = all(is_number(v) and is_finite(v) for v in distinct.objects)
        ranked = list(range(len(distinct.objects)))
        if numeric and ordered is not False:
            ranked.sort(key=distinct.objects.__getitem__)
        is_categorical = not (numeric if ordered is None else ordered)
        _freeze(self, _choices=distinct, _ranked=ranked)
        _freeze(self, ordered=ordered, is_categorical=is_categorical)
        _freeze(self, when=checked_when("Categorical", when))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = list(self.choices), self.ordered
        if self.when is None:
            return Categorical, arguments
        return partial(Categorical, when=self.when), arguments

    def __repr__(self) -> str:
        ordered = [] if self.ordered is None else ["ordered"]
        return _written(self, "choices", *ordered)

    def without_when(self) -> Categorical:
        """Return the choice without its conditions."""
        if self.when is None:
            return self
        return Categorical(self.choices, self.ordered)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Categorical):
            return NotImplemented
        return self._choices == other._choices and (
            (self.is_categorical, self.when) == (other.is_categorical, other.when)
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


def _written(dimension: Dimension, *names: str) -> str:
    """Return the constructor's call, with the conditions if there are any."""
    shown = [*names, *([] if dimension.when is None else ["when"])]
    inside = ", ".join(f"{name}={getattr(dimension, name)!r}" for name in shown)
    return f"{type(dimension).__name__}({inside})"
