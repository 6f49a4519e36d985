import numpy as np
import pytest
from sklearn.base import BaseEstimator

import skhp
from skhp.exceptions import SkhpError
from tests._toys import Echo, X, y


class Counting(Echo):
    """Counts the fits of all its clones."""

    n_fits = 0

    def fit(self, X, y=None):
        type(self).n_fits += 1
        return self


@pytest.fixture(autouse=True)
def _no_fit_happens():
    Counting.n_fits = 0
    yield
    assert Counting.n_fits == 0


GRID = {"value": [1.0, 2.0]}
FEW = {skhp.GridSearchCV: {}, skhp.RandomizedSearchCV: {"n_iter": 2}}
BOTH = [
    ({"n_jobs": "two"}, "n_jobs"),
    ({"n_jobs": 0}, "n_jobs"),
    ({"cv": "five"}, "cv"),
    ({"cv": 1}, "n_splits|k-fold|Got 1"),
    ({"cv": []}, "No fits were performed"),
    ({"refit": 3}, "refit"),
    ({"refit": "accuracy", "scoring": ["r2", "neg_max_error"]}, "refit"),
    ({"scoring": "no_such_score"}, "scoring"),
    ({"scoring": []}, "[Ee]mpty"),
    ({"scoring": ["r2", "r2"], "refit": "r2"}, "[Dd]uplicate"),
    ({"scoring": ["r2", "neg_max_error"]}, "refit"),
    ({"error_score": "nan"}, "error_score"),
    ({"error_score": None}, "error_score"),
    ({"verbose": "loud"}, "verbose"),
    ({"return_train_score": "yes"}, "return_train_score"),
    ({"pre_dispatch": "3*cores"}, "pre_dispatch"),
    ({"pre_dispatch": 0}, "pre_dispatch"),
    ({"pre_dispatch": "__import__('os').getpid()"}, "pre_dispatch"),
    ({"time_budget": 0}, "time_budget"),
    ({"time_budget": -1}, "time_budget"),
    ({"time_budget": "1h"}, "time_budget"),
    ({"constraints": 5}, "constraint"),
    ({"constraints": ["a < b"]}, "constraint"),
]


def assert_one_sentence(caught, about):
    text = str(caught.value)
    assert "Traceback" not in text
    assert len(text) < 1500  # scikit-learn lists all its scorers
    assert about is None or caught.match(about)


@pytest.mark.parametrize(("kwargs", "about"), BOTH)
@pytest.mark.parametrize("cls", [skhp.GridSearchCV, skhp.RandomizedSearchCV])
def test_bad_argument_is_refused_before_the_first_fit(cls, kwargs, about):
    with pytest.raises((ValueError, TypeError)) as caught:
        cls(Counting(), GRID).set_params(**FEW[cls], **kwargs).fit(X, y)
    assert_one_sentence(caught, about)


@pytest.mark.parametrize(
    ("grid", "about"),
    [
        ({"valeu": [1, 2]}, "'valeu'.*'value'"),
        ({"nothing__at_all": [1]}, "nothing__at_all"),
        ([GRID, {"valeu": [1]}], "valeu"),
        ({"value": []}, "value"),
        ({"value": 3}, "value"),
        ({"value": "text"}, "value"),
        ({"value": np.ones((2, 2))}, "value|one-dimensional"),
        (5, "param_grid|grid"),
        ([5], "dict"),
    ],
)
def test_bad_grid_is_refused_before_the_first_fit(grid, about):
    with pytest.raises((ValueError, TypeError)) as caught:
        skhp.GridSearchCV(Counting(), grid).fit(X, y)
    assert_one_sentence(caught, about)


@pytest.mark.parametrize(
    ("space", "kwargs", "about"),
    [
        ({"valeu": [1, 2]}, {}, "'valeu'.*'value'"),
        ({"value": (3, 1, "uniform")}, {}, "value"),
        ({"value": (0, 1, "log-uniform")}, {}, "value"),
        ({"value": skhp.Real(0, 1), "valeu": [1]}, {}, "valeu"),
        ({"value": []}, {}, "value"),
        ("value", {}, None),
        (None, {}, None),
        (GRID, {"n_iter": 0}, "n_iter"),
        (GRID, {"n_iter": 2.5}, "n_iter"),
        (GRID, {"sampler": "halton"}, "sampler"),
        (GRID, {"random_state": "seed"}, "random_state"),
        (GRID, {"constraints": lambda p: False}, "constraint"),
    ],
)
def test_bad_space_is_refused_before_the_first_fit(space, kwargs, about):
    with pytest.raises((ValueError, TypeError)) as caught:
        skhp.RandomizedSearchCV(Counting(), space, **{"n_iter": 2, **kwargs}).fit(X, y)
    assert_one_sentence(caught, about)


@pytest.mark.parametrize(("low", "high"), [(2, 1), (1, np.nan), (0, np.inf)])
def test_bad_dimension_is_refused_where_it_is_written(low, high):
    with pytest.raises(SkhpError):
        skhp.Real(low, high)


@pytest.mark.parametrize("estimator", [5, "svc", object(), None])
def test_what_is_no_estimator_is_refused(estimator):
    with pytest.raises((ValueError, TypeError, AttributeError)) as caught:
        skhp.GridSearchCV(estimator, GRID).fit(X, y)
    assert_one_sentence(caught, None)


def test_estimator_without_score_needs_a_scoring():
    class NoScore(BaseEstimator):
        def fit(self, X, y=None):
            Counting.n_fits += 1

    with pytest.raises(TypeError, match="scor"):
        skhp.GridSearchCV(NoScore(), {}).fit(X, y)


def test_data_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        skhp.GridSearchCV(Counting(), GRID).fit(X, y[:-1])


@pytest.mark.parametrize("cls", [skhp.GridSearchCV, skhp.RandomizedSearchCV])
def test_constructor_only_stores(cls):
    search = cls("anything", "goes", cv="here", time_budget="long", verbose="very")
    assert search.estimator == "anything"
    assert search.time_budget == "long"
