"""Searches with a resource go on from a journal as if they had never stopped."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

import skhp

X, Y = make_classification(n_samples=120, n_informative=5, random_state=0)


def halving(**kwargs):
    return skhp.HalvingGridSearchCV(
        ExtraTreesClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4, 5, 6, 7, 8, 9]},
        resource="n_estimators",
        max_resources=9,
        cv=2,
        random_state=0,
        **kwargs,
    )


def subsampling(**kwargs):
    return skhp.HalvingRandomSearchCV(
        LogisticRegression(solver="liblinear"),
        {"C": loguniform(1e-3, 1e3)},
        cv=2,
        **kwargs,
    )


def hyperband(**kwargs):
    return skhp.HyperbandSearchCV(
        ExtraTreesClassifier(random_state=0),
        {"max_depth": (1, 12), "max_features": (0.1, 1.0)},
        resource="n_estimators",
        max_resources=9,
        min_resources=1,
        cv=2,
        random_state=0,
        **kwargs,
    )


@pytest.mark.parametrize("make", [halving, subsampling, hyperband])
@pytest.mark.parametrize("n_before", [3, 14])
def test_a_journal_is_gone_on_with(make, n_before, tmp_path):
    def stop(search):
        return len(search.cv_results_["params"]) >= n_before

    path = tmp_path / "journal"
    make(journal=path, callbacks=stop).fit(X, Y)
    resumed = make(journal=path).fit(X, Y)
    if make is subsampling:  # it has no seed but that in its journal
        again = make(journal=path).fit(X, Y)
    else:
        again = make().fit(X, Y)
    assert resumed.cv_results_["params"] == again.cv_results_["params"]
    key = "mean_test_score"
    assert np.array_equal(resumed.cv_results_[key], again.cv_results_[key])
    assert resumed.best_params_ == again.best_params_


@pytest.mark.parametrize("make", [halving, hyperband])
def test_a_stopped_search_is_extended_to_its_end(make):
    search = make(callbacks=lambda s: len(s.cv_results_["params"]) >= 5).fit(X, Y)
    search.set_params(callbacks=None).extend(X, Y)
    assert search.cv_results_["params"] == make().fit(X, Y).cv_results_["params"]
