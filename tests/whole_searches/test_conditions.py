"""Searches of spaces whose parameters depend on each other, from beginning to end."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhp import (
    BayesSearchCV,
    Conditional,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    Integer,
    OneOf,
    RandomizedSearchCV,
    Real,
)
from skhp.exceptions import InvalidParameterError, InvalidSpaceError

X, y = (values[::3] for values in load_iris(return_X_y=True))

KERNELS = {
    "kernel": ["rbf", "poly", "linear"],
    "gamma": Conditional(loguniform(1e-3, 1.0), when={"kernel": ["rbf", "poly"]}),
    "degree": Integer(2, 5, when={"kernel": "poly"}),
    "C": Real(0.1, 10.0, "log-uniform"),
}
NEEDED = {"rbf": {"gamma"}, "poly": {"gamma", "degree"}, "linear": set()}
SEARCHES = {
    "bayes": lambda **kw: BayesSearchCV(SVC(), KERNELS, n_iter=8, **kw),
    "random": lambda **kw: RandomizedSearchCV(SVC(), KERNELS, n_iter=8, **kw),
    "sobol": lambda **kw: RandomizedSearchCV(
        SVC(), KERNELS, n_iter=8, sampler="sobol", **kw
    ),
    "halving": lambda **kw: HalvingRandomSearchCV(SVC(), KERNELS, n_candidates=8, **kw),
    "hyperband": lambda **kw: HyperbandSearchCV(SVC(), KERNELS, n_candidates=8, **kw),
}


def assert_masked(results):
    """Assert that what a kernel does not need is neither set nor in the table."""
    assert len({params["kernel"] for params in results["params"]}) > 1
    for i, params in enumerate(results["params"]):
        assert set(params) == {"kernel", "C"} | NEEDED[params["kernel"]]
        for name in ("gamma", "degree"):
            assert (results[f"param_{name}"][i] is np.ma.masked) == (name not in params)


@pytest.mark.parametrize("name", SEARCHES)
def test_what_is_inactive_is_not_set_and_masked_in_the_results(name):
    search = SEARCHES[name](cv=2, random_state=0).fit(X, y)
    assert_masked(search.cv_results_)


GRID = {
    "kernel": ["rbf", "poly", "linear"],
    "gamma": Conditional((0.1, 1.0), when={"kernel": ["rbf", "poly"]}),
    "degree": Integer(2, 3, when={"kernel": "poly"}),
    "C": [1.0],
}


def test_a_grid_tries_no_point_twice():
    search = GridSearchCV(SVC(), GRID, cv=2).fit(X, y)
    assert_masked(search.cv_results_)
    assert len(search.cv_results_["params"]) == 2 + 2 * 2 + 1


def test_halving_takes_a_grid_with_conditions():
    search = HalvingGridSearchCV(SVC(), GRID, cv=2).fit(X, y)
    first = np.flatnonzero(search.cv_results_["iter"] == 0)
    assert len(first) == 7


def test_constraints_see_only_what_is_active():
    search = BayesSearchCV(
        SVC(),
        KERNELS,
        n_iter=8,
        cv=2,
        random_state=0,
        constraints=lambda params: params.get("gamma", 1.0) > 0.1,
    ).fit(X, y)
    assert_masked(search.cv_results_)
    assert all(p.get("gamma", 1.0) > 0.1 for p in search.cv_results_["params"])


def test_conditions_and_lists_of_dicts_go_together():
    spaces = [KERNELS, {"kernel": ["sigmoid"], "C": (0.1, 10.0)}]
    search = BayesSearchCV(SVC(), spaces, n_iter=10, cv=2, random_state=0).fit(X, y)
    kernels = {params["kernel"] for params in search.cv_results_["params"]}
    assert {"sigmoid", "rbf"} <= kernels
    assert len(search.optimizer_results_) == 2


def test_a_search_with_conditions_goes_on_from_its_journal(tmp_path):
    def search(n_iter, **more):
        return BayesSearchCV(
            SVC(), KERNELS, n_iter=n_iter, cv=2, random_state=0, refit=False, **more
        )

    whole = search(11).fit(X, y)
    search(11, journal=tmp_path / "journal", callbacks=[_StopAfter(6)]).fit(X, y)
    resumed = search(11, journal=tmp_path / "journal").fit(X, y)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]


class _StopAfter:
    """Ends a search after so many candidates."""

    def __init__(self, n):
        self.n_left = n

    def __call__(self, search):
        self.n_left -= 1
        return self.n_left == 0


PIPELINE = Pipeline([("scale", StandardScaler()), ("reduce", PCA()), ("model", SVC())])
STEPS = {
    "scale": OneOf(
        {"none": "passthrough", "standard": StandardScaler(), "range": MinMaxScaler()}
    ),
    "reduce": OneOf(
        {"none": "passthrough", "pca": (PCA(), {"n_components": Integer(1, 3)})}
    ),
    "model": OneOf(
        {
            "svm": (SVC(), KERNELS),
            "tree": (DecisionTreeClassifier(), {"max_depth": Integer(1, 5)}),
            "forest": (RandomForestClassifier(5), {"max_features": Real(0.2, 1.0)}),
            "linear": (LogisticRegression(max_iter=999), {"C": Real(0.1, 10.0)}),
        }
    ),
}


def test_the_steps_of_a_pipeline_are_chosen_with_their_parameters():
    search = BayesSearchCV(PIPELINE, STEPS, n_iter=14, cv=2, random_state=0).fit(X, y)
    assert search.best_score_ > 0.9
    for params in search.cv_results_["params"]:
        own = {name for name in params if name.startswith("model__")}
        assert all(name.split("__")[1] in params["model"].get_params() for name in own)
        assert ("reduce__n_components" in params) == (params["reduce"] != "passthrough")


def test_the_estimator_as_it_is_comes_first_where_it_lies_in_the_space():
    search = BayesSearchCV(
        PIPELINE,
        {"model": OneOf({"bayes": GaussianNB(), "svm": (SVC(), {"C": (0.1, 9.0)})})},
        n_iter=3,
        cv=2,
        random_state=0,
    ).fit(X, y)
    assert search.cv_results_["params"][0]["model__C"] == 1.0


def test_a_name_that_an_alternative_does_not_have_is_refused():
    space = {"model": OneOf({"svm": (SVC(), {"c": Real(0.1, 1.0)})})}
    with pytest.raises(InvalidSpaceError, match="'c' is not a parameter of SVC"):
        BayesSearchCV(PIPELINE, space).fit(X, y)


def test_initial_points_must_not_set_what_is_inactive():
    points = [{"kernel": "linear", "C": 1.0, "gamma": 0.5}]
    search = BayesSearchCV(SVC(), KERNELS, n_iter=4, initial_points=points)
    with pytest.raises(InvalidParameterError, match="'gamma' does not apply"):
        search.fit(X, y)


def test_an_end_of_a_conditional_range_is_noticed():
    gamma = Conditional([0.01, 0.1, 1.0], when={"kernel": "rbf"})
    grid = {"kernel": ["rbf"], "gamma": gamma}
    search = GridSearchCV(SVC(C=0.1), grid, cv=2).fit(X, y)
    end = {0.01: {"gamma": "low"}, 1.0: {"gamma": "high"}}
    assert search.best_at_edge_ == end.get(search.best_params_["gamma"], {})
