"""The scores of a search in the order in which it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.exceptions import InvalidParameterError
from skhp.inspection._drawing import (
    axes_for,
    gradient,
    legend_above,
    limit_scores,
    mark_outliers,
    mark_problems,
    plain,
    say,
    score_floor,
)
from skhp.inspection._results import Floats, Results, results_of

_X_LABELS = {
    "candidate": "Candidate",
    "seconds": "Seconds of fits and scoring, added up",
}
_MOST_RUNGS = 6  # with a line each in the legend


class SearchHistoryDisplay:
    """Score by candidate, or by seconds, and the best so far.

    Use `from_search` to create one.

    Parameters
    ----------
    x : ndarray of shape (n_candidates,)
        Number of each candidate, or the seconds until its end.
    scores : ndarray of shape (n_candidates,)
        Mean test scores; nan where there is none.
    best_scores : ndarray of shape (n_candidates,)
        Score of the best candidate so far; nan before the first one. If candidates
        are given more and more of a resource, the best of those with the most of it.
    best_errors : ndarray of shape (n_candidates,)
        Standard error of that score, corrected for training sets that overlap.
    problems : list of str
        Why a candidate has no score: "failed", "timed out", "crashed", "not finished",
        "given up in the race"; "" if it has one.
    resources : ndarray of shape (n_candidates,), default=None
        How much of the resource each candidate was given.
    x_name : str, default="candidate"
        What `x` is.
    score_name : str, default="Mean test score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Artist or None
        The best so far; None if no candidate has a score.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import SearchHistoryDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2]}).fit(X, y)
    >>> display = SearchHistoryDisplay.from_search(search)
    >>> display.best_scores.round(2).tolist()
    [0.67, 0.93]
    """

    ax_: Any
    figure_: Any
    line_: Any

    def __init__(
        self,
        *,
        x: Floats,
        scores: Floats,
        best_scores: Floats,
        best_errors: Floats,
        problems: Sequence[str],
        resources: NDArray[np.int64] | None = None,
        x_name: str = "candidate",
        score_name: str = "Mean test score",
    ) -> None:
        self.x = x
        self.scores = scores
        self.best_scores = best_scores
        self.best_errors = best_errors
        self.problems = problems
        self.resources = resources
        self.x_name = x_name
        self.score_name = score_name

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        x: str = "candidate",
        ax: Any = None,
    ) -> SearchHistoryDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted search of skhp or scikit-learn.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first.
        x : {"candidate", "seconds"}, default="candidate"
            Where a candidate is: at its number, or at the seconds that all fits and
            scorings so far took, added up. With several workers, less time has passed.
            Fits of candidates that do not have all of them are not counted.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        SearchHistoryDisplay
        """
        if x not in _X_LABELS:
            raise InvalidParameterError(
                "The 'x' parameter of SearchHistoryDisplay.from_search must be "
                f"'candidate' or 'seconds'. Got {x!r} instead."
            )
        results = results_of(search, metric, cls.__name__)
        best_scores, best_errors = best_so_far(results)
        display = cls(
            x=_places(results, x),
            scores=results.means,
            best_scores=best_scores,
            best_errors=best_errors,
            problems=results.problems,
            resources=results.resources,
            x_name=x,
            score_name=results.label,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> SearchHistoryDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        SearchHistoryDisplay
        """
        ax = axes_for(ax, type(self).__name__)
        self.ax_, self.figure_, self.line_ = ax, ax.figure, None
        floor = score_floor(self.scores)
        is_known = np.isfinite(self.best_scores)
        if is_known.any():
            self._draw_best(ax, is_known)
            self._draw_candidates(ax, floor)
        else:
            say(ax, "No candidate has a score.")
        limit_scores(ax, np.append(self.scores, self.best_scores), floor)
        mark_outliers(ax, self.x, self.scores, floor)
        mark_problems(ax, self.x, self.problems)
        ax.set_xlabel(_X_LABELS.get(self.x_name, self.x_name))
        ax.set_ylabel(plain(self.score_name))
        if self.x_name == "candidate":
            ax.xaxis.get_major_locator().set_params(integer=True)
            n = len(self.x)
            ax.set_xlim(-0.5 - 0.03 * n, n - 0.5 + 0.03 * n)
        legend_above(ax)
        return self

    def _draw_candidates(self, ax: Any, floor: float) -> None:
        shown = np.isfinite(self.scores) & (self.scores >= floor)
        size = 34 if len(self.scores) <= 100 else 14
        if self.resources is None:
            style: dict[str, Any] = {"color": "C0", "label": "candidate"}
            groups = [(shown, style)]
        else:
            levels = np.unique(self.resources)
            colours = gradient(ax)(np.linspace(0, 1, len(levels)))
            groups = [
                (shown & (self.resources == level), {"color": colour})
                for level, colour in zip(levels, colours, strict=True)
            ]
            for i, (level, (_, style)) in enumerate(zip(levels, groups, strict=True)):
                if len(levels) <= _MOST_RUNGS or i in (0, len(levels) - 1):
                    style["label"] = f"with resource {level}"
        for rows, style in groups:
            ax.scatter(
                self.x[rows],
                self.scores[rows],
                s=size,
                alpha=0.8,
                linewidth=0,
                **style,
            )

    def _draw_best(self, ax: Any, is_known: NDArray[np.bool_]) -> None:
        x, best = self.x[is_known], self.best_scores[is_known]
        (self.line_,) = ax.step(
            x, best, where="post", color="C1", linewidth=2, label="best so far"
        )
        errors = self.best_errors[is_known]
        if np.isfinite(errors).any():
            ax.fill_between(
                x,
                best - errors,
                best + errors,
                step="post",
                color="C1",
                alpha=0.2,
                linewidth=0,
                label="± its standard error",
            )


def _places(results: Results, x: str) -> Floats:
    if x == "candidate":
        return np.arange(len(results.means), dtype=np.float64)
    seconds = np.nan_to_num(results.fit_seconds) + np.nan_to_num(results.score_seconds)
    ends: Floats = np.cumsum(seconds * results.n_splits)
    return ends


def best_so_far(results: Results) -> tuple[Floats, Floats]:
    """Return score and standard error of the best candidate after each one."""
    means = results.means
    levels = np.zeros(len(means)) if results.resources is None else results.resources
    rows: list[int | None] = []
    best: int | None = None
    for i, mean in enumerate(means):
        if np.isfinite(mean) and (
            best is None or (levels[i], mean) > (levels[best], means[best])
        ):
            best = i
        rows.append(best)
    scores = [np.nan if row is None else means[row] for row in rows]
    errors = [np.nan if row is None else results.errors[row] for row in rows]
    return np.array(scores), np.array(errors)
