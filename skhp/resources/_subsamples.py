"""Nested subsamples of the training rows.

The rows of each split are ordered once; a subsample consists of the first of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import TimeSeriesSplit

from skhp.evaluation import Split, Task, fit_plainly

_Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Subsamples:
    """The resource of a search in which it is the number of samples.

    Attributes
    ----------
    n_samples : int
        Number of rows of the data. A resource of r means ``r / n_samples`` of the rows
        of each split.
    train : list of ndarray
        For each split, its training rows in the order in which they are taken.
    test : list of ndarray or None
        The same for the test rows; None means all of them.
    """

    n_samples: int
    train: list[_Rows]
    test: list[_Rows] | None = None

    def size(self, n_rows: int, resource: int) -> int:
        """Return how many of `n_rows` a resource amounts to."""
        return min(n_rows, n_rows * resource // self.n_samples)

    def rows(self, splits: Sequence[Split], task: Task) -> Split:
        """Return the subsample of a split, in the order of the data."""
        (train, test), resource = splits[task.split], task.trial.resource
        if resource is None or resource >= self.n_samples:
            return train, test
        train = self._first(self.train[task.split], resource)
        if self.test is not None:
            test = self._first(self.test[task.split], resource)
        return train, test

    def _first(self, order: _Rows, resource: int) -> _Rows:
        return np.sort(order[: self.size(len(order), resource)])

    def fit(
        self, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
    ) -> Any:
        """Fit in the ordinary way, since only the rows differ."""
        return fit_plainly(estimator, X, y, fit_params)


def is_ordered_in_time(cv: Any, splits: Sequence[Split]) -> bool:
    """Whether each of several splits is tested on rows after those it is trained on."""
    if isinstance(cv, TimeSeriesSplit):
        return True
    return len(splits) > 1 and all(
        len(train) and len(test) and np.max(train) < np.min(test)
        for train, test in splits
    )


def order_rows(
    rows: ArrayLike,
    rng: np.random.Generator,
    *,
    classes: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> _Rows:
    """Return rows in an order whose every beginning is a representative subsample.

    Parameters
    ----------
    rows : array-like of shape (n,)
        Indices.
    rng : numpy.random.Generator
    classes : ndarray of shape (n,), default=None
        Class of each row. The order begins with one row of each class; then every class
        is spread evenly, so that any beginning has the classes in proportion.
    groups : ndarray of shape (n,), default=None
        Group of each row. Groups come one after the other, so that a subsample has some
        groups whole, at most one in part, and none of the rest (except for the first
        row of a class).
    """
    rows = np.asarray(rows, dtype=np.intp)
    shuffled = rng.permutation(len(rows))
    if groups is not None:
        _, group = np.unique(groups, return_inverse=True)
        rank = rng.permutation(group.max() + 1)
        shuffled = shuffled[np.argsort(rank[group[shuffled]], kind="stable")]
        place = np.arange(len(rows), dtype=np.float64)
    elif classes is not None:
        place = _spread(classes[shuffled])
    else:
        return rows[shuffled]
    if classes is not None:
        _, first = np.unique(classes[shuffled], return_index=True)
        place[first] = -1.0
    return rows[shuffled[np.argsort(place, kind="stable")]]


def _spread(classes: NDArray[Any]) -> NDArray[np.float64]:
    """Return for each row its quantile, in (0, 1), among the rows of its class."""
    _, of_class, counts = np.unique(classes, return_inverse=True, return_counts=True)
    place = np.empty(len(classes))
    for k, count in enumerate(counts):
        place[of_class == k] = (np.arange(count) + 0.5) / count
    return place


def latest_first(rows: ArrayLike) -> _Rows:
    """Return rows from last to first, so that a subsample has the latest ones."""
    return np.sort(np.asarray(rows, dtype=np.intp))[::-1]


def n_rows_needed(order: _Rows, classes: NDArray[Any] | None, n_classes: int) -> int:
    """Return how many of the first rows contain `n_classes` classes."""
    if classes is None:
        return 1
    _, first = np.unique(classes[order], return_index=True)
    return int(np.sort(first)[min(n_classes, len(first)) - 1]) + 1
