"""Out-of-fold predictions of one candidate, put together from its folds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.ensembles._predictions import Prediction, aligned, votes

Fold = tuple[NDArray[np.intp], Prediction]  # the rows that it predicts, and what


def out_of_fold(
    n_rows: int, folds: Iterable[Fold], classes: Any = None
) -> tuple[str, Any]:
    """Return the method that predicts, and its mean prediction for each row.

    Rows that are in no test fold are nan. Classes, which have no mean, are the most
    frequent ones; they are returned too if folds differ in their method.

    Parameters
    ----------
    n_rows : int
    folds : iterable of (rows, Prediction)
    classes : ndarray or list of ndarray, default=None
        All classes, of each output if there are several. None means those that the
        predictions know.

    Returns
    -------
    method : {"predict_proba", "decision_function", "predict"}
    values : ndarray of shape (n_rows, ...), or a list of such
    """
    folds = list(folds)
    if len({p.method for _, p in folds}) > 1:
        folds = [(rows, votes(p.labels())) for rows, p in folds]
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
        known = [None for _ in outputs] if classes is None else classes
        each = [out_of_fold(n_rows, parts[j], known[j]) for j in outputs]
        if first.method != "votes":
            return first.method, [values for _, values in each]
        return "predict", np.column_stack([values for _, values in each])
    mean, classes, is_known = _mean(n_rows, folds, classes)
    if first.method != "votes":
        return first.method, mean
    labels = classes[np.nan_to_num(mean).argmax(axis=1)]
    if labels.dtype.kind in "iufb":
        labels = labels.astype(np.float64)
    else:
        labels = labels.astype(object)
    labels[~is_known] = np.nan
    return "predict", labels


def _mean(
    n_rows: int, folds: list[Fold], classes: Any
) -> tuple[Any, Any, NDArray[np.bool_]]:
    if any(p.classes is None for _, p in folds):
        classes = None
    elif classes is None:
        classes = np.unique(np.concatenate([p.classes for _, p in folds]))
    times = np.zeros(n_rows, dtype=np.int64)
    for rows, _ in folds:
        np.add.at(times, rows, 1)
    mean: Any = None
    for rows, p in folds:
        values = p.values
        if classes is not None:
            values = aligned(values, p.classes, classes, p.method)
        if mean is None:
            dtype = values.dtype if values.dtype.kind == "f" else np.float64
            mean = np.zeros((n_rows, *values.shape[1:]), dtype=dtype)
        # Divided before they are added: decision values may be the least there are.
        shares = times[rows].reshape(-1, *[1] * (values.ndim - 1)).astype(mean.dtype)
        np.add.at(mean, rows, values / shares)
    is_known = times > 0
    mean[~is_known] = np.nan
    return mean, classes, is_known
