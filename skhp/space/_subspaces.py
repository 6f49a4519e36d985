"""Conversion of what users write for a whole space to sub-spaces that share columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._choices import is_alike, is_same
from skhp.space._config_space import (
    is_configuration_space,
    read_configuration_space,
)
from skhp.space._constraints import Constraint
from skhp.space._dialects import interpret
from skhp.space._dimensions import Dimension
from skhp.space._foreign import Constant

FIXED = -1  # the "column" of a constant


@dataclass(frozen=True)
class Column:
    """One searched parameter with one dimension, possibly of several sub-spaces."""

    name: str
    dimension: Dimension


@dataclass(frozen=True, eq=False)
class SubSpace:
    """One dict: for each name, in the order written, its column or its constant."""

    entries: tuple[tuple[str, int, Any], ...]
    n_iter: int | None

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.entries]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubSpace):
            return NotImplemented
        return (
            self.n_iter == other.n_iter
            and len(self.entries) == len(other.entries)
            and all(
                a[:2] == b[:2] and matches(a[2], b[2])
                for a, b in zip(self.entries, other.entries, strict=True)
            )
        )

    def __hash__(self) -> int:
        return hash(tuple(self.names))


def matches(value: Any, constant: Any) -> bool:
    """Whether `value` is that of a fixed parameter."""
    return is_same(value, constant) or is_alike(value, constant)


def may_share_points(a: SubSpace, b: SubSpace) -> bool:
    """Whether both have the same names and no two constants that differ."""
    fixed = {name: value for name, column, value in b.entries if column == FIXED}
    return set(a.names) == set(b.names) and all(
        column != FIXED or name not in fixed or matches(value, fixed[name])
        for name, column, value in a.entries
    )


def read(
    spaces: Any,
) -> tuple[tuple[Column, ...], tuple[SubSpace, ...], tuple[Constraint, ...]]:
    """Return the columns, sub-spaces and constraints of what the user wrote.

    If there are several sub-spaces, column 0 is reserved for the choice among them.
    """
    constraints: tuple[Constraint, ...] = ()
    if is_configuration_space(spaces):
        spaces, constraints = read_configuration_space(spaces)
    written = _as_list(spaces)
    first = 1 if len(written) > 1 else 0
    columns: list[Column] = []
    subspaces = []
    for space, n_iter in written:
        entries: list[tuple[str, int, Any]] = []
        for name, value in space.items():
            if not isinstance(name, str):
                raise InvalidSpaceError(
                    f"The names in a search space must be strings. Got {name!r}."
                )
            meaning = interpret(name, value)
            if isinstance(meaning, Constant):
                entries.append((name, FIXED, meaning.value))
                continue
            column = Column(name, meaning)
            if column not in columns:
                columns.append(column)
            entries.append((name, first + columns.index(column), None))
        subspaces.append(SubSpace(tuple(entries), n_iter))
    return tuple(columns), tuple(subspaces), constraints


def _as_list(spaces: Any) -> list[tuple[Mapping[str, Any], int | None]]:
    if isinstance(spaces, Mapping) or _is_pair(spaces):
        return [_with_budget(spaces)]
    if not isinstance(spaces, Sequence) or isinstance(spaces, str):
        raise InvalidSpaceError(
            f"The search space must be a dict or a list of dicts. Got {spaces!r}."
        )
    if not spaces:
        raise InvalidSpaceError("The search space must hold at least one dict. Got [].")
    return [_with_budget(space) for space in spaces]


def _is_pair(written: Any) -> bool:
    return (
        isinstance(written, tuple)
        and len(written) == 2
        and isinstance(written[0], Mapping)
        and not isinstance(written[1], Mapping | tuple)
    )


def _with_budget(written: Any) -> tuple[Mapping[str, Any], int | None]:
    """Read a dict with its own number of iterations, None if it has none."""
    if isinstance(written, Mapping):
        return written, None
    if not _is_pair(written):
        raise InvalidSpaceError(
            f"Each sub-space must be a dict or a tuple (dict, n_iter). Got {written!r}."
        )
    space, n_iter = written
    whole = isinstance(n_iter, int | np.integer) and not isinstance(n_iter, bool)
    if not whole or n_iter < 1:
        raise InvalidSpaceError(
            f"The n_iter of a sub-space must be a positive integer. Got {n_iter!r}."
        )
    return space, int(n_iter)
