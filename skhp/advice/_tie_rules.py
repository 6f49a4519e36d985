"""Whether the best candidate is better at all, and who might be taken instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.advice._findings import Advice, Findings, Floats
from skhp.selection import distinct_rows, tied_with_best

_FEWEST = 10  # candidates, of which the better half can be looked at
_FASTER = 2.0  # times: seconds vary
# Of the candidates, if none of those that are tied is simpler or faster:
_MANY, _FEWEST_TIED = 0.25, 3
_LEAST_SECONDS = 0.005  # of a fit that is worth shortening
_MOST_NAMED = 3

# Parameters by which models are simpler if they are smaller (1) or greater (-1).
_SIMPLER = {
    "C": 1,
    "alpha": -1,
    "ccp_alpha": -1,
    "colsample_bytree": 1,
    "degree": 1,
    "depth": 1,
    "iterations": 1,
    "l2_leaf_reg": -1,
    "l2_regularization": -1,
    "lambda_l1": -1,
    "lambda_l2": -1,
    "max_depth": 1,
    "max_iter": 1,
    "max_leaf_nodes": 1,
    "min_child_samples": -1,
    "min_child_weight": -1,
    "min_impurity_decrease": -1,
    "min_samples_leaf": -1,
    "min_samples_split": -1,
    "n_components": 1,
    "n_estimators": 1,
    "n_neighbors": -1,
    "num_leaves": 1,
    "reg_alpha": -1,
    "reg_lambda": -1,
}


def noise(found: Findings) -> Advice | None:
    """Say if folds disagree more about the better candidates than these differ.

    Of a table of their scores, without the means of rows and columns, the rest is the
    disagreement. From it follows how far the mean of each candidate may be off.
    """
    rows = found.competing
    rows = rows[np.argsort(-found.means[rows], kind="stable")][: (len(rows) + 1) // 2]
    if 2 * len(rows) < _FEWEST or found.n_splits < 2:
        return None
    scores, _ = distinct_rows(found.scores[rows])  # equal ones agree by themselves
    if len(scores) < _FEWEST // 2:
        return None
    spread = float(scores.mean(axis=1).std(ddof=1))
    error = _error_of_means(scores, found.rho)
    if not error > spread > 0:
        return None
    how = "more folds, or repeated ones"
    if found.can_refine:
        how = f"refine_top=5 with folds that are shuffled, {how},"
    else:
        how += ","
    return Advice(
        "noise",
        "The folds disagree more than the candidates: the means of the better half "
        f"differ by {spread:.2g} (standard deviation), and each of them is only known "
        f"to {error:.2g}. To choose among them, {how} would tell more than further "
        "candidates.",
        {"spread": spread, "standard_error": error, "n_candidates": len(rows)},
    )


def _error_of_means(scores: Floats, rho: float) -> float:
    """Return the standard error of a mean score beside those of the others."""
    rest = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0)
    rest += scores.mean()
    n, n_splits = scores.shape
    variance = (rest**2).sum() / ((n - 1) * (n_splits - 1))
    return float(np.sqrt(variance * (1 / n_splits + rho)))


def ties(found: Findings) -> Advice | None:
    """Say how many cannot be told from the best, and if one is simpler or faster."""
    rows = found.competing
    best = found.best
    if best is None or found.n_splits < 2 or len(rows) < 2 or best not in rows:
        return None
    at = int(np.flatnonzero(rows == best)[0])
    tied = rows[tied_with_best(found.scores[rows], at, found.rho)][1:]
    if not len(tied):
        return None
    text = (
        f"{len(tied)} of the {len(rows) - 1} other candidates cannot be told from the "
        "best one by these folds."
    )
    figures: dict[str, Any] = {"n_tied": len(tied), "n_candidates": len(rows)}
    simplest = _simplest(found.params, best, tied)
    if simplest is not None:
        figures["simplest"] = simplest
        text += f" The simplest of them is candidate {simplest}: "
        text += f"{_differences(found.params, best, simplest)}."
    fastest = _fastest(found.fit_seconds, best, tied)
    if fastest is not None:
        figures["fastest"] = fastest
        own, theirs = found.fit_seconds[best], found.fit_seconds[fastest]
        text += f" {'It' if fastest == simplest else f'Candidate {fastest}'} fits in "
        text += f"{theirs:.2g} s instead of {own:.2g} s."
    is_many = len(tied) >= max(_MANY * len(rows), _FEWEST_TIED)
    if len(figures) == 2 and not is_many:
        return None
    return Advice("ties", text, figures)


def _fastest(seconds: Floats, best: int, tied: NDArray[np.intp]) -> int | None:
    known = tied[np.isfinite(seconds[tied])]
    if not len(known) or not np.isfinite(seconds[best]):
        return None
    first = int(known[np.argmin(seconds[known])])
    is_faster = seconds[best] > _FASTER * seconds[first]
    return first if is_faster and seconds[best] > _LEAST_SECONDS else None


def _simplest(
    params: Sequence[Mapping[str, Any]], best: int, tied: NDArray[np.intp]
) -> int | None:
    """Return the candidate that is simpler in most respects and more complex in none.

    All else being equal: only candidates are compared that differ in nothing but what
    is known to make a model simpler.
    """
    found: list[tuple[int, float, int]] = []
    for row in tied.tolist():
        steps = _steps(params[best], params[row])
        if steps and min(steps) > 0:
            found.append((len(steps), sum(steps), row))
    return max(found, key=lambda each: each[:2])[2] if found else None


def _steps(best: Mapping[str, Any], other: Mapping[str, Any]) -> list[float]:
    """Return by what factor another candidate is simpler in each respect.

    As logarithms; empty if they cannot be compared.
    """
    steps: list[float] = []
    if best.keys() != other.keys():
        return []
    for name, value in other.items():
        own, sign = best[name], _SIMPLER.get(name.rpartition("__")[2], 0)
        if value is own:
            continue
        if not (_is_positive(own) and _is_positive(value)):
            if type(own) is type(value) and repr(own) == repr(value):
                continue
            return []
        if own != value and not sign:
            return []
        if own != value:
            steps.append(sign * float(np.log(own / value)))
    return steps


def _is_positive(value: Any) -> bool:
    is_number = isinstance(value, (int, float, np.integer, np.floating))
    return is_number and not isinstance(value, bool) and 0 < value < np.inf


def _differences(params: Sequence[Mapping[str, Any]], best: int, row: int) -> str:
    own, others = params[best], params[row]
    texts = [
        f"{name}={value:.4g} instead of {own[name]:.4g}"
        for name, value in others.items()
        if _is_positive(value) and value != own[name]
    ]
    more = len(texts) - _MOST_NAMED
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
