"""Where a search begins: points the user gives, or the best of an earlier search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skhp.exceptions import InvalidParameterError
from skhp.space import Space


def initial_configurations(
    given: Any, space: Space, n_most: int
) -> Sequence[Mapping[str, Any]]:
    """Return configurations to evaluate first.

    Parameters
    ----------
    given : None, list of dict, fitted search or DataFrame
        A search has ``cv_results_``; a frame has columns ``param_<name>`` or
        ``<name>``, and perhaps ``mean_test_score``.
    space : Space
        Configurations of an earlier search that lie outside are left out.
    n_most : int
        How many to take of an earlier search, the best first.
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [given]
    if hasattr(given, "cv_results_"):
        results = given.cv_results_
        metric = given.refit if isinstance(given.refit, str) else "score"
        return _best(
            results["params"], results.get(f"rank_test_{metric}"), space, n_most
        )
    if hasattr(given, "columns") and hasattr(given, "to_dict"):
        return _of_frame(given, space, n_most)
    if isinstance(given, Sequence) and all(isinstance(p, Mapping) for p in given):
        return given
    raise InvalidParameterError(
        "The 'initial_points' parameter of BayesSearchCV must be a list of dicts, a "
        f"fitted search or a DataFrame. Got {given!r} instead."
    )


def _of_frame(frame: Any, space: Space, n_most: int) -> Sequence[Mapping[str, Any]]:
    names = {name for searched in space.names for name in searched}
    columns = {
        name: column
        for name in names
        for column in (f"param_{name}", name)
        if column in frame.columns
    }
    records = frame.to_dict("records")
    candidates = [
        {
            name: row[column]
            for name, column in columns.items()
            if not _is_nan(row[column])
        }
        for row in records
    ]
    rank = None
    if "mean_test_score" in frame.columns:
        rank = (-frame["mean_test_score"]).rank(method="min").to_numpy()
    return _best(candidates, rank, space, n_most)


def _best(
    candidates: Sequence[Mapping[str, Any]], rank: Any, space: Space, n_most: int
) -> list[Mapping[str, Any]]:
    order = range(len(candidates)) if rank is None else np.argsort(rank, kind="stable")
    inside = (candidates[i] for i in order if space.contains(candidates[i]))
    distinct = {space.key(space.to_rows([params])[0]): params for params in inside}
    return list(distinct.values())[:n_most]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value
