"""Which parameters mattered, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skhp.inspection._drawing import (
    axes_for,
    foreground,
    left_out,
    legend_above,
    plain,
    say,
)
from skhp.inspection._importances import Importances, importances_of
from skhp.inspection._parameters import axes_of, chosen_parameters, short_names
from skhp.inspection._results import Floats, results_of

_MOST_BARS = 15
_POOR = 0.2  # of the variance that is explained, below which the bars mean little


class ImportanceDisplay:
    """Which parameters mattered: their shares of the variance of the score.

    The dark bar is the share that a parameter explains alone, the light one its share
    with all interactions. Lines are intervals of 90 %. See `parameter_importances` for
    how they are found. Use `from_search` to create one.

    Parameters
    ----------
    importances : Importances or None
        What to show, the most important first; None if there is nothing to show.
    problem : str, default=""
        Why there is nothing to show.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import RandomizedSearchCV
    >>> from skhp.inspection import ImportanceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "shrinking": [True, False]}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> display = ImportanceDisplay.from_search(search)
    >>> display.importances.names
    ['C', 'shrinking']
    """

    ax_: Any
    figure_: Any

    def __init__(
        self,
        *,
        importances: Importances | None,
        problem: str = "",
    ) -> None:
        self.importances = importances
        self.problem = problem

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        parameters: Sequence[str] | None = None,
        ax: Any = None,
    ) -> ImportanceDisplay:
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
            if there are more than fifteen, the most important ones.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        ImportanceDisplay
        """
        results = results_of(search, metric, cls.__name__)
        if parameters is not None:
            axes = axes_of(search, results.params)
            chosen_parameters(axes, results.means, parameters, 1, cls.__name__)
        wanted = () if parameters is None else list(parameters)
        found = importances_of(search, results, wanted)
        if isinstance(found, str):
            return cls(importances=None, problem=found).plot(ax=ax)
        if parameters is None:
            shown = list(range(len(found.names)))[:_MOST_BARS]
        else:
            shown = [i for i, name in enumerate(found.names) if name in parameters]
        return cls(importances=found.some(shown)).plot(ax=ax)

    def plot(self, ax: Any = None) -> ImportanceDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        ImportanceDisplay
        """
        found = self.importances
        n = 4 if found is None else len(found.names)
        ax = axes_for(ax, type(self).__name__, (6.6, 1.7 + 0.36 * max(n, 3)))
        self.ax_, self.figure_ = ax, ax.figure
        ax.set_xlabel("Share of the variance of the score")
        if found is None or not found.names:
            ax.set_yticks([])
            ax.set_xticks([])
            say(ax, self.problem or "No parameter differs between candidates.")
            return self
        places = np.arange(n, dtype=np.float64)
        _draw_bars(ax, places - 0.12, found.total, "with interactions", alpha=0.35)
        _draw_bars(ax, places - 0.12, found.main, "alone", alpha=1.0)
        _draw_intervals(ax, places + 0.24, found.total_intervals, "90 % interval")
        names = short_names(found.names)
        ax.set_yticks(places, [plain(names[name]) for name in found.names])
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_xlim(0, 1.02)
        ax.set_title(self._basis(found), fontsize="small", loc="left", pad=22)
        if found.n_left_out:
            ax.set_xlabel(f"{ax.get_xlabel()}\n{left_out(found.n_left_out)}")
        legend_above(ax)
        return self

    def _basis(self, found: Importances) -> str:
        """Return what the importances are from, and whether they mean something."""
        text = f"From {found.n_candidates:,} candidates"
        if found.n_modelled < found.n_candidates:
            text = f"From {found.n_modelled} of {found.n_candidates:,} candidates"
        share = max(found.explained, 0.0)
        text += f", of whose variance {share:.0%} can be predicted"
        # With more parameters than that, some predict the scores by chance
        is_chance = found.n_candidates < 2 * (len(found.names) + found.n_left_out)
        is_poor = share < _POOR or is_chance
        return text + (": too little to tell" if is_poor else "")


def _draw_bars(ax: Any, places: Any, shares: Floats, label: str, **how: Any) -> None:
    ax.barh(places, shares, height=0.5, color="C0", linewidth=0, label=label, **how)


def _draw_intervals(ax: Any, places: Any, intervals: Floats, label: str) -> None:
    ax.hlines(
        places,
        intervals[:, 0],
        intervals[:, 1],
        color=foreground(ax),
        linewidth=1.6,
        label=label,
    )
