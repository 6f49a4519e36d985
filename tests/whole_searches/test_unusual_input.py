"""Data, splits, grids and estimators that are not as most are."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import skhp
from tests._toys import Echo, X, y


class Prints(Echo):
    def fit(self, X, y=None):
        print("fitting", flush=True)
        return self


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_estimator_that_prints_does_not_disturb(n_jobs, capsys):
    search = skhp.GridSearchCV(Prints(), {"value": [1, 2]}, cv=2, n_jobs=n_jobs)
    search.fit(X, y)
    assert search.best_params_ == {"value": 2}
    if n_jobs == 1:  # what workers print goes where they were started
        assert capsys.readouterr().out.count("fitting") == 5


def test_estimator_without_a_seed_is_fitted_anew_for_each_split():
    tree = DecisionTreeClassifier(random_state=None, splitter="random")
    search = skhp.GridSearchCV(tree, {"min_samples_leaf": [1, 2]}, cv=2)
    assert len(search.fit(X, y).cv_results_["params"]) == 2
    assert tree.random_state is None


def test_texts_are_data_too():
    texts = ["good day", "bad day", "good night", "bad night"] * 4
    labels = np.array([1, 0, 1, 0] * 4)
    search = skhp.GridSearchCV(
        make_pipeline(CountVectorizer(), MultinomialNB()),
        {"countvectorizer__binary": [True, False]},
        cv=2,
    )
    assert search.fit(texts, labels).score(texts, labels) == 1.0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_splits_may_come_from_a_generator(n_jobs):
    splits = ((np.arange(k), np.arange(k, 12)) for k in (4, 6, 8))
    search = skhp.GridSearchCV(Echo(), {"value": [1, 2, 3]}, cv=splits, n_jobs=n_jobs)
    assert search.fit(X, y).n_splits_ == 3
    assert search.best_params_ == {"value": 3}


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_thousands_of_candidates(n_jobs):
    grid = {"value": [float(i) for i in range(2000)]}
    search = skhp.GridSearchCV(Echo(), grid, cv=2, n_jobs=n_jobs, refit=False)
    scores = search.fit(X, y).cv_results_["mean_test_score"]
    assert scores.tolist() == grid["value"]
