"""The candidates of a search as rows of numbers, for models of their scores."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.inspection._parameters import ParameterAxis, axes_of, keys_of
from skhp.inspection._results import Floats, Results, Rows, searched_space
from skhp.space import Categorical, Real, Space

MOST = 300  # candidates that are modelled; of more, a random part and the best
SUBSPACE = "(which of the spaces)"
_NUMBER = "number"
_KIND = " (kind)"  # of a value that is not a number, in a parameter that also has some


@dataclass(frozen=True, eq=False)
class Encoded:
    """The candidates of a search that have a score, as rows of a space.

    Attributes
    ----------
    axes : dict of str to ParameterAxis
        The parameters, and where the values of all candidates lie.
    space : Space
        That of the search, or one made up from what was tried.
    owners : tuple of str
        The parameter that each column of the space belongs to.
    candidates : ndarray of int of shape (n,)
        Rows of ``cv_results_``.
    rows : ndarray of shape (n, n_columns)
    levels : ndarray of shape (n,) or None
        How much of the resource each was given, from 0 to 1 for the most; None without
        rungs.
    place : callable
        Takes a parameter and the parameters of a point of the space, and returns where
        its value lies on the axis, nan if it is not to be found there.
    """

    axes: Mapping[str, ParameterAxis]
    space: Space
    owners: tuple[str, ...]
    candidates: Rows
    rows: Floats
    levels: Floats | None
    place: Callable[[str, Mapping[str, Any]], float]


def encoded(search: Any, results: Results) -> Encoded | None:
    """Return the candidates of a search that have a score as rows of a space.

    None if no parameter differs between candidates.
    """
    axes = axes_of(search, results.params)
    candidates = _some(np.flatnonzero(np.isfinite(results.means)), results)
    params = [results.params[i] for i in candidates]
    levels = None
    if results.resources is not None:
        levels = _levels(np.log(results.resources[candidates].astype(np.float64)))
    found = _in_space_of(search, params)
    if found is not None:
        space, rows = found
        places = {name: axis.places[candidates] for name, axis in axes.items()}
        owners = _owners(space, rows, places)
        place = _place_of(axes, results.params)
    elif all(axis.n_distinct == 1 for axis in axes.values()):
        return None
    else:
        space, owners, rows = _made_up(axes, candidates)
        place = _place_of_made_up
    return Encoded(axes, space, owners, candidates, rows, levels, place)


def _some(candidates: Rows, results: Results) -> Rows:
    """Return at most so many candidates as are modelled, always the same ones."""
    if len(candidates) <= MOST:
        return candidates
    drawn = np.random.default_rng(0).choice(candidates, MOST, replace=False)
    if results.best is not None and results.best not in drawn:
        drawn[0] = results.best
    return np.sort(drawn)


def _levels(logs: Floats) -> Floats:
    top = logs.max(initial=-np.inf)
    span = top - logs.min(initial=np.inf)
    levels: Floats = 1 - (top - logs) / (span if span > 0 else 1.0)
    return levels


def _in_space_of(
    search: Any, params: Sequence[Mapping[str, Any]]
) -> tuple[Space, Floats] | None:
    """Return the space of a search and rows of it; None if they do not fit."""
    try:
        space = searched_space(search)
        space = space if isinstance(space, Space) else Space(space)
        # The position of a value that is drawn with rvs is not known
        if space.sampled_names or not space.n_columns:
            return None
        return space, space.to_rows(params)
    except (InvalidSpaceError, KeyError, TypeError, ValueError, AttributeError):
        return None  # of a class, or a user, that writes spaces in a way of its own


def _owners(
    space: Space, rows: Floats, places: Mapping[str, Floats]
) -> tuple[str, ...]:
    """Return the parameter of each column; parts of layers belong to their tuple.

    The choice among several spaces belongs to the parameter that tells them apart.
    """
    names = {name for each in space.names for name in each}
    return tuple(
        column
        if column in names
        else column.rpartition(" (")[0]
        or _telling_apart(space.subspace_of(rows), places)
        for column in space.column_names
    )


def _telling_apart(chosen: Rows, places: Mapping[str, Floats]) -> str:
    """Return the parameter with the fewest values, none of which two spaces share."""
    found: list[tuple[int, str]] = []
    for name, where in places.items():
        values, value = np.unique(where, return_inverse=True)
        both = np.unique(np.column_stack([value, chosen]), axis=0)
        if len(both) == len(values) > 1:
            found.append((len(values), name))
    return min(found, key=lambda pair: pair[0])[1] if found else SUBSPACE


def _place_of(
    axes: Mapping[str, ParameterAxis], params: Sequence[Mapping[str, Any]]
) -> Callable[[str, Mapping[str, Any]], float]:
    known: dict[str, dict[Hashable, float]] = {}

    def place(name: str, point: Mapping[str, Any]) -> float:
        axis = axes[name]
        if name not in known:
            keys = keys_of(params, name)
            known[name] = dict(zip(keys, axis.places.tolist(), strict=True))
        key = keys_of([point], name)[0]
        if isinstance(key, float) and axis.scale != "category":
            return key
        return known[name].get(key, np.nan)

    return place


def _made_up(
    axes: Mapping[str, ParameterAxis], candidates: Rows
) -> tuple[Space, tuple[str, ...], Floats]:
    """Return a space of the places on the axes, its owners, and the rows."""
    written: dict[str, Any] = {}
    owners: dict[str, str] = {}
    points: list[dict[str, Any]] = [{} for _ in candidates]
    for name, axis in axes.items():
        if axis.n_distinct == 1:
            continue
        places = axis.places[candidates].tolist()
        ticks = sorted(axis.ticks)
        if axis.scale == "category":
            written[name] = Categorical(ticks, ordered=False)
            owners[name] = name
            for point, place in zip(points, places, strict=True):
                point[name] = place
            continue
        when = None
        if ticks:
            kind = name + _KIND
            when = {kind: _NUMBER}
            written[kind] = Categorical([_NUMBER, *ticks], ordered=False)
            owners[kind] = name
            for point, place in zip(points, places, strict=True):
                point[kind] = place if place in axis.ticks else _NUMBER
        is_log = axis.scale == "log"
        written[name] = Real(
            *axis.ends, prior="log-uniform" if is_log else "uniform", when=when
        )
        owners[name] = name
        for point, place in zip(points, places, strict=True):
            if place not in axis.ticks:
                point[name] = place
    space = Space(written)
    names = tuple(owners[column] for column in space.column_names)
    return space, names, space.to_rows(points)


def _place_of_made_up(name: str, point: Mapping[str, Any]) -> float:
    return float(point.get(name, point.get(name + _KIND, np.nan)))
