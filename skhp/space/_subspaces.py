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
from skhp.space._dimensions import Dimension
from skhp.space._foreign import Constant
from skhp.space.conditions import FIXED, Entry, LayerNames, Resolver, parts_of


@dataclass(frozen=True)
class Column:
    """One searched parameter with one dimension, possibly of several sub-spaces."""

    name: str
    dimension: Dimension


@dataclass(frozen=True, eq=False)
class SubSpace:
    """One dict: its parameters, in the order written.

    Attributes
    ----------
    entries : tuple of Entry
    n_iter : int or None
    layers : tuple of LayerNames
        Parameters whose value is a tuple, the parts of which are entries.
    """

    entries: tuple[Entry, ...]
    n_iter: int | None
    layers: tuple[LayerNames, ...] = ()

    @property
    def inner_names(self) -> list[str]:
        """The names of the entries, each once."""
        return list(dict.fromkeys(entry.name for entry in self.entries))

    @property
    def names(self) -> list[str]:
        """The names of the parameters that an estimator has, each once."""
        names = dict.fromkeys(self.inner_names, None)
        for layers in self.layers:
            names = {
                (layers.name if name == layers.count else name): None
                for name in names
                if name not in layers.sizes
            }
        return list(names)

    @property
    def is_conditional(self) -> bool:
        """Whether some parameters are only active in places."""
        return any(entry.when for entry in self.entries)

    @property
    def descending(self) -> list[tuple[int, ...]]:
        """Groups of columns whose active values never increase."""
        column = {entry.name: entry.column for entry in self.entries}
        groups = [
            tuple(column[size] for size in layers.sizes if column[size] != FIXED)
            for layers in self.layers
            if layers.non_increasing
        ]
        return [group for group in groups if len(group) > 1]

    def joined(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of the estimator from those of the entries."""
        for layers in self.layers:
            params = layers.joined(params)
        return params

    def parted(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters of the entries from those of the estimator.

        Raises
        ------
        InvalidSpaceError
            If one of them cannot be taken apart.
        """
        for layers in self.layers:
            try:
                params = layers.parted(params)
            except ValueError as error:
                raise InvalidSpaceError(
                    f"Parameter {layers.name!r} {error}. Got {params[layers.name]!r}."
                ) from error
        return params

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubSpace):
            return NotImplemented
        return (
            (self.n_iter, self.layers) == (other.n_iter, other.layers)
            and len(self.entries) == len(other.entries)
            and all(
                a[:2] == b[:2] and a.when == b.when and matches(a.value, b.value)
                for a, b in zip(self.entries, other.entries, strict=True)
            )
        )

    def __hash__(self) -> int:
        return hash(tuple(self.names))


def matches(value: Any, constant: Any) -> bool:
    """Whether `value` is that of a fixed parameter."""
    return is_same(value, constant) or is_alike(value, constant)


def may_share_points(a: SubSpace, b: SubSpace) -> bool:
    """Whether both may have the same names and no two constants that differ."""
    if not set(_always(a)) <= set(b.names) or not set(_always(b)) <= set(a.names):
        return False
    fixed = {n: entry for n, entry in _always(b).items() if entry.column == FIXED}
    return all(
        entry.column != FIXED
        or name not in fixed
        or matches(entry.value, fixed[name].value)
        for name, entry in _always(a).items()
    )


def _always(subspace: SubSpace) -> dict[str, Entry]:
    """Return what is active everywhere in a sub-space, without tuples."""
    parts = {n for layers in subspace.layers for n in (layers.count, *layers.sizes)}
    return {
        entry.name: entry
        for entry in subspace.entries
        if not entry.when and entry.name not in parts
    }


def shown(
    subspace: SubSpace, dimensions: Sequence[Dimension], names: Sequence[str]
) -> str:
    """Return a sub-space as a dict of what its columns mean.

    Parameters
    ----------
    subspace : SubSpace
    dimensions : sequence of Dimension
    names : sequence of str
        Of all columns.
    """
    texts = []
    for name, column, value, when in subspace.entries:
        text = repr(value if column == FIXED else dimensions[column])
        if when:
            conditions = {}
            for parent, bins in when:
                grid = np.sort(dimensions[parent].positions())[sorted(bins)]
                conditions[names[parent]] = dimensions[parent].values(grid)
            text = f"Conditional({text}, when={conditions!r})"
        texts.append(f"{name!r}: {text}")
    inside = f"{{{', '.join(texts)}}}"
    return inside if subspace.n_iter is None else f"({inside}, {subspace.n_iter})"


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
        parts, layers = parts_of(space)
        places = []
        for part in parts:
            if isinstance(part.meaning, Constant):
                places.append(FIXED)
                continue
            column = Column(part.name, part.meaning)
            if column not in columns:
                columns.append(column)
            places.append(first + columns.index(column))
        entries = Resolver(parts, places).entries()
        subspaces.append(SubSpace(tuple(entries), n_iter, tuple(layers)))
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
