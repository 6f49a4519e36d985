import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.svm import SVC

from skhp import BayesSearchCV, RandomizedSearchCV
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
        (posterior_mean, {}, "surrogate"),
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


def test_posterior_mean_without_surrogate_is_refused_before_the_first_fit(iris):
    search = search_of(RandomizedSearchCV, refit=posterior_mean)
    with pytest.raises(InvalidParameterError, match=r"BayesSearchCV.*Randomized"):
        search.fit(*iris)
    assert not hasattr(search, "cv_results_")
