"""Searches with a resource go on from a journal as if they had never stopped."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skhp
from tests.journal._forged import lines_of

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


@pytest.mark.slow
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


SGD = SGDClassifier(random_state=0, average=9)
NETWORK = MLPClassifier((3,), random_state=0)
PIPELINE = make_pipeline(StandardScaler(), SGD)
RUNGS = {"max_resources": 9, "min_resources": 1, "cv": 2, "random_state": 0}
ALPHAS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 3, 9]


def bands(**kwargs):
    space = {"alpha": (1e-6, 1.0, "log-uniform"), "eta0": (1e-3, 1.0, "log-uniform")}
    return skhp.HyperbandSearchCV(SGD, space, resource="max_iter", **RUNGS, **kwargs)


def bands_one_by_one(**kwargs):
    return bands(asynchronous=False, **kwargs)


def boosted_bands(**kwargs):
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(
        subsample=0.5, subsample_freq=1, random_state=0, n_jobs=1, verbose=-1
    )
    space = {"num_leaves": (2, 20), "learning_rate": (0.01, 0.5)}
    resource = "n_estimators"
    return skhp.HyperbandSearchCV(model, space, resource=resource, **RUNGS, **kwargs)


def halved_grid(**kwargs):
    return skhp.HalvingGridSearchCV(
        NETWORK, {"alpha": ALPHAS}, resource="max_iter", **RUNGS, **kwargs
    )


def repeated_rungs(**kwargs):
    rungs = {**RUNGS, "max_resources": 6, "min_resources": 2}
    return skhp.HalvingGridSearchCV(
        SGD,
        {"alpha": ALPHAS},
        resource="max_iter",
        aggressive_elimination=True,
        **rungs,
        **kwargs,
    )


def halved_pipeline(**kwargs):
    return skhp.HalvingRandomSearchCV(
        PIPELINE,
        {"sgdclassifier__alpha": loguniform(1e-6, 1.0)},
        n_candidates=9,
        resource="sgdclassifier__max_iter",
        **RUNGS,
        **kwargs,
    )


def table_of(search):
    results = search.cv_results_
    return {
        name: list(map(repr, results[name])) for name in results if "time" not in name
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "make",
    [
        *(bands, bands_one_by_one, boosted_bands),
        *(halved_grid, repeated_rungs, halved_pipeline),
    ],
)
def test_killed_at_any_line_and_again_later_it_is_the_search_that_never_stopped(
    make, tmp_path, monkeypatch
):
    monkeypatch.setattr("os.fsync", lambda fd: None)
    path = tmp_path / "journal"
    whole = table_of(make(journal=path).fit(X, Y))
    lines = lines_of(path)
    for n in range(1, len(lines), 13):
        path.write_bytes(b"".join(lines[:n]))
        assert table_of(make(journal=path).fit(X, Y)) == whole
        path.write_bytes(b"".join(lines_of(path)[: n + 7]))
        assert table_of(make(journal=path).fit(X, Y)) == whole


@pytest.mark.parametrize("make", [halving, hyperband])
def test_a_stopped_search_is_extended_to_its_end(make):
    search = make(callbacks=lambda s: len(s.cv_results_["params"]) >= 5).fit(X, Y)
    search.set_params(callbacks=None).extend(X, Y)
    assert search.cv_results_["params"] == make().fit(X, Y).cv_results_["params"]
