import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils import Bunch

from skhp import HyperbandSearchCV
from skhp.exceptions import InvalidParameterError
from skhp.resources import Continuation
from skhp.search._resources import ByParameter, BySamples
from skhp.search._strategy import Data

X = np.arange(200.0).reshape(100, 2)
Y = np.arange(100) % 4


class Set(BaseEstimator):
    """Lists only what was set, as CatBoost does."""

    def __init__(self, depth=None, iterations=None):
        self.settings = {"depth": depth, "iterations": iterations}

    def get_params(self, deep=True):
        return {k: v for k, v in self.settings.items() if v is not None}

    def set_params(self, **params):
        self.settings.update(params)
        return self

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def score(self, X, y):
        return -abs(self.settings["depth"] - 5)


def data(**split_params):
    return Data(X, Y, Bunch(splitter=Bunch(split=split_params)))


def search(**params):
    return HyperbandSearchCV(SVC(), {"C": (0.1, 1.0)}, **params)


def opened(rule, splits, **what):
    return rule.open(search(cv=what.pop("cv", None)), data(**what), splits)


def test_a_parameter_continues_models():
    assert isinstance(opened(ByParameter("max_iter", 9), []), Continuation)


@pytest.mark.parametrize("rule", [ByParameter("max_iter", 9), BySamples(3, 8, True)])
def test_a_rule_can_be_kept_with_the_search(rule):
    assert pickle.loads(pickle.dumps(rule)) == rule


def test_subsamples_are_the_same_in_every_fit_of_a_rule():
    splits = list(KFold(5, shuffle=True, random_state=0).split(X))
    one, other = (opened(BySamples(3, 40, False), splits) for _ in range(2))
    assert all(map(np.array_equal, one.train, other.train))
    third = opened(BySamples(4, 40, False), splits)
    assert not all(map(np.array_equal, one.train, third.train))


def test_every_beginning_has_all_classes():
    splits = list(KFold(5, shuffle=True, random_state=0).split(X))
    for order in opened(BySamples(0, 40, False), splits).train:
        assert set(Y[order[:4]]) == {0, 1, 2, 3}


@pytest.mark.parametrize("subsample_test", [True, False])
def test_test_folds_are_subsampled_on_demand(subsample_test):
    splits = list(KFold(5).split(X))
    test = opened(BySamples(0, 40, subsample_test), splits).test
    assert (test is not None) == subsample_test


def test_in_time_the_rows_before_the_test_fold_come_first():
    cv = TimeSeriesSplit(4)
    splits = list(cv.split(X))
    for order, (train, _) in zip(
        opened(BySamples(0, 40, False), splits, cv=cv).train, splits, strict=True
    ):
        assert list(order) == sorted(train, reverse=True)


def test_groups_come_one_after_the_other():
    groups = np.arange(100) // 10
    splits = [(np.arange(80), np.arange(80, 100))]
    (order,) = opened(BySamples(0, 40, False), splits, groups=groups).train
    rest = groups[order[4:]]  # but for the first row of each class
    assert np.count_nonzero(np.diff(rest)) <= 8


def test_masks_are_splits_too():
    mask = np.arange(100) < 80
    (order,) = opened(BySamples(0, 40, False), [(mask, ~mask)]).train
    assert sorted(order) == list(range(80))


def test_too_small_a_subsample_is_refused_with_the_least_that_would_do():
    splits = list(KFold(5).split(X))
    with pytest.raises(InvalidParameterError, match=r"at least 5 .*every class"):
        opened(BySamples(0, 2, False), splits)


def test_a_resource_may_be_a_parameter_that_is_not_listed():
    search = HyperbandSearchCV(
        Set(), {"depth": (1, 9)}, resource="iterations", max_resources=9, cv=2
    )
    assert search.fit(X, Y).best_estimator_.get_params()["iterations"] == 9


def test_a_resource_that_is_no_parameter_is_refused_with_a_near_one():
    steps = make_pipeline(SVC())
    search = HyperbandSearchCV(
        steps, {"svc__C": (0.1, 1.0)}, resource="max_iter", max_resources=9
    )
    with pytest.raises(InvalidParameterError, match=r"Did you mean 'svc__max_iter'\?"):
        search.fit(X, Y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"resource": "n_trees", "max_resources": 9}, "resource=n_trees which is not"),
        (
            {"resource": "C", "max_resources": 9},
            "Cannot use parameter C as",
        ),
        ({"resource": "max_iter"}, "can only be 'n_samples' when max_resources='auto'"),
        (
            {"min_resources": 60, "max_resources": 50},
            "min_resources_=60 is greater",
        ),
        ({"min_resources": 200}, "of n_samples=100"),
    ],
)
def test_bad_bounds_are_refused_before_the_first_fit(params, message):
    with pytest.raises(InvalidParameterError, match=message):
        search(**params).fit(X, Y)


def test_smallest_is_two_rows_of_each_class_and_split():
    fitted = search(cv=5, n_brackets=1, factor=9, random_state=0).fit(X, Y)
    assert fitted.brackets_[0].n_resources[-1] == 100
    assert fitted.min_resources_ >= 2 * 5 * 4


def test_smallest_number_of_rounds_is_a_hundredth_of_the_most():
    unfitted = search(resource="max_iter", max_resources=900)
    assert unfitted.plan().brackets[0].n_resources[0] == 11  # 900 / 3**4, at least 9
