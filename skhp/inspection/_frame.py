"""The results of a search as a table of pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from skhp.exceptions import InvalidParameterError
from skhp.inspection._results import check_fitted, metrics_of
from skhp.selection import split_scores

_FIRST = ("iter", "bracket", "rung", "n_resources")
_OF_CANDIDATES = (
    "posterior_mean",
    "mean_fit_time",
    "mean_score_time",
    "ask_time",
    "stopped",
    "n_splits_evaluated",
)
_LAST = ("status", "error")
_BY = ("candidate", "fit")
_NOT_SET = object()


def results_frame(search: Any, *, by: str = "candidate") -> Any:
    """Return the results of a fitted search as a tidy DataFrame of pandas.

    Unlike ``DataFrame(search.cv_results_)``, each parameter is a column of its own type
    even where it is not always set, and there is a row for each fit if asked for.

    Parameters
    ----------
    search : estimator
        A fitted search of skhp or scikit-learn.
    by : {"candidate", "fit"}, default="candidate"
        What a row is: a candidate, in the order of ``cv_results_``, or its fit on one
        split.

    Returns
    -------
    frame : pandas.DataFrame
        Columns, as far as the search has them:

        - ``candidate``: row of ``cv_results_``; by fit, also ``split``;
        - ``iter``, ``bracket``, ``rung``, ``n_resources``;
        - ``param_...`` for each parameter: bool, int64 or float64, or, if it is not set
          for each candidate, boolean, Int64 or Float64 with ``pandas.NA``; anything
          else is the object that was tried, and ``pandas.NA`` where it is not set;
        - by candidate, for each metric ``mean_test_...``, ``std_test_...``,
          ``rank_test_...`` and, with training scores, ``mean_train_...``; by fit,
          ``test_...`` and ``train_...``;
        - by candidate, ``mean_fit_time`` and ``mean_score_time`` in seconds, and what
          the search adds: ``posterior_mean``, ``ask_time``, ``stopped``,
          ``n_splits_evaluated``;
        - ``status`` and ``error`` of the candidate if not all have all their scores.

    Raises
    ------
    ImportError
        If pandas is not installed.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import results_frame
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2]}, cv=2).fit(X, y)
    >>> frame = results_frame(search, by="fit")
    >>> frame[["candidate", "split", "param_max_depth", "test_score"]].round(2)
       candidate  split  param_max_depth  test_score
    0          0      0                1        0.67
    1          0      1                1        0.67
    2          1      0                2        0.95
    3          1      1                2        0.95
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("results_frame needs pandas: pip install pandas") from error
    if by not in _BY:
        raise InvalidParameterError(
            "The 'by' parameter of results_frame must be 'candidate' or 'fit'. Got "
            f"{by!r} instead."
        )
    check_fitted(search, "results_frame")
    table = search.cv_results_
    columns: dict[str, Any] = {"candidate": np.arange(len(table["params"]))}
    columns |= {name: table[name] for name in _FIRST if name in table}
    columns |= dict(_parameters(table["params"], pd))
    if by == "candidate":
        columns |= _means(table)
        last = (*_OF_CANDIDATES, *_LAST)
        columns |= {name: table[name] for name in last if name in table}
        return pd.DataFrame(columns)
    columns |= {name: table[name] for name in _LAST if name in table}
    return _by_fit(pd.DataFrame(columns), table, pd)


def _parameters(params: Sequence[Any], pd: Any) -> Iterator[tuple[str, Any]]:
    """Yield a column for each parameter."""
    for name in dict.fromkeys(name for each in params for name in each):
        values = [each.get(name, _NOT_SET) for each in params]
        yield f"param_{name}", _column(values, pd)


def _column(values: Sequence[Any], pd: Any) -> Any:
    kinds = {_kind(value) for value in values if value is not _NOT_SET}
    is_always_set = not any(value is _NOT_SET for value in values)
    if kinds == {int, float}:
        kinds = {float}
    filled = [pd.NA if value is _NOT_SET else value for value in values]
    kind = kinds.pop() if len(kinds) == 1 else object
    small = {bool: "bool", int: "int64", float: "float64"}
    nullable = {bool: "boolean", int: "Int64", float: "Float64"}
    if kind in small:
        try:
            return pd.array(filled, dtype=(small if is_always_set else nullable)[kind])
        except OverflowError:  # an int that has no place in 64 bits
            pass
    column = np.empty(len(values), dtype=object)
    column[:] = filled
    return pd.Series(column, dtype=object)


def _kind(value: Any) -> type:
    if isinstance(value, (bool, np.bool_)):
        return bool
    if isinstance(value, (int, np.integer)):
        return int
    return float if isinstance(value, (float, np.floating)) else object


def _means(table: Any) -> dict[str, Any]:
    """Return the columns of the scores of candidates."""
    names = [
        f"{statistic}_{metric}"
        for metric in metrics_of(table)
        for statistic in ("mean_test", "std_test", "rank_test", "mean_train")
    ]
    return {name: table[name] for name in names if name in table}


def _by_fit(frame: Any, table: Any, pd: Any) -> Any:
    """Return a row for each candidate and split."""
    scores: dict[str, Any] = {}
    for metric in metrics_of(table):
        test = split_scores(table, metric)
        scores[f"test_{metric}"] = test.ravel()
        if f"mean_train_{metric}" in table:
            train = [table[f"split{k}_train_{metric}"] for k in range(test.shape[1])]
            scores[f"train_{metric}"] = np.column_stack(train).ravel()
    n_splits = test.shape[1]
    rows = frame.loc[frame.index.repeat(n_splits)].reset_index(drop=True)
    splits = np.tile(np.arange(n_splits), len(frame))
    rows.insert(1, "split", splits)
    last = [name for name in _LAST if name in rows]
    first = rows.drop(columns=last)
    return pd.concat([first, pd.DataFrame(scores), rows[last]], axis=1)
