"""Which columns and parameters are active in which rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from skhp.space._bins import Array
from skhp.space._dimensions import Dimension
from skhp.space.conditions._resolve import FIXED, Entry, When, bins_of

# Where an inactive parameter stands in a row: nowhere in particular.
INACTIVE = 0.5
# Combinations of deciding values that are gone through to count points.
MAX_COMBINATIONS = 50_000


class Activity:
    """Evaluates the conditions of one sub-space.

    Parameters
    ----------
    entries : sequence of Entry
    dimensions : sequence of Dimension
        Of all columns.
    descending : sequence of tuple of int
        Groups of columns whose active values never increase.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        dimensions: Sequence[Dimension],
        descending: Sequence[tuple[int, ...]] = (),
    ) -> None:
        self._entries, self._dimensions = tuple(entries), dimensions
        # Each after those on which it depends
        self.sorted_entries = sorted(entries, key=lambda entry: len(entry.when))
        self.descending = tuple(descending)
        self.is_conditional = any(entry.when for entry in entries)
        by_when: dict[When, list[int]] = {}
        for entry in entries:
            if entry.column != FIXED:
                by_when.setdefault(entry.when, []).append(entry.column)
        always = by_when.pop((), [])
        self.always = np.zeros(len(dimensions), dtype=bool)
        self.always[always] = True
        self._rules = [(when, np.unique(c)) for when, c in by_when.items()]
        deciding = {column for entry in entries for column, _ in entry.when}
        self.deciding = tuple(sorted(deciding))
        self._allowed = {
            (column, bins): self._mask(column, bins)
            for entry in entries
            for column, bins in entry.when
        }
        # The conditions under one of which each column is active, in the order written
        alternatives: dict[int, list[When]] = {}
        for entry in entries:
            if entry.column != FIXED:
                alternatives.setdefault(entry.column, []).append(entry.when)
        self._alternatives = alternatives

    def _mask(self, column: int, bins: frozenset[int]) -> NDArray[np.bool_]:
        mask = np.zeros(self._dimensions[column].n_values, dtype=bool)
        mask[list(bins)] = True
        return mask

    def bins(self, rows: Array) -> dict[int, NDArray[np.intp]]:
        """Return which value each deciding column has in each row."""
        return {c: bins_of(self._dimensions[c], rows[:, c]) for c in self.deciding}

    def columns(self, rows: Array) -> NDArray[np.bool_]:
        """Return which columns are active in rows of the sub-space (n, n_columns)."""
        active = np.repeat(self.always[None], len(rows), axis=0)
        if not self._rules:
            return active
        bins = self.bins(rows)
        for when, columns in self._rules:
            holds = np.ones(len(rows), dtype=bool)
            for column, allowed in when:
                holds &= self._allowed[column, allowed][bins[column]]
            active[:, columns] |= holds[:, None]
        return active

    def entries(self, row: Sequence[float]) -> tuple[Entry, ...]:
        """Return the entries that are active in one row."""
        if not self.is_conditional:
            return self._entries
        bins = self._bins_of_row(row)
        return tuple(e for e in self._entries if _holds(e.when, bins))

    def is_active(self, when: When, row: Sequence[float]) -> bool:
        """Whether conditions hold in a row."""
        return all(self._bin(column, row) in bins for column, bins in when)

    def arranged(self, rows: Array, active: NDArray[np.bool_]) -> Array:
        """Return the rows with the values of descending groups in order."""
        for group in self.descending:
            columns = list(group)
            is_active = active[:, columns]
            values = np.where(is_active, rows[:, columns], -np.inf)
            ordered = -np.sort(-values, axis=1)
            rows[:, columns] = np.where(is_active, ordered, rows[:, columns])
        return rows

    def _bin(self, column: int, row: Sequence[float]) -> int:
        dimension = self._dimensions[column]
        if dimension.has_equal_bins:
            n = dimension.n_values
            return min(max(int(row[column] * n), 0), n - 1)
        return int(bins_of(dimension, np.array([row[column]]))[0])

    def _bins_of_row(self, row: Sequence[float]) -> dict[int, int]:
        return {column: self._bin(column, row) for column in self.deciding}

    # --- going through all points -----------------------------------------------

    def points(self) -> Iterator[Array]:
        """Yield every row of a finite sub-space, the last column fastest."""
        order = self._order()
        grids = {c: self._dimensions[c].positions().tolist() for c in order}
        row = np.full(len(self._dimensions), INACTIVE)
        above = {
            b: a for group in self.descending for a, b in itertools.pairwise(group)
        }
        if not self.is_conditional and not above:
            for point in itertools.product(*(grids[c] for c in order)):
                found = row.copy()
                found[order] = point
                yield found
            return
        yield from self._points_below(row, order, grids, above)

    def _order(self) -> list[int]:
        """Return the columns as written, but deciding ones before what they decide."""
        order: list[int] = []

        def add(column: int) -> None:
            if column in order:
                return
            for when in self._alternatives[column]:
                for parent, _ in when:
                    add(parent)
            order.append(column)

        for column in self._alternatives:
            add(column)
        return order

    def _points_below(
        self,
        row: Array,
        order: list[int],
        grids: dict[int, list[float]],
        above: dict[int, int],
    ) -> Iterator[Array]:
        if not order:
            yield row.copy()
            return
        column, *rest = order
        if not any(self.is_active(w, row.tolist()) for w in self._alternatives[column]):
            yield from self._points_below(row, rest, grids, above)
            return
        for position in grids[column]:
            if column in above and position > row[above[column]]:
                continue
            row[column] = position
            yield from self._points_below(row, rest, grids, above)
        row[column] = INACTIVE

    def n_points(self) -> int:
        """Return how many points a finite sub-space has.

        Groups of parameters that do not depend on each other are counted apart, and
        multiplied. Where one group has too many combinations of deciding values, what
        is returned is an upper bound.
        """
        return math.prod(map(self._n_points_of, self._groups()))

    def n_branches(self, most: int, ignored: frozenset[int]) -> int:
        """Return how many sets of columns are active together, at most `most`.

        Sets that only differ in the `ignored` columns count once.
        """
        total = 1
        for group in self._groups():
            found = {
                tuple(c for c in group if c not in ignored and self._is_in(c, bins))
                for bins in itertools.islice(self._combinations(group), 4 * most)
            }
            total = min(total * len(found), most)
        return total

    def _groups(self) -> list[list[int]]:
        """Return the columns in groups that do not depend on each other."""
        groups: list[set[int]] = []
        ties = [
            {column} | {parent for when in whens for parent, _ in when}
            for column, whens in self._alternatives.items()
        ]
        for tied in [*ties, *map(set, self.descending)]:
            apart = [group for group in groups if not group & tied]
            for group in groups:
                tied |= group if group & tied else set()
            groups = [*apart, tied]
        return [sorted(group) for group in groups]

    def _combinations(self, group: Sequence[int]) -> Iterator[dict[int, int]]:
        """Yield the values of the active deciding columns of a group."""
        order = [c for c in self._order() if c in group and c in self.deciding]
        yield from self._combinations_below(order, {})

    def _combinations_below(
        self, order: Sequence[int], bins: dict[int, int]
    ) -> Iterator[dict[int, int]]:
        if not order:
            yield dict(bins)
            return
        column, *rest = order
        if not self._is_in(column, bins):
            yield from self._combinations_below(rest, bins)
            return
        for value in range(self._dimensions[column].n_values):
            yield from self._combinations_below(rest, {**bins, column: value})

    def _is_in(self, column: int, bins: dict[int, int]) -> bool:
        return any(_holds(when, bins) for when in self._alternatives[column])

    def _n_points_of(self, group: Sequence[int]) -> int:
        others = [c for c in group if c not in self.deciding]
        total = 0
        for i, bins in enumerate(self._combinations(group)):
            if i == MAX_COMBINATIONS:
                return math.prod(self._dimensions[c].n_values for c in group)
            total += self._product([c for c in others if self._is_in(c, bins)])
        return total

    def _product(self, columns: Sequence[int]) -> int:
        total, left = 1, set(columns)
        for group in self.descending:
            mine = left & set(group)
            if mine:
                n = self._dimensions[group[0]].n_values
                total *= math.comb(n + len(mine) - 1, len(mine))
                left -= mine
        return total * math.prod(self._dimensions[c].n_values for c in left)


def _holds(when: When, bins: dict[int, int]) -> bool:
    return all(bins.get(column, -1) in allowed for column, allowed in when)
