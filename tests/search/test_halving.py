import pickle
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp import HalvingGridSearchCV, HalvingRandomSearchCV
from skhp.testing import check_search

X, Y = make_classification(n_samples=150, n_informative=5, random_state=0)
GRID = {"C": [10.0**k for k in range(-4, 5)]}
BOOST = {"max_depth": [1, 2, 3, 4, 5, 6, 7, 8, 9]}
TREES = {"resource": "n_estimators", "max_resources": 27}


@pytest.mark.slow
@pytest.mark.parametrize(
    "search",
    [
        HalvingGridSearchCV(
            LogisticRegression(solver="liblinear"), GRID, random_state=0
        ),
        HalvingRandomSearchCV(
            LogisticRegression(solver="liblinear"),
            {"C": loguniform(1e-3, 1e3)},
            random_state=0,
            cv=2,
        ),
        HalvingGridSearchCV(ExtraTreesClassifier(random_state=0), BOOST, **TREES),
    ],
)
def test_it_gives_what_searches_give(search):
    check_search(search)


@pytest.mark.parametrize("cls", ["HalvingGridSearchCV", "HalvingRandomSearchCV"])
def test_the_signature_begins_as_scikit_learns(cls):
    import inspect

    import sklearn.model_selection

    theirs = inspect.signature(getattr(sklearn.model_selection, cls)).parameters
    ours = inspect.signature(getattr(skhp, cls)).parameters
    assert list(ours)[: len(theirs)] == list(theirs)
    assert all(str(ours[k].default) == str(theirs[k].default) for k in theirs)


def scikit_learns(name):
    import sklearn.model_selection

    return getattr(sklearn.model_selection, name)


def test_with_a_parameter_as_resource_it_is_scikit_learns_search():
    kwargs = {**TREES, "cv": KFold(3), "factor": 3}
    estimator = ExtraTreesClassifier(random_state=0)
    theirs = scikit_learns("HalvingGridSearchCV")(estimator, BOOST, **kwargs).fit(X, Y)
    ours = HalvingGridSearchCV(estimator, BOOST, **kwargs).fit(X, Y)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for key in ("iter", "n_resources", "mean_test_score", "mean_train_score"):
        np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key])
    assert set(theirs.cv_results_) == set(ours.cv_results_)
    assert ours.best_params_ == theirs.best_params_
    for name in vars(theirs):
        if name.endswith("_") and name.startswith(("n_", "min_", "max_")):
            assert getattr(ours, name) == getattr(theirs, name), name


def test_random_candidates_are_scikit_learns():
    space = {"C": loguniform(1e-3, 1e3)}
    kwargs = {"random_state": 3, "cv": 2, "n_candidates": 9}
    theirs = scikit_learns("HalvingRandomSearchCV")(
        LogisticRegression(solver="liblinear"), space, **kwargs
    )
    ours = HalvingRandomSearchCV(
        LogisticRegression(solver="liblinear"), space, **kwargs
    )
    results = [s.fit(X, Y).cv_results_["params"][:9] for s in (theirs, ours)]
    assert results[0] == results[1]


def test_unbalanced_classes_give_no_nan():
    y = np.repeat([0, 1], [140, 10])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = HalvingGridSearchCV(
            LogisticRegression(solver="liblinear"),
            GRID,
            scoring="roc_auc",
            cv=3,
            random_state=0,
            min_resources="smallest",
        ).fit(X, y)
    assert len(search.n_candidates_) == 3
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()


def test_the_last_rung_is_ranked_first():
    search = HalvingGridSearchCV(
        LogisticRegression(solver="liblinear"), GRID, random_state=0
    ).fit(X, Y)
    results = search.cv_results_
    last = results["iter"] == results["iter"].max()
    ranks = results["rank_test_score"]
    assert ranks[search.best_index_] == 1
    assert last[search.best_index_]
    assert ranks[last].max() < ranks[~last].min()


def test_what_failed_is_ranked_last_and_not_chosen():
    def scorer(estimator, X, y):
        return np.nan if estimator.C < 1 or len(y) == 0 else -estimator.C

    with pytest.warns(UserWarning, match="non-finite"):
        search = HalvingGridSearchCV(
            LogisticRegression(solver="liblinear"), GRID, scoring=scorer, random_state=0
        ).fit(X, Y)
    assert search.best_params_ == {"C": 1.0}
    failed = np.isnan(search.cv_results_["mean_test_score"])
    ranks = search.cv_results_["rank_test_score"]
    assert set(ranks[failed]) == {ranks.max()}
    assert not failed[search.cv_results_["iter"] > 0].any()


@pytest.mark.parametrize("refit", ["roc_auc", "accuracy", False])
def test_several_metrics(refit):
    search = HalvingGridSearchCV(
        LogisticRegression(solver="liblinear"),
        GRID,
        scoring=["accuracy", "roc_auc"],
        refit=refit,
    ).fit(X, Y)
    assert search.multimetric_
    assert "rank_test_roc_auc" in search.cv_results_
    if refit:
        best = search.cv_results_[f"mean_test_{refit}"][search.best_index_]
        assert search.best_score_ == best
        assert search.cv_results_[f"rank_test_{refit}"][search.best_index_] == 1


def test_a_callable_refit_chooses_among_the_last_rung():
    seen = []

    def refit(results):
        seen.append(results)
        return 0

    search = HalvingGridSearchCV(
        LogisticRegression(solver="liblinear"), GRID, refit=refit, factor=2
    )
    search.fit(X, Y)
    n_last = search.n_candidates_[-1]
    assert n_last > 1
    assert len(seen[0]["params"]) == len(seen[0]["mean_test_score"]) == n_last
    assert search.best_index_ == len(search.cv_results_["params"]) - n_last
    assert search.best_estimator_.C == search.best_params_["C"]


def test_unseeded_splits_are_the_same_for_all():
    cv = ShuffleSplit(3, test_size=0.3)
    search = HalvingGridSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"ccp_alpha": [0.0, 1e-12]},
        cv=cv,
        min_resources=150,
    ).fit(X, Y)
    scores = search.cv_results_["mean_test_score"]
    assert np.all(scores == scores[0])


class RowsSeen(Ridge):
    seen: list[np.ndarray]

    def fit(self, X, y):
        RowsSeen.seen.append(X[:, 0].astype(int))
        return super().fit(X, y)


def rows_seen(search, X, y, **params):
    RowsSeen.seen = []
    search.set_params(refit=False).fit(X, y, **params)
    return RowsSeen.seen


def test_rungs_are_nested_and_all_candidates_see_the_same_rows():
    X = np.arange(120.0).reshape(-1, 1)
    search = HalvingGridSearchCV(RowsSeen(), {"alpha": [1, 2, 3]}, cv=2, factor=3)
    seen = rows_seen(search.set_params(min_resources=12), X, X[:, 0])
    for k in range(2):
        assert np.array_equal(seen[k], seen[2 + k])
        assert set(seen[k]) < set(seen[6 + k])


def test_in_time_the_rows_before_the_test_fold_are_taken():
    X = np.arange(120.0).reshape(-1, 1)
    search = HalvingGridSearchCV(
        RowsSeen(), {"alpha": [1, 2, 3]}, cv=TimeSeriesSplit(2), min_resources=30
    )
    seen = rows_seen(search, X, X[:, 0])
    assert [list(rows) for rows in seen[:2]] == [
        list(range(30, 40)),
        list(range(60, 80)),
    ]


def test_groups_stay_together():
    X = np.arange(120.0).reshape(-1, 1)
    groups = np.arange(120) // 6
    search = HalvingGridSearchCV(
        RowsSeen(), {"alpha": [1, 2, 3]}, cv=GroupKFold(2), min_resources=36
    )
    for rows in rows_seen(search, X, X[:, 0], groups=groups)[:2]:
        _, counts = np.unique(groups[rows], return_counts=True)
        assert list(counts) == [6, 6, 6]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"min_resources": 2, "cv": 3}, "at least 3 for the training rows of split 0"),
        ({"factor": 1}, "'factor' parameter"),
        ({"resource": "nothing", "max_resources": 9}, "not supported by estimator"),
        ({"min_n_samples": 9, "resource": "max_iter"}, "'min_n_samples' parameter"),
        ({"min_n_samples": 90, "max_n_samples": 60}, "min_resources_=90 is greater"),
    ],
)
def test_bad_bounds_are_refused_before_the_first_fit(kwargs, message):
    class NeverFitted(LogisticRegression):
        def fit(self, X, y):
            raise AssertionError

    search = HalvingGridSearchCV(NeverFitted(), GRID, **kwargs)
    with pytest.raises(ValueError, match=message):
        search.fit(X, Y)


def test_bounds_have_two_names():
    kwargs = {"min_n_samples": 30, "max_n_samples": 90}
    search = HalvingGridSearchCV(
        LogisticRegression(solver="liblinear"), GRID, **kwargs
    ).fit(X, Y)
    assert search.n_resources_ == [30, 90]


def test_constraints_leave_candidates_out():
    search = HalvingRandomSearchCV(
        LogisticRegression(solver="liblinear"),
        {"C": (1e-3, 1e3, "log-uniform")},
        random_state=0,
        cv=2,
        constraints=lambda p: p["C"] < 1,
    ).fit(X, Y)
    assert all(params["C"] < 1 for params in search.cv_results_["params"])


def test_of_a_search_that_is_stopped_the_last_whole_rung_counts():
    def stop(search):
        return len(search.cv_results_["params"]) > 10

    search = HalvingGridSearchCV(
        LogisticRegression(solver="liblinear"),
        GRID,
        min_resources=15,
        callbacks=stop,
        random_state=0,
    ).fit(X, Y)
    results = search.cv_results_
    assert (results["iter"].max(), search.n_required_iterations_) == (1, 3)
    assert results["iter"][search.best_index_] == 0
    assert results["rank_test_score"][search.best_index_] == 1


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_continuing_in_a_pipeline_changes_no_score(n_jobs):
    param = "extratreesclassifier__n_estimators"
    pipeline = make_pipeline(StandardScaler(), ExtraTreesClassifier(random_state=0))
    grid = {"extratreesclassifier__max_depth": [1, 2, 3, 4, 5]}
    kwargs = {"resource": param, "max_resources": 9, "cv": 2}
    theirs = scikit_learns("HalvingGridSearchCV")(pipeline, grid, **kwargs).fit(X, Y)
    ours = HalvingGridSearchCV(pipeline, grid, n_jobs=n_jobs, **kwargs).fit(X, Y)
    key = "mean_test_score"
    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key])
    assert pickle.loads(pickle.dumps(ours)).best_params_ == theirs.best_params_
