"""Tables to search on: those that scikit-learn ships, and any CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split

BUNDLED = {
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
    "digits": datasets.load_digits,
    "wine": datasets.load_wine,
}


@dataclass(frozen=True)
class Split:
    """Rows to search on, and other rows."""

    X: pd.DataFrame
    X_test: pd.DataFrame
    y: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Table:
    """A table in which texts are categories, and its target.

    Classes are coded 0, 1, ...; a numeric target with three or more values is a number.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    has_classes: bool

    @property
    def scoring(self) -> str:
        """The name of the scorer that fits the target."""
        if not self.has_classes:
            return "r2"
        return "roc_auc" if self.y.max() == 1 else "accuracy"

    def split(self, n_rows: int, max_test: int, seed: int) -> Split:
        """Split off at most `n_rows` rows, never more than 70 %, and other rows."""
        n_train = min(n_rows, int(0.7 * len(self.y)))
        parts = train_test_split(
            self.X,
            self.y,
            train_size=n_train,
            test_size=min(max_test, len(self.y) - n_train),
            random_state=seed,
            stratify=self.y if self.has_classes else None,
        )
        return Split(*parts)

    def coded(self) -> Table:
        """Return the table with its categories as numbers."""
        X = self.X.copy()
        for name in X.columns[X.dtypes == "category"]:
            X[name] = X[name].cat.codes.replace(-1, np.nan)
        return Table(self.name, X.astype(float), self.y, self.has_classes)

    def filled(self) -> Table:
        """Return the coded table with the median for each missing value."""
        X = self.coded().X
        return Table(self.name, X.fillna(X.median()), self.y, self.has_classes)

    def halved(self) -> Table:
        """Return the table with two classes, split at the median, for small counts."""
        if self.has_classes or len(np.unique(self.y)) > 20:
            return self
        y = (self.y > np.median(self.y)).astype(int)
        return Table(self.name, self.X, y, True)


def read_table(given: str) -> Table:
    """Read a table: the name of a bundled one, ``TABLE.csv`` or ``TABLE.csv:TARGET``.

    Without TARGET, the last column is predicted.
    """
    if given in BUNDLED:
        return _bundled(given)
    path, _, target = given.partition(":")
    X = pd.read_csv(path)
    y = X.pop(target or X.columns[-1])
    return _table(Path(path).name.partition(".")[0], X, y)


def _bundled(name: str) -> Table:
    if name == "diabetes":  # as it was measured, with its one column that is no number
        data = datasets.load_diabetes(as_frame=True, scaled=False)
        X = data.data.assign(sex=data.data["sex"].map({1.0: "a", 2.0: "b"}))
        return _table(name, X, data.target)
    data = BUNDLED[name](as_frame=True)
    return _table(name, data.data, data.target, has_classes=True)


def _table(
    name: str, X: pd.DataFrame, y: pd.Series, *, has_classes: bool | None = None
) -> Table:
    X = X.rename(columns=lambda column: str(column).replace(" ", "_"))
    for column in X.columns:
        if not pd.api.types.is_numeric_dtype(X[column]):
            X[column] = X[column].astype("category")
    if has_classes is None:
        has_classes = not pd.api.types.is_numeric_dtype(y) or y.nunique() < 3
    values = pd.factorize(y, sort=True)[0] if has_classes else y.to_numpy(float)
    return Table(name, X, values, has_classes)
