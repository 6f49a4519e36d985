"""Every kind of data reaches worker processes; what cannot is named."""

import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhp import GridSearchCV
from skhp.exceptions import AllFitsFailedError, InvalidParameterError

rng = np.random.default_rng(0)
DENSE = rng.normal(size=(60, 4))
y = (DENSE[:, 0] > 0).astype(int)
TEXTS = [f"word{i % 3} word{i % 5} label{y[i]}" for i in range(60)]


def memory_mapped(tmp_path):
    path = tmp_path / "X.npy"
    np.save(path, DENSE)
    return np.load(path, mmap_mode="r")


MODEL = LogisticRegression()
FRAME_MODEL = make_pipeline(
    make_column_transformer((StandardScaler(), ["a", "b"]), remainder="drop"),
    RidgeClassifier(),
)
KINDS = {
    "memmap": (memory_mapped, MODEL, "C"),
    "pandas": (
        lambda _: pd.DataFrame(DENSE, columns=list("abcd")),
        FRAME_MODEL,
        "ridgeclassifier__alpha",
    ),
    "polars": (
        lambda _: pl.DataFrame(DENSE, schema=list("abcd")),
        make_pipeline(StandardScaler(), RidgeClassifier()),  # 1.6 knows no columns
        "ridgeclassifier__alpha",
    ),
    "list of texts": (
        lambda _: TEXTS,
        make_pipeline(TfidfVectorizer(), RidgeClassifier()),
        "ridgeclassifier__alpha",
    ),
    "csr": (lambda _: scipy.sparse.csr_array(DENSE), MODEL, "C"),
    "csc": (lambda _: scipy.sparse.csc_matrix(DENSE), MODEL, "C"),
    "list of lists": (lambda _: DENSE.tolist(), MODEL, "C"),
}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_data_gives_the_same_in_workers(kind, backend, tmp_path):
    if (kind, backend) == ("polars", "multiprocessing"):
        pytest.skip("polars hangs in forked processes; its documentation says so")
    make, model, name = KINDS[kind]
    X, grid = make(tmp_path), {name: [0.1, 1.0, 10.0]}
    here = GridSearchCV(model, grid, cv=3).fit(X, y)
    with joblib.parallel_config(backend):
        there = GridSearchCV(model, grid, cv=3, n_jobs=2).fit(X, y)
    for column in ("mean_test_score", "std_test_score", "rank_test_score"):
        np.testing.assert_array_equal(
            here.cv_results_[column], there.cv_results_[column]
        )
    assert "status" not in there.cv_results_


def test_y_may_be_absent_in_workers():
    grid = {"n_clusters": [2, 3]}
    model = KMeans(n_init=1, random_state=0)
    here = GridSearchCV(model, grid, cv=3).fit(DENSE)
    there = GridSearchCV(model, grid, cv=3, n_jobs=2).fit(DENSE)
    np.testing.assert_allclose(
        here.cv_results_["mean_test_score"], there.cv_results_["mean_test_score"]
    )


SCRIPT = """
import numpy as np
from sklearn.linear_model import Ridge
import skhp

def scorer(estimator, X, y):
    return -np.abs(estimator.predict(X) - y).mean()

X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40.0)
search = skhp.GridSearchCV(Ridge(), {"alpha": [1, 9]}, scoring=scorer, cv=2, n_jobs=2)
print(search.fit(X, y).cv_results_["mean_test_score"].shape)
"""


@pytest.mark.slow
def test_scorer_of_a_script_reaches_the_workers(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout.strip(), done.stderr) == ("(2,)", "")


class Holder(BaseEstimator):
    def __init__(self, held=None):
        self.held = held

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return 1.0

    def __sklearn_clone__(self):
        return Holder(self.held)


def generator():
    yield


def unpicklable_scorer(held):
    return lambda estimator, X, y=None: 1.0 if held else 0.0


@pytest.mark.parametrize(
    ("estimator", "scoring", "about"),
    [
        (Holder(generator()), None, "The estimator's 'held' must be picklable"),
        (Holder(), unpicklable_scorer(generator()), "The scorer must be picklable"),
    ],
)
def test_what_cannot_be_sent_is_named_before_the_first_fit(estimator, scoring, about):
    search = GridSearchCV(
        estimator, {"held": [1, 2]}, cv=2, n_jobs=2, scoring=scoring, refit=False
    )
    with pytest.raises(InvalidParameterError, match=about):
        search.fit(DENSE, y)


class HoldsChoices(Holder):
    def __sklearn_clone__(self):
        return HoldsChoices(self.held)


class Stream:
    """Can be copied but not pickled."""

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        raise TypeError("cannot pickle a stream")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_candidate_that_cannot_be_sent_fails_and_the_others_are_done():
    grid = {"held": [1, Stream(), 3, 4, 5, 6]}
    search = GridSearchCV(Holder(), grid, cv=2, n_jobs=2, refit=False).fit(DENSE, y)
    status = ["ok", "failed", "ok", "ok", "ok", "ok"]
    assert search.cv_results_["status"].tolist() == status
    assert "'held' must be picklable" in search.cv_results_["error"][1]
    with pytest.raises(AllFitsFailedError, match="must be picklable"):
        GridSearchCV(Holder(), {"held": [Stream()]}, cv=2, n_jobs=2).fit(DENSE, y)
    search.set_params(error_score="raise")
    with pytest.raises(InvalidParameterError, match="The candidate's 'held' must be"):
        search.fit(DENSE, y)
