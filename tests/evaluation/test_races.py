"""Searches whose candidates race, from the outside."""

import pickle

import numpy as np
import pytest
from scipy.stats import randint
from sklearn.base import BaseEstimator
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier

from skhp import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
)
from skhp.exceptions import InvalidParameterError, JournalError

DATA = make_classification(200, 10, flip_y=0.2, random_state=0)
SPACE = {"max_depth": list(range(1, 12)), "min_samples_leaf": list(range(1, 60))}


def search_of(cls, **params):
    params = {"n_iter": 16, "random_state": 0, "racing": 0.3, **params}
    tree = DecisionTreeClassifier(random_state=0)
    return cls(tree, SPACE, scoring="roc_auc", **params)


class Level(BaseEstimator):
    """Its score is its level, and another one on the third split it is scored on."""

    def __init__(self, level=0.0, third=0.0, fails=False):
        self.level, self.third, self.fails = level, third, fails

    def fit(self, X, y=None):
        if self.fails:
            raise RuntimeError("no fit")
        return self

    def score(self, X, y=None):
        return self.level + (self.third if X[0, 0] == 8 else 0.0) + 0.01 * (X[0, 0] % 3)


ROWS = np.arange(20.0).reshape(20, 1)


def levels(candidates, **params):
    grid = [{name: [v] for name, v in params.items()} for params in candidates]
    return GridSearchCV(Level(), grid, cv=KFold(5), **{"racing": True, **params})


GOOD = [{"level": 1.0 + 1e-6 * i} for i in range(5)]


@pytest.mark.parametrize("cls", [RandomizedSearchCV, BayesSearchCV])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_given_up_candidates_keep_their_scores_and_rank_last(cls, n_jobs):
    results = search_of(cls, n_jobs=n_jobs).fit(*DATA).cv_results_
    n, status = results["n_splits_evaluated"], results["status"]
    raced = status == "raced"
    assert 0 < np.sum(raced) < 16
    assert np.all((n < 5) == raced)
    for k in range(5):
        assert np.array_equal(np.isnan(results[f"split{k}_test_score"]), n <= k)
    assert np.all(np.isnan(results["mean_test_score"]) == raced)
    ranks = results["rank_test_score"]
    assert ranks[raced].min() > ranks[~raced].max()


def test_scores_are_those_without_racing_and_so_is_the_winner():
    raced, plain = (
        search_of(RandomizedSearchCV, racing=risk).fit(*DATA) for risk in (0.01, False)
    )
    for k in range(5):
        name = f"split{k}_test_score"
        scores = raced.cv_results_[name]
        known = ~np.isnan(scores)
        assert np.array_equal(scores[known], plain.cv_results_[name][known])
    assert raced.best_index_ == plain.best_index_
    assert "n_splits_evaluated" not in plain.cv_results_


def test_nobody_is_given_up_while_nothing_is_known_of_the_noise():
    search = levels([{"level": 1.0}, {"level": 0.0}, {"level": -9.0}]).fit(ROWS)
    assert search.cv_results_["n_splits_evaluated"].tolist() == [5, 5, 5]


def test_hopeless_candidates_have_the_splits_of_the_burn_in_only():
    search = levels([*GOOD, {"level": 0.0}]).fit(ROWS)
    assert search.cv_results_["n_splits_evaluated"].tolist() == [5, 5, 5, 5, 5, 2]


def test_equal_candidates_are_not_given_up():
    search = levels([{"level": 1.0, "fails": f} for f in (False, 0, 0.0)] * 4)
    results = search.fit(ROWS).cv_results_
    assert set(results["n_splits_evaluated"]) == {5}


def test_failed_fits_neither_race_nor_set_the_pace():
    candidates = [*GOOD, {"level": 9.0, "fails": True}, {"level": 0.0}]
    search = levels(candidates, error_score=-1.0)
    with pytest.warns(FitFailedWarning, match="5 fits failed"):
        results = search.fit(ROWS).cv_results_
    assert results["n_splits_evaluated"].tolist() == [5, 5, 5, 5, 5, 5, 2]
    assert results["status"].tolist() == ["ok"] * 5 + ["failed", "raced"]


@pytest.mark.parametrize("n_splits", [1, 2])
def test_with_one_or_two_splits_there_is_nothing_to_save(n_splits):
    cv = [(np.arange(10), np.arange(10 + k, 12 + k)) for k in range(n_splits)]
    search = levels([*GOOD, {"level": 0.0}]).set_params(cv=cv).fit(ROWS)
    assert set(search.cv_results_["n_splits_evaluated"]) == {n_splits}


def test_the_metric_of_the_refit_decides_the_race():
    def both(model, X, y=None):
        return {"other": -model.score(X), "own": model.score(X)}

    search = levels([*GOOD, {"level": 0.0}]).set_params(scoring=both, refit="own")
    results = search.fit(ROWS).cv_results_
    assert results["n_splits_evaluated"].tolist() == [5, 5, 5, 5, 5, 2]


def test_candidates_that_are_drawn_twice_are_given_up_twice():
    space = {"level": randint(0, 8)}
    search = RandomizedSearchCV(Level(), space, n_iter=24, cv=KFold(5), random_state=0)
    results = search.set_params(racing=True).fit(ROWS).cv_results_
    n, values = results["n_splits_evaluated"], results["param_level"]
    assert len(set(values)) < 24
    assert set(n) == {2, 5}
    for value in set(values):
        assert len(set(n[values == value])) == 1


@pytest.mark.parametrize("n_lines", [9, 30, 45, 60])
def test_resumed_journal_goes_on_with_the_same_race(tmp_path, n_lines):
    whole, part = tmp_path / "whole", tmp_path / "part"
    first = search_of(BayesSearchCV, journal=whole).fit(*DATA)
    lines = whole.read_text().splitlines(keepends=True)
    assert any('"drop"' in line for line in lines)
    part.write_text("".join(lines[:n_lines]))
    second = search_of(BayesSearchCV, journal=part).fit(*DATA)
    assert len(part.read_text().splitlines()) == len(lines)
    for name in ("param_max_depth", "n_splits_evaluated", "rank_test_score"):
        assert np.array_equal(first.cv_results_[name], second.cv_results_[name])


def test_journal_without_racing_is_refused(tmp_path):
    journal = tmp_path / "journal"
    search_of(RandomizedSearchCV, journal=journal, racing=False).fit(*DATA)
    with pytest.raises(JournalError, match="racing"):
        search_of(RandomizedSearchCV, journal=journal).fit(*DATA)


def test_pickled_search_goes_on_as_the_original_would():
    search = search_of(BayesSearchCV).fit(*DATA)
    copy = pickle.loads(pickle.dumps(search))
    for each in (search, copy):
        each.extend(*DATA, n_iter=4)
    for name in ("param_max_depth", "n_splits_evaluated"):
        assert np.array_equal(search.cv_results_[name], copy.cv_results_[name])


def test_interrupted_race_is_finished_by_extend():
    calls = []

    def stop(search):
        calls.append(1)
        return len(calls) == 8

    search = search_of(RandomizedSearchCV, callbacks=stop).fit(*DATA)
    assert np.sum(search.cv_results_["status"] == "stopped") <= 1
    search.set_params(callbacks=None).extend(*DATA)
    whole = search_of(RandomizedSearchCV).fit(*DATA)
    for name in ("n_splits_evaluated", "rank_test_score"):
        assert np.array_equal(search.cv_results_[name], whole.cv_results_[name])


@pytest.mark.parametrize("cls", [HyperbandSearchCV, HalvingGridSearchCV])
def test_only_candidates_with_the_most_resource_race(cls):
    if cls is HyperbandSearchCV:
        search = cls(DecisionTreeClassifier(random_state=0), SPACE, min_resources=60)
    else:
        grid = {"max_depth": range(1, 9), "min_samples_leaf": [1, 5, 9, 20]}
        grid = {name: list(values) for name, values in grid.items()}
        search = cls(DecisionTreeClassifier(random_state=0), grid, min_resources=60)
    search.set_params(random_state=0, racing=0.4, scoring="roc_auc").fit(*DATA)
    results = search.cv_results_
    lower = results["n_resources"] < results["n_resources"].max()
    assert np.all(results["n_splits_evaluated"][lower] == 5)
    assert results["n_splits_evaluated"][search.best_index_] == 5


def test_progress_says_who_was_given_up(capsys):
    search = levels([*GOOD, {"level": 0.0}]).set_params(verbose=1).fit(ROWS)
    out = capsys.readouterr().out
    assert "at most 30 fits" in out
    assert "last given up after 2 folds, about 0" in out
    assert search.best_index_ == 4


@pytest.mark.parametrize("racing", [0.5, -0.1, 1, "yes"])
def test_bad_values_are_refused(racing):
    with pytest.raises((InvalidParameterError, ValueError), match="'racing' parameter"):
        search_of(RandomizedSearchCV, racing=racing).fit(*DATA)


def test_boosting_rounds_have_a_rule_of_their_own():
    search = GridSearchCV(
        HistGradientBoostingClassifier(), {"max_depth": [1, 2]}, resource="auto"
    )
    with pytest.raises(InvalidParameterError, match=r"'racing'.*'resource'"):
        search.set_params(racing=True).fit(*DATA)
