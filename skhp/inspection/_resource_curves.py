"""The scores of candidates as they are given more of a resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skhp.exceptions import InvalidParameterError
from skhp.inspection._drawing import (
    axes_for,
    foreground,
    legend_above,
    limit_scores,
    plain,
    say,
    score_floor,
)
from skhp.inspection._results import (
    Floats,
    Results,
    configurations_of,
    metric_of,
    results_of,
)
from skhp.selection import standard_errors

_WIDE = 8.0  # resources that differ by more are on a log scale


class ResourceDisplay:
    """Score by resource: the rungs of a search, or curves of boosting rounds.

    One line for each configuration. Use `from_search` to create one.

    Parameters
    ----------
    curves : list of tuple of ndarray
        For each configuration how much of the resource it was given, ascending, and
        its mean scores with that.
    best : int, default=None
        Which of the curves is that of the best candidate.
    best_errors : ndarray, default=None
        Standard errors of the scores of that curve.
    chosen : float, default=None
        How much of the resource the best candidate has in the end.
    kinds : list of str, default=None
        For each curve the name of its group, such as its bracket.
    resource_name : str, default="Resource"
        Label of the resource.
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
    >>> from skhp import HalvingGridSearchCV
    >>> from skhp.inspection import ResourceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_depth": [1, 2, 3]}
    >>> search = HalvingGridSearchCV(
    ...     tree, grid, min_resources=30, random_state=0
    ... ).fit(X, y)
    >>> display = ResourceDisplay.from_search(search)
    >>> [resource.tolist() for resource, _ in display.curves]
    [[30.0], [30.0, 90.0], [30.0]]
    """

    ax_: Any
    figure_: Any

    def __init__(
        self,
        *,
        curves: Sequence[tuple[Floats, Floats]],
        best: int | None = None,
        best_errors: Floats | None = None,
        chosen: float | None = None,
        kinds: Sequence[str] | None = None,
        resource_name: str = "Resource",
        score_name: str = "Mean test score",
    ) -> None:
        self.curves = curves
        self.best = best
        self.best_errors = best_errors
        self.chosen = chosen
        self.kinds = kinds
        self.resource_name = resource_name
        self.score_name = score_name

    @classmethod
    def from_search(
        cls, search: Any, *, metric: str | None = None, ax: Any = None
    ) -> ResourceDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted halving or Hyperband search of skhp or scikit-learn, or another
            search of skhp with `resource`.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first. Boosting rounds are scored in the metric of the search.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        ResourceDisplay

        Raises
        ------
        InvalidParameterError
            If the search has neither rungs nor curves.
        """
        results = results_of(search, metric, cls.__name__)
        if results.resources is not None:
            return cls(**curves_of_rungs(search, results)).plot(ax=ax)
        rounds = getattr(search, "boosting_curves_", None)
        if rounds is None:
            raise InvalidParameterError(
                "The 'search' parameter of ResourceDisplay must be a halving or "
                "Hyperband search, or have 'resource'. Got a "
                f"{type(search).__name__} without."
            )
        if results.metric != metric_of(search, None, cls.__name__):
            raise InvalidParameterError(
                "The 'metric' parameter of ResourceDisplay must be None for boosting "
                "rounds, which are scored in the metric that decides. Got "
                f"{metric!r} instead."
            )
        return cls(**curves_of_rounds(search, rounds, results)).plot(ax=ax)

    def plot(self, ax: Any = None) -> ResourceDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        ResourceDisplay
        """
        ax = axes_for(ax, type(self).__name__)
        self.ax_, self.figure_ = ax, ax.figure
        ax.set(xlabel=plain(self.resource_name), ylabel=plain(self.score_name))
        scores = np.concatenate([np.empty(0), *(scores for _, scores in self.curves)])
        floor = score_floor(scores)
        limit_scores(ax, scores, floor)
        if not np.isfinite(scores).any():
            say(ax, "No candidate has a score.")
            return self
        resources = np.concatenate([resources for resources, _ in self.curves])
        if self.chosen is None and resources.max() > _WIDE * resources.min() > 0:
            ax.set_xscale("log")
        if self.chosen is None:
            levels = np.unique(resources)
            ax.set_xticks(levels, [f"{level:g}" for level in levels])
            ax.minorticks_off()
        self._draw_curves(ax)
        if self.best is not None:
            self._draw_best(ax, *self.curves[self.best])
        legend_above(ax)
        return self

    def _draw_curves(self, ax: Any) -> None:
        groups = list(dict.fromkeys(self.kinds or [])) or [""]
        is_many = len(self.curves) > 60
        named = set()
        for i, (resources, scores) in enumerate(self.curves):
            kind = self.kinds[i] if self.kinds else ""
            number = groups.index(kind)
            known = np.isfinite(scores)
            ax.plot(
                resources[known],
                scores[known],
                # C1 is the best one's
                color=f"C{number + (number > 0)}",
                linewidth=0.8 if is_many else 1.2,
                alpha=0.35 if is_many else 0.6,
                marker="o" if self.chosen is None else None,
                markersize=3.5,
                label=None if kind in named else kind or None,
            )
            named.add(kind)

    def _draw_best(self, ax: Any, resources: Floats, scores: Floats) -> None:
        ax.plot(
            resources,
            scores,
            color="C1",
            linewidth=2.5,
            marker="o" if self.chosen is None else None,
            label="best",
            zorder=4,
        )
        errors = self.best_errors
        if errors is not None and np.isfinite(errors).any():
            low, high = scores - errors, scores + errors
            ax.fill_between(
                resources,
                low,
                high,
                color="C1",
                alpha=0.2,
                linewidth=0,
                label="± its standard error",
            )
        if self.chosen is not None:
            ax.axvline(
                self.chosen,
                color=foreground(ax),
                linestyle=":",
                label=f"chosen: {self.chosen:g}",
            )


def curves_of_rungs(search: Any, results: Results) -> dict[str, Any]:
    resources = np.asarray(results.resources, dtype=np.float64)
    groups = configurations_of(search)
    best = [i for i, rows in enumerate(groups) if results.best in rows]
    kinds = None
    if results.brackets is not None and len(set(results.brackets.tolist())) > 1:
        kinds = [f"bracket {results.brackets[rows[0]]}" for rows in groups]
    return {
        "curves": [(resources[rows], results.means[rows]) for rows in groups],
        "best": best[0] if best else None,
        "best_errors": results.errors[groups[best[0]]] if best else None,
        "kinds": kinds,
        "resource_name": str(search.resource),
        "score_name": results.label,
    }


def curves_of_rounds(search: Any, rounds: Any, results: Results) -> dict[str, Any]:
    scores = np.asarray(rounds["test_score"], dtype=np.float64)
    resources = np.asarray(rounds["n_resources"], dtype=np.float64)
    best, chosen, errors = results.best, None, None
    if best is not None:
        errors = standard_errors(scores[best].T, results.rho)
        chosen = float(search.cv_results_["n_resources"][best])
    return {
        "curves": [(resources, each.mean(axis=0)) for each in scores],
        "best": best,
        "best_errors": errors,
        "chosen": chosen,
        "resource_name": "Boosting rounds",
        "score_name": results.label,
    }
