"""scikit-optimize's conventions: minimised results, callbacks and settings.

Code written for `skopt.BayesSearchCV` reads ``x``, ``fun``, ``x_iters``, ``func_vals``
and passes results to ``skopt.plots``. As there, the parameters of a point are sorted by
name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult

from skhp.evaluation import Observer, Record, Row
from skhp.exceptions import InvalidParameterError, SkhpWarning, warn_user
from skhp.optimizers import SurrogateModel, one_blas_thread
from skhp.space import Space
from skhp.surrogate import Posterior, warp_scores

_Floats = NDArray[np.float64]

_SURROGATES = {
    "GP": "gp",
    "RF": "lightgbm",
    "ET": "lightgbm",
    "GBRT": "lightgbm",
    "auto": "auto",
    "gp": "gp",
    "lightgbm": "lightgbm",
}
_IGNORED = frozenset(
    {
        "acq_func",
        "acq_func_kwargs",
        "acq_optimizer",
        "acq_optimizer_kwargs",
        "avoid_duplicates",
        "initial_point_generator",
        "model_queue_size",
        "n_jobs",
    }
)
# Points drawn from a sub-space to see whether they also lie in another one.
_N_PROBES = 64
# Points of a range of floats at which its coordinates are computed exactly.
_N_KNOTS = 1025


def read_optimizer_kwargs(given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the settings for `BayesOptimizer`, by our names or scikit-optimize's.

    Raises
    ------
    InvalidParameterError
        If a setting is unknown to both; the message names it.
    """
    settings: dict[str, Any] = {}
    ignored = []
    for name, value in (given or {}).items():
        if name in ("n_initial_points", "n_random_starts", "n_initial"):
            settings["n_initial"] = value
        elif name in ("surrogate", "base_estimator"):
            if isinstance(value, str) and value in _SURROGATES:
                settings["surrogate"] = _SURROGATES[value]
            elif name == "surrogate":
                settings["surrogate"] = value  # refused by the optimizer
            else:
                ignored.append(name)
        elif name == "space_constraint":
            continue  # a part of the space
        elif name in _IGNORED:
            ignored.append(name)
        else:
            raise InvalidParameterError(
                "The 'optimizer_kwargs' parameter of BayesSearchCV may hold "
                f"'n_initial_points' and 'surrogate'. Got {name!r}."
            )
    if ignored:
        warn_user(
            "These settings of scikit-optimize in optimizer_kwargs have no meaning "
            f"here and are ignored: {', '.join(ignored)}.",
            SkhpWarning,
        )
    return settings


@dataclass(frozen=True)
class OfPoint:
    """A constraint in scikit-optimize's form, which takes a list of values."""

    constraint: Callable[[list[Any]], Any]

    def __call__(self, params: Mapping[str, Any]) -> Any:
        """Return whether a configuration is allowed."""
        return self.constraint(_point(params))


def space_constraint(optimizer_kwargs: dict[str, Any] | None) -> OfPoint | None:
    """Return the constraint among scikit-optimize's settings, if there is one."""
    given = (optimizer_kwargs or {}).get("space_constraint")
    if given is None:
        return None
    if not callable(given):
        raise InvalidParameterError(
            "The 'space_constraint' of optimizer_kwargs must be a callable that takes "
            "the list of parameter values of a point, sorted by name. "
            f"Got {given!r} instead."
        )
    return OfPoint(given)


class SkoptCallbacks(Observer):
    """Calls the user's callbacks after each candidate; True stops the search.

    Parameters
    ----------
    callbacks : sequence of callable
        Each takes the history so far, of all sub-spaces together.
    record : Record
        The trials of the search.
    space : Space
        The search space.
    """

    hears_replay: ClassVar[bool] = True

    def __init__(
        self, callbacks: Sequence[Callable[[Any], Any]], record: Record, space: Space
    ) -> None:
        self._callbacks, self._record, self._space = callbacks, record, space
        self._params: list[Any] = []
        self._scores: list[float] = []
        self._is_replaying = True

    def started(self) -> None:
        """Note that the replay is over and new results follow."""
        self._is_replaying = False

    def trial_done(self, row: Row) -> bool:
        """Pass the history to each callback; return whether one asks to stop."""
        self._params.append(row.trial.params)
        self._scores.append(row.mean_score(self._record.objective))
        if self._is_replaying:
            return False
        # Points of several sub-spaces do not share one `skopt.Space`.
        subspace = 0 if self._space.n_subspaces == 1 else None
        scores = np.array(self._scores)
        result = optimize_result(self._space, self._params, scores, subspace)
        # All of them are called, even after one has asked to stop.
        return any([bool(callback(result)) for callback in self._callbacks])


def optimize_results(
    space: Space,
    results: dict[str, Any],
    metric: str | None,
    subspaces: ArrayLike | None = None,
) -> list[Any]:
    """Return the history of each sub-space, from ``cv_results_``.

    Parameters
    ----------
    space : Space
        The search space.
    results : dict
        ``cv_results_``.
    metric : str or None
        The metric to use; None uses the first one.
    subspaces : array-like of shape (n_candidates,), default=None
        Sub-space of each candidate. None takes the first one that contains it.
    """
    if metric is None:
        metric = next(k for k in results if k.startswith("mean_test_"))[10:]
    scores, params = results[f"mean_test_{metric}"], results["params"]
    if space.n_subspaces == 1:
        return [optimize_result(space, params, scores)]
    if subspaces is None:
        subspaces = [_subspace_of(space, candidate) for candidate in params]
    histories = []
    for k in range(space.n_subspaces):
        mine = np.flatnonzero(np.asarray(subspaces) == k)
        points = [params[i] for i in mine]
        histories.append(optimize_result(space, points, scores[mine], k))
    return histories


def _subspace_of(space: Space, params: Mapping[str, Any]) -> int:
    """Return the first sub-space that contains a candidate."""
    if space.contains(params):
        return int(space.subspace_of(space.to_rows([params]))[0])
    # Values drawn with rvs have no position.
    return [set(names) for names in space.names].index(set(params))


def optimize_result(
    space: Space, params: Sequence[Any], scores: Any, subspace: int | None = 0
) -> Any:
    """Return a history in scikit-optimize's form; ``fun`` is minus the best score.

    It has a `skopt.Space` and a model if all of its points lie in one sub-space and in
    no other, and all of their values have positions there.
    """
    values = -np.asarray(scores, dtype=np.float64)
    points = [_point(p) for p in params]
    best = int(np.nanargmin(values)) if np.any(~np.isnan(values)) else None
    result: Any = OptimizeResult()
    result.update(
        {
            "x": None if best is None else points[best],
            "fun": np.nan if best is None else float(values[best]),
            "func_vals": values,
            "x_iters": points,
            "models": [],
            "random_state": None,
            "specs": None,
            "space": space,
        }
    )
    if points and subspace is not None:
        axes = _axes(space, subspace)
        if axes is not None:
            result.space = axes.skopt_space
            result.models = [_Model(axes, list(params), np.asarray(scores))]
    return result


def _point(params: Mapping[str, Any]) -> list[Any]:
    return [params[name] for name in sorted(params)]


@dataclass(frozen=True, eq=False)
class _Axes:
    """A sub-space in scikit-optimize's coordinates, all of them in [0, 1].

    Attributes
    ----------
    skopt_space : skopt.Space
        It transforms points to coordinates.
    space : Space
    row : ndarray of shape (n_columns,)
        A row of the sub-space.
    axes : list of (int, _Axis)
        For each coordinate of a parameter that is not fixed, its position among all
        coordinates, and how it becomes a column of a row.
    """

    skopt_space: Any
    space: Space
    row: _Floats
    axes: list[tuple[int, _Axis]]

    def rows(self, coordinates: _Floats) -> _Floats:
        """Return the rows of points given by their coordinates."""
        rows = np.tile(self.row, (len(coordinates), 1))
        for j, axis in self.axes:
            rows[:, axis.column] = axis.positions_at(coordinates[:, j])
        return rows


@dataclass(frozen=True, eq=False)
class _Axis:
    """A coordinate of scikit-optimize's, and the column of a row that it stands for.

    Attributes
    ----------
    column : int
    coordinates, positions : ndarray of shape (k,)
        Coordinates, in ascending order, and the positions that have the same values:
        all of them, or of a range of floats so many that a straight line connects
        neighbours.
    is_finite : bool
        Whether the column has finitely many values.
    """

    column: int
    coordinates: _Floats
    positions: _Floats
    is_finite: bool

    def positions_at(self, coordinates: _Floats) -> _Floats:
        """Return positions in the column: the nearest one if they are finitely many."""
        if not self.is_finite:
            return np.interp(coordinates, self.coordinates, self.positions)
        middles = 0.5 * (self.coordinates[1:] + self.coordinates[:-1])
        nearest: _Floats = self.positions[np.searchsorted(middles, coordinates)]
        return nearest


def _axes(space: Space, subspace: int) -> _Axes | None:
    """Return a sub-space in scikit-optimize's coordinates.

    None without scikit-optimize, or if some of its values have no position or also lie
    in another sub-space, or if not all of its parameters are always there.
    """
    try:
        import skopt.space
    except ImportError:
        return None
    rows = space.sample(_N_PROBES, np.random.default_rng(0), subspace)
    if not np.all(space.modelled[space.active(rows)[0]]):
        return None
    if np.any(space.subspace_of(space.to_rows(space.to_params(rows))) != subspace):
        return None
    row, active = rows[0], space.active(rows[:1])[0]
    columns = {space.column_names[j]: int(j) for j in np.flatnonzero(active)}
    always = {name for params in space.to_params(rows) for name in params}
    if np.any(space.active(rows) != active) or not columns.keys() <= always | {""}:
        return None  # conditions, or tuples of layers
    dimensions, axes = [], []
    for j, (name, value) in enumerate(sorted(space.to_params(rows[:1])[0].items())):
        if name not in columns:
            fixed = skopt.space.Categorical([value], name=name, transform="label")
            dimensions.append(fixed)
            continue
        found = _dimension_and_axis(skopt.space, space, row, columns[name], name)
        if found is None:
            return None
        dimensions.append(found[0])
        axes.append((j, found[1]))
    return _Axes(skopt.space.Space(dimensions), space, row, axes)


def _dimension_and_axis(
    skopt_space: Any, space: Space, row: _Floats, column: int, name: str
) -> tuple[Any, _Axis] | None:
    """Return a column as a dimension of scikit-optimize; None if it is too long."""
    is_finite = bool(space.n_values[column])
    grid = space.grid_of(column) if is_finite else np.linspace(0.0, 1.0, _N_KNOTS)
    if grid is None:
        low, high = _values_at(space, row, column, name, np.array([0.0, 1.0]))
        if space.is_categorical[column] or high - low + 1 != space.n_values[column]:
            return None
        grid, is_finite = np.linspace(0.0, 1.0, _N_KNOTS), False
    values = _values_at(space, row, column, name, grid)
    dimension = _skopt_dimension(
        skopt_space, values, name, is_finite, space.is_categorical[column]
    )
    coordinates = np.asarray(dimension.transform(values), dtype=np.float64)
    order = np.argsort(coordinates, kind="stable")
    return dimension, _Axis(column, coordinates[order], grid[order], is_finite)


def _values_at(
    space: Space, row: _Floats, column: int, name: str, positions: _Floats
) -> list[Any]:
    """Return the values of a parameter at positions of its column."""
    rows = np.tile(row, (len(positions), 1))
    rows[:, column] = positions
    return [params[name] for params in space.to_params(rows)]


def _skopt_dimension(
    skopt_space: Any, values: list[Any], name: str, is_finite: bool, is_choice: bool
) -> Any:
    """Return the dimension with these values, ascending if they are numbers."""
    low, middle, high = values[0], values[len(values) // 2], values[-1]
    if not is_finite and isinstance(low, float):
        is_log = low > 0 and np.isclose(middle, np.sqrt(low * high), rtol=1e-6)
        prior = "log-uniform" if is_log else "uniform"
        return skopt_space.Real(
            low, high, prior=prior, name=name, transform="normalize"
        )
    if not is_choice and isinstance(low, int) and isinstance(high, int):
        if not is_finite or high - low + 1 == len(values):
            return skopt_space.Integer(low, high, name=name, transform="normalize")
    return skopt_space.Categorical(values, name=name, transform="normalize")


class _Model:
    """The surrogate of a history, as a regressor in scikit-optimize's coordinates."""

    def __init__(self, axes: _Axes, params: list[Any], scores: _Floats) -> None:
        self._axes, self._params, self._scores = axes, params, scores
        self._surrogate = SurrogateModel(axes.space)
        self._posterior: Posterior | None = None

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the predicted negated score of points, and its standard deviation."""
        rows, geometry = self._axes.rows(np.asarray(X)), self._surrogate.geometry
        active = geometry.active(self._axes.space, rows)
        with one_blas_thread():
            if self._posterior is None:
                known = self._axes.space.to_rows(self._params)
                self._posterior = self._surrogate.posterior(known, self._scores)
            mean, std = self._posterior.predict(geometry.rows(rows), active)
        if not return_std:
            return -self._unwarp(mean)
        spread = self._unwarp(mean + std) - self._unwarp(mean - std)
        return -self._unwarp(mean), 0.5 * spread

    @cached_property
    def _warped_and_scores(self) -> tuple[_Floats, _Floats]:
        """The targets of the surrogate, in ascending order, and the scores of each."""
        told = ~np.isnan(self._scores)
        warped, order = np.unique(warp_scores(self._scores)[told], return_index=True)
        return warped, self._scores[told][order]

    def _unwarp(self, target: _Floats) -> _Floats:
        """Map the surrogate's target back to scores, linearly between known scores."""
        return np.interp(target, *self._warped_and_scores)
