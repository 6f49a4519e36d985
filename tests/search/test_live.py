"""What callbacks and other threads read of a search that is being fitted."""

import copy
import pickle
import sys
import threading

import joblib
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import skhp
from tests._toys import Echo, X, y

VALUES = [float(i) for i in range(20)]


class FailsBelow(Echo):
    """An Echo that cannot be fitted with a `value` below `other`."""

    def fit(self, X, y=None):
        if self.value < self.other:
            raise RuntimeError("too low")
        return self


class Reader(threading.Thread):
    """Reads a search in a tight loop until it is told to stop."""

    def __init__(self, search):
        super().__init__()
        self.search, self.ended, self.n_read = search, threading.Event(), 0
        self.has_read = threading.Event()  # something, since this was cleared last
        self.faults = []

    def run(self):
        while not self.ended.is_set():
            try:
                self.read()
            except Exception as error:
                self.faults.append(error)
            self.has_read.set()

    def read(self):
        for name in ("best_score_", "best_params_", "best_index_", "cv_results_"):
            value = getattr(self.search, name, None)
            if value is None:
                continue
            self.n_read += 1
            if name == "best_score_":
                assert np.isfinite(value)
            if name == "cv_results_":
                assert len({len(column) for column in value.values()}) == 1

    def wait(self, search=None):
        """Wait until everything was read once more."""
        self.has_read.clear()
        self.has_read.wait()


@pytest.fixture
def often():
    """Let threads take turns so often that a reader sees every state between."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", ["grid", "bayes"])
def test_another_thread_can_read_all_the_time(kind, n_jobs, often):
    shared = {"cv": 2, "n_jobs": n_jobs, "refit": False}
    if kind == "grid":
        search = skhp.GridSearchCV(Echo(), {"value": VALUES}, **shared)
    else:
        search = skhp.BayesSearchCV(Echo(), {"value": (0.0, 1.0)}, n_iter=15, **shared)
    reader = Reader(search)
    reader.start()
    try:
        with joblib.parallel_config("threading"):
            search.set_params(callbacks=reader.wait).fit(X, y)
    finally:
        reader.ended.set()
        reader.join()
    assert reader.faults == []
    assert reader.n_read >= 4 * 14


@pytest.mark.parametrize(
    "name", ["best_score_", "best_params_", "best_index_", "cv_results_"]
)
def test_what_is_not_known_yet_is_an_attribute_error(name):
    said = []

    class Asks(Echo):
        def fit(self, X, y=None):
            with pytest.raises(AttributeError) as caught:
                getattr(search, name)
            said.append(str(caught.value))
            return self

    search = skhp.GridSearchCV(Asks(), {"value": [1.0]}, cv=[(X[:, 0] < 9, [1])])
    search.set_params(cv=[(np.arange(8), np.arange(8, 12))], refit=False).fit(X, y)
    assert said == [
        f"'GridSearchCV' object has no attribute {name!r} yet, because there are no "
        "results for it."
    ]


@pytest.mark.parametrize("error_score", [np.nan, -1.0, 2.5, 99.0])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_live_view_ends_where_the_results_begin(error_score):
    """The last thing that a callback sees is what fit leaves behind."""
    seen = []

    def look(search):
        if hasattr(search, "best_score_"):
            best = (search.best_score_, search.best_index_, search.best_params_)
            seen.append((*best, search.cv_results_["mean_test_score"]))

    search = skhp.GridSearchCV(
        FailsBelow(other=2.0),
        {"value": [0.0, 3.0, 1.0, 2.0]},
        cv=2,
        error_score=error_score,
        callbacks=look,
        refit=False,
    ).fit(X, y)
    assert seen[-1][:3] == (search.best_score_, search.best_index_, search.best_params_)
    np.testing.assert_equal(seen[-1][3], search.cv_results_["mean_test_score"])
    assert len(seen) == (3 if np.isnan(error_score) else 4)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_history_shows_failures_as_the_results_do():
    histories = []
    search = skhp.BayesSearchCV(
        FailsBelow(other=0.5),
        {"value": [0.0, 0.25, 0.5, 1.0]},
        n_iter=4,
        cv=2,
        error_score=-7.0,
        refit=False,
    ).fit(X, y, callback=histories.append)
    values = -search.cv_results_["mean_test_score"]
    assert 7.0 in values
    np.testing.assert_array_equal(histories[-1].func_vals, values)
    np.testing.assert_array_equal(search.optimizer_results_[0].func_vals, values)


def test_search_can_be_pickled_while_it_is_fitted():
    pickles = []
    search = skhp.BayesSearchCV(Echo(), {"value": (0.0, 1.0)}, n_iter=3, cv=2)
    search.fit(X, y, callback=lambda _: pickles.append(pickle.dumps(search)))
    twin = pickle.loads(pickles[-1])
    assert not hasattr(twin, "best_score_")
    assert len(twin.fit(X, y).cv_results_["params"]) == 3


@pytest.mark.parametrize("results", [None, [1.0], "none"])
def test_a_search_whose_results_were_dropped_can_be_pickled(results):
    search = skhp.BayesSearchCV(Echo(), {"value": (0.0, 1.0)}, n_iter=3, cv=2)
    search.fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    search.cv_results_ = results
    twin = pickle.loads(pickle.dumps(search))
    assert twin.cv_results_ == results
    twin.extend(X, y)
    np.testing.assert_array_equal(twin.cv_results_["mean_test_score"], scores)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_copies_made_while_it_is_fitted_and_extended_are_whole(copied, often):
    search = skhp.BayesSearchCV(Echo(), {"value": (0.0, 1.0)}, n_iter=8, cv=2)
    ended, faults, copies = threading.Event(), [], []

    def make_copies():
        while not ended.is_set():
            try:
                copies.append(copied(search))
            except Exception as error:
                faults.append(error)

    thread = threading.Thread(target=make_copies)
    thread.start()
    try:
        for _ in range(3):
            search.fit(X, y).extend(X, y, n_iter=2)
    finally:
        ended.set()
        thread.join()
    assert faults == []
    for each in copies[:: 1 + len(copies) // 20]:
        if hasattr(each, "_state"):
            each.extend(X, y, n_iter=1)
            assert len(each.cv_results_["params"]) in (9, 11)


def test_a_copy_of_a_running_fit_cannot_be_continued():
    copies = []
    search = skhp.BayesSearchCV(Echo(), {"value": (0.0, 1.0)}, n_iter=3, cv=2)
    search.fit(X, y).set_params(callbacks=lambda s: copies.append(copy.copy(s)))
    search.extend(X, y, n_iter=1)
    with pytest.raises(NotFittedError):
        copies[0].extend(X, y, n_iter=1)


@pytest.mark.parametrize("n_threads", [2, 8])
def test_fits_of_one_search_at_once_follow_each_other(n_threads, often):
    search = skhp.GridSearchCV(Echo(), {"value": VALUES}, cv=2)
    faults = []

    def fit():
        try:
            search.fit(X, y)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=fit) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert search.best_params_ == {"value": VALUES[-1]}
    assert search.best_estimator_.value == VALUES[-1]


def test_what_can_be_read_once_can_be_read_from_then_on(often):
    search = skhp.GridSearchCV(Echo(), {"value": VALUES}, cv=2, refit=False)
    ended, seen, has_seen = threading.Event(), [], threading.Event()

    def read():
        while not ended.is_set():
            seen.append(hasattr(search, "best_score_"))
            has_seen.set()

    def wait(search):
        has_seen.clear()
        has_seen.wait()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        search.set_params(callbacks=wait).fit(X, y)
        wait(search)
    finally:
        ended.set()
        thread.join()
    assert len(seen) > len(VALUES)
    assert seen == sorted(seen)
    assert seen[-1]
