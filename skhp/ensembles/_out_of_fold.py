"""Out-of-fold predictions of one candidate, put together from its folds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.ensembles._predictions import Prediction, aligned

Fold = tuple[NDArray[np.intp], Prediction]  # the rows that it predicts, and what


def out_of_fold(n_rows: int, folds: Iterable[Fold]) -> tuple[str, Any]:
    """Return the method that predicts, and its mean prediction for each row.

    Rows that are in no test fold are nan. Classes, which have no mean, are the most
    frequent ones.

    Parameters
    ----------
    n_rows : int
    folds : iterable of (rows, Prediction)

    Returns
    -------
    method : {"predict_proba", "decision_function", "predict"}
    values : ndarray of shape (n_rows, ...), or a list of such
    """
    folds = list(folds)
    first = folds[0][1]
    if isinstance(first.values, list):
        outputs = range(len(first.values))
        parts = [
            [
                (rows, Prediction(p.method, p.values[j], p.classes[j]))
                for rows, p in folds
            ]
            for j in outputs
        ]
        each = [out_of_fold(n_rows, of_output) for of_output in parts]
        if first.method != "votes":
            return first.method, [values for _, values in each]
        return "predict", np.column_stack([values for _, values in each])
    mean, classes, is_known = _mean(n_rows, folds)
    if first.method != "votes":
        return first.method, mean
    labels = classes[np.nan_to_num(mean).argmax(axis=1)]
    if labels.dtype.kind in "iufb":
        labels = labels.astype(np.float64)
    else:
        labels = labels.astype(object)
    labels[~is_known] = np.nan
    return "predict", labels


def _mean(n_rows: int, folds: list[Fold]) -> tuple[Any, Any, NDArray[np.bool_]]:
    classes = folds[0][1].classes
    if any(not np.array_equal(p.classes, classes) for _, p in folds):
        classes = np.unique(np.concatenate([p.classes for _, p in folds]))
    total, times = None, np.zeros(n_rows, dtype=np.int64)
    for rows, p in folds:
        values = p.values
        if classes is not None and values.ndim == 2:
            values = aligned(values, p.classes, classes)
        if total is None:
            dtype = values.dtype if values.dtype.kind == "f" else np.float64
            total = np.zeros((n_rows, *values.shape[1:]), dtype=dtype)
        np.add.at(total, rows, values)
        np.add.at(times, rows, 1)
    assert total is not None
    is_known = times > 0
    divisor = times.reshape(-1, *[1] * (total.ndim - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / np.where(is_known.reshape(divisor.shape), divisor, np.nan)
    return mean.astype(total.dtype, copy=False), classes, is_known
