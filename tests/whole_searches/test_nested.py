import numpy as np
import pytest
from sklearn.base import is_classifier, is_clusterer, is_regressor
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

import skhp

X, y = load_iris(return_X_y=True)  # sorted by class: plain folds would miss classes
GRID = {"max_depth": [1, 3]}
TREE = DecisionTreeClassifier(random_state=0)


def searches(estimator, space):
    yield skhp.GridSearchCV(estimator, space, cv=3)
    yield skhp.RandomizedSearchCV(estimator, space, n_iter=2, cv=3, random_state=0)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [(SVC(), is_classifier), (SVR(), is_regressor), (KMeans(), is_clusterer)],
)
def test_search_is_what_its_estimator_is(estimator, check):
    for search in searches(estimator, {"tol": [0.1]}):
        assert check(search)
        assert get_tags(search).estimator_type == get_tags(estimator).estimator_type


def test_tags_of_the_input_are_those_of_the_estimator():
    for estimator in (SVC(), SVC(kernel="precomputed")):
        tags = get_tags(estimator).input_tags
        for search in searches(estimator, {"C": [1]}):
            assert get_tags(search).input_tags.pairwise == tags.pairwise
            assert get_tags(search).input_tags.sparse == tags.sparse


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_outer_splits_are_stratified(n_jobs):
    for search in searches(TREE, GRID):
        scores = cross_val_score(search, X, y, n_jobs=n_jobs, error_score="raise")
        assert scores.min() > 0.85


def test_search_inside_a_pipeline_and_a_pipeline_inside_a_search():
    inside = make_pipeline(StandardScaler(), skhp.GridSearchCV(TREE, GRID, cv=3))
    around = skhp.GridSearchCV(
        make_pipeline(StandardScaler(), TREE),
        {"decisiontreeclassifier__max_depth": [1, 3]},
    )
    for model in (inside, around):
        assert model.fit(X, y).score(X, y) > 0.9


def test_search_may_be_searched():
    inner = skhp.RandomizedSearchCV(TREE, GRID, n_iter=1, cv=2, random_state=0)
    outer = skhp.GridSearchCV(
        inner, {"n_iter": [1, 2], "estimator__min_samples_leaf": [1]}
    )
    outer.fit(X, y)
    assert outer.best_params_["n_iter"] in (1, 2)
    assert outer.best_estimator_.best_score_ > 0.5


def test_cross_val_predict_returns_probabilities():
    search = skhp.GridSearchCV(TREE, GRID, cv=2)
    proba = cross_val_predict(search, X, y, method="predict_proba", cv=3)
    assert proba.shape == (150, 3)
    assert np.mean(proba.argmax(axis=1) == y) > 0.85
