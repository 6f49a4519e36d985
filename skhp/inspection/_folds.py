"""How much worse than the best candidate the others are, split by split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from skhp.exceptions import InvalidParameterError
from skhp.inspection._drawing import axes_for, foreground, legend_above, plain, say
from skhp.inspection._parameters import (
    are_alike,
    is_number,
    short_names,
    value_label,
)
from skhp.inspection._results import Floats, Results, results_of
from skhp.selection import moderated_errors, tied_with_best

_LEVEL = (
    0.05  # of the probability of telling any candidate that is as good from the best
)
_MOST_LETTERS = 44
_NOTHING = object()
_BELOW = 0.25  # of a row, from the interval to the dots of the splits


class FoldsDisplay:
    """Paired differences to the best candidate, and who cannot be told from it.

    Each row is a candidate: the differences of its scores to those of the best one on
    the same splits, their mean, and an interval. Where the interval reaches 0, the
    candidate cannot be told from the best one. Use `from_search` to create one.

    Parameters
    ----------
    candidates : ndarray of int of shape (n_shown,)
        Rows of ``cv_results_``, the best mean score first; without the best candidate.
    differences : ndarray of shape (n_shown, n_splits)
        Their scores minus those of the best candidate.
    half_widths : ndarray of shape (n_shown,)
        Half widths of the intervals; nan with a single split.
    labels : list of str
        In what each candidate differs from the best one.
    best_index : int or None
        The best candidate; None if no candidate has a score.
    tied : ndarray of int
        All candidates that cannot be told from the best one, itself the first.
    n_rivals : int
        How many candidates have been compared, with the best one.
    score_name : str, default="Mean test score"
        What the scores are called.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Notes
    -----
    The intervals are those of one-sided t tests at a level of 5 % for all candidates
    together (Bonferroni), corrected for training sets that overlap (Nadeau and Bengio,
    2003), with variances that are averaged with the usual one among the candidates, as
    in ``tied_`` of a search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import FoldsDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2, 3]}).fit(X, y)
    >>> display = FoldsDisplay.from_search(search)
    >>> display.tied.tolist(), display.labels
    ([2, 1], ['max_depth=2', 'max_depth=1'])
    """

    ax_: Any
    figure_: Any

    def __init__(
        self,
        *,
        candidates: NDArray[np.intp],
        differences: Floats,
        half_widths: Floats,
        labels: Sequence[str],
        best_index: int | None,
        tied: NDArray[np.intp],
        n_rivals: int,
        score_name: str = "Mean test score",
    ) -> None:
        self.candidates = candidates
        self.differences = differences
        self.half_widths = half_widths
        self.labels = labels
        self.best_index = best_index
        self.tied = tied
        self.n_rivals = n_rivals
        self.score_name = score_name

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        n_candidates: int = 15,
        ax: Any = None,
    ) -> FoldsDisplay:
        """Return the display of a fitted search, drawn.

        Parameters
        ----------
        search : estimator
            A fitted search of skhp or scikit-learn. If it has rungs, the candidates
            with the most of the resource are compared.
        metric : str, default=None
            The metric to show if there are several. None takes the one of ``refit``,
            or else the first.
        n_candidates : int, default=15
            How many candidates to show, those with the best mean scores.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        FoldsDisplay
        """
        is_count = isinstance(n_candidates, (int, np.integer)) and n_candidates >= 1
        if not is_count or isinstance(n_candidates, bool):
            raise InvalidParameterError(
                "The 'n_candidates' parameter of FoldsDisplay.from_search must be an "
                f"int of at least 1. Got {n_candidates!r} instead."
            )
        results = results_of(search, metric, cls.__name__)
        return cls(**compared(results, int(n_candidates))).plot(ax=ax)

    def plot(self, ax: Any = None) -> FoldsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        Returns
        -------
        FoldsDisplay
        """
        n = len(self.candidates)
        size = (7.2, 1.5 + 0.3 * max(n, 4))
        ax = axes_for(ax, type(self).__name__, size)
        self.ax_, self.figure_ = ax, ax.figure
        if self.best_index is None:
            say(ax, "No candidate has a score.")
        elif n == 0:
            say(ax, "There is nothing to compare the best candidate with.")
        if n == 0:
            ax.set_yticks([])
            return self
        is_tied = np.isin(self.candidates, self.tied)
        self._draw_rows(ax, is_tied, "C0", "cannot be told from it")
        self._draw_rows(ax, ~is_tied, "C1", "worse")
        ax.axvline(0, color=foreground(ax), linewidth=1.2)
        ax.set_yticks(range(n), self._row_names(), fontsize="small")
        ax.set_ylim(n - 0.4, -0.6)
        ax.xaxis.get_major_locator().set_params(nbins=5)
        ax.set_xlabel(
            f"{plain(self.score_name)}, difference to candidate {self.best_index}"
        )
        ax.set_title(self._verdict(), fontsize="medium", loc="left", pad=22)
        legend_above(ax)
        return self

    def _draw_rows(
        self, ax: Any, rows: NDArray[np.bool_], colour: str, label: str
    ) -> None:
        """Draw the splits as dots, and the mean with its interval."""
        places = np.flatnonzero(rows)
        if len(places) == 0:
            return
        differences = self.differences[places]
        ax.scatter(
            differences.ravel(),
            np.repeat(places + _BELOW, differences.shape[1]),
            s=14,
            alpha=0.55,
            linewidth=0,
            color=colour,
        )
        ax.errorbar(
            differences.mean(axis=1),
            places,
            xerr=np.nan_to_num(self.half_widths[places]),
            fmt="D",
            markersize=5,
            linewidth=1.6,
            color=colour,
            label=label,
        )

    def _row_names(self) -> list[str]:
        return [
            f"{plain(label)}   {number}"
            for label, number in zip(self.labels, self.candidates, strict=True)
        ]

    def _verdict(self) -> str:
        if self.differences.shape[1] < 2:
            return "With a single split, no candidate can be told from the best one."
        n_others = self.n_rivals - 1
        if n_others == 1:
            return ""
        return (
            f"{len(self.tied) - 1} of {n_others} candidates cannot be told from the "
            "best one."
        )


def compared(results: Results, n_shown: int) -> dict[str, Any]:
    """Return the arguments of the display."""
    best, rivals = results.best, results.rivals
    n_splits = results.n_splits
    empty = np.array([], dtype=np.intp)
    if best is None:
        return {
            "candidates": empty,
            "differences": np.empty((0, n_splits)),
            "half_widths": np.empty(0),
            "labels": [],
            "best_index": None,
            "tied": empty,
            "n_rivals": 0,
            "score_name": results.label,
        }
    others = rivals[rivals != best]
    others = others[np.argsort(-results.means[others], kind="stable")]
    rows = np.append(best, others)
    d = results.scores[others] - results.scores[best]
    shown = others[:n_shown]
    return {
        "candidates": shown,
        "differences": d[:n_shown],
        "half_widths": _half_widths(d, results.rho)[:n_shown],
        "labels": _labels(results, best, shown),
        "best_index": best,
        "tied": rows[tied_with_best(results.scores[rows], 0, results.rho)],
        "n_rivals": len(rows),
        "score_name": results.label,
    }


def _half_widths(d: Floats, rho: float) -> Floats:
    """Return how far from 0 a mean difference must be, to be told from it."""
    if d.shape[1] < 2 or len(d) == 0:
        return np.full(len(d), np.nan)
    errors, degrees = moderated_errors(d, rho)
    critical = float(stdtrit(degrees, 1 - _LEVEL / len(d)))
    half_widths: Floats = critical * errors
    return half_widths


def _labels(results: Results, best: int, rows: NDArray[np.intp]) -> list[str]:
    """Return in what candidates differ from the best one."""
    reference = results.params[best]
    names = short_names(
        list(dict.fromkeys(name for each in results.params for name in each))
    )
    labels = []
    for row in rows:
        texts = [
            f"{names[name]}={_told_apart(value, reference.get(name, _NOTHING))}"
            for name, value in results.params[row].items()
            if name not in reference or not are_alike(value, reference[name])
        ]
        text = ", ".join(texts)
        is_long = len(text) > _MOST_LETTERS
        labels.append(text[: _MOST_LETTERS - 1] + "…" if is_long else text)
    return labels


def _told_apart(value: Any, reference: Any) -> str:
    """Return the label of a value, with all digits if those of both look the same."""
    label = value_label(value)
    is_short = is_number(value) and label == value_label(reference)
    return repr(float(value)) if is_short else label
