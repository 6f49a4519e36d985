"""Searches whose space is that of the estimator."""

import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhp import (
    BayesSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
)
from skhp.exceptions import InvalidParameterError
from skhp.inspection import to_optuna
from skhp.space import preset_space

X, y = (values[::3] for values in load_iris(return_X_y=True))
PIPELINE = Pipeline(
    [
        ("prepare", ColumnTransformer([("all", StandardScaler(), [0, 1, 2, 3])])),
        ("model", LogisticRegression(max_iter=999)),
    ]
)
SEARCHES = {
    "bayes": lambda *args: BayesSearchCV(*args, n_iter=4, cv=2, random_state=0),
    "random": lambda *args: RandomizedSearchCV(*args, n_iter=4, cv=2, random_state=0),
    "hyperband": lambda *args: HyperbandSearchCV(
        *args, n_candidates=4, cv=2, random_state=0
    ),
    "halving": lambda *args: HalvingRandomSearchCV(
        *args, n_candidates=4, cv=2, random_state=0
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_auto_is_the_space_of_the_last_step(name):
    auto = SEARCHES[name](PIPELINE, "auto").fit(X, y)
    written = SEARCHES[name](PIPELINE, preset_space(PIPELINE)).fit(X, y)
    assert auto.cv_results_["params"] == written.cv_results_["params"]
    assert set(auto.best_params_) == {"model__C", "model__class_weight"}
    assert isinstance(auto.best_at_edge_, dict)


def test_what_the_search_counts_is_left_out_of_the_space():
    model = GradientBoostingClassifier(n_estimators=9)
    for resource in ("n_estimators", "auto"):
        search = BayesSearchCV(
            model, "auto", n_iter=2, cv=2, resource=resource, max_resources=10
        ).fit(X, y)
        assert search.cv_results_["n_resources"].max() == 10
    hyperband = HyperbandSearchCV(
        model, "auto", resource="n_estimators", max_resources=9, n_candidates=3, cv=2
    ).fit(X, y)
    assert hyperband.cv_results_["n_resources"].max() == 9


def test_auto_of_an_unknown_estimator_is_refused():
    with pytest.raises(InvalidParameterError, match=r"search spaces for .*Got 'Lone'"):
        BayesSearchCV(Lone(), "auto").fit(X, y)


class Lone(DummyClassifier):
    """Has no search space."""


def test_auto_chooses_among_several_models_in_a_step():
    models = [SVC(), LogisticRegression(max_iter=999)]
    space = preset_space(models, prefix="model__")
    search = BayesSearchCV(PIPELINE, space, n_iter=6, cv=2, random_state=0).fit(X, y)
    tried = {type(params["model"]) for params in search.cv_results_["params"]}
    assert tried == {SVC, LogisticRegression}


def test_a_search_of_auto_is_exported():
    pytest.importorskip("optuna")
    for name in ("bayes", "random"):
        search = SEARCHES[name](PIPELINE, "auto").fit(X, y)
        assert set(to_optuna(search).best_params) == set(search.best_params_)
