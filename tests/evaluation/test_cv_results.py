import warnings

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skhp.evaluation import metric_names, to_cv_results
from skhp.evaluation._cv_results import rank
from skhp.optimizers import Trial
from tests._toys import filled_record, result_of

NAN, INF = np.nan, np.inf


def sklearn_table(candidates, cells, n_splits, return_train_score):
    """Return the table that scikit-learn itself makes of these results."""
    out = [
        {
            "test_scores": cell.test_scores,
            "train_scores": cell.train_scores,
            "fit_time": cell.fit_time,
            "score_time": cell.score_time,
            "fit_error": None,
            "n_test_samples": 4,
        }
        for row in cells
        for cell in row
    ]
    search = sklearn.model_selection.GridSearchCV(
        SVC(), {}, return_train_score=return_train_score
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scores that are not finite
        return search._format_results(candidates, n_splits, out)


def assert_same_table(ours, theirs):
    assert list(ours) == list(theirs)
    for key in theirs:
        if isinstance(theirs[key], list):
            assert ours[key] == theirs[key]
            continue
        assert ours[key].dtype == theirs[key].dtype, key
        if isinstance(theirs[key], np.ma.MaskedArray):
            assert np.ma.getmaskarray(ours[key]).tolist() == (
                np.ma.getmaskarray(theirs[key]).tolist()
            )
            assert str(ours[key].tolist()) == str(theirs[key].tolist())
        else:
            np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)


def compare(candidates, cells, train=False):
    n_splits = len(cells[0])
    trials = [Trial(i, params) for i, params in enumerate(candidates)]
    record = filled_record(trials, cells, n_splits)
    ours = to_cv_results(record, error_score=NAN, return_train_score=train)
    assert_same_table(ours, sklearn_table(candidates, cells, n_splits, train))
    return ours


@pytest.mark.parametrize(
    "scores",
    [
        [[0.1, 0.2], [0.3, 0.4], [0.35, 0.35]],
        [[0.1, 0.2], [NAN, 0.4], [0.5, 0.6]],
        [[NAN, NAN], [NAN, NAN], [NAN, NAN]],
        [[-INF, 1.0], [1.0, 1.0], [NAN, 1.0]],
        [[-INF, -INF], [2.0, 2.0], [-3.0, -3.0]],
        [[1e300, 1e300], [-1e300, 1e300], [0.0, -0.0]],
        [[1, 2], [3, 4], [3, 4]],
    ],
)
def test_scores_and_ranks_are_scikit_learns(scores):
    cells = [[result_of(score, train=score) for score in row] for row in scores]
    compare([{"a": i} for i in range(3)], cells, train=True)


@pytest.mark.parametrize("train", [False, True])
def test_several_metrics_are_scikit_learns(train):
    cells = [
        [result_of({"b": i + k, "a": NAN}, train={"b": 1.0, "a": k}) for k in range(3)]
        for i in range(4)
    ]
    compare([{"a": i} for i in range(4)], cells, train)


FOREST = RandomForestClassifier()
VALUES = {
    "int": [1, 2, 3],
    "int and float": [1, 2.5, 3],
    "bool": [True, False, True],
    "text": ["a", "bc", "d"],
    "text and none": ["a", None, "d"],
    "none": [None, None, None],
    "nan": [NAN, 1.0, 2.0],
    "int, text, bool": [1, "a", True],
    "tuples": [(1, 2), (3, 4), (5, 6)],
    "tuples of several lengths": [(1,), (1, 2), ()],
    "lists": [[1], [2], [3]],
    "dicts": [{"a": 1}, {"b": 2}, {}],
    "arrays": [np.ones(2), np.zeros(2), np.arange(2)],
    "arrays of several shapes": [np.ones(2), np.ones(3), np.ones((2, 2))],
    "arrays without dimension": [np.array(1), np.array(2), np.array(3)],
    "estimators": [SVC(), LogisticRegression(), SVC(C=2)],
    "estimators with a length": [make_pipeline(SVC()), "passthrough", FOREST],
    "pipelines": [make_pipeline(SVC()), make_pipeline(SVC()), make_pipeline(SVC())],
    "voting": [VotingClassifier([("a", SVC())]), None, None],
    "functions": [len, np.log, None],
    "large int": [2**70, 1, 2],
    "numpy": [np.float32(1), np.float32(2), np.float32(3)],
    "bytes": [b"a", b"bcd", b""],
    "ranges": [range(3), range(3), range(2)],
}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_columns_of_any_value_are_scikit_learns(values):
    table = compare([{"p": v} for v in values], [[result_of(1.0)]] * 3)
    assert all(
        a is b for a, b in zip((p["p"] for p in table["params"]), values, strict=True)
    )


def test_missing_parameters_are_masked():
    candidates = [{"a": 1}, {"b": "x", "a": 2}, {"c": (1, 2)}, {}]
    table = compare(candidates, [[result_of(1.0)]] * 4)
    assert table["param_a"].mask.tolist() == [False, False, True, True]
    assert table["param_c"].fill_value is not None


def test_params_are_plain_dicts_that_the_record_does_not_share():
    record = filled_record([Trial(0, {"a": 1})], [[result_of(1.0)]], 1)
    table = to_cv_results(record, error_score=NAN, return_train_score=False)
    table["params"][0]["a"] = 2
    assert record.rows[0].trial.params == {"a": 1}


def failures_of(cells, labels=None):
    trials = [Trial(i, {"a": i}, labels=labels or {}) for i in range(len(cells))]
    record = filled_record(trials, cells, len(cells[0]))
    return to_cv_results(record, error_score=-1.0, return_train_score=False)


def test_without_failures_there_are_no_columns_of_failures():
    assert not {"status", "error"} & set(failures_of([[result_of(1.0)]]))


@pytest.mark.parametrize("which", ["fit_error", "score_error"])
def test_failures_have_two_columns_at_the_end(which):
    bad = result_of(-1.0, **{which: "Traceback"})
    table = failures_of([[result_of(1.0), result_of(1.0)], [result_of(1.0), bad]])
    assert list(table)[-2:] == ["status", "error"]
    assert table["status"].tolist() == ["ok", "failed"]
    assert table["error"].tolist() == [None, "Traceback"]
    assert table["split1_test_score"].tolist() == [1.0, -1.0]


def test_splits_that_were_not_run_are_nan_and_rank_last():
    table = failures_of([[None, None], [result_of(1.0), None], [result_of(0.5)] * 2])
    assert table["status"].tolist() == ["stopped", "stopped", "ok"]
    assert table["rank_test_score"].tolist() == [2, 2, 1]
    np.testing.assert_array_equal(table["mean_test_score"], [NAN, NAN, 0.5])
    np.testing.assert_array_equal(table["split0_test_score"], [NAN, 1.0, 0.5])


def test_fit_that_failed_before_the_metrics_were_known_fills_them_all():
    bad = result_of(-1.0, fit_error="Traceback")
    table = failures_of([[bad], [result_of({"u": 1.0, "v": 2.0})]])
    assert table["mean_test_u"].tolist() == [-1.0, 1.0]
    assert table["mean_test_v"].tolist() == [-1.0, 2.0]


def test_metric_that_a_scorer_left_out_has_the_error_score():
    record = filled_record(
        [Trial(0, {}), Trial(1, {})],
        [[result_of({"a": 0.5, "b": 1.0})], [result_of({"b": 2.0, "c": 3.0})]],
        1,
    )
    table = to_cv_results(record, error_score=-1, return_train_score=False)
    assert table["mean_test_a"].tolist() == [0.5, -1.0]
    assert table["mean_test_b"].tolist() == [1.0, 2.0]
    assert "mean_test_c" not in table


def test_labels_of_the_trials_come_first():
    table = failures_of([[result_of(1.0)]] * 2, labels={"iter": 3, "bracket": 0})
    assert list(table)[:3] == ["iter", "bracket", "mean_fit_time"]
    assert table["iter"].tolist() == [3, 3]


def test_metric_names_are_those_of_the_first_result_that_has_any():
    assert metric_names([None, result_of(1.0)]) is None
    assert metric_names([None, result_of(1.0), result_of({"b": 1, "a": 2})]) == [
        "b",
        "a",
    ]


@pytest.mark.parametrize(
    ("means", "ranks"),
    [([1, 2, 2, 0], [3, 1, 1, 4]), ([NAN, 1], [2, 1]), ([NAN, NAN], [1, 1]), ([], [])],
)
def test_rank_counts_from_the_greatest(means, ranks):
    assert rank(np.array(means, dtype=float)).tolist() == ranks
