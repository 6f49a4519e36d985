"""The scores of a search against each of its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.inspection._drawing import (
    foreground,
    gradient,
    grid_for,
    lay_out,
    left_out,
    legend_above,
    limit_scores,
    mark_best,
    mark_outliers,
    mark_problems,
    n_labels,
    plain,
    say,
    score_floor,
    spread,
)
from skhp.inspection._parameters import (
    ParameterAxis,
    axes_of,
    chosen_parameters,
    short_names,
)
from skhp.inspection._results import Floats, results_of

_MOST_PANELS = 12
_SPREAD = 0.22  # of candidates of one category, to both sides


class SliceDisplay:
    """Score against each parameter, one panel each.

    Use `from_search` to create one.

    Parameters
    ----------
    axes : dict of str to ParameterAxis
        For each parameter that is shown, where its values lie.
    scores : ndarray of shape (n_candidates,)
        Mean test scores; nan where there is none.
    problems : list of str
        Why a candidate has no score; "" if it has one.
    best_index : int, default=None
        The best candidate.
    resources : ndarray of shape (n_candidates,), default=None
        How much of the resource each candidate was given, which then is the colour.
    n_left_out : int, default=0
        How many parameters are not shown.
    score_name : str, default="Mean test score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Invisible axes around all panels.
    axes_ : ndarray of matplotlib Axes
        The panels.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import SliceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_depth": [1, 2], "criterion": ["gini", "entropy"]}
    >>> display = SliceDisplay.from_search(GridSearchCV(tree, grid).fit(X, y))
    >>> list(display.axes)
    ['max_depth', 'criterion']
    """

    ax_: Any
    axes_: Any
    figure_: Any

    def __init__(
        self,
        *,
        axes: Mapping[str, ParameterAxis],
        scores: Floats,
        problems: Sequence[str],
        best_index: int | None = None,
        resources: NDArray[np.int64] | None = None,
        n_left_out: int = 0,
        score_name: str = "Mean test score",
    ) -> None:
        self.axes = axes
        self.scores = scores
        self.problems = problems
        self.best_index = best_index
        self.resources = resources
        self.n_left_out = n_left_out
        self.score_name = score_name

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        parameters: Sequence[str] | None = None,
        ax: Any = None,
    ) -> SliceDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted search of skhp or scikit-learn.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first.
        parameters : list of str, default=None
            What to show. None shows the parameters that differ between candidates, or
            if there are more than twelve, those along which the scores differ most.
        ax : matplotlib Axes, default=None
            Axes whose place the panels take. None makes a new figure.

        Returns
        -------
        SliceDisplay
        """
        results = results_of(search, metric, cls.__name__)
        axes = axes_of(search, results.params)
        shown = chosen_parameters(
            axes, results.means, parameters, _MOST_PANELS, cls.__name__
        )
        display = cls(
            axes={name: axes[name] for name in shown},
            scores=results.means,
            problems=results.problems,
            best_index=results.best,
            resources=results.resources,
            n_left_out=len(axes) - len(shown),
            score_name=results.label,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> SliceDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose place the panels take. None makes a new figure.

        Returns
        -------
        SliceDisplay
        """
        self.ax_, panels = grid_for(ax, len(self.axes), type(self).__name__)
        self.axes_ = panels
        self.figure_ = self.ax_.figure
        names = short_names(list(self.axes))
        floor = score_floor(self.scores)
        for panel, axis in zip(panels, self.axes.values(), strict=True):
            points = self._draw_panel(panel, axis, floor)
            lay_out(panel, axis, names[axis.name])
            if panel.get_subplotspec().is_first_col():
                panel.set_ylabel(plain(self.score_name))
            else:
                panel.tick_params(labelleft=False)
        if self.best_index is not None:
            self._add_colorbar(points)
        legend_above(max(panels, key=n_labels))
        if self.n_left_out and ax is None:  # a figure of ours
            self.figure_.supxlabel(left_out(self.n_left_out), fontsize="small")
        return self

    def _draw_panel(self, panel: Any, axis: ParameterAxis, floor: float) -> Any:
        x = axis.places
        if axis.scale == "category":
            _draw_medians(panel, x, self.scores, floor)
            x = x + spread(len(x), _SPREAD)
        shown = np.isfinite(self.scores) & (self.scores >= floor)
        if not shown.any():
            say(panel, "No candidate has a score.")
        colours = self._colours()
        points = panel.scatter(
            x[shown],
            self.scores[shown],
            c=colours[shown],
            cmap=gradient(panel),
            vmin=0,
            vmax=max(float(colours.max()), 1.0),
            s=30 if len(x) <= 100 else 12,
            linewidth=0,
            alpha=0.85,
        )
        limit_scores(panel, self.scores, floor)
        mark_outliers(panel, x, self.scores, floor)
        mark_problems(panel, x, self.problems)
        if self.best_index is not None:
            best = self.best_index
            mark_best(panel, x[best], self.scores[best], "best")
        return points

    def _colours(self) -> Floats:
        """Return the number of each candidate, or of its rung."""
        if self.resources is None:
            return np.arange(len(self.scores), dtype=np.float64)
        rungs = np.unique(self.resources, return_inverse=True)[1]
        return rungs.astype(np.float64)

    def _add_colorbar(self, points: Any) -> None:
        bar = self.figure_.colorbar(points, ax=list(self.axes_), aspect=40, pad=0.02)
        bar.solids.set_alpha(1)
        bar.outline.set_visible(False)
        if self.resources is None:
            bar.set_label("Candidate")
            bar.ax.yaxis.get_major_locator().set_params(integer=True)
        else:
            levels = np.unique(self.resources)
            bar.set_label("Resource")
            bar.set_ticks(range(len(levels)), labels=[str(level) for level in levels])


def _draw_medians(panel: Any, x: Floats, scores: Floats, floor: float) -> None:
    """Draw the median score of each category that has several scores."""
    for place in np.unique(x):
        here = scores[(x == place) & np.isfinite(scores)]
        if len(here) > 2 and np.median(here) >= floor:
            panel.hlines(
                np.median(here),
                place - 0.35,
                place + 0.35,
                color=foreground(panel),
                linewidth=1.5,
                alpha=0.6,
            )
