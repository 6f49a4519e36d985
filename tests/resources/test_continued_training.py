"""The table of estimators whose training goes on, and when it may not."""

import re
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    LogisticRegression,
    Perceptron,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skhp.resources import _continued_training
from skhp.resources._continued_training import method_for

X, Y = make_classification(n_samples=90, n_informative=6, random_state=0)


class MyForest(RandomForestClassifier):
    """Of the user, and therefore not of scikit-learn's module."""


class LGBMClassifier:
    """Another's, with a known name."""

    def get_params(self, deep=True):
        return {}


def lightgbm(**kwargs):
    lgb = pytest.importorskip("lightgbm")
    return lgb.LGBMRegressor(
        verbose=-1, n_jobs=1, min_child_samples=2, random_state=0, **kwargs
    )


KNOWN = {
    "LightGBM": (lightgbm, "n_estimators", True),
    "LightGBM goss": (lambda: lightgbm(boosting_type="goss"), "n_estimators", True),
    "forest": (lambda: RandomForestClassifier(random_state=0), "n_estimators", True),
    "own forest": (lambda: MyForest(random_state=0), "n_estimators", True),
    "extra trees": (lambda: ExtraTreesRegressor(random_state=0), "n_estimators", True),
    "bagging": (lambda: BaggingRegressor(random_state=0), "n_estimators", True),
    "boosting": (
        lambda: GradientBoostingRegressor(random_state=0),
        "n_estimators",
        True,
    ),
    "histograms": (
        lambda: HistGradientBoostingRegressor(random_state=0, early_stopping=False),
        "max_iter",
        True,
    ),
    "SGD": (lambda: SGDClassifier(random_state=0), "max_iter", False),
    "SGD regressor": (lambda: SGDRegressor(random_state=0), "max_iter", False),
    "perceptron": (lambda: Perceptron(random_state=0), "max_iter", False),
    "network": (lambda: MLPClassifier((3,), random_state=0), "max_iter", False),
}


def fit(estimator, param, n):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return clone(estimator).set_params(**{param: n}).fit(X, Y)


def go_on(model, estimator, param, start, stop):
    method = method_for(estimator, param, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fresh = clone(estimator).set_params(**{param: stop})
        return method(model, fresh, start, stop, X, Y, {})


@pytest.mark.parametrize("name", KNOWN)
def test_continued_model_is_like_one_that_was_trained_at_once(name):
    make, param, equals_fresh = KNOWN[name]
    continued = go_on(fit(make(), param, 3), make(), param, 3, 8)
    whole = fit(make(), param, 8)
    assert repr(continued.get_params()) == repr(whole.get_params())
    if equals_fresh:
        np.testing.assert_allclose(continued.predict(X), whole.predict(X), rtol=1e-6)


def n_trained(model):
    if hasattr(model, "booster_"):
        return model.booster_.num_trees()
    if hasattr(model, "t_"):  # rows that were seen
        return model.t_ // len(X)
    trees = getattr(model, "estimators_", None)
    return model.n_iter_ if trees is None else len(trees)


@pytest.mark.parametrize("name", KNOWN)
def test_training_comes_to_where_it_should(name):
    make, param, _ = KNOWN[name]
    model = fit(make(), param, 3)
    assert n_trained(model) == 3
    for start, stop in ((3, 4), (4, 8)):
        model = go_on(model, make(), param, start, stop)
        assert n_trained(model) == stop
        assert model.get_params()[param] == stop


@pytest.mark.parametrize("warm_start", [True, False])
def test_warm_start_is_left_as_the_user_has_it(warm_start):
    estimator = RandomForestClassifier(random_state=0, warm_start=warm_start)
    model = go_on(fit(estimator, "n_estimators", 3), estimator, "n_estimators", 3, 6)
    assert model.warm_start is warm_start


@pytest.mark.parametrize("class_weight", ["balanced", "balanced_subsample"])
def test_forest_with_balanced_classes_grows_without_advice(class_weight):
    forest = RandomForestClassifier(class_weight=class_weight, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        continued = go_on(fit(forest, "n_estimators", 3), forest, "n_estimators", 3, 8)
    whole = fit(forest, "n_estimators", 8)
    np.testing.assert_array_equal(continued.predict_proba(X), whole.predict_proba(X))


def test_parameters_of_fit_reach_the_continued_fit():
    class Weighed(GradientBoostingRegressor):
        def fit(self, X, y, sample_weight=None):
            self.weight_ = sample_weight
            return super().fit(X, y, sample_weight)

    model, weights = fit(Weighed(random_state=0), "n_estimators", 3), np.ones(len(X))
    params = {"sample_weight": weights}
    method = method_for(model, "n_estimators", params)
    assert method(model, None, 3, 6, X, Y, params).weight_ is weights


ANEW = {
    "another parameter": (RandomForestClassifier(), "max_depth", {}),
    "unknown": (LogisticRegression(), "max_iter", {}),
    "unknown ensemble": (AdaBoostClassifier(), "n_estimators", {}),
    "another library": (LGBMClassifier(), "n_estimators", {}),
    "stops early": (GradientBoostingClassifier(n_iter_no_change=2), "n_estimators", {}),
    "monitored": (GradientBoostingClassifier(), "n_estimators", {"monitor": len}),
    "chooses itself": (HistGradientBoostingRegressor(), "max_iter", {}),
    "histograms that stop": (
        HistGradientBoostingRegressor(early_stopping=True),
        "max_iter",
        {},
    ),
    "watches other data": (
        HistGradientBoostingRegressor(early_stopping=False),
        "max_iter",
        {"X_val": X},
    ),
    "SGD that stops": (SGDClassifier(early_stopping=True), "max_iter", {}),
    "has no rows out of the bag": (
        BaggingRegressor(oob_score=True),
        "n_estimators",
        {},
    ),
    "network that stops": (MLPRegressor(early_stopping=True), "max_iter", {}),
}


@pytest.mark.parametrize("name", ANEW)
def test_what_may_stop_by_itself_or_is_not_known_is_fitted_anew(name):
    assert method_for(*ANEW[name]) is None


@pytest.mark.parametrize(
    ("settings", "fit_params"),
    [
        ({"boosting_type": "dart"}, {}),
        ({"boosting_type": "rf"}, {}),
        ({"boosting": "dart"}, {}),
        ({"early_stopping_round": 5}, {}),
        ({"early_stopping_rounds": 5}, {}),
        ({"n_iter_no_change": 5}, {}),
        ({"callbacks": [len]}, {}),
        ({}, {"callbacks": [len]}),
        ({}, {"init_model": "model.txt"}),
    ],
)
def test_booster_whose_training_changes_on_its_way_is_fitted_anew(settings, fit_params):
    assert method_for(lightgbm(), "n_estimators", {}) is not None
    assert method_for(lightgbm(**settings), "n_estimators", fit_params) is None


def test_table_names_what_is_known():
    rows = re.findall(
        r"^(?:\S.*?) {2,}(\w+) +(init_model|xgb_model|warm_start|partial_fit)",
        _continued_training.__doc__,
        flags=re.MULTILINE,
    )
    params = {param for _, _, param, _, _ in _continued_training._KNOWN}
    assert {param for param, _ in rows} == params
    assert len(rows) == len(_continued_training._KNOWN) - 1  # forests and bagging
