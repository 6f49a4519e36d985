"""The search space, which maps parameters to rows of numbers in [0, 1] and back."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skhp.exceptions import InvalidSpaceError
from skhp.space._bins import Array, equal_bins
from skhp.space._constraints import (
    Constraint,
    check_constraints,
    draw_feasible,
    satisfies,
    too_tight,
)
from skhp.space._dimensions import (
    Categorical,
    Dimension,
)
from skhp.space._distributions import Continuous
from skhp.space._keys import Keys
from skhp.space._places import Places
from skhp.space._snapping import Snapping
from skhp.space._subspaces import (
    Column,
    SubSpace,
    may_share_points,
    read,
    shown,
)
from skhp.space.conditions import FIXED, INACTIVE, Activity, bins_of

# A finite space larger than this is not searched for points that sub-spaces share.
MAX_COUNTED = 50_000
MAX_BRANCHES = 64
# Longest grid_of a column.
MAX_GRID = 4096


class Space:
    """A search space: the parameters to search and the values that they may have.

    Parameters
    ----------
    spaces : dict, list of dict, list of (dict, n_iter) tuples or Space
        For each parameter, its possible values in any of these notations:

        - a list, array or range: choices, of any kind; lists of numbers are ordered;
        - a frozen distribution of SciPy, or any object with ``rvs``;
        - `Real`, `Integer` or `Categorical`;
        - ``(low, high)``, ``(low, high, prior)`` and dimensions, as in scikit-optimize;
        - ranges and choices of Optuna, ConfigSpace, hyperopt, Ray Tune and skrub;
        - any other single value, which is fixed.

        Ranges and choices have conditions (`when`), other notations get them from
        `Conditional`; `OneOf` chooses among estimators and their parameters, `Layers`
        the sizes of layers. Several dicts are sub-spaces. A ConfigurationSpace is read
        with its conditions.
    constraints : callable or sequence of callables, default=None
        Each takes a dict of parameters and returns whether it is allowed.

    Attributes
    ----------
    n_columns : int
        Length of a row. Fixed parameters have no column. With several sub-spaces,
        column 0 is the choice between them and is named "".
    n_subspaces : int
        Number of dicts.
    iterations : tuple of (int or None)
        The ``n_iter`` of each sub-space.
    column_names : tuple of str
        Parameter of each column.
    is_categorical : ndarray of bool, shape (n_columns,)
        Columns whose values have no order.
    n_values : ndarray of int64, shape (n_columns,)
        Number of distinct values, 0 for a continuous range.
    modelled : ndarray of bool, shape (n_columns,)
        False where a position is only the seed of a draw.
    is_deciding : ndarray of bool, shape (n_columns,)
        Columns on which it depends which others are active.
    sampled_names : tuple of str
        Parameters that are drawn with ``rvs`` and not modelled.
    constraints : tuple of callables
        The constraints.

    Raises
    ------
    InvalidSpaceError
        If the description is invalid; the message names the parameter.

    Examples
    --------
    >>> from skhp.space import Real, Space
    >>> space = Space({"C": Real(0.1, 10, "log-uniform"), "kernel": ["rbf", "linear"]})
    >>> space.to_params([[0.5, 0.9]])
    [{'C': 1.0, 'kernel': 'linear'}]
    >>> space.to_rows([{"C": 1.0, "kernel": "linear"}])
    array([[0.5 , 0.75]])
    """

    n_columns: int
    n_subspaces: int
    iterations: tuple[int | None, ...]
    column_names: tuple[str, ...]
    is_categorical: NDArray[np.bool_]
    n_values: NDArray[np.int64]
    modelled: NDArray[np.bool_]
    is_deciding: NDArray[np.bool_]
    sampled_names: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    _columns: tuple[Column, ...]
    _subspaces: tuple[SubSpace, ...]
    _dimensions: tuple[Dimension, ...]  # of all columns
    _activities: tuple[Activity, ...]  # of each sub-space
    _active: NDArray[np.bool_]  # (n_subspaces, n_columns), without conditions
    _is_arranged: bool  # whether the values of some columns are put in order
    is_conditional: bool  # whether some columns are inactive somewhere
    _snapping: Snapping

    def __init__(
        self,
        spaces: Mapping[str, Any] | Sequence[Any] | Space,
        constraints: Constraint | Iterable[Constraint] | None = None,
    ) -> None:
        checked = check_constraints(constraints)
        if isinstance(spaces, Space):
            columns, subspaces = spaces._columns, spaces._subspaces
            own = spaces.constraints
        else:
            columns, subspaces, own = read(spaces)
        self._set(_columns=columns, _subspaces=subspaces, constraints=own + checked)
        selector = [Column("", Categorical(range(len(subspaces)), ordered=False))]
        everything = (*(selector if len(subspaces) > 1 else []), *columns)
        self._set(_dimensions=tuple(column.dimension for column in everything))
        self._describe([column.name for column in everything])
        self._set(_snapping=Snapping(self._dimensions))

    def _set(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def _describe(self, names: list[str]) -> None:
        dimensions = self._dimensions
        activities = tuple(
            Activity(subspace.entries, dimensions, subspace.descending)
            for subspace in self._subspaces
        )
        deciding = np.zeros(len(names), dtype=bool)
        deciding[: len(names) - len(self._columns)] = True
        active = np.tile(deciding, (len(self._subspaces), 1))
        for i, activity in enumerate(activities):
            deciding[list(activity.deciding)] = True
            active[i] |= activity.always
        modelled = np.array([d.modelled for d in dimensions], dtype=bool)
        sampled = [
            n for n, is_modelled in zip(names, modelled, strict=True) if not is_modelled
        ]
        self._set(
            n_columns=len(names),
            n_subspaces=len(self._subspaces),
            iterations=tuple(s.n_iter for s in self._subspaces),
            column_names=tuple(names),
            is_categorical=_frozen([d.is_categorical for d in dimensions], np.bool_),
            n_values=_frozen([d.n_values for d in dimensions], np.int64),
            modelled=_frozen(modelled, np.bool_),
            is_deciding=_frozen(deciding, np.bool_),
            sampled_names=tuple(dict.fromkeys(sampled)),
            _is_arranged=any(activity.descending for activity in activities),
            is_conditional=len(active) > 1 or any(a.is_conditional for a in activities),
            _activities=activities,
            _active=active,
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        return (
            self._columns == other._columns
            and self._subspaces == other._subspaces
            and self.constraints == other.constraints
        )

    def __hash__(self) -> int:
        return hash(self._subspaces)

    def __repr__(self) -> str:
        written = [
            shown(s, self._dimensions, self.column_names) for s in self._subspaces
        ]
        inner = written[0] if len(written) == 1 else f"[{', '.join(written)}]"
        suffix = f", constraints={self.constraints!r}" if self.constraints else ""
        return f"Space({inner}{suffix})"

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Names of the parameters of each sub-space, fixed ones too, as written."""
        return tuple(tuple(subspace.names) for subspace in self._subspaces)

    @cached_property
    def n_branches(self) -> int:
        """Number of sets of columns that are active together, at most 64.

        Layers of networks count as if they were all there.
        """
        total = 0
        for subspace, activity in zip(self._subspaces, self._activities, strict=True):
            parts = {name for layers in subspace.layers for name in layers.sizes}
            columns = {e.column for e in subspace.entries if e.name in parts}
            total += activity.n_branches(MAX_BRANCHES, frozenset(columns))
        return min(total, MAX_BRANCHES)

    @cached_property
    def size(self) -> int | None:
        """Number of distinct points, ignoring constraints; None if it is infinite.

        Points that two sub-spaces share are counted once, in spaces small enough
        to look for them.
        """
        if not self._is_finite:
            return None
        total = sum(activity.n_points() for activity in self._activities)
        if not self._may_overlap or total > MAX_COUNTED:
            return total
        return len({self.key(row) for row in self._all_rows()})

    @property
    def _is_finite(self) -> bool:
        return bool(np.all(self.n_values > 0))

    @cached_property
    def _may_overlap(self) -> bool:
        """Whether two sub-spaces might hold the same point."""
        return any(
            may_share_points(a, b)
            for a, b in itertools.combinations(self._subspaces, 2)
        )

    # --- rows to params ---------------------------------------------------------

    def active(self, rows: ArrayLike) -> NDArray[np.bool_]:
        """Which columns are active in each row, shape (n, n_columns)."""
        checked = self._rows(rows)
        chosen = self.subspace_of(checked)
        active: NDArray[np.bool_] = self._active[chosen]
        for i, activity in enumerate(self._activities):
            if activity.is_conditional:
                mine = chosen == i if self.n_subspaces > 1 else slice(None)
                active[mine] |= activity.columns(checked[mine])
        return active

    def branch_of(self, rows: ArrayLike) -> NDArray[np.int64]:
        """Return a number that rows share that agree in what decides, shape (n,).

        Without conditions this is the sub-space.
        """
        checked = self._rows(rows)
        branch = self.subspace_of(checked).astype(np.int64)
        active = self.active(checked)
        for column in np.flatnonzero(self.is_deciding)[self.n_subspaces > 1 :]:
            bins = bins_of(self._dimensions[column], checked[:, column]) + 1
            branch = branch * (self.n_values[column] + 1)
            branch += np.where(active[:, column], bins, 0)
        return branch

    def subspace_of(self, rows: ArrayLike) -> NDArray[np.intp]:
        """Index of the sub-space of each row, shape (n,)."""
        checked, k = self._rows(rows), self.n_subspaces
        if k == 1:
            return np.zeros(len(checked), dtype=np.intp)
        return np.clip(np.floor(checked[:, 0] * k), 0, k - 1).astype(np.intp)

    def snap(self, rows: ArrayLike) -> Array:
        """Nearest representable rows; inactive columns become 0.5."""
        snapped = self.from_uniform(rows)
        if self.is_conditional:
            snapped[~self.active(snapped)] = INACTIVE
        return snapped

    def from_uniform(self, u: ArrayLike) -> Array:
        """Representable rows from a block of uniform numbers, shape (n, n_columns).

        Like `snap`, but inactive columns keep what they would mean if active.
        """
        snapped = self._snapping(self._rows(u))
        if self._is_arranged:
            chosen = self.subspace_of(snapped)
            for i, activity in enumerate(self._activities):
                mine = chosen == i
                active = self.active(snapped[mine])
                snapped[mine] = activity.arranged(snapped[mine], active)
        return snapped

    def to_params(self, rows: ArrayLike) -> list[dict[str, Any]]:
        """Parameters of each row, fixed ones too, in the order they were written."""
        checked = self._rows(rows)
        if len(checked) == 1 or not any(
            isinstance(d, Continuous) for d in self._dimensions
        ):
            return [self._decode(row) for row in checked.tolist()]
        # scipy takes as long for one number as for a thousand.
        columns = [d.values(checked[:, i]) for i, d in enumerate(self._dimensions)]
        return [
            self._subspaces[index].joined(
                {
                    e.name: e.value if e.column == FIXED else columns[e.column][i]
                    for e in self._activities[index].entries(row)
                }
            )
            for i, (index, row) in enumerate(
                zip(self.subspace_of(checked), checked.tolist(), strict=True)
            )
        ]

    def key(self, row: ArrayLike) -> Hashable:
        """Hashable key that two rows share if and only if their parameters agree."""
        checked = self._rows(np.reshape(np.asarray(row), (1, -1)))
        if self._is_arranged:
            checked = self.from_uniform(checked)
        (values,) = checked.tolist()
        index = self._index_of(values)
        return self._keys.of(index, values, self._activities[index].entries(values))

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self._dimensions, self._subspaces)

    def grid_of(self, column: int) -> Array | None:
        """All positions of a column, sorted; None if there are none or over 4096."""
        if not 0 < self.n_values[column] <= MAX_GRID:
            return None
        return np.sort(self._dimensions[column].positions())

    def _decode(self, row: list[float]) -> dict[str, Any]:
        dimensions, index = self._dimensions, self._index_of(row)
        return self._subspaces[index].joined(
            {
                name: value
                if column == FIXED
                else dimensions[column].value(row[column])
                for name, column, value, _ in self._activities[index].entries(row)
            }
        )

    def _index_of(self, row: list[float]) -> int:
        return self._dimensions[0].value(row[0]) if self.n_subspaces > 1 else 0

    def _rows(self, rows: ArrayLike) -> Array:
        checked = np.asarray(rows, dtype=np.float64)
        if checked.ndim != 2 or checked.shape[1] != self.n_columns:
            raise InvalidSpaceError(
                f"Rows of this space must have shape (n, {self.n_columns}). "
                f"Got {checked.shape}."
            )
        return checked

    # --- params to rows ---------------------------------------------------------

    def to_rows(self, params_list: Iterable[Mapping[str, Any]]) -> Array:
        """Rows of parameters, shape (n, n_columns); the inverse of `to_params`.

        Raises
        ------
        InvalidSpaceError
            If a parameter is missing, unknown, or outside the space.
        """
        rows = [self._places.find(params, self._decode) for params in params_list]
        return np.array(rows, dtype=np.float64).reshape(len(rows), self.n_columns)

    def contains(self, params: Mapping[str, Any]) -> bool:
        """Whether `params` is a point of the space that satisfies the constraints."""
        try:
            self._places.find(params, self._decode)
            return satisfies(params, self.constraints)
        except Exception:  # by contract: whatever is wrong with params, they are not in
            return False

    def project(self, params: Mapping[str, Any]) -> Array | None:
        """Row of the searched parameters among `params`, None if it lies outside.

        `params` may contain other names too, as ``estimator.get_params()`` does. If
        several sub-spaces fit, the one with the most names is used.
        """
        order = sorted(
            range(self.n_subspaces), key=lambda i: -len(self._subspaces[i].entries)
        )
        for i in order:
            row, _, _ = self._places.row_in(i, params)
            if row is not None and satisfies(self._decode(row), self.constraints):
                return np.array(row, dtype=np.float64)
        return None

    @cached_property
    def _places(self) -> Places:
        return Places(self._dimensions, self._subspaces, self._activities)

    # --- drawing ----------------------------------------------------------------

    def feasible(self, rows: ArrayLike) -> NDArray[np.bool_]:
        """Whether each row satisfies all constraints, shape (n,)."""
        checked = self._rows(rows)
        if not self.constraints:
            return np.ones(len(checked), dtype=bool)
        return np.array(
            [satisfies(params, self.constraints) for params in self.to_params(checked)],
            dtype=bool,
        )

    def sample(
        self,
        n: int,
        rng: np.random.Generator,
        subspace: int | None = None,
        *,
        allow_fewer: bool = False,
    ) -> Array:
        """Draw rows from the priors, shape (n, n_columns).

        Parameters
        ----------
        n : int
            Number of rows. They satisfy the constraints and may repeat.
        rng : numpy.random.Generator
            Source of randomness.
        subspace : int, default=None
            Where to draw; None means any sub-space, with equal probability.
        allow_fewer : bool, default=False
            Whether to return the rows found, possibly none, instead of raising.

        Raises
        ------
        InvalidSpaceError
            If the constraints reject 10,000 draws in a row.
        """
        if not self.constraints:
            return self._draw(n, rng, subspace)
        kept = draw_feasible(lambda k: self._draw(k, rng, subspace), self.feasible, n)
        if len(kept) < n and not allow_fewer:
            raise too_tight()
        return np.array(kept, dtype=np.float64).reshape(-1, self.n_columns)

    def _draw(self, n: int, rng: np.random.Generator, subspace: int | None) -> Array:
        u = rng.random((n, self.n_columns))
        if subspace is not None and self.n_subspaces > 1:
            u[:, 0] = equal_bins(self.n_subspaces)[subspace]
        return self.snap(u)

    def enumerate(self) -> Iterator[Array]:
        """All distinct feasible rows of a finite space, the last column fastest.

        Raises
        ------
        InvalidSpaceError
            If the space is infinite.
        """
        if not self._is_finite:
            endless = [
                n
                for n, m in zip(self.column_names, self.n_values, strict=True)
                if not m
            ]
            raise InvalidSpaceError(
                f"Only a finite space can be enumerated. Got a continuum for {endless}."
            )
        return self._distinct_rows()

    def _distinct_rows(self) -> Iterator[Array]:
        seen = set()
        for row in self._all_rows():
            if self._may_overlap:
                key = self.key(row)
                if key in seen:
                    continue
                seen.add(key)
            if satisfies(self._decode(row.tolist()), self.constraints):
                yield row

    def _all_rows(self) -> Iterator[Array]:
        for i, activity in enumerate(self._activities):
            for row in activity.points():
                if self.n_subspaces > 1:
                    row[0] = (i + 0.5) / self.n_subspaces
                yield row


def _frozen(values: Any, dtype: Any) -> NDArray[Any]:
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
