"""Paired comparison of candidates on the same splits: who is tied with the best.

Notation::

    y      (n, K) scores of n candidates on K splits, greater is better; nan for none
    d      (n, K) differences, y of the best candidate minus y
    rho    test rows for each training row of a split
    nu     degrees of freedom of a variance

The training sets of different splits overlap, so the scores of a candidate are not
independent, and the variance of a mean difference is more than that of K independent
ones::

    Var(mean d) = (1/K + rho) s_d^2

(C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
2003, eq. 9; rho = 1/(K - 1) for K folds.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from skhp.evaluation import PRIOR_DEGREES, n_chosen

_Floats = NDArray[np.float64]


def first_metric(results: Mapping[str, Any]) -> str:
    """Return the name of the first metric of ``cv_results_``."""
    first = next(name for name in results if name.startswith("mean_test_"))
    return first.removeprefix("mean_test_")


def split_scores(results: Mapping[str, Any], metric: str) -> _Floats:
    """Return the scores (n_candidates, n_splits) of ``cv_results_`` in one metric."""
    columns: list[_Floats] = []
    while (column := results.get(f"split{len(columns)}_test_{metric}")) is not None:
        columns.append(np.asarray(column, dtype=np.float64))
    return np.column_stack(columns)


def rho_of(splits: Sequence[tuple[Any, Any]], n_rows: int) -> float:
    """Return rho, the mean over the splits of data with so many rows."""
    sizes = [[n_chosen(rows, n_rows) for rows in split] for split in splits]
    return float(np.mean([test / max(train, 1) for train, test in sizes]))


def usual_rho(n_splits: int) -> float:
    """Return rho of folds: every row is tested once."""
    return 1.0 / (n_splits - 1) if n_splits > 1 else np.inf


def standard_errors(d: _Floats, rho: float) -> _Floats:
    """Return the standard errors (n,) of the mean differences; nan with one split."""
    n_splits = d.shape[1]
    if n_splits < 2:
        return np.full(len(d), np.nan)
    errors: _Floats = d.std(axis=1, ddof=1) * np.sqrt(1.0 / n_splits + rho)
    return errors


def moderated_errors(d: _Floats, rho: float) -> tuple[_Floats, float]:
    """Return standard errors (n,) from moderated variances, and degrees of freedom.

    Each variance is averaged with the median one (`PRIOR_DEGREES`)::

        s_i^2 = (4 median(s^2) + (K - 1) s_d^2) / (4 + K - 1)
    """
    n_splits = d.shape[1]
    variances = d.var(axis=1, ddof=1)
    degrees = PRIOR_DEGREES + n_splits - 1
    usual = float(np.median(variances))
    moderated = (PRIOR_DEGREES * usual + (n_splits - 1) * variances) / degrees
    errors: _Floats = np.sqrt(moderated * (1.0 / n_splits + rho))
    return errors, degrees


def tied_with_best(
    scores: _Floats, best: int, rho: float, *, level: float = 0.05
) -> NDArray[np.intp]:
    """Return the candidates that cannot be told from the best, and itself, best first.

    Parameters
    ----------
    scores : ndarray of shape (n, K)
        Candidates with nan are left out.
    best : int
        Row of the best one.
    rho : float
        Test rows for each training row.
    level : float, default=0.05
        Probability of leaving out any candidate that is in truth as good.

    Notes
    -----
    One-sided t tests of the paired differences with ``level`` divided by their number
    (Bonferroni), and with moderated variances. With one split nothing can be told
    apart.
    """
    means = scores.mean(axis=1)
    known = np.isfinite(means)
    known[best] = True
    rows = np.flatnonzero(known)
    order = rows[np.argsort(-means[rows], kind="stable")]
    order = np.concatenate([[best], order[order != best]])
    n_splits = scores.shape[1]
    if n_splits < 2 or len(order) < 2 or not np.isfinite(means[best]):
        return order
    d = scores[best] - scores[order[1:]]
    errors, degrees = moderated_errors(d, rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = d.mean(axis=1) / errors  # inf where a difference has no variance at all
    is_worse = 1.0 - stdtr(degrees, np.nan_to_num(t, nan=0.0)) < level / len(d)
    is_tied = np.concatenate([[True], ~is_worse])
    return np.asarray(order[is_tied], dtype=np.intp)
