"""Ranking by level and then by score, for halving and Hyperband."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import Levels, Row, rank

_Means = NDArray[np.float64]
_LevelNumbers = NDArray[np.int64]


def levels_of(rows: Sequence[Row], levels: Levels) -> _LevelNumbers:
    """Return the level of each row, below all others where it does not compete."""
    numbers = [levels.of(row.trial) for row in rows]
    if levels.unsettled is not None:
        numbers = [-1 if number == levels.unsettled else number for number in numbers]
    return np.array(numbers, dtype=np.int64)


def rank_by_level(means: _Means, levels: _LevelNumbers) -> NDArray[np.int32]:
    """Rank candidates from 1, by level and then by score; those without score last.

    Parameters
    ----------
    means : ndarray of shape (n_candidates,)
        Mean scores, greater is better; nan where there is none.
    levels : ndarray of shape (n_candidates,)
        Level of each candidate; a higher level ranks first.

    Returns
    -------
    ndarray of shape (n_candidates,)
    """
    known = ~np.isnan(means)
    if not known.any():
        return np.ones(len(means), dtype=np.int32)
    ranks = np.full(len(means), np.count_nonzero(known) + 1, dtype=np.int32)
    n_above = 0
    for level in sorted(set(levels[known]), reverse=True):
        here = known & (levels == level)
        ranks[here] = n_above + rank(means[here])
        n_above += int(np.count_nonzero(here))
    return ranks


def rows_on_top(rows: Sequence[Row], levels: Levels, means: _Means) -> NDArray[np.intp]:
    """Return the rows on the highest level on which one has a score."""
    numbers, known = levels_of(rows, levels), ~np.isnan(means)
    top = numbers[known].max() if known.any() else numbers.max()
    return np.flatnonzero(numbers == top)


def rivals_of(
    rows: Sequence[Row], levels: Levels | None, best: int
) -> NDArray[np.intp]:
    """Return the rows that compete with the best one: those of its level."""
    if levels is None:
        return np.arange(len(rows))
    numbers = levels_of(rows, levels)
    return np.flatnonzero(numbers == numbers[best])


def best_at_top(
    refit: Any, results: Mapping[str, Any], metric: str, levels: _LevelNumbers
) -> int:
    """Return the row of the best candidate on the highest level that has a score.

    Parameters
    ----------
    refit : bool, str or callable
        The parameter of the search. A callable is given only the rows of that level and
        returns an index into them.
    results : mapping
        ``cv_results_``.
    metric : str
        The metric that decides.
    levels : ndarray of shape (n_candidates,)

    Raises
    ------
    TypeError, IndexError
        If the callable does not return an index of one of its rows.
    """
    means = results[f"mean_test_{metric}"]
    known = ~np.isnan(means)
    top = levels[known].max() if known.any() else levels.max()
    rows = np.flatnonzero(levels == top)
    if not callable(refit):
        scores = np.nan_to_num(means[rows], nan=-np.inf, posinf=np.inf)
        return int(rows[np.argmax(scores)])
    place = refit(
        {
            name: [column[i] for i in rows] if name == "params" else column[rows]
            for name, column in results.items()
        }
    )
    if not isinstance(place, Integral):
        raise TypeError("best_index_ returned is not an integer")
    if not 0 <= int(place) < len(rows):
        raise IndexError("best_index_ index out of range")
    return int(rows[int(place)])
