"""All parameters of all candidates side by side, each candidate a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from skhp.inspection._drawing import (
    axes_for,
    foreground,
    gradient,
    left_out,
    legend_above,
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

_MOST_AXES = 10
_SPREAD = 0.018  # of the height, by which lines through one category differ
_MOST_LABELS = 16
_MOST_LETTERS = 18  # of a name, before it is broken


class ParallelCoordinatesDisplay:
    """A line for each candidate through its parameters, coloured by its rank.

    Use `from_search` to create one.

    Parameters
    ----------
    axes : dict of str to ParameterAxis
        For each parameter that is shown, where its values lie. A parameter that is not
        set has a place of its own above the range.
    scores : ndarray of shape (n_candidates,)
        Mean test scores. Candidates without one are not drawn.
    best_index : int, default=None
        The best candidate.
    n_left_out : int, default=0
        How many parameters are not shown.
    score_name : str, default="Mean test score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : matplotlib LineCollection or None
        The candidates, the worst first; None if there are none with a score.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import ParallelCoordinatesDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_depth": [1, 2], "criterion": ["gini", "entropy"]}
    >>> search = GridSearchCV(tree, grid).fit(X, y)
    >>> display = ParallelCoordinatesDisplay.from_search(search)
    >>> len(display.lines_.get_segments())
    4
    """

    ax_: Any
    figure_: Any
    lines_: Any

    def __init__(
        self,
        *,
        axes: Mapping[str, ParameterAxis],
        scores: Floats,
        best_index: int | None = None,
        n_left_out: int = 0,
        score_name: str = "Mean test score",
    ) -> None:
        self.axes = axes
        self.scores = scores
        self.best_index = best_index
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
    ) -> ParallelCoordinatesDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted search of skhp or scikit-learn. If it has rungs, the candidates
            with the most of the resource are shown.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first.
        parameters : list of str, default=None
            What to show, in that order. None shows the parameters that differ between
            candidates, or if there are more than ten, those along which the scores
            differ most.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        ParallelCoordinatesDisplay
        """
        results = results_of(search, metric, cls.__name__)
        axes = axes_of(search, results.params)
        competes = np.isin(np.arange(len(results.means)), results.rivals)
        scores = np.where(competes, results.means, np.nan)
        shown = chosen_parameters(axes, scores, parameters, _MOST_AXES, cls.__name__)
        display = cls(
            axes={name: axes[name] for name in shown},
            scores=scores,
            best_index=results.best,
            n_left_out=len(axes) - len(shown),
            score_name=results.label,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> ParallelCoordinatesDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        ParallelCoordinatesDisplay
        """
        size = (2.2 + 1.5 * (len(self.axes) + 1), 4.6)
        ax = axes_for(ax, type(self).__name__, size)
        self.ax_, self.figure_, self.lines_ = ax, ax.figure, None
        ax.set_yticks([])
        for side in ("top", "bottom", "left", "right"):
            ax.spines[side].set_visible(False)
        heights = [axis.shares for axis in self.axes.values()]
        known = np.isfinite(self.scores)
        top = max([1.0, *(float(each.max()) for each in heights)])
        ax.set_ylim(-0.05, top + 0.06)
        ax.set_xlim(-0.3, len(self.axes) + 0.45)
        if not known.any():
            say(ax, "No candidate has a score.")
        else:
            self._draw_lines(ax, heights)
        for i, axis in enumerate(self.axes.values()):
            _draw_axis(ax, i, axis)
        self._name_axes(ax)
        if self.n_left_out:
            ax.set_xlabel(left_out(self.n_left_out), fontsize="small")
        legend_above(ax)
        return self

    def _draw_lines(self, ax: Any, heights: Sequence[Floats]) -> None:
        """Draw the candidates, the better ones over the others."""
        from matplotlib.collections import LineCollection
        from matplotlib.colors import Normalize

        rows = np.flatnonzero(np.isfinite(self.scores))
        rows = rows[np.argsort(self.scores[rows], kind="stable")]
        low, high = self._score_ends()
        shares = np.clip((self.scores - low) / (high - low), 0, 1)
        moved = [
            each + spread(len(each), _SPREAD) * _is_crowded(axis)
            for each, axis in zip(heights, self.axes.values(), strict=True)
        ]
        columns = np.column_stack([*moved, shares])
        places = np.arange(columns.shape[1], dtype=np.float64)
        segments = [np.column_stack([places, columns[row]]) for row in rows]
        alpha = 0.75 if len(rows) <= 60 else 0.35
        self.lines_ = LineCollection(
            segments,
            cmap=gradient(ax),
            norm=Normalize(0, 1),
            linewidth=1.3 if len(rows) <= 60 else 0.8,
            alpha=alpha,
        )
        ranks = rankdata(self.scores[rows])
        self.lines_.set_array((ranks - 1) / max(len(rows) - 1, 1))
        ax.add_collection(self.lines_, autolim=False)
        if self.best_index is not None:
            ax.plot(
                places,
                columns[self.best_index],
                color=foreground(ax),
                linewidth=2.5,
                label=f"best: candidate {self.best_index}",
                zorder=4,
            )
        axis = ParameterAxis(
            self.score_name, "linear", self.scores, (low, high), {}, len(rows)
        )
        _draw_axis(ax, len(self.axes), axis, is_right=True)

    def _score_ends(self) -> tuple[float, float]:
        known = self.scores[np.isfinite(self.scores)]
        low = max(float(known.min()), score_floor(self.scores))
        high = float(known.max())
        return (low, high) if low < high else (low - 0.5, high + 0.5)

    def _name_axes(self, ax: Any) -> None:
        short = short_names(list(self.axes))
        names = [*(short[name] for name in self.axes), self.score_name]
        labels = [_broken(plain(name)) for name in names]
        ax.set_xticks(range(len(names)), labels, fontsize="small")
        ax.tick_params("x", length=0)


def _is_crowded(axis: ParameterAxis) -> bool:
    """Whether lines go through few points, and so hide each other."""
    return axis.n_distinct <= _MOST_LABELS


def _draw_axis(
    ax: Any, place: float, axis: ParameterAxis, *, is_right: bool = False
) -> None:
    """Draw a vertical axis with its labels."""
    colour = foreground(ax)
    ticks = _ticks(axis)
    top = max([1.0, *ticks.values()])
    ax.vlines(place, 0, 1, color=colour, linewidth=1, zorder=3)
    if top > 1:
        ax.vlines(place, 1, top, color=colour, linewidth=1, linestyle=":", zorder=3)
    for text, height in ticks.items():
        ax.plot([place], [height], marker="_", color=colour, markersize=6, zorder=3)
        ax.annotate(
            plain(text),
            (place, height),
            xytext=(6 if is_right else -6, 0),
            textcoords="offset points",
            ha="left" if is_right else "right",
            va="center",
            fontsize="x-small",
            zorder=6,
            bbox={
                "boxstyle": "round,pad=0.1",
                "facecolor": ax.get_facecolor(),
                "edgecolor": "none",
                "alpha": 0.75,
            },
        )


def _ticks(axis: ParameterAxis) -> dict[str, float]:
    """Return the labels of an axis, and where they are."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    low, high = axis.ends
    found: dict[str, float] = {}
    if axis.scale != "category":
        is_log = axis.scale == "log"
        locator = (
            LogLocator(numticks=6) if is_log else MaxNLocator(5, integer=axis.is_whole)
        )
        ticks = [t for t in locator.tick_values(low, high) if low <= t <= high]
        if is_log and len(ticks) < 2:
            ticks = [low, high]
        texts = _written([float(tick) for tick in ticks])
        shares = [axis.share(float(tick)) for tick in ticks]
        found = dict(zip(texts, shares, strict=True))
    return found | {text: axis.share(at) for at, text in axis.ticks.items()}


def _written(numbers: Sequence[float]) -> list[str]:
    """Return numbers with as many digits as tell them apart."""
    for digits in range(4, 17):
        texts = [f"{number:.{digits}g}" for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts


def _broken(name: str) -> str:
    """Return a name in several lines, broken after spaces and underscores."""
    lines = [""]
    for part in re.findall(r"[^ _]*[ _]*", name):
        if lines[-1] and len(lines[-1]) + len(part) > _MOST_LETTERS:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)
