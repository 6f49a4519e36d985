"""Hashable keys of rows: equal exactly when the rows decode to the same params."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from skhp.space._bins import equal_bins
from skhp.space._choices import Choices, is_number
from skhp.space._dimensions import Categorical, Dimension
from skhp.space._distributions import Sampled
from skhp.space._subspaces import SubSpace
from skhp.space.conditions import FIXED, Entry


class Keys:
    """Makes keys of rows.

    A key contains a token for each value: numbers as they are, other objects by their
    position among all choices of the space. A key therefore stays valid after
    pickling, unlike the hash of an estimator, which is its address.
    """

    def __init__(
        self, dimensions: Sequence[Dimension], subspaces: Sequence[SubSpace]
    ) -> None:
        found: list[Any] = []
        for dimension in dimensions:
            if isinstance(dimension, Categorical):
                found.extend(dimension.choices)
        for subspace in subspaces:
            found.extend(e.value for e in subspace.entries if e.column == FIXED)
        self._objects = Choices(found)
        self._dimensions = dimensions
        # For each column the tokens of its choices by bin, empty if it has none.
        self._choices = [
            [self._token_of(d.value(u)) for u in equal_bins(d.n_values).tolist()]
            if isinstance(d, Categorical)
            else []
            for d in dimensions
        ]
        self._subspaces = [
            None if subspace.is_conditional else self._prepared(subspace.entries)
            for subspace in subspaces
        ]

    def of(
        self, index: int, row: Sequence[float], entries: Iterable[Entry]
    ) -> Hashable:
        """Key of a row of the sub-space `index`, in which `entries` are active."""
        names, places = self._subspaces[index] or self._prepared(entries)
        tokens = [
            token if column == FIXED else self._token_at(column, row[column])
            for column, token in places
        ]
        return names, tuple(tokens)

    def _prepared(
        self, entries: Iterable[Entry]
    ) -> tuple[tuple[str, ...], list[tuple[int, Hashable]]]:
        """Sorted names, and the column or the token of each."""
        by_name = {entry.name: entry for entry in entries}
        names = sorted(by_name)
        return tuple(names), [
            (e.column, self._token_of(e.value) if e.column == FIXED else None)
            for e in map(by_name.__getitem__, names)
        ]

    def _token_of(self, value: Any) -> Hashable:
        if is_number(value):
            number = value.item() if isinstance(value, np.generic) else value
            return _number_token(number)
        return "object", self._objects.index(value)

    def _token_at(self, column: int, u: float) -> Hashable:
        tokens = self._choices[column]
        if tokens:
            return tokens[min(max(int(u * len(tokens)), 0), len(tokens) - 1)]
        dimension = self._dimensions[column]
        if isinstance(dimension, Sampled):
            return "seed", dimension.seed(u)
        return _number_token(dimension.value(u))


def _number_token(number: float) -> Hashable:
    # 1 and 1.0 are equal and hash alike, but max_features tells them apart.
    return (number,) if isinstance(number, int) else number
