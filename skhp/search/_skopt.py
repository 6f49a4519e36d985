"""scikit-optimize's conventions: minimised results, callbacks and settings.

Code written for `skopt.BayesSearchCV` reads ``x``, ``fun``, ``x_iters``, ``func_vals``
and passes results to ``skopt.plots``. As there, the parameters of a point are sorted by
name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from skhp.evaluation import Observer, Record, Row
from skhp.exceptions import InvalidParameterError, SkhpWarning, warn_user
from skhp.optimizers import SurrogateModel
from skhp.space import Space
from skhp.surrogate import Posterior, warp_scores

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
            if value is not None:
                settings["constraints"] = _constraint(value)
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


def _constraint(given: Any) -> OfPoint:
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
    # They are of no use without scikit-optimize.
    if points and subspace is not None and "skopt" in sys.modules:
        dimensions = _skopt_space(space, subspace)
        if dimensions is not None:
            result.space = dimensions
            scores = np.asarray(scores)
            result.models = [_Model(space, dimensions, list(params), scores)]
    return result


def _point(params: Mapping[str, Any]) -> list[Any]:
    return [params[name] for name in sorted(params)]


def _skopt_space(space: Space, subspace: int) -> Any:
    """Return a sub-space as a `skopt.Space` with coordinates scaled to [0, 1].

    None if some of its values have no position or also lie in another sub-space.
    """
    import skopt.space

    rows = space.sample(_N_PROBES, np.random.default_rng(0), subspace)
    if not np.all(space.modelled[space.active(rows)[0]]):
        return None
    if np.any(space.subspace_of(space.to_rows(space.to_params(rows))) != subspace):
        return None
    row = rows[:1]
    active = zip(space.column_names, space.active(row)[0], strict=True)
    columns = {name: j for j, (name, is_active) in enumerate(active) if is_active}
    values = space.to_params(row)[0]
    dimensions = [
        _skopt_dimension(skopt.space, space, row, columns[name], name)
        if name in columns
        else skopt.space.Categorical([values[name]], name=name, transform="label")
        for name in sorted(values)
    ]
    if None in dimensions:
        return None
    return skopt.space.Space(dimensions)


def _skopt_dimension(
    skopt_space: Any, space: Space, row: Any, column: int, name: str
) -> Any:
    def value(u: float) -> Any:
        moved = row.copy()
        moved[0, column] = u
        return space.to_params(moved)[0][name]

    low, middle, high = value(0.0), value(0.5), value(1.0)
    n_values = int(space.n_values[column])
    if n_values == 0:
        is_log = low > 0 and np.isclose(middle, np.sqrt(low * high), rtol=1e-6)
        prior = "log-uniform" if is_log else "uniform"
        return skopt_space.Real(
            low, high, prior=prior, name=name, transform="normalize"
        )
    if not space.is_categorical[column] and isinstance(low, int):
        if high - low + 1 == n_values:
            return skopt_space.Integer(low, high, name=name, transform="normalize")
    grid = space.grid_of(column)
    if grid is None:  # too many choices
        return None
    choices = [value(u) for u in grid]
    return skopt_space.Categorical(choices, name=name, transform="normalize")


class _Model:
    """The surrogate of a history, as a regressor in scikit-optimize's coordinates."""

    def __init__(
        self, space: Space, skopt_space: Any, params: list[Any], scores: Any
    ) -> None:
        self._space, self._skopt_space = space, skopt_space
        self._params, self._scores = params, scores
        self._names = sorted(params[0])
        self._surrogate = SurrogateModel(space)
        self._posterior: Posterior | None = None

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the predicted negated score of points, and its standard deviation."""
        if self._posterior is None:
            known = self._space.to_rows(self._params)
            self._posterior = self._surrogate.posterior(known, self._scores)
        points = self._skopt_space.inverse_transform(np.asarray(X))
        rows = self._space.to_rows(
            [dict(zip(self._names, point, strict=True)) for point in points]
        )
        geometry = self._surrogate.geometry
        mean, std = self._posterior.predict(
            geometry.rows(rows), geometry.active(self._space, rows)
        )
        low, middle, high = map(self._unwarp, (mean - std, mean, mean + std))
        return (-middle, 0.5 * (high - low)) if return_std else -middle

    def _unwarp(self, target: Any) -> Any:
        """Map the surrogate's target back to scores, linearly between known scores."""
        told = ~np.isnan(self._scores)
        known, order = np.unique(warp_scores(self._scores)[told], return_index=True)
        return np.interp(target, known, self._scores[told][order])
