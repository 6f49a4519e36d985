"""What a model of the scores says along one or two parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from skhp.exceptions import InvalidParameterError
from skhp.inspection._averages import Averages, averages_along, averages_over
from skhp.inspection._drawing import (
    axes_for,
    foreground,
    gradient,
    grid_for,
    lay_out,
    legend_above,
    limit_scores,
    mark_best,
    mark_outliers,
    plain,
    say,
    score_floor,
    spread,
)
from skhp.inspection._model import model_of
from skhp.inspection._parameters import (
    ParameterAxis,
    axes_of,
    chosen_parameters,
    short_names,
)
from skhp.inspection._results import Floats, results_of

_N_DRAWS = 20
_MOST_POINTS = 2000
_SPREAD = 0.22  # of candidates of one category, to both sides


class PartialDependenceDisplay:
    """Modelled score along one or two parameters, averaged over all others.

    Mean and deviation are those of a Gaussian process, over the whole search space;
    the candidates that were evaluated are drawn on top. Use `from_search` to create
    one. (scikit-learn's display of the same name shows how predictions of an estimator
    depend on features.)

    Parameters
    ----------
    axes : list of ParameterAxis
        The one or two parameters.
    averages : Averages or None
        What the model says; None if there is none.
    scores : ndarray of shape (n_candidates,)
        Mean test scores of the candidates, nan where there is none.
    best_index : int, default=None
        The best candidate.
    problem : str, default=""
        Why there is no model.
    score_name : str, default="Mean test score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With two parameters, invisible axes around both panels.
    axes_ : ndarray of matplotlib Axes
        The panels: with two parameters, the mean and the deviation.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import RandomizedSearchCV
    >>> from skhp.inspection import PartialDependenceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1)}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> display = PartialDependenceDisplay.from_search(search, ["C"])
    >>> (C,), mean = display.averages.places, display.averages.mean
    >>> bool(C[mean.argmax()] > 1)
    True
    """

    ax_: Any
    axes_: Any
    figure_: Any

    def __init__(
        self,
        *,
        axes: Sequence[ParameterAxis],
        averages: Averages | None,
        scores: Floats,
        best_index: int | None = None,
        problem: str = "",
        score_name: str = "Mean test score",
    ) -> None:
        self.axes = axes
        self.averages = averages
        self.scores = scores
        self.best_index = best_index
        self.problem = problem
        self.score_name = score_name

    @classmethod
    def from_search(
        cls,
        search: Any,
        parameters: Sequence[str],
        *,
        metric: str | None = None,
        ax: Any = None,
    ) -> PartialDependenceDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted search of skhp or scikit-learn. If it has rungs, candidates with
            the most of the resource are shown, and the model is that of their scores.
        parameters : list of str
            One name or two.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        PartialDependenceDisplay
        """
        results = results_of(search, metric, cls.__name__)
        axes = axes_of(search, results.params)
        names = _checked(axes, parameters, cls.__name__)
        averages, problem = None, ""
        with threadpool_limits(1):
            model = model_of(search, results, _N_DRAWS, score_floor, names)
            if isinstance(model, str):
                problem = model
            elif len(names) == 1:
                averages = averages_along(model, names[0])
            else:
                averages = averages_over(model, names)
        competes = np.isin(np.arange(len(results.means)), results.rivals)
        display = cls(
            axes=[axes[name] for name in names],
            averages=averages,
            scores=np.where(competes, results.means, np.nan),
            best_index=results.best,
            problem=problem,
            score_name=results.label,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> PartialDependenceDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        PartialDependenceDisplay
        """
        if len(self.axes) == 1:
            ax = axes_for(ax, type(self).__name__)
            self.ax_, self.axes_ = ax, np.array([ax], dtype=object)
            self.figure_ = ax.figure
            self._draw_curve(ax)
            return self
        self.ax_, self.axes_ = grid_for(ax, 2, type(self).__name__)
        self.figure_ = self.ax_.figure
        found = self.averages
        values = (None, None) if found is None else (found.mean, found.deviation)
        self._draw_map(self.axes_[0], self.score_name, values[0])
        self._draw_map(self.axes_[1], "Its deviation", values[1])
        self.axes_[1].set_ylabel("")
        self.axes_[1].tick_params(labelleft=False)
        legend_above(self.axes_[0])
        return self

    def _draw_curve(self, ax: Any) -> None:
        axis = self.axes[0]
        x = axis.places
        if axis.scale == "category":
            x = x + spread(len(x), _SPREAD)
        floor = score_floor(self.scores)
        shown, label = self._shown(self.scores >= floor)
        ax.scatter(
            x[shown],
            self.scores[shown],
            s=26 if len(shown) <= 100 else 10,
            color=foreground(ax),
            alpha=0.55 if len(shown) <= 100 else 0.25,
            linewidth=0,
            label=label,
            zorder=1,
        )
        limit_scores(ax, self.scores, floor)
        mark_outliers(ax, x, self.scores, floor)
        if self.best_index is not None:
            mark_best(ax, x[self.best_index], self.scores[self.best_index], "best")
        if self.averages is None:
            say(ax, self.problem)
        else:
            _draw_averages(ax, axis, self.averages)
        ax.set_ylabel(plain(self.score_name))
        lay_out(ax, axis, short_names([axis.name])[axis.name])
        legend_above(ax, 4)

    def _draw_map(self, ax: Any, label: str, values: Floats | None) -> None:
        first, second = self.axes
        if values is None or not np.isfinite(values).any():
            say(ax, self.problem or "They are never set together.")
        elif self.averages is not None:
            for number, axis in enumerate(self.axes):
                places = self.averages.places[number]
                values = _in_rows_of(axis, places, values, number)
            edges = [
                _edges(axis, places)
                for axis, places in zip(self.axes, self.averages.places, strict=True)
            ]
            mesh = ax.pcolormesh(*edges, values.T, cmap=gradient(ax), rasterized=True)
            bar = self.figure_.colorbar(mesh, ax=ax, location="bottom", aspect=30)
            bar.set_label(plain(label))
            bar.outline.set_visible(False)
            bar.ax.xaxis.get_major_locator().set_params(nbins=4)
        x, y = (
            each.places + spread(len(each.places), _SPREAD) * (each.scale == "category")
            for each in self.axes
        )
        inside = _is_inside(first) & _is_inside(second)
        known, label_of_known = self._shown(inside)
        ax.scatter(
            x[known],
            y[known],
            s=16 if len(known) <= 100 else 5,
            color="white",
            edgecolor="black",
            linewidth=0.6 if len(known) <= 100 else 0.2,
            label=label_of_known,
        )
        best = self.best_index
        if best is not None and inside[best]:
            ax.scatter(
                [x[best]],
                [y[best]],
                marker="*",
                s=170,
                color="C1",
                edgecolor="black",
                linewidth=0.8,
                label="best",
            )
        names = short_names([first.name, second.name])
        lay_out(ax, first, names[first.name], with_others=False)
        lay_out(ax, second, names[second.name], with_others=False, along="y")

    def _shown(self, among: Any) -> tuple[Any, str]:
        """Return which candidates to draw, and what to call them."""
        rows = np.flatnonzero(np.isfinite(self.scores) & among)
        if len(rows) <= _MOST_POINTS:
            return rows, "candidate"
        drawn = np.random.default_rng(0).choice(rows, _MOST_POINTS, replace=False)
        return drawn, f"candidate ({_MOST_POINTS:,} of {len(rows):,})"


def _checked(
    axes: dict[str, ParameterAxis], parameters: Sequence[str], owner: str
) -> list[str]:
    """Return the one or two names.

    Raises
    ------
    InvalidParameterError
        If they are others, or more.
    """
    is_list = isinstance(parameters, Iterable) and not isinstance(parameters, str)
    names = list(parameters) if is_list else []
    if len(names) not in (1, 2) or names[1:] == names[:1]:
        raise InvalidParameterError(
            f"The 'parameters' parameter of {owner}.from_search must be a list of one "
            f"or two different names. Got {parameters!r} instead."
        )
    return chosen_parameters(axes, np.empty(0), names, 2, owner)


def _draw_averages(ax: Any, axis: ParameterAxis, averages: Averages) -> None:
    """Draw a curve along the range, and marks at categories and other values."""
    (places,) = averages.places
    mean, deviation = averages.mean, averages.deviation
    low, high = axis.ends
    is_curve = (places >= low) & (places <= high) & (axis.scale != "category")
    if is_curve.any():
        x, y, d = places[is_curve], mean[is_curve], deviation[is_curve]
        ax.plot(x, y, color="C0", linewidth=2, label="model, mean")
        ax.fill_between(
            x,
            y - d,
            y + d,
            color="C0",
            alpha=0.25,
            linewidth=0,
            label="± its deviation",
        )
    if not is_curve.all():
        ax.errorbar(
            places[~is_curve],
            mean[~is_curve],
            yerr=deviation[~is_curve],
            fmt="D",
            markersize=6,
            capsize=4,
            color="C0",
            label=None if is_curve.any() else "model, mean ± deviation",
        )


def _in_rows_of(
    axis: ParameterAxis, places: Floats, values: Floats, number: int
) -> Floats:
    """Return the values with nan for the categories of one axis that have none."""
    if axis.scale != "category":
        return values
    shape = list(values.shape)
    shape[number] = len(axis.ticks)
    filled = np.full(shape, np.nan)
    rows = places.astype(np.intp)
    filled[(rows, slice(None)) if number == 0 else (slice(None), rows)] = values
    return filled


def _edges(axis: ParameterAxis, places: Floats) -> Floats:
    """Return where the cells around the places begin and end."""
    if axis.scale == "category":
        return np.arange(-0.5, len(axis.ticks), dtype=np.float64)
    if len(places) == 1:
        return np.array(axis.ends)
    centres = np.log(places) if axis.scale == "log" else places
    middles = (centres[1:] + centres[:-1]) / 2
    first, last = 2 * centres[0] - middles[0], 2 * centres[-1] - middles[-1]
    edges: Floats = np.concatenate([[first], middles, [last]])
    return np.exp(edges) if axis.scale == "log" else edges


def _is_inside(axis: ParameterAxis) -> Any:
    """Whether the value of each candidate is on the range, and not beyond it."""
    if axis.scale == "category":
        return np.ones(len(axis.places), dtype=np.bool_)
    return (axis.places >= axis.ends[0]) & (axis.places <= axis.ends[1])
