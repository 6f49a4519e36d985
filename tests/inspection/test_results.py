import copy
import pickle

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeavePOut,
    RepeatedKFold,
    ShuffleSplit,
)

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection._results import configurations_of, results_of
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, Noisy, fitted, random


def found(kind, metric=None):
    return results_of(fitted(kind), metric, "a display")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nan"])
def test_means_are_those_of_the_search_and_the_best_is_its_best(kind):
    search, results = fitted(kind), found(kind)
    means = search.cv_results_[f"mean_test_{results.metric}"]
    np.testing.assert_allclose(results.means, means)
    assert results.best == search.best_index_
    assert results.best in results.rivals


def test_without_a_score_there_is_no_best():
    results = found("nan")
    assert results.best is None
    assert results.problems == ["no score"] * 2
    assert len(results.rivals) == 0


@pytest.mark.parametrize("kind", ["their halving", "hyperband"])
def test_only_candidates_with_the_most_resource_compete(kind):
    results = found(kind)
    assert set(results.resources[results.rivals]) == {9}
    assert all(params.keys() == {"value"} for params in results.params)


@pytest.mark.parametrize("error_score", [np.nan, -7.0])
def test_a_failed_candidate_has_no_score_whatever_error_score_is(error_score):
    search = random({"fails": ["", "fit"]}, n_iter=2, error_score=error_score)
    with pytest.warns(sklearn.exceptions.FitFailedWarning):
        search.fit(X, y)
    results = results_of(search, None, "a display")
    failed = [params["fails"] == "fit" for params in results.params]
    assert np.isnan(results.means).tolist() == failed
    assert [problem == "failed" for problem in results.problems] == failed


def test_of_several_metrics_one_is_chosen():
    assert found("metrics").metric == "down"
    up = found("metrics", "up")
    np.testing.assert_allclose(up.means, -found("metrics").means)
    assert up.best == np.argmax(up.means)
    with pytest.raises(
        InvalidParameterError, match=r"of a display .* \['up', 'down'\]"
    ):
        found("metrics", "other")


def test_an_axis_says_what_the_score_is():
    grid = {"value": [1.0, 2.0]}
    named = skhp.GridSearchCV(Echo(), grid, scoring=None, cv=2).fit(X, y)
    assert results_of(named, None, "").label == "Mean test score"
    named.scoring = "roc_auc"
    assert results_of(named, None, "").label == "Mean test roc_auc"
    assert found("metrics").label == "Mean test down"


@pytest.mark.parametrize(
    ("cv", "rho"),
    [
        (3, 1 / 2),
        (KFold(4), 1 / 3),
        (RepeatedKFold(n_splits=4, n_repeats=2, random_state=0), 1 / 3),
        (ShuffleSplit(5, test_size=0.5, random_state=0), 1.0),
        (ShuffleSplit(5, test_size=4, random_state=0), 1 / 2),
        (LeavePOut(2), 2 / 10),
        ([(np.arange(8), np.arange(8, 12))] * 2, 1 / 2),
    ],
    ids=str,
)
def test_errors_know_how_much_training_sets_overlap(cv, rho):
    search = skhp.GridSearchCV(Noisy(), {"value": [1.0, 2.0]}, cv=cv).fit(X, y)
    results = results_of(pickle.loads(pickle.dumps(search)), None, "a display")
    assert results.rho == pytest.approx(rho, rel=1e-3)
    n_splits = results.n_splits
    deviations = results.scores.std(axis=1, ddof=1)
    expected = deviations * np.sqrt(1 / n_splits + rho)
    np.testing.assert_allclose(results.errors, expected, rtol=1e-3)


@pytest.mark.parametrize("refit", [False, "up"])
def test_errors_are_those_of_the_search_in_every_metric(refit):
    scoring = {"up": lambda e, X, y: e.value, "down": lambda e, X, y: -e.value}
    cv = ShuffleSplit(3, test_size=4, random_state=0)
    grid = {"value": [1.0, 2.0]}
    search = skhp.GridSearchCV(Noisy(), grid, cv=cv, scoring=scoring, refit=refit)
    assert results_of(search.fit(X, y), "down", "").rho == 1 / 2


def test_of_many_splits_of_made_up_data_no_more_are_made_than_needed():
    class Counted(KFold):
        n_made = 0

        def split(self, X, y=None, groups=None):
            for each in super().split(X, y, groups):
                Counted.n_made += 1
                yield each

    grid = {"value": [1.0]}
    search = GridSearchCV(Noisy(), grid, cv=Counted(3)).fit(X, y)
    search.set_params(cv=Counted(100))
    Counted.n_made = 0
    assert results_of(search, None, "a display").rho == 1 / 2
    assert Counted.n_made == 4


class Odd(KFold):
    """A splitter that accepts only its own data."""

    def split(self, X, y=None, groups=None):
        if len(X) != 12:
            raise ValueError("not my data")
        return super().split(X, y, groups)


def test_a_splitter_that_refuses_made_up_data_is_taken_for_folds():
    search = GridSearchCV(Noisy(), {"value": [1.0]}, cv=Odd(4)).fit(X, y)
    assert results_of(search, None, "a display").rho == pytest.approx(1 / 3)


def test_the_generator_of_a_splitter_is_left_alone():
    generator = np.random.RandomState(0)
    cv = ShuffleSplit(2, random_state=generator)
    search = GridSearchCV(Noisy(), {"value": [1.0]}, cv=cv).fit(X, y)
    before = copy.deepcopy(generator)
    results_of(search, None, "a display")
    assert generator.random() == before.random()


def test_rows_of_one_configuration_belong_together():
    search = fitted("their halving")
    for rows in configurations_of(search):
        values = {search.cv_results_["params"][i]["value"] for i in rows}
        assert len(values) == 1
        assert (np.diff(search.cv_results_["n_resources"][rows]) > 0).all()
    assert len(configurations_of(fitted("grid"))) == 8


def test_what_is_not_a_fitted_search_is_refused():
    with pytest.raises(NotFittedError):
        results_of(skhp.GridSearchCV(Echo(), {"value": [1]}), None, "a display")
    with pytest.raises(InvalidParameterError, match="'search' parameter of a display"):
        results_of({"mean_test_score": [1]}, None, "a display")
