"""Advice at the end of a search, from what is known by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.advice._findings import Advice, Findings
from skhp.advice._rules import advice_of
from skhp.selection import edge_line, split_scores
from skhp.space import Edge

_MOST_LINES = 3
_NOT_PRINTED = {"ties"}  # they are common, and ``tied_`` has them


def lines_at_end(
    results: Mapping[str, Any],
    metric: str,
    *,
    best: int,
    rivals: NDArray[np.intp],
    rho: float,
    edges: Sequence[Edge],
    is_drawn: bool,
    can_refine: bool,
) -> list[str]:
    """Return the lines that a search prints when it ends, the most useful first.

    Parameters
    ----------
    results : mapping
        ``cv_results_``.
    metric : str
        The metric that decides. If it is none of ``cv_results_``, there is nothing to
        say but of edges.
    best : int
        Row of the best candidate.
    rivals : ndarray of int
        Rows that compete to be the best.
    rho : float
        Test rows for each training row.
    edges : sequence of Edge
        Where the best candidate is at an end of a range.
    is_drawn : bool
        Whether candidates are drawn or proposed, so that there may be more of them.
    can_refine : bool
        Whether the best have not been refined yet.
    """
    if f"mean_test_{metric}" not in results:
        return [edge_line(edges)] if edges else []
    scores = split_scores(results, metric).copy()
    status = np.asarray(results.get("status", np.full(len(scores), "ok")))
    scores[status != "ok"] = np.nan  # or a number that stands for a failure
    found = Findings(
        scores=scores,
        params=results["params"],
        best=best if status[best] == "ok" else None,
        rivals=rivals,
        rho=rho,
        fit_seconds=np.asarray(results["mean_fit_time"], dtype=np.float64),
        score_seconds=np.asarray(results["mean_score_time"], dtype=np.float64),
        status=status.tolist(),
        train_scores=train_scores(results, metric),
        edges=edges,
        is_drawn=is_drawn,
        can_extend=True,
        can_refine=can_refine,
    )
    return [each.text for each in advice_of(found) if _is_printed(each)][:_MOST_LINES]


def _is_printed(each: Advice) -> bool:
    return each.topic not in _NOT_PRINTED


def train_scores(results: Mapping[str, Any], metric: str) -> NDArray[np.float64] | None:
    """Return the scores (n, K) on the training rows; None if there are none."""
    columns: list[Any] = []
    while (column := results.get(f"split{len(columns)}_train_{metric}")) is not None:
        columns.append(np.asarray(column, dtype=np.float64))
    return np.column_stack(columns) if columns else None
