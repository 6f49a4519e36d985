import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection import results_frame
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, fitted

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize("by", ["candidate", "fit"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_search_is_a_table(kind, by):
    search = fitted(kind)
    frame = results_frame(search, by=by)
    n_splits = {"one split": 1, "racing": 6}.get(kind, 3)
    n_rows = len(search.cv_results_["params"]) * (n_splits if by == "fit" else 1)
    assert len(frame) == n_rows
    assert frame.columns.is_unique
    assert frame.index.tolist() == list(range(n_rows))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_fits_have_the_means_of_their_candidates(kind):
    search = fitted(kind)
    metric = "down" if kind == "metrics" else "score"
    by_fit = results_frame(search, by="fit").groupby("candidate")[f"test_{metric}"]
    by_candidate = results_frame(search)[f"mean_test_{metric}"]
    means = by_fit.agg(lambda scores: scores.to_numpy().mean())
    np.testing.assert_allclose(means, by_candidate)


def test_columns_of_single_classes_are_there():
    assert {"ask_time", "posterior_mean"} & set(results_frame(fitted("conditional")))
    assert "n_splits_evaluated" in results_frame(fitted("racing"))
    assert "n_resources" in results_frame(fitted("rounds"))


@pytest.mark.parametrize(
    ("tried", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, 2.5], "float64"),
        ([True, False], "bool"),
        (["a", "b"], "object"),
        ([None, 1], "object"),
        ([True, 1], "object"),
        ([1, 2**70], "object"),
        ([np.float32(0.5), np.float32(1)], "float64"),
        ([(1, 2), (3,)], "object"),
        ([Echo(1.0), np.mean], "object"),
    ],
)
def test_parameters_have_their_types(tried, dtype):
    search = skhp.GridSearchCV(Echo(), {"other": tried}, cv=2, refit=False).fit(X, y)
    column = results_frame(search)["param_other"]
    assert column.dtype == dtype
    assert column.tolist() == tried
    if dtype == "object":
        assert all(a is b for a, b in zip(column, tried, strict=True))


@pytest.mark.parametrize(
    ("tried", "dtype"), [([1, 2], "Int64"), ([0.5], "Float64"), ([True], "boolean")]
)
def test_what_is_not_set_is_missing_and_the_rest_keeps_its_type(tried, dtype):
    grid = [{"other": tried}, {"value": [1.0]}]
    search = skhp.GridSearchCV(Echo(), grid, cv=2, refit=False).fit(X, y)
    column = results_frame(search)["param_other"]
    assert column.dtype == dtype
    assert column.isna().tolist() == [False] * len(tried) + [True]


def test_failures_and_rungs_are_columns():
    failing = results_frame(fitted("failing"), by="fit")
    assert set(failing["status"]) == {"ok", "failed"}
    assert failing.columns[-1] == "error"
    rungs = results_frame(fitted("hyperband"))
    assert {"bracket", "n_resources", "param_value"} <= set(rungs.columns)


def test_training_scores_are_there_if_the_search_has_them():
    search = skhp.GridSearchCV(Echo(), {"value": [1.0]}, cv=2, return_train_score=True)
    search.fit(X, y)
    assert "mean_train_score" in results_frame(search)
    assert results_frame(search, by="fit")["train_score"].tolist() == [1.0, 1.0]


def test_what_cannot_be_a_table_is_refused(monkeypatch):
    with pytest.raises(NotFittedError):
        results_frame(skhp.GridSearchCV(Echo(), {"value": [1.0]}))
    with pytest.raises(InvalidParameterError, match="'candidate' or 'fit'"):
        results_frame(fitted("grid"), by="split")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas: pip install pandas"):
        results_frame(fitted("grid"))
