"""Side by side with scikit-learn: the same table, bit for bit except the times."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import sklearn
import sklearn.model_selection
from scipy.stats import loguniform, randint
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

import skhp

X, y = make_classification(60, 5, random_state=0, flip_y=0.2)
Y2 = make_multilabel_classification(60, 5, n_classes=2, random_state=0)[1]
GROUPS = np.arange(60) // 6
WEIGHT = np.random.default_rng(0).uniform(0.1, 2.0, 60)
FRAME = pd.DataFrame(X, columns=list("abcde"))
TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": [1, 2, 4], "criterion": ["gini", "entropy"]}
STEPS = Pipeline([("scale", StandardScaler()), ("model", GaussianNB())])
LIST_OF_GRIDS = [
    {"scale": ["passthrough", MinMaxScaler()], "model": [SVC()], "model__C": [0.1, 1]},
    {"model": [GaussianNB(), DecisionTreeClassifier(random_state=0)]},
]


def two_scores(estimator, X, y):
    predicted = estimator.predict(X)
    return {"right": accuracy_score(y, predicted), "ones": float(np.mean(predicted))}


@pytest.fixture(autouse=True)
def _one_thread():
    """Sums of another number of threads differ in the last digit (KMeans)."""
    with threadpool_limits(1):
        yield


def second_row(results):
    return 1


def equal_scores(results):
    return int(np.argmin(results["mean_test_score"]))


CASES = {
    "plain": (TREE, DEPTHS, {}, (X, y)),
    "one candidate": (TREE, {"max_depth": [2]}, {}, (X, y)),
    "empty grid": (TREE, {}, {}, (X, y)),
    "list of metrics": (
        TREE,
        DEPTHS,
        {"scoring": ["f1", "accuracy"], "refit": "f1"},
        (X, y),
    ),
    "tuple of metrics, no refit": (
        *(TREE, DEPTHS, {"scoring": ("f1", "accuracy"), "refit": False}, (X, y)),
    ),
    "dict of metrics": (
        TREE,
        DEPTHS,
        {"scoring": {"b": "roc_auc", "a": make_scorer(accuracy_score)}, "refit": "a"},
        (X, y),
    ),
    "callable of metrics": (
        TREE,
        DEPTHS,
        {"scoring": two_scores, "refit": "right"},
        (X, y),
    ),
    "train scores": (TREE, DEPTHS, {"return_train_score": True}, (X, y)),
    "train scores of metrics": (
        TREE,
        DEPTHS,
        {"scoring": two_scores, "refit": "ones", "return_train_score": True},
        (X, y),
    ),
    "refit is a function": (TREE, DEPTHS, {"refit": second_row}, (X, y)),
    "refit reads the table": (TREE, DEPTHS, {"refit": equal_scores}, (X, y)),
    "refit function of metrics": (
        TREE,
        DEPTHS,
        {"scoring": ["f1", "accuracy"], "refit": second_row},
        (X, y),
    ),
    "no refit": (TREE, DEPTHS, {"refit": False}, (X, y)),
    "number of folds": (TREE, DEPTHS, {"cv": 3}, (X, y)),
    "seeded splits": (
        TREE,
        DEPTHS,
        {"cv": KFold(4, shuffle=True, random_state=1)},
        (X, y),
    ),
    "splits of unequal size": (
        TREE,
        DEPTHS,
        {"cv": [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(3))]},
        (X, y),
    ),
    "overlapping splits": (
        TREE,
        DEPTHS,
        {"cv": ShuffleSplit(3, test_size=0.3, random_state=0)},
        (X, y),
    ),
    "sparse": (
        SVC(),
        {"C": [0.1, 1.0], "kernel": ["linear", "rbf"]},
        {},
        (sp.csr_matrix(X), y),
    ),
    "sparse array": (SVC(), {"C": [0.1, 1.0]}, {}, (sp.csr_array(X), y)),
    "pandas": (TREE, DEPTHS, {}, (FRAME, pd.Series(y))),
    "pandas with text labels": (
        TREE,
        DEPTHS,
        {},
        (FRAME, pd.Series(y).map({0: "n", 1: "p"})),
    ),
    "polars": (TREE, DEPTHS, {}, (pl.from_pandas(FRAME), pl.Series(y))),
    "lists": (TREE, DEPTHS, {}, (X.tolist(), y.tolist())),
    "three dimensions": (
        *(make_pipeline(Ridge()), {"ridge__alpha": [1, 2]}, {"cv": 2}, (X, X[:, :2])),
    ),
    "several outputs": (TREE, DEPTHS, {}, (X, Y2)),
    "regression": (
        DecisionTreeRegressor(random_state=0),
        {"max_depth": [1, 3]},
        {"scoring": "neg_mean_squared_error"},
        (X, X[:, 0] + y),
    ),
    "clustering": (
        KMeans(n_init=1, random_state=0),
        {"n_clusters": [2, 3]},
        {},
        (X, None),
    ),
    "density": (KernelDensity(), {"bandwidth": [0.1, 1.0]}, {}, (X, None)),
    "precomputed kernel": (
        SVC(kernel="precomputed"),
        {"C": [0.1, 1]},
        {},
        (X @ X.T, y),
    ),
    "precomputed distance": (
        KNeighborsClassifier(metric="precomputed"),
        {"n_neighbors": [1, 3]},
        {},
        (np.abs(X[:, :1] - X[:, 0]), y),
    ),
    "steps as choices": (STEPS, LIST_OF_GRIDS, {}, (X, y)),
    "seed in the grid": (
        RandomForestClassifier(3),
        {"random_state": [0, 1], "max_features": [1, 1.0, None, "sqrt"]},
        {"cv": 2},
        (X, y),
    ),
}
# How data of every kind reach workers is tested in test_parallel_input.py.
IN_WORKERS = (
    "callable of metrics",
    "train scores of metrics",
    "splits of unequal size",
    "clustering",
    "density",
    "precomputed kernel",
    "steps as choices",
    "seed in the grid",
)
FIT_PARAMS = {
    "groups": (TREE, {"cv": GroupKFold(3)}, {"groups": GROUPS}),
    "sample weight": (TREE, {}, {"sample_weight": WEIGHT}),
    "list of weights": (TREE, {}, {"sample_weight": WEIGHT.tolist()}),
    "sample weight and groups": (
        TREE,
        {"cv": GroupKFold(3), "return_train_score": True},
        {"sample_weight": WEIGHT, "groups": GROUPS},
    ),
}


def assert_same(ours, theirs):
    table, expected = ours.cv_results_, theirs.cv_results_
    assert list(table) == list(expected)
    assert str(table["params"]) == str(expected["params"])
    for key in expected:
        if key == "params" or key.endswith("_time"):
            continue
        assert table[key].dtype == expected[key].dtype
        if key.startswith("param_"):
            assert str(table[key]) == str(expected[key])
        else:
            np.testing.assert_array_equal(table[key], expected[key], err_msg=key)
    for name in ("best_index_", "best_score_", "n_splits_", "multimetric_", "scorer_"):
        assert hasattr(ours, name) == hasattr(theirs, name), name
        if hasattr(theirs, name) and name != "scorer_":
            assert getattr(ours, name) == getattr(theirs, name)
    assert type(ours.scorer_) is type(theirs.scorer_)
    attributes = {name for name in vars(theirs) if name.endswith("_")}
    assert attributes <= set(vars(ours))


def both(name, estimator, space, kwargs, data, fit_params=None, **ours):
    fit_params = fit_params or {}
    theirs = getattr(sklearn.model_selection, name)(estimator, space, **kwargs)
    theirs.fit(*data, **fit_params)
    mine = getattr(skhp, name)(estimator, space, **kwargs, **ours)
    assert_same(mine.fit(*data, **fit_params), theirs)
    if theirs.refit and hasattr(theirs, "predict"):
        np.testing.assert_array_equal(mine.predict(data[0]), theirs.predict(data[0]))
    return mine, theirs


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_grid_search_is_scikit_learns(case):
    both("GridSearchCV", *case, n_jobs=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_WORKERS)
def test_grid_search_is_scikit_learns_in_workers_too(name):
    both("GridSearchCV", *CASES[name], n_jobs=2)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("case", FIT_PARAMS.values(), ids=FIT_PARAMS)
def test_parameters_of_fit_are_handed_on_as_in_scikit_learn(case, n_jobs):
    estimator, kwargs, fit_params = case
    both("GridSearchCV", estimator, DEPTHS, kwargs, (X, y), fit_params, n_jobs=n_jobs)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_metadata_is_routed_as_in_scikit_learn(n_jobs):
    with sklearn.config_context(enable_metadata_routing=True):
        tree = DecisionTreeClassifier(random_state=0).set_fit_request(
            sample_weight=True
        )
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        for requested in (True, False):
            tree.set_fit_request(sample_weight=requested)
            kwargs = {"scoring": scorer, "cv": GroupKFold(3)}
            params = {"sample_weight": WEIGHT, "groups": GROUPS}
            both("GridSearchCV", tree, DEPTHS, kwargs, (X, y), params, n_jobs=n_jobs)


def test_metadata_that_nobody_asked_for_is_refused_as_in_scikit_learn():
    with sklearn.config_context(enable_metadata_routing=True):
        messages = []
        for module in (skhp, sklearn.model_selection):
            with pytest.raises(Exception, match="sample_weight") as caught:
                module.GridSearchCV(TREE, DEPTHS).fit(X, y, sample_weight=WEIGHT)
            messages.append((type(caught.value), str(caught.value)))
    assert messages[0] == messages[1]


RANDOM_SPACES = {
    "distributions": {"max_depth": randint(1, 9), "ccp_alpha": loguniform(1e-5, 1e-1)},
    "mixed": {"max_depth": [1, 2, None], "ccp_alpha": loguniform(1e-5, 1e-1)},
    "choices": {"max_depth": list(range(1, 9)), "criterion": ("gini", "entropy")},
    "list of dicts": [
        {"max_depth": randint(1, 3)},
        {"criterion": ["gini", "entropy"], "min_samples_leaf": randint(1, 9)},
    ],
    "array": {"ccp_alpha": np.logspace(-5, -1, 20)},
    "few values, drawn again and again": {"max_depth": randint(1, 3)},
}


@pytest.mark.parametrize(("seed", "n_jobs"), [(0, 1), (7, 2)])
@pytest.mark.parametrize("space", RANDOM_SPACES.values(), ids=RANDOM_SPACES)
def test_random_search_is_scikit_learns(space, seed, n_jobs):
    kwargs = {"n_iter": 8, "random_state": seed, "return_train_score": True}
    both("RandomizedSearchCV", TREE, space, kwargs, (X, y), n_jobs=n_jobs)


def test_random_state_object_is_advanced_as_by_scikit_learn():
    states = [np.random.RandomState(3), np.random.RandomState(3)]
    for module, state in zip((skhp, sklearn.model_selection), states, strict=True):
        search = module.RandomizedSearchCV(
            TREE, {"max_depth": randint(1, 9)}, n_iter=4, random_state=state, cv=2
        )
        search.fit(X, y)
    assert states[0].randint(10**9) == states[1].randint(10**9)


def test_exhausted_choices_warn_as_in_scikit_learn():
    texts = []
    for module in (skhp, sklearn.model_selection):
        search = module.RandomizedSearchCV(TREE, {"max_depth": [1, 2]}, n_iter=5, cv=2)
        with pytest.warns(UserWarning, match="smaller than n_iter") as caught:
            search.fit(X, y)
        texts.append([str(w.message) for w in caught])
        assert len(search.cv_results_["params"]) == 2
    assert texts[0] == texts[1]


class Moody(DecisionTreeClassifier):
    """Fails to fit at depth 2."""

    def fit(self, X, y, sample_weight=None, check_input=True):
        if self.max_depth == 2:
            raise ValueError("not at this depth")
        return super().fit(X, y, sample_weight, check_input)


@pytest.mark.parametrize("error_score", [np.nan, 0, -5.0])
@pytest.mark.parametrize("scoring", [None, ["f1", "accuracy"]])
def test_failed_fits_give_scikit_learns_table_and_two_columns(error_score, scoring):
    kwargs = {"error_score": error_score, "scoring": scoring, "cv": 2}
    kwargs["refit"] = "f1" if scoring else True
    grid = {"max_depth": [1, 2, 3]}
    searches = []
    for module in (skhp, sklearn.model_selection):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = module.GridSearchCV(Moody(random_state=0), grid, **kwargs).fit(
                X, y
            )
        searches.append(search)
    ours, theirs = searches
    status = ours.cv_results_.pop("status")
    errors = ours.cv_results_.pop("error")
    assert status.tolist() == ["ok", "failed", "ok"]
    assert "not at this depth" in errors[1]
    assert_same(ours, theirs)


def test_splits_that_are_not_seeded_are_the_same_for_all_candidates():
    cv = StratifiedKFold(5, shuffle=True)
    grid = {"random_state": [0, 0, 0], "min_samples_leaf": [1, 1.0 / 60]}
    search = skhp.GridSearchCV(DecisionTreeClassifier(), grid, cv=cv).fit(X, y)
    table = search.cv_results_
    for k in range(5):
        assert len(set(table[f"split{k}_test_score"])) == 1
