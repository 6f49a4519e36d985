import pickle

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from skhp import GridSearchCV

X, y = make_classification(80, random_state=0, flip_y=0.2)
GRID = {"C": [0.01, 1.0]}


@pytest.fixture(scope="module")
def search():
    made = GridSearchCV(LogisticRegression(), GRID, cv=2, ensemble="folds")
    return made.fit(X, y)


@pytest.mark.parametrize(
    "name", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_the_ensemble_predicts_in_place_of_the_best_estimator(search, name):
    found = getattr(search, name)(X)
    assert (found == getattr(search.ensemble_, name)(X)).all()
    if name != "predict":
        assert not np.allclose(found, getattr(search.best_estimator_, name)(X))


def test_score_is_that_of_the_ensemble(search):
    assert search.score(X, y) == search.ensemble_.score(X, y)
    several = GridSearchCV(
        LogisticRegression(),
        GRID,
        cv=2,
        ensemble="folds",
        scoring=["accuracy", "neg_log_loss"],
        refit="neg_log_loss",
    ).fit(X, y)
    scorer = several.scorer_["neg_log_loss"]
    assert several.score(X, y) == scorer(several.ensemble_, X, y)


def test_the_rest_is_scikit_learns(search):
    assert search.best_estimator_.coef_.shape == (1, 20)
    assert search.classes_.tolist() == [0, 1]
    assert GridSearchCV.predict.__doc__.startswith("Call predict")
    copy = pickle.loads(pickle.dumps(search))
    assert (copy.predict_proba(X) == search.predict_proba(X)).all()


def test_without_refit_the_search_does_not_predict():
    search = GridSearchCV(
        LogisticRegression(), GRID, cv=2, ensemble="folds", refit=False
    ).fit(X, y)
    assert not hasattr(search, "predict")
    assert search.ensemble_.predict(X).shape == y.shape


def test_what_the_estimator_cannot_do_the_search_cannot():
    search = GridSearchCV(LinearSVC(), GRID, cv=2, ensemble="folds").fit(X, y)
    assert not hasattr(search, "predict_proba")
    assert search.decision_function(X).shape == y.shape
    plain = GridSearchCV(LogisticRegression(), GRID, cv=2).fit(X, y)
    assert (plain.predict_proba(X) == plain.best_estimator_.predict_proba(X)).all()
