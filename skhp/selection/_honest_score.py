"""What the score of the best candidate is worth.

The best of many mean scores is too good on average, because luck is part of what made
it the best. Two estimates of by how much were compared, from the scores y_ik of
candidate i on split k alone:

* R. J. Tibshirani and R. Tibshirani, "A bias correction for the minimum error rate in
  cross-validation", Annals of Applied Statistics 3, 2009: by as much as the best
  candidate of each split is better there than the best of all.
* I. Tsamardinos, E. Greasidou and G. Borboudakis, "Bootstrapping the out-of-sample
  predictions for efficient and accurate cross-validation", Machine Learning 107, 2018:
  choose on a bootstrap sample, score on what it leaves out. Here, splits are drawn.

The first one takes the best of single splits, which is the luckiest of the luckiest
with many candidates: it corrects too far. `benchmarks/honesty.py` has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from skhp.evaluation import Record
from skhp.selection._distinct_rows import distinct_rows
from skhp.selection._paired import split_scores, standard_errors, tied_with_best

_Floats = NDArray[np.float64]

N_SAMPLES = 1000  # of the splits
_MOST_AT_ONCE = 2**20  # scores in a block
_CONFIDENCE = 0.95
# From which share of the greater of the two scores on a gap is called so.
_MODERATE, _LARGE = 0.05, 0.2
# Parameters that are a number of something, or with a point a share of all: 1 and 1.0
# are the least and the most.
_NUMBER_OR_SHARE = {
    "max_df",
    "max_features",
    "max_samples",
    "min_df",
    "min_samples_leaf",
    "min_samples_split",
    "n_features_to_select",
}


class TrainTestGap(NamedTuple):
    """How much better the best candidate is on the rows it was trained on.

    Attributes
    ----------
    size : str
        "none" (within two standard errors of zero), or "small", "moderate" (from 5 %
        of the greater score) or "large" (from 20 %).
    train, test : float
        Mean scores.
    standard_error : float
        Of their difference.
    """

    size: str
    train: float
    test: float
    standard_error: float


class Improvement(NamedTuple):
    """How much better the best candidate is than the estimator as it was given.

    Attributes
    ----------
    difference : float
        Of the mean scores.
    standard_error : float
        Of the paired difference, corrected for training sets that overlap.
    """

    difference: float
    standard_error: float


@np.errstate(invalid="ignore", over="ignore")  # scores may be infinite
def worth_of_best(
    results: Mapping[str, Any],
    best: int,
    metric: str,
    *,
    rho: float,
    rivals: NDArray[np.intp],
    default_params: Mapping[str, Any],
    alternatives: _Floats | None = None,
) -> dict[str, Any]:
    """Return the attributes of a search that say what its best score is worth.

    Parameters
    ----------
    results : mapping
        ``cv_results_``.
    best : int
        Row of the best candidate.
    metric : str
        The metric that decides.
    rho : float
        Test rows for each training row.
    rivals : ndarray of int
        Rows of the candidates that competed, the best one among them.
    default_params : mapping of str to object
        Parameters of the estimator as it was given.
    alternatives : ndarray of shape (m, K), default=None
        Scores of what else was chosen from, if there is more; see `scores_of_rounds`.
    """
    all_scores = split_scores(results, metric)
    scores, at = all_scores[rivals], int(np.flatnonzero(rivals == best)[0])
    corrected, low, high = corrected_score(scores, at, rho, alternatives)
    found = {
        "tied_": rivals[tied_with_best(scores, at, rho)],
        "best_score_corrected_": corrected,
        "best_score_interval_": (low, high),
    }
    train = results.get(f"mean_train_{metric}")
    if train is not None:
        columns = [
            results[f"split{k}_train_{metric}"][best] for k in range(scores.shape[1])
        ]
        found["train_test_gap_"] = _gap(np.array(columns), scores[at], rho)
    default = _row_of(default_params, results["params"], rivals)
    if default is not None:
        d = all_scores[[best]] - all_scores[[default]]
        error = float(standard_errors(d, rho)[0])
        found["improvement_over_default_"] = Improvement(float(d.mean()), error)
    return found


def scores_of_rounds(
    record: Record, rivals: NDArray[np.intp], metric: str
) -> _Floats | None:
    """Return the scores (m, K) of the rivals after each number of boosting rounds.

    None if the fits have not chosen the number, or not by this metric.
    """
    if metric != (record.objective or metric):
        return None
    found: list[_Floats] = []
    for row in rivals:
        results = record.rows[row].results
        curves = [() if cell is None else cell.curve for cell in results]
        n_points = min(map(len, curves))
        found.append(np.array([curve[:n_points] for curve in curves]).T)
    return np.concatenate(found) if any(map(len, found)) else None


def corrected_score(
    scores: _Floats, best: int, rho: float, alternatives: _Floats | None = None
) -> tuple[float, float, float]:
    """Return the score without what was luck, and an interval that covers 95 %.

    Parameters
    ----------
    scores : ndarray of shape (n, K)
        Candidates with nan are left out.
    best : int
        Row of the best one.
    rho : float
        Test rows for each training row.
    alternatives : ndarray of shape (m, K), default=None
        Scores of what else was chosen from, if there is more.

    Returns
    -------
    corrected, low, high : float
        nan with a single split.

    Notes
    -----
    Splits are drawn with replacement, 1000 times. The mean score of the candidate that
    is best on those which were drawn, on those which were not, is the corrected score,
    unless it is higher than the score itself. The interval is that of the t
    distribution with K - 1 degrees of freedom and the standard error of the best
    candidate's mean (Nadeau and Bengio, 2003).
    """
    n_splits = scores.shape[1]
    own = scores[best]
    if n_splits < 2 or not np.all(np.isfinite(own)):
        return np.nan, np.nan, np.nan
    complete = scores
    if alternatives is not None:
        # Of equal ones the first is chosen, as it is by the curve of a candidate.
        complete = np.concatenate([alternatives, scores])
    complete = complete[np.all(np.isfinite(complete), axis=1)]
    corrected = float(own.mean()) - max(0.0, _optimism(complete, own))
    error = float(standard_errors(own[None], rho)[0])
    half = float(stdtrit(n_splits - 1, (1 + _CONFIDENCE) / 2)) * error
    return corrected, corrected - half, corrected + half


def _optimism(scores: _Floats, own: _Floats) -> float:
    """Return how much better the best candidate is, on splits that are left out.

    Better than who is best on the others. Taking the difference within each sample
    makes the mean of the best candidate itself exact.
    """
    n, n_splits = scores.shape
    rng = np.random.default_rng(0)  # the same scores are corrected in the same way
    drawn = rng.multinomial(n_splits, np.full(n_splits, 1 / n_splits), size=N_SAMPLES)
    drawn, counts = distinct_rows(drawn)
    is_partial = (drawn == 0).any(axis=1)  # else nothing is left out
    drawn, counts = drawn[is_partial], counts[is_partial]
    step = max(1, _MOST_AT_ONCE // n)
    chosen = np.concatenate(
        [
            np.argmax(scores @ drawn[i : i + step].T, axis=0)
            for i in range(0, len(drawn), step)
        ]
    )
    out = drawn == 0
    differences = ((own - scores[chosen]) * out).sum(axis=1) / out.sum(axis=1)
    return float(np.average(differences, weights=counts))


def _gap(train: _Floats, test: _Floats, rho: float) -> TrainTestGap:
    difference = float(np.mean(train - test))
    error = float(standard_errors((train - test)[None], rho)[0])
    greater = max(abs(train.mean()), abs(test.mean()))
    share = abs(difference) / greater if greater else 0.0
    size = "large" if share >= _LARGE else "moderate"
    if share < _MODERATE:
        size = "small"
    if not difference > 2 * np.nan_to_num(error):
        size = "none"
    return TrainTestGap(size, float(train.mean()), float(test.mean()), error)


def _row_of(
    default_params: Mapping[str, Any], candidates: Any, rows: NDArray[np.intp]
) -> int | None:
    """Return the row whose parameters are the default ones; None if there is none."""
    for row in rows:
        params = candidates[row]
        if all(
            name in default_params
            and _are_same(default_params[name], value)
            and _are_both_whole(name, default_params[name], value)
            for name, value in params.items()
        ):
            return int(row)
    return None


def _are_both_whole(name: str, a: Any, b: Any) -> bool:
    """Whether both are whole numbers or none is, if that makes a difference."""
    is_plain = name.rpartition("__")[2] not in _NUMBER_OR_SHARE
    return is_plain or isinstance(a, Integral) == isinstance(b, Integral)


def _are_same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, (bool, np.bool_)) or isinstance(b, (bool, np.bool_)):
        return False if type(a) is not type(b) else bool(a == b)
    try:
        return math.isclose(a, b, rel_tol=1e-9)  # a range gives back what it was given
    except TypeError:
        pass
    try:
        return bool(type(a) is type(b) and a == b)
    except (TypeError, ValueError):  # arrays
        return False
