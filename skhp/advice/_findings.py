"""What advice is, and what it is taken from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.space import Edge

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Advice:
    """One thing that a finished search suggests.

    Attributes
    ----------
    topic : str
        What it is about: "edge", "climbing", "flat", "overfitting", "underfitting",
        "noise", "ties", "failures", "timeouts", "slow" or "idle parameters".
    text : str
        A sentence or two, with their figures.
    figures : dict of str to object
        The figures alone.
    """

    topic: str
    text: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False)
class Findings:
    """What a finished search has found in one metric.

    Attributes
    ----------
    scores : ndarray of shape (n, K)
        Scores of the candidates on the splits, in the order in which they were asked
        for; nan where there is none.
    params : sequence of dict
        Parameters of the candidates.
    best : int or None
        Row of the best candidate; None if no candidate has a score.
    rivals : ndarray of int
        Rows that compete to be the best.
    rho : float
        Test rows for each training row.
    fit_seconds, score_seconds : ndarray of shape (n,)
        Mean seconds of a fit, and of a scoring; nan where they are not known.
    status : sequence of str
        "ok", "failed", "timeout", "no score" (it is not known why) or another word for
        each candidate.
    train_scores : ndarray of shape (n, K) or None
        Scores on the training rows.
    edges : sequence of Edge
        Where the best candidate is at an end of a range that could be wider.
    is_drawn : bool
        Whether candidates are drawn or proposed, so that there may be more of them.
    can_extend : bool
        Whether the search has `extend`.
    can_refine : bool
        Whether the search has `refine_top`, and has not used it.
    """

    scores: Floats
    params: Sequence[Mapping[str, Any]]
    best: int | None
    rivals: NDArray[np.intp]
    rho: float
    fit_seconds: Floats
    score_seconds: Floats
    status: Sequence[str]
    train_scores: Floats | None = None
    edges: Sequence[Edge] = ()
    is_drawn: bool = False
    can_extend: bool = False
    can_refine: bool = False

    @property
    def means(self) -> Floats:
        """Mean scores (n,); nan for candidates that are not scored on all splits."""
        means: Floats = self.scores.mean(axis=1)
        return means

    @property
    def n_splits(self) -> int:
        """Number of splits."""
        return int(self.scores.shape[1])

    @property
    def competing(self) -> NDArray[np.intp]:
        """Rows of the rivals that have a score, in order."""
        means = self.means[self.rivals]
        return np.sort(self.rivals[np.isfinite(means)])

    @property
    def seconds(self) -> Floats:
        """Seconds (n,) of all fits and scorings of each candidate; 0 if not known."""
        each = np.nan_to_num(self.fit_seconds) + np.nan_to_num(self.score_seconds)
        total: Floats = each * self.n_splits
        return total
