"""Estimators that list some of their parameters only, as those of other libraries."""

import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhp.evaluation import (
    takes_any_name,
    takes_parameter,
    unlisted_parameters,
)


class Set(BaseEstimator):
    """Lists what was set, and lets any name be set, as CatBoost does."""

    def __init__(self, depth=None, iterations=None):
        self.settings = {"depth": depth, "iterations": iterations}

    def get_params(self, deep=True):
        return {k: v for k, v in self.settings.items() if v is not None}

    def set_params(self, **params):
        self.settings.update(params)
        return self


class Open(BaseEstimator):
    """Passes any other name on, as LightGBM and XGBoost do."""

    def __init__(self, depth=3, **others):
        self.depth, self.others = depth, others

    def set_params(self, **params):
        self.others.update(params)
        return self


class Careless(BaseEstimator):
    """Lists its parameters, and sets anything, as scikit-learn's tests do."""

    def __init__(self, depth=3):
        self.depth = depth

    def set_params(self, **params):
        vars(self).update(params)
        return self


class Wrapper(BaseEstimator):
    """Takes the parameters of what it wraps, and lists only its own."""

    def __init__(self, model=None):
        self.model = model

    def set_params(self, **params):
        self.model.set_params(**params)
        return self


@pytest.mark.parametrize(
    ("estimator", "unlisted"),
    [
        (Set(), {"depth", "iterations"}),
        (Set(depth=3), {"iterations"}),
        (make_pipeline(StandardScaler(), Set()), {"set__depth", "set__iterations"}),
        (Open(), set()),
        (SVC(), set()),
        (make_pipeline(StandardScaler(), SVC()), set()),
    ],
)
def test_what_is_not_listed_is_found_in_the_constructor(estimator, unlisted):
    assert unlisted_parameters(estimator) == unlisted
    depths = {name for name in unlisted if name.endswith("depth")}
    assert unlisted_parameters(estimator, {"depth"}) == depths


def test_what_cannot_be_set_is_not_a_parameter():
    class Silent(BaseEstimator):
        def __init__(self, seed=0):
            pass

        def get_params(self, deep=True):
            return {}

    assert unlisted_parameters(Silent()) == set()


@pytest.mark.parametrize(
    ("estimator", "taken", "not_taken"),
    [
        (SVC(), ["C"], ["c", "svc__C"]),
        (Set(), ["depth", "iterations"], ["deph", "set__depth"]),
        (
            make_pipeline(StandardScaler(), Set()),
            ["set__depth", "set"],
            ["depth", "set__deph", "sett__depth"],
        ),
        (Open(), ["depth", "reg_sqrt"], ["step__depth"]),
        (Careless(), ["depth", "deph"], []),
        (Wrapper(SVC()), ["C", "model__C", "model"], ["c"]),
    ],
)
def test_what_an_estimator_takes_is_told_from_what_it_only_swallows(
    estimator, taken, not_taken
):
    assert [name for name in taken if not takes_parameter(estimator, name)] == []
    assert [name for name in not_taken if takes_parameter(estimator, name)] == []


def test_trying_a_name_changes_nothing():
    model = Set(depth=3)
    takes_parameter(model, "iterations")
    unlisted_parameters(model)
    assert model.get_params() == {"depth": 3}


def test_only_a_constructor_with_keywords_takes_any_name():
    steps = make_pipeline(StandardScaler(), Open())
    assert takes_any_name(Open(), "deph")
    assert takes_any_name(steps, "open__deph")
    assert not takes_any_name(steps, "standardscaler__deph")
    assert not takes_any_name(Careless(), "deph")
