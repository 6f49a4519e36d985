"""Modelled scores along parameters, averaged over all the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from skhp.inspection._encoded import Encoded
from skhp.inspection._model import Model
from skhp.inspection._results import Floats

_N_BASE, _N_BASE_OF_TWO = 64, 32  # points of the space that are averaged over
_N_STEPS, _N_STEPS_OF_TWO = 33, 15  # along a range
_MOST_VALUES = 41  # of a list of choices, each a step of its own

_Setting = tuple[NDArray[np.intp], Floats]  # columns of the space, and numbers there
_Cell = tuple[list[float], Floats]  # places on the axes, and rows that lie there


@dataclass(frozen=True, eq=False)
class Averages:
    """What a model says along one or two parameters.

    Attributes
    ----------
    places : tuple of ndarray
        For each parameter where its values lie on its axis, ascending.
    mean, deviation : ndarray
        Of the mean score at each of them, or each combination; nan where they are never
        set together.
    """

    places: tuple[Floats, ...]
    mean: Floats
    deviation: Floats


def averages_along(model: Model, name: str) -> Averages:
    """Return the modelled score along one parameter."""
    base = _base(model.encoded, _N_BASE)
    steps = _steps(model.encoded, name, _N_STEPS)
    cells = [_at(model.encoded, base, [(name, step)]) for step in steps]
    cells.append(_not_set(model.encoded, base, name))
    found = _merged(cells)
    places = np.array([place for (place,) in found])
    mean, deviation = _moments(model, list(found.values()))
    order = np.argsort(places)
    return Averages((places[order],), mean[order], deviation[order])


def averages_over(model: Model, names: Sequence[str]) -> Averages:
    """Return the modelled score over the combinations of two parameters."""
    found = model.encoded
    base = _base(found, _N_BASE_OF_TWO)
    first, second = (_steps(found, name, _N_STEPS_OF_TWO) for name in names)
    cells = _merged(
        _at(found, base, [(names[0], a), (names[1], b)]) for a in first for b in second
    )
    mean, deviation = _moments(model, list(cells.values()))
    xs = np.unique([x for x, _ in cells])
    ys = np.unique([y for _, y in cells])
    means, deviations = np.full((2, len(xs), len(ys)), np.nan)
    for i, (x, y) in enumerate(cells):
        at = np.searchsorted(xs, x), np.searchsorted(ys, y)
        means[at], deviations[at] = mean[i], deviation[i]
    return Averages((xs, ys), means, deviations)


def _base(found: Encoded, n: int) -> Floats:
    """Return points all over the space, also where columns are not active.

    `n` is a power of two.
    """
    rng = np.random.default_rng(0)
    base: Floats = qmc.Sobol(found.space.n_columns, seed=rng).random(n)
    return base


def _steps(found: Encoded, name: str, n_steps: int) -> list[_Setting]:
    """Return the numbers that stand for the values of a parameter, in its columns.

    If it has one column, these are steps along it; otherwise those of each row in which
    they are different.
    """
    columns = np.flatnonzero(np.array(found.owners) == name)
    if len({found.space.column_names[j] for j in columns}) > 1:
        tried = np.unique(found.rows[:, columns], axis=0)
        step = max(1, len(tried) // _MOST_VALUES)
        return [(columns, row) for row in tried[::step]]
    steps: list[_Setting] = []
    for j in columns:
        grid = found.space.grid_of(int(j))
        if grid is None or len(grid) > _MOST_VALUES:
            grid = np.linspace(0, 1, n_steps)
        steps += [(np.array([j]), np.array([u])) for u in grid]
    return steps


def _merged(cells: Iterable[_Cell | None]) -> dict[tuple[float, ...], Floats]:
    """Return the rows at each place; rare categories have one together."""
    found: dict[tuple[float, ...], list[Floats]] = {}
    for places, rows in filter(None, cells):
        found.setdefault(tuple(places), []).append(rows)
    return {places: np.concatenate(rows) for places, rows in found.items()}


def _at(
    found: Encoded, base: Floats, settings: Sequence[tuple[str, _Setting]]
) -> _Cell | None:
    """Return where parameters lie at some of their values, and rows that have them.

    None if there are no such rows, or if the values have no place on the axes.
    """
    moved = base.copy()
    for _, (columns, numbers) in settings:
        moved[:, columns] = numbers
    rows = found.space.snap(moved)
    active = found.space.active(rows)
    kept = np.ones(len(rows), dtype=np.bool_)
    for _, (columns, _) in settings:
        kept &= active[:, columns].any(axis=1)
    rows = rows[kept]
    if not len(rows):
        return None
    point = found.space.to_params(rows[:1])[0]
    places = [found.place(name, point) for name, _ in settings]
    return (places, rows) if np.all(np.isfinite(places)) else None


def _not_set(found: Encoded, base: Floats, name: str) -> _Cell | None:
    """Return where a parameter lies that is not set, and rows in which it is not."""
    rows = found.space.snap(base)
    points = found.space.to_params(rows)
    kept = [i for i, point in enumerate(points) if not _names(point, name)]
    if not kept:
        return None
    place = found.place(name, points[kept[0]])
    return ([place], rows[kept]) if np.isfinite(place) else None


def _names(point: Mapping[str, object], name: str) -> bool:
    """Whether a parameter, or the kind of its value, is set."""
    return any(key == name or key.startswith(f"{name} (") for key in point)


def _moments(model: Model, cells: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return mean and deviation over the draws of the average over each cell."""
    if not cells:
        return np.empty(0), np.empty(0)
    sizes = [len(rows) for rows in cells]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    inputs = model.inputs(np.concatenate(cells))
    averages = np.array(
        [np.add.reduceat(draw(*inputs), starts) / sizes for draw in model.draws]
    )
    mean, deviation = averages.mean(axis=0), averages.std(axis=0)
    return model.centre + model.scale * mean, model.scale * deviation
