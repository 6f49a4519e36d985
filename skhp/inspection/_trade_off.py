"""What better scores cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.exceptions import InvalidParameterError
from skhp.inspection._drawing import (
    axes_for,
    foreground,
    legend_above,
    limit_scores,
    mark_best,
    mark_outliers,
    plain,
    say,
    score_floor,
)
from skhp.inspection._results import Floats, results_of

_COSTS = {"fit_time": "Seconds of a fit", "score_time": "Seconds of a scoring"}
_WIDE = 8.0  # costs that differ by more are on a log scale
_MOST_NUMBERS = 12


class TradeOffDisplay:
    """Score against the time of fits or predictions, with the Pareto front.

    On the front are the candidates of which none is both faster and better. Use
    `from_search` to create one.

    Parameters
    ----------
    costs : ndarray of shape (n_candidates,)
        Mean seconds.
    scores : ndarray of shape (n_candidates,)
        Mean test scores; nan where there is none.
    front : ndarray of int
        The candidates on the Pareto front, the fastest first.
    best_index : int, default=None
        The best candidate.
    cost_name : str, default="Seconds of a fit"
        Label of the seconds.
    score_name : str, default="Mean test score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import TradeOffDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2, 3]}).fit(X, y)
    >>> display = TradeOffDisplay.from_search(search)
    >>> search.best_index_ in display.front
    True
    """

    ax_: Any
    figure_: Any

    def __init__(
        self,
        *,
        costs: Floats,
        scores: Floats,
        front: NDArray[np.intp],
        best_index: int | None = None,
        cost_name: str = "Seconds of a fit",
        score_name: str = "Mean test score",
    ) -> None:
        self.costs = costs
        self.scores = scores
        self.front = front
        self.best_index = best_index
        self.cost_name = cost_name
        self.score_name = score_name

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        cost: str = "fit_time",
        ax: Any = None,
    ) -> TradeOffDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted search of skhp or scikit-learn. If it has rungs, the candidates
            with the most of the resource are shown.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first.
        cost : {"fit_time", "score_time"}, default="fit_time"
            Mean seconds of a fit, or of scoring a model, most of which is predicting.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        TradeOffDisplay
        """
        if cost not in _COSTS:
            raise InvalidParameterError(
                "The 'cost' parameter of TradeOffDisplay.from_search must be "
                f"'fit_time' or 'score_time'. Got {cost!r} instead."
            )
        results = results_of(search, metric, cls.__name__)
        costs = results.fit_seconds if cost == "fit_time" else results.score_seconds
        competes = np.isin(np.arange(len(costs)), results.rivals)
        scores = np.where(competes, results.means, np.nan)
        display = cls(
            costs=costs,
            scores=scores,
            front=pareto_front(costs, scores),
            best_index=results.best,
            cost_name=_COSTS[cost],
            score_name=results.label,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> TradeOffDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        TradeOffDisplay
        """
        ax = axes_for(ax, type(self).__name__)
        self.ax_, self.figure_ = ax, ax.figure
        known = np.isfinite(self.scores) & np.isfinite(self.costs)
        floor = score_floor(self.scores)
        limit_scores(ax, self.scores, floor)
        ax.set(xlabel=self.cost_name, ylabel=plain(self.score_name))
        if not known.any():
            say(ax, "No candidate has a score.")
            return self
        costs = self.costs[known]
        if costs.min() > 0 and costs.max() > _WIDE * costs.min():
            ax.set_xscale("log")
        shown = known & (self.scores >= floor)
        ax.scatter(
            self.costs[shown],
            self.scores[shown],
            s=34 if shown.sum() <= 100 else 14,
            alpha=0.7,
            linewidth=0,
            label="candidate",
        )
        self._draw_front(ax, floor)
        mark_outliers(ax, np.where(known, self.costs, np.nan), self.scores, floor)
        if self.best_index is not None and known[self.best_index]:
            best = self.best_index
            mark_best(ax, self.costs[best], self.scores[best], "best")
        ax.margins(x=0.08)
        legend_above(ax, 4)
        return self

    def _draw_front(self, ax: Any, floor: float) -> None:
        front = self.front[self.scores[self.front] >= floor]
        x, y = self.costs[front], self.scores[front]
        ax.step(x, y, where="post", color="C1", marker="o", label="Pareto front")
        numbered = front[np.linspace(0, len(front) - 1, _MOST_NUMBERS).astype(int)]
        for row in dict.fromkeys(numbered.tolist()):
            ax.annotate(
                str(row),
                (self.costs[row], self.scores[row]),
                xytext=(-6, 5),
                textcoords="offset points",
                ha="right",
                fontsize="small",
                color=foreground(ax),
            )


def pareto_front(costs: Floats, scores: Floats) -> NDArray[np.intp]:
    """Return the candidates of which none is at least as fast and better, or so."""
    known = np.flatnonzero(np.isfinite(costs) & np.isfinite(scores))
    order = known[np.lexsort([known, -scores[known], costs[known]])]
    best_before = np.maximum.accumulate(np.append(-np.inf, scores[order]))[:-1]
    return np.asarray(order[scores[order] > best_before], dtype=np.intp)
