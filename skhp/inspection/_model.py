"""A model of the scores of a search over its whole space, as draws of functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhp.inspection._encoded import SUBSPACE, Encoded, encoded
from skhp.inspection._parameters import chosen_parameters
from skhp.inspection._results import Floats, Results, Rows
from skhp.surrogate import FunctionDraw, Prior, draw_functions

FEWEST = 8  # candidates with a score that are modelled
_MOST_NAMES = 30  # parameters that are modelled, unless more are wanted
_FAR = 3.0  # a score so many times as far below as the median is cut off
# Wider than in a search, which had better try too much than too little: a parameter
# may do nothing at all.
PRIOR = Prior(length_spread=1.5, noise=float(np.exp(-4.0)))


@dataclass(frozen=True, eq=False)
class Model:
    """Functions that are possible after a search, from a point to its score.

    Attributes
    ----------
    encoded : Encoded
    names : list of str
        The parameters that are modelled: of many, those along which the scores differ
        most.
    columns : ndarray of int
        Columns of the space that are modelled.
    draws : list of FunctionDraw
        Of the standardised score.
    centre, scale : float
        What takes it to a score.
    n_scored : int
        Candidates that have a score; not all are modelled if they are many.
    """

    encoded: Encoded
    names: Sequence[str]
    columns: Rows
    draws: Sequence[FunctionDraw]
    centre: float
    scale: float
    n_scored: int

    def inputs(self, rows: Floats) -> tuple[Floats, Floats | None]:
        """Return what the draws take for rows, with all of the resource."""
        levels = None if self.encoded.levels is None else np.ones(len(rows))
        return _inputs(self.encoded, self.columns, rows, levels)


def model_of(
    search: Any,
    results: Results,
    n_draws: int,
    floor_of: Callable[[Floats], float] | None = None,
    wanted: Sequence[str] = (),
) -> Model | str:
    """Return a model of the scores of a search, or a sentence why there is none.

    Parameters
    ----------
    search : estimator
    results : Results
    n_draws : int
        Number of functions to draw.
    floor_of : callable, default=None
        Takes the scores and returns the one to which worse ones are raised, so that
        disasters do not hide the differences between all others. None takes what is
        three times as far below the median as the best is above it.
    wanted : sequence of str, default=()
        Parameters that are to be modelled in any case.
    """
    n_scored = int(np.isfinite(results.means).sum())
    if n_scored < FEWEST:
        return f"At least {FEWEST} candidates must have a score, and {n_scored} have."
    found = encoded(search, results)
    if found is None:
        return "No parameter differs between candidates."
    scores = results.means[found.candidates]
    scores = np.maximum(scores, (floor_of or _floor)(scores))
    most = float(np.abs(scores).max()) or 1.0  # squares of 1e300 would be infinite
    scores = scores / most
    centre, scale = float(scores.mean()), float(scores.std())
    if not scale > 1e-12:
        return "All candidates have the same score."
    names = chosen_parameters(found.axes, results.means, None, _MOST_NAMES, "Model")
    names += [name for name in wanted if name not in names]
    is_kept = np.isin(found.owners, names) | np.isin(found.owners, [SUBSPACE])
    columns = np.flatnonzero(is_kept & found.space.modelled)
    X, active = _inputs(found, columns, found.rows, found.levels)
    n_values = np.zeros(X.shape[1], dtype=np.int64)
    n_values[: len(columns)] = found.space.n_values[columns]
    is_categorical = np.zeros(X.shape[1], dtype=np.bool_)
    is_categorical[: len(columns)] = found.space.is_categorical[columns]
    draws = draw_functions(
        X,
        (scores - centre) / scale,
        is_categorical=is_categorical,
        n_values=n_values,
        active=active,
        n_draws=n_draws,
        rng=np.random.default_rng(0),
        prior=PRIOR,
    )
    return Model(found, names, columns, draws, most * centre, most * scale, n_scored)


def _floor(scores: Floats) -> float:
    """Return the score from which worse ones are all the same."""
    best, median = scores.max(), np.median(scores)
    return float(median - _FAR * (best - median)) if best > median else -np.inf


def _inputs(
    found: Encoded, columns: Rows, rows: Floats, levels: Floats | None
) -> tuple[Floats, Floats | None]:
    X, active = np.ascontiguousarray(rows[:, columns]), None
    if found.space.is_conditional:
        mask = found.space.active(rows)[:, columns]
        active = np.ascontiguousarray(mask, dtype=np.float64)
    if levels is None:
        return X, active
    X = np.column_stack([X, levels])
    if active is not None:
        active = np.column_stack([active, np.ones(len(rows))])
    return X, active
