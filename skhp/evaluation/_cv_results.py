"""Conversion of a record to ``cv_results_``, in scikit-learn's layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.ma import MaskedArray
from numpy.typing import NDArray
from scipy.stats import rankdata

from skhp.evaluation._record import Record, Row
from skhp.evaluation._task import Scores, SplitResult

Float = NDArray[np.float64]


def to_cv_results(
    record: Record, *, error_score: float | str, return_train_score: bool
) -> dict[str, Any]:
    """Return the ``cv_results_`` of a search.

    The keys and their order are those of `sklearn.model_selection.GridSearchCV`,
    preceded by the labels of the trials, and followed by ``status`` and ``error`` if a
    trial has no score on a split.
    """
    rows = record.rows
    filler = np.nan if error_score == "raise" else float(error_score)
    cells = [result for row in rows for result in row.results]
    table: dict[str, Any] = {}
    for name in dict.fromkeys(name for row in rows for name in row.trial.labels):
        table[name] = np.asarray([row.trial.labels.get(name) for row in rows])

    shape = (len(rows), record.n_splits)
    for name in ("fit_time", "score_time"):
        times = [np.nan if cell is None else getattr(cell, name) for cell in cells]
        _store(table, name, np.array(times, dtype=np.float64).reshape(shape))
    candidates = [row.params for row in rows]
    for name, column in _param_columns(candidates):
        table[name] = column
    table["params"] = candidates

    test = [None if cell is None else cell.test_scores for cell in cells]
    train = [None if cell is None else cell.train_scores for cell in cells]
    for metric in metric_names(cells) or ["score"]:
        scores = _scores(test, metric, filler).reshape(shape)
        _store(table, f"test_{metric}", scores, splits=True)
        table[f"rank_test_{metric}"] = rank(table[f"mean_test_{metric}"])
        if return_train_score:
            scores = _scores(train, metric, filler).reshape(shape)
            _store(table, f"train_{metric}", scores, splits=True)
    _store_failures(table, rows)
    return table


def metric_names(cells: Sequence[SplitResult | None]) -> list[str] | None:
    """Return the names of the metrics; None if there is a single, unnamed one."""
    for cell in cells:
        if cell is not None and isinstance(cell.test_scores, dict):
            return list(cell.test_scores)
    return None


def rank(means: Float) -> NDArray[np.int32]:
    """Rank from 1, the greatest first, ties on the better rank; nan is last."""
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    # -inf becomes the least float, so that nan ranks below it
    filled = np.nan_to_num(means, nan=np.nanmin(means) - 1)
    return rankdata(-filled, method="min").astype(np.int32, copy=False)


def _store(
    table: dict[str, Any], name: str, array: Float, *, splits: bool = False
) -> None:
    """Enter mean and standard deviation of `array` (n_candidates, n_splits)."""
    if splits:
        for k in range(array.shape[1]):
            table[f"split{k}_{name}"] = array[:, k]
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf, 1e300**2
        means = np.average(array, axis=1)
        deviations = (array - means[:, np.newaxis]) ** 2
        table[f"mean_{name}"] = means
        table[f"std_{name}"] = np.sqrt(np.average(deviations, axis=1))


def _scores(cells: list[Scores | None], metric: str, filler: float) -> Float:
    """Return one metric of all cells; nan where a split was not run."""

    def value(cell: Scores | None) -> float:
        if cell is None:
            return np.nan
        if isinstance(cell, dict):
            return cell.get(metric, filler)  # a scorer may leave one out
        # A fit that failed before it was known that there are several metrics.
        return filler if metric != "score" else cell

    return np.array([value(cell) for cell in cells], dtype=np.float64)


def _store_failures(table: dict[str, Any], rows: list[Row]) -> None:
    status, errors = [], []
    for row in rows:
        failed = next((r for r in row.results if r is not None and r.error), None)
        rest = "stopped" if row.n_missing else "ok"
        rest = "raced" if row.is_dropped else rest
        status.append(rest if failed is None else failed.status)
        errors.append(None if failed is None else failed.error)
    if any(word != "ok" for word in status):
        table["status"] = np.array(status)
        table["error"] = np.array(errors, dtype=object)


def _param_columns(
    candidates: list[dict[str, Any]],
) -> Iterator[tuple[str, MaskedArray[Any, Any]]]:
    """Yield a masked column for each parameter, masked where it is not set."""
    cells: dict[str, dict[int, Any]] = {}
    for i, params in enumerate(candidates):
        for name, value in params.items():
            cells.setdefault(name, {})[i] = value
    for name, values in cells.items():
        dtype = _column_dtype(list(values.values()))
        column: MaskedArray[Any, Any] = MaskedArray(
            np.empty(len(candidates), dtype=dtype), mask=True
        )
        for i, value in values.items():
            column[i] = value
        yield f"param_{name}", column


def _column_dtype(values: list[Any]) -> np.dtype[Any]:
    """Return the type of a column: NumPy's guess if flat and not text, else object."""
    try:
        array = np.array(values)
    except ValueError:  # sequences of different lengths
        return np.dtype(object)
    return array.dtype if array.dtype.kind != "U" and array.ndim == 1 else np.dtype("O")
