import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.svm import SVC

from skhp import BayesSearchCV, GridSearchCV, RandomizedSearchCV
from skhp.exceptions import InvalidParameterError
from skhp.selection import (
    best_mean,
    metric_of_chooser,
    one_standard_error,
    posterior_mean,
)


def table(scores, **columns):
    scores = np.array(scores, dtype=float)
    splits = {f"split{k}_test_score": scores[:, k] for k in range(scores.shape[1])}
    params = [{"depth": i} for i in range(len(scores))]
    means = {"mean_test_score": scores.mean(axis=1)}
    return {"params": params, **splits, **means, **columns}


# The second is best, by a little on all splits; the third differs too little to say.
SCORES = [[0.1, 0.2, 0.3], [0.8, 0.9, 1.0], [0.95, 0.85, 0.8], [np.nan, 1.0, 1.0]]


def test_best_mean_ignores_failed_candidates():
    assert best_mean(table(SCORES)) == 1


@pytest.mark.parametrize(
    "complexity", ["depth", "mean_fit_time", None, lambda params: -params["depth"]]
)
def test_simplest_within_one_standard_error_is_chosen(complexity):
    columns = {
        "param_depth": np.ma.masked_array([1, 3, 2, 0]),
        "mean_fit_time": np.array([0.1, 0.5, 0.2, 0.0]),
    }
    assert one_standard_error(complexity)(table(SCORES, **columns)) == 2


def test_infinite_scores_are_compared_without_a_warning():
    scores = [[-np.inf] * 3, *SCORES]
    assert one_standard_error(lambda params: params["depth"])(table(scores)) == 2


def test_of_equally_simple_ones_the_better_is_chosen():
    columns = {"param_depth": np.ma.masked_array([1, 2, 2, 0])}
    assert one_standard_error("depth")(table(SCORES, **columns)) == 1


def test_complexity_that_is_not_set_is_not_simple():
    depths = np.ma.masked_array([1, 3, 2, 0], mask=[0, 0, 1, 0])
    assert one_standard_error("depth")(table(SCORES, param_depth=depths)) == 1


@pytest.mark.parametrize("scores", [[[1.0], [2.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_one_split_and_equal_scores_are_no_trouble(scores):
    columns = {"mean_fit_time": np.array([2.0, 1.0])}
    assert one_standard_error()(table(scores, **columns)) == 1


@pytest.mark.parametrize(
    ("chooser", "column", "problem"),
    [
        (one_standard_error("depht"), {}, "complexity.* 'depht'"),
        (one_standard_error(metric="auc"), {}, "metric.* 'auc'"),
        (one_standard_error("k"), {"param_k": ["a", "b", "c", "d"]}, "numbers"),
        (posterior_mean, {}, "without it"),
    ],
)
def test_impossible_choices_are_explained(chooser, column, problem):
    with pytest.raises(InvalidParameterError, match=problem):
        chooser(table(SCORES, **column))


def test_metric_of_what_is_ready_made_is_known():
    results = table(SCORES)
    assert metric_of_chooser(best_mean, results) == "score"
    assert metric_of_chooser(one_standard_error(metric="auc"), results) == "auc"
    assert metric_of_chooser(np.argmax, results) is None
    assert metric_of_chooser(True, results) is None


def search_of(cls, **params):
    return cls(SVC(), {"C": (1e-2, 1e2, "log-uniform")}, n_iter=6, cv=3, **params)


def test_posterior_mean_adds_its_column_and_chooses_by_it(iris):
    search = search_of(BayesSearchCV, refit=posterior_mean, random_state=0)
    search = pickle.loads(pickle.dumps(clone(search))).fit(*iris)
    believed = search.cv_results_["posterior_mean"]
    assert search.best_index_ == np.argmax(believed)
    assert (
        search.best_score_ == search.cv_results_["mean_test_score"][np.argmax(believed)]
    )
    assert np.abs(believed - search.cv_results_["mean_test_score"]).max() < 0.2


def test_asking_for_beliefs_does_not_change_the_search(iris):
    searches = [
        search_of(BayesSearchCV, refit=refit, random_state=0).fit(*iris)
        for refit in (True, posterior_mean)
    ]
    more = [s.extend(*iris, n_iter=2).cv_results_["param_C"] for s in searches]
    assert more[0].tolist() == more[1].tolist()


class First(BaseEstimator):
    """Scores the first number of the rows it is tested on, or zero."""

    def __init__(self, counts=True):
        self.counts = counts

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return X[0, 0] if self.counts else 0.0


def test_one_standard_error_knows_how_many_rows_are_tested():
    X = np.array([0.1, 1.9, *[0.0] * 18])[:, None]
    cv = [(np.arange(2, 20), [0]), (np.arange(2, 20), [1])]
    refit = one_standard_error("counts")
    search = GridSearchCV(First(), {"counts": [False, True]}, cv=cv, refit=refit)
    assert search.fit(X).best_params_ == {"counts": True}
    assert refit(search.cv_results_) == 0  # as if they were two folds


@pytest.mark.parametrize(
    ("refit", "problem"),
    [
        (one_standard_error("c"), "complexity.* 'c'"),
        (one_standard_error("kernel"), "complexity.* 'kernel'"),
        (one_standard_error(metric="auc"), "metric.* 'auc'"),
    ],
)
def test_names_of_one_standard_error_are_checked_before_the_first_fit(
    iris, refit, problem
):
    for cls in (RandomizedSearchCV, BayesSearchCV):
        search = search_of(cls, refit=refit)
        with pytest.raises(InvalidParameterError, match=problem):
            search.fit(*iris)
        assert not hasattr(search, "cv_results_")


@pytest.mark.parametrize("complexity", ["C", "param_C", "mean_score_time", "ask_time"])
def test_columns_of_the_table_may_be_what_is_complex(iris, complexity):
    search = search_of(BayesSearchCV, refit=one_standard_error(complexity))
    assert search.set_params(n_iter=2).fit(*iris).best_index_ in (0, 1)


def test_the_table_is_kept_if_the_choice_fails(iris):
    search = search_of(RandomizedSearchCV, refit=lambda results: results["typo"])
    with pytest.raises(KeyError, match="typo"):
        search.fit(*iris)
    assert len(search.cv_results_["params"]) == 6


def test_posterior_mean_inside_a_function_of_ones_own_is_explained(iris):
    search = search_of(BayesSearchCV, refit=lambda results: posterior_mean(results))
    with pytest.raises(InvalidParameterError, match="if its 'refit' is posterior_mean"):
        search.set_params(n_iter=2).fit(*iris)


def test_posterior_mean_without_surrogate_is_refused_before_the_first_fit(iris):
    search = search_of(RandomizedSearchCV, refit=posterior_mean)
    with pytest.raises(InvalidParameterError, match=r"BayesSearchCV.*Randomized"):
        search.fit(*iris)
    assert not hasattr(search, "cv_results_")
