"""Which parameters of a candidate are at an end of the range that was searched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skhp.exceptions import InvalidSpaceError
from skhp.space._choices import is_number
from skhp.space._dialects import interpret
from skhp.space._dimensions import Categorical, Dimension, Integer, Real
from skhp.space._foreign import Constant
from skhp.space._space import Space
from skhp.space._subspaces import matches
from skhp.space.conditions import FIXED, Entry, has_conditions, mapped

NEAR = 0.01  # of the range, in the scale of the dimension, counts as its end
FEWEST_VALUES = 3  # of two, each is an end
# A list of numbers up to 1 that spans no more than this is one of fractions.
MOST_SPAN = 10.0


@dataclass(frozen=True)
class Edge:
    """A parameter whose value is at an end of its range.

    Attributes
    ----------
    name : str
    value : int or float
    low, high : int or float
        The range.
    end : {"low", "high"}
    looks_natural : bool
        Whether the range looks as if it could not go on: a fraction ends at 1, a
        number of something at 0 or 1.
    """

    name: str
    value: Any
    low: Any
    high: Any
    end: str
    looks_natural: bool

    @property
    def beyond(self) -> Any:
        """A value beyond the end, of the same type."""
        sign = 1 if self.end == "high" else -1
        last = self.high if sign > 0 else self.low
        if all(float(v).is_integer() and not isinstance(v, float) for v in self._all):
            return int(last) + sign
        return float(last) + sign * NEAR * (float(self.high) - float(self.low))

    @property
    def _all(self) -> tuple[Any, Any, Any]:
        return self.value, self.low, self.high

    def __str__(self) -> str:
        value, low, high = (f"{float(v):.6g}" for v in self._all)
        return f"{self.name}={value} of [{low}, {high}]"


def edges_of(searched: Any, params: Mapping[str, Any]) -> list[Edge]:
    """Return the numbers among the parameters that are at an end of their range.

    Parameters
    ----------
    searched : Space, dict or list of dict
        What was searched. In dicts, tuples are choices unless they name a prior.
    params : mapping of str to object
        A point of it; it may have other parameters too.
    """
    fitting = []
    for meanings, values in _readings(searched, params):
        if values.keys() >= meanings.keys():
            try:
                found = [
                    _edge(n, meaning, values[n]) for n, meaning in meanings.items()
                ]
            except ValueError:  # a value is not in it
                continue
            fitting.append((len(meanings), [edge for edge in found if edge]))
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else []


def _readings(
    searched: Any, params: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Dimension | Constant], Mapping[str, Any]]]:
    """Yield what the names mean that are active for `params`, and their values."""
    if not isinstance(searched, Space):
        if not has_conditions(searched):
            for meanings in meanings_of(searched):
                yield meanings, params
            return
        written = [searched] if isinstance(searched, Mapping) else searched
        searched = Space(
            [mapped(each, lambda _, value: _read(value)) for each in written]
        )
    for i, subspace in enumerate(searched._subspaces):
        row, _, _ = searched._places.row_in(i, params)
        if row is not None:
            entries = searched._activities[i].entries(row)
            yield _meanings(searched, entries), subspace.parted(params)


def _meanings(
    space: Space, entries: Iterable[Entry]
) -> dict[str, Dimension | Constant]:
    return {
        name: Constant(value) if column == FIXED else space._dimensions[column]
        for name, column, value, _ in entries
    }


def meanings_of(searched: Any) -> Iterator[dict[str, Dimension | Constant]]:
    """Yield what each name means in each sub-space.

    Parameters
    ----------
    searched : Space, dict or list of dict
        What was searched. In dicts, tuples are choices unless they name a prior.
    """
    if isinstance(searched, Space):
        for subspace in searched._subspaces:
            parts = {n for each in subspace.layers for n in (each.count, *each.sizes)}
            left = [entry for entry in subspace.entries if entry.name not in parts]
            while left:  # a name may mean several things
                first = {entry.name: entry for entry in reversed(left)}
                chosen = [entry for entry in left if first[entry.name] is entry]
                yield _meanings(searched, chosen)
                left = [entry for entry in left if first[entry.name] is not entry]
        return
    for written in [searched] if isinstance(searched, Mapping) else searched:
        try:
            yield {name: interpret(name, _read(v)) for name, v in written.items()}
        except InvalidSpaceError:  # what only scikit-learn can read
            continue


def _read(written: Any) -> Any:
    is_range = isinstance(written, tuple) and isinstance((*written[2:3], 0)[0], str)
    return list(written) if isinstance(written, tuple) and not is_range else written


def _edge(name: str, dimension: Dimension | Constant, value: Any) -> Edge | None:
    """Return the edge where a value is; None if it is at none.

    Distributions that thin out towards their ends have no edge.

    Raises
    ------
    ValueError
        If the value does not lie in the dimension.
    """
    if isinstance(dimension, Constant):
        if not matches(value, dimension.value):
            raise ValueError("must be the constant")
        return None
    if isinstance(dimension, Categorical):
        low, high, u = _of_choices(dimension, value)
        is_fraction = low >= 0 and high == 1 and high <= MOST_SPAN * (low or 1)
    elif isinstance(dimension, Integer):
        low, high, u = dimension.low, dimension.high, dimension.position(value)
        u, is_fraction = {low: 0.0, high: 1.0}.get(value, u), False
    elif isinstance(dimension, Real):
        low, high, u = dimension.low, dimension.high, dimension.position(value)
        is_fraction = low >= 0 and high == 1 and dimension.prior == "uniform"
    else:
        return None
    if 0 < dimension.n_values < FEWEST_VALUES or NEAR < u < 1 - NEAR:
        return None
    if u >= 1 - NEAR:
        return Edge(name, value, low, high, "high", is_fraction)
    is_count = not isinstance(low, float) and low == 1
    return Edge(name, value, low, high, "low", low == 0 or is_count)


def _of_choices(dimension: Categorical, value: Any) -> tuple[Any, Any, float]:
    """Return the least and greatest choice, and 0, 0.5 or 1 for where the value is."""
    choices = dimension.choices
    if dimension.is_categorical or not all(map(is_number, choices)):
        return 0, 0, 0.5
    dimension.position(value)  # raises if it is none of them
    low, high = min(choices), max(choices)
    return low, high, 0.0 if value == low else 1.0 if value == high else 0.5
