"""From conditions that name parameters to conditions on the columns of a row."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._bins import Array
from skhp.space._choices import is_alike, is_same
from skhp.space._dimensions import Dimension
from skhp.space._foreign import Constant
from skhp.space._names import near_names
from skhp.space.conditions._parts import Condition, Part

FIXED = -1  # the "column" of a constant
MAX_PARENT_VALUES = 1000
# For each column that decides, the bins in which it must lie; all of them must hold,
# and those of the parameters that it depends on are among them.
When: TypeAlias = tuple[tuple[int, frozenset[int]], ...]


class Entry(NamedTuple):
    """A parameter of a sub-space: its column or its constant, and where it is active.

    A name has several entries if it means different things in different places.
    """

    name: str
    column: int
    value: Any
    when: When


def bins_of(dimension: Dimension, u: Array) -> Any:
    """Return which of its values, in the order of their positions, each number means.

    The dimension is finite.
    """
    n = dimension.n_values
    if dimension.has_equal_bins:
        return np.clip((u * n).astype(np.intp), 0, n - 1)
    return np.searchsorted(np.sort(dimension.positions()), dimension.snap(u))


class Resolver:
    """Finds the entries of one dict.

    Parameters
    ----------
    parts : sequence of Part
    columns : sequence of int
        The column of each part, FIXED for a constant.
    """

    def __init__(self, parts: Sequence[Part], columns: Sequence[int]) -> None:
        self._parts, self._columns = parts, columns
        self._known: dict[int, list[When]] = {}
        self._above: list[int] = []  # whose conditions are being looked at
        self._places: dict[str, list[int]] = {}
        for i, part in enumerate(parts):
            self._places.setdefault(part.name, []).append(i)

    def entries(self) -> list[Entry]:
        """Return all entries.

        Raises
        ------
        InvalidSpaceError
            If conditions name what does not exist, go in a circle, contradict each
            other, or let one name mean two things at once.
        """
        found = []
        for i, part in enumerate(self._parts):
            value = part.meaning.value if isinstance(part.meaning, Constant) else None
            for when in self._of(i):
                found.append(Entry(part.name, self._columns[i], value, when))
        for places in self._places.values():
            for i, j in itertools.combinations(places, 2):
                if any(
                    _both(a, b) is not None
                    for a, b in itertools.product(self._of(i), self._of(j))
                ):
                    raise InvalidSpaceError(
                        f"Parameter {self._parts[i].name!r} must have one meaning "
                        "wherever it is active. It is written twice."
                    )
        return found

    def _of(self, i: int) -> list[When]:
        """Return the alternatives under which a part is active."""
        if i in self._known:
            return self._known[i]
        part = self._parts[i]
        if i in self._above:
            around = [*self._above[self._above.index(i) :], i]
            circle = " -> ".join(self._parts[j].name for j in around)
            raise InvalidSpaceError(
                f"Parameter {part.name!r}: 'when' must not go in a circle. "
                f"Got {circle}."
            )
        self._above.append(i)
        alternatives: list[When] = [()]
        for condition in part.conditions:
            holds = self._holding(part, condition)
            pairs = itertools.product(alternatives, holds)
            merged = [_both(a, b) for a, b in pairs]
            alternatives = list(dict.fromkeys(m for m in merged if m is not None))
        self._above.pop()
        if not alternatives:
            raise InvalidSpaceError(
                f"Parameter {part.name!r} would never be searched: what 'when' asks "
                f"for does not occur together. Got {_as_text(part.conditions)}."
            )
        self._known[i] = alternatives
        return alternatives

    def _holding(self, part: Part, condition: Condition) -> list[When]:
        """Return the alternatives under which one condition holds."""
        parent = next((name for name in condition.names if name in self._places), None)
        if parent is None:
            near = near_names(condition.names[-1], self._places)
            hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise InvalidSpaceError(
                f"Parameter {part.name!r}: 'when' must name parameters of the search "
                f"space. Got {condition.names[-1]!r}.{hint}"
            )
        holds: list[When] = []
        unknown = list(condition.values)
        faults = [""]
        for j in self._places[parent]:
            _check_can_decide(self._parts[j])
            bins: set[int] = set()
            for value in condition.values:
                try:
                    bins.add(_bin_of(self._parts[j], value))
                    unknown = [v for v in unknown if v is not value]
                except ValueError as error:
                    faults.append(str(error))
            if not bins:
                continue
            column = self._columns[j]
            own: When = () if column == FIXED else ((column, frozenset(bins)),)
            merged = [_both(own, above) for above in self._of(j)]
            holds.extend(when for when in merged if when is not None)
        if unknown:
            raise InvalidSpaceError(
                f"Parameter {part.name!r}: 'when' must name values that {parent!r} can "
                f"have. Got {unknown[0]!r}: {parent!r} {faults[-1]}."
            )
        return holds


def _check_can_decide(parent: Part) -> None:
    """Raise if a parameter has too many values for others to depend on them."""
    meaning = parent.meaning
    if isinstance(meaning, Dimension) and not 0 < meaning.n_values <= MAX_PARENT_VALUES:
        raise InvalidSpaceError(
            f"Parameter {parent.name!r}, on which others depend, must be a choice or "
            f"have at most {MAX_PARENT_VALUES} values. Got {meaning!r}."
        )


def _bin_of(parent: Part, value: Any) -> int:
    """Return which of its values a parameter must have; ValueError if it cannot."""
    meaning = parent.meaning
    is_label = isinstance(value, str) and value in parent.labels
    value = parent.labels[value] if is_label else value
    if isinstance(meaning, Constant):
        if not (is_same(value, meaning.value) or is_alike(value, meaning.value)):
            raise ValueError(f"is always {meaning.value!r}")
        return 0
    return int(bins_of(meaning, np.array([meaning.position(value)]))[0])


def _both(a: When, b: When) -> When | None:
    """Return the conditions that hold where both do; None if that is nowhere."""
    merged = dict(a)
    for column, bins in b:
        merged[column] = merged[column] & bins if column in merged else bins
        if not merged[column]:
            return None
    return tuple(sorted(merged.items()))


def _as_text(conditions: Sequence[Condition]) -> Mapping[str, Any]:
    return {condition.names[0]: condition.values for condition in conditions}
