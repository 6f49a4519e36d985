import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import estimator_html_repr

import skhp

X, y = make_classification(40, 4, random_state=0)
SPACE = {"max_depth": [1, 2], "min_samples_leaf": [1, 3]}
TREE = DecisionTreeClassifier(random_state=0)
CLASSES = [skhp.GridSearchCV, skhp.RandomizedSearchCV]


@pytest.fixture(params=CLASSES)
def search(request):
    kwargs = {"n_iter": 3} if request.param is skhp.RandomizedSearchCV else {}
    return request.param(clone(TREE), SPACE, cv=2, time_budget=99.0, **kwargs)


def joblib_round_trip(search, tmp_path):
    joblib.dump(search, tmp_path / "search")
    return joblib.load(tmp_path / "search")


COPIES = {
    "pickle": lambda search, path: pickle.loads(pickle.dumps(search)),
    "joblib": joblib_round_trip,
    "deepcopy": lambda search, path: copy.deepcopy(search),
}


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)
def test_fitted_search_survives_a_copy(search, make_copy, n_jobs, tmp_path):
    search.set_params(n_jobs=n_jobs).fit(X, y)
    twin = make_copy(search, tmp_path)
    np.testing.assert_array_equal(twin.predict(X), search.predict(X))
    assert twin.cv_results_["params"] == search.cv_results_["params"]
    assert twin.best_score_ == search.best_score_
    assert vars(twin).keys() == vars(search).keys()


@pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)
def test_search_that_is_not_fitted_survives_a_copy(search, make_copy, tmp_path):
    twin = make_copy(search, tmp_path)
    assert str(twin.get_params()) == str(search.get_params())
    with pytest.raises(NotFittedError):
        twin.predict(X)


def test_clone_has_the_parameters_and_nothing_fitted(search):
    twin = clone(search.fit(X, y))
    assert str(twin.get_params()) == str(search.get_params())
    assert not [name for name in vars(twin) if name.endswith("_")]


def test_nothing_private_is_left_after_fit(search):
    before = {name for name in vars(search) if name.startswith("_")}
    search.fit(X, y)
    after = {name for name in vars(search) if name.startswith("_")}
    size = len(pickle.dumps(search))
    assert len(after - before) <= 1
    assert size < 20_000


def test_set_params_reaches_the_search_and_its_estimator(search):
    search.set_params(cv=3, estimator__min_samples_leaf=2, constraints=None)
    assert search.cv == 3
    assert search.estimator.min_samples_leaf == 2
    with pytest.raises(ValueError, match="Invalid parameter 'nothing'"):
        search.set_params(nothing=1)


def test_search_is_an_instance_of_the_class_it_replaces(search):
    original = getattr(sklearn.model_selection, type(search).__name__)
    assert isinstance(search, original)
    assert set(original(TREE, SPACE).get_params()) <= set(search.get_params())


def test_second_fit_forgets_the_first(search):
    search.fit(X, y)
    search.set_params(refit=False).fit(X[:, :2], y)
    assert not hasattr(search, "predict")
    assert len(search.cv_results_["params"]) in (3, 4)


def test_attributes_of_the_best_estimator_are_handed_on(search):
    frame = pd.DataFrame(X, columns=list("abcd"))
    search.fit(frame, y)
    assert search.feature_names_in_.tolist() == list("abcd")
    assert search.n_features_in_ == 4
    assert search.classes_.tolist() == [0, 1]
    assert search.predict_proba(frame).shape == (40, 2)
    assert not hasattr(search, "transform")


def test_transform_is_there_where_the_estimator_has_it():
    search = skhp.GridSearchCV(
        StandardScaler(), {"with_mean": [True]}, scoring=lambda *args: 1.0
    )
    assert search.fit(X).transform(X).shape == X.shape


@pytest.mark.parametrize("fitted", [False, True])
def test_html_shows_the_search_and_its_estimator(search, fitted):
    if fitted:
        search.fit(X, y)
    html = estimator_html_repr(search)
    assert type(search).__name__ in html
    assert "DecisionTreeClassifier" in html


def test_text_names_what_differs_from_the_defaults():
    search = skhp.GridSearchCV(TREE, {"max_depth": [1]}, time_budget=5)
    text = "".join(repr(search).split())
    assert text == (
        "GridSearchCV(estimator=DecisionTreeClassifier(random_state=0),"
        "param_grid={'max_depth':[1]},time_budget=5)"
    )
