"""Whether the best candidate fits its training rows too well, or not well enough."""

from __future__ import annotations

import numpy as np

from skhp.advice._findings import Advice, Findings
from skhp.selection import standard_errors

_LARGE = 0.2  # of the greater score: a gap is large, as in train_test_gap_
_SMALL = 0.02  # of the score: a gap up to there is none
_GOOD = 0.9  # scores that end at 1 and reach this are good enough
_SURE = 2.0  # standard errors


def overfitting(found: Findings) -> Advice | None:
    """Say if the best candidate is much better on its training rows."""
    gap = _gap(found)
    if gap is None:
        return None
    train, test, error = gap
    share = (train - test) / (max(abs(train), abs(test)) or 1.0)
    if not (train - test > _SURE * error and share >= _LARGE):
        return None
    return Advice(
        "overfitting",
        f"The best candidate overfits: it scores {train:.4g} on the rows that it was "
        f"trained on, and {test:.4g} on others. More regularisation than was searched, "
        "simpler models or more rows may help.",
        {"train": train, "test": test, "standard_error": error},
    )


def underfitting(found: Findings) -> Advice | None:
    """Say if the best candidate fits its training rows as badly as others.

    It has no gap, no candidate fits its training rows better, and the score ends at 1
    and is far from it: a score that is an error has no end from which to tell.
    """
    gap = _gap(found)
    if gap is None or found.train_scores is None:
        return None
    train, test, error = gap
    rows = found.competing
    most = float(np.nanmax(found.train_scores[rows].mean(axis=1)))
    is_share = 0 < test <= 1 and np.nanmax(found.train_scores[rows]) <= 1
    has_no_gap = train - test <= max(_SURE * error, _SMALL * train)
    if not (is_share and has_no_gap and train < _GOOD):
        return None
    if most > train + max(error, _SMALL * train):
        return None
    return Advice(
        "underfitting",
        f"The best candidate may underfit: it scores {train:.4g} on the rows that it "
        f"was trained on and {test:.4g} on others, and no candidate fits its training "
        "rows better. A more flexible model, or better features, may score higher.",
        {"train": train, "test": test, "standard_error": error},
    )


def _gap(found: Findings) -> tuple[float, float, float] | None:
    """Return the scores of the best on training and test rows, and the error."""
    if found.train_scores is None or found.best is None or found.n_splits < 2:
        return None
    train, test = found.train_scores[found.best], found.scores[found.best]
    if not np.all(np.isfinite([train, test])):
        return None
    error = float(standard_errors((train - test)[np.newaxis], found.rho)[0])
    return float(train.mean()), float(test.mean()), error
