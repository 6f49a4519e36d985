"""Outer workers x inner threads = cores, never more."""

import os

import joblib
import lightgbm
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from skhp import GridSearchCV, RandomizedSearchCV
from skhp.exceptions import InvalidParameterError
from skhp.workers import _threads
from skhp.workers._threads import ThreadPlan, make_plan
from tests._toys import Echo, X, y


@pytest.fixture
def eight_cores(monkeypatch):
    monkeypatch.setattr(_threads.joblib, "cpu_count", lambda: 8)


@pytest.mark.parametrize("threads", [1, "auto"])
def test_setting_threads_warns_of_nothing(threads):
    search = GridSearchCV(
        LogisticRegression(), {"C": [1.0, 2.0]}, cv=2, n_jobs=2, threads_per_fit=threads
    )
    search.fit(X, y)  # warnings are errors, in workers too
    assert "status" not in search.cv_results_


@pytest.mark.parametrize(
    ("workers", "threads"), [(1, 8), (2, 4), (3, 2), (5, 1), (8, 1), (20, 1)]
)
def test_each_worker_has_its_share_of_the_cores(eight_cores, workers, threads):
    plan = make_plan("auto", workers, LogisticRegression(), "loky")
    assert plan.threads == threads
    assert workers * threads <= max(8, workers)


def test_on_one_worker_nothing_is_changed_unless_a_number_is_given(eight_cores):
    assert make_plan("auto", 1, lightgbm.LGBMClassifier(), "here") is None
    assert make_plan(None, 4, lightgbm.LGBMClassifier(), "loky") is None
    assert make_plan(3, 1, lightgbm.LGBMClassifier(), "here").threads == 3


def test_plan_says_itself_in_one_line(eight_cores):
    plan = make_plan("auto", 2, lightgbm.LGBMClassifier(), "loky")
    assert str(plan) == "2 workers x 4 threads on 8 cores; in workers n_jobs = 4"


def test_more_threads_than_cores_are_refused_before_the_first_fit():
    n = joblib.cpu_count() + 1
    search = GridSearchCV(Echo(fails="fit"), {"value": [1]}, threads_per_fit=n, cv=2)
    with pytest.raises(InvalidParameterError, match=rf"number of cores.*Got {n}"):
        search.fit(X, y)


@pytest.mark.parametrize("value", [0, -1, 1.5, "all"])
def test_threads_per_fit_must_be_a_positive_int(value):
    search = GridSearchCV(Echo(), {"value": [1]}, threads_per_fit=value)
    with pytest.raises(ValueError, match="'threads_per_fit' parameter of GridSearchCV"):
        search.fit(X, y)


def test_apply_follows_what_the_candidate_changes():
    plan = ThreadPlan(2, 1, 2, {"n_jobs": 1})
    forest = RandomForestClassifier()
    plan.apply(forest, {"max_depth": 3})
    assert forest.n_jobs == 1
    forest.set_params(n_jobs=2)
    plan.apply(forest, {"n_jobs": 2})  # searched over: the candidate's own value
    assert forest.n_jobs == 2


class Tells(BaseEstimator):
    """Its score is the number of threads that it was given, or sees in BLAS."""

    def __init__(self, n_jobs=None, value=0, ask="n_jobs"):
        self.n_jobs, self.value, self.ask = n_jobs, value, ask

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        if self.ask == "n_jobs":
            return -1.0 if self.n_jobs is None else float(self.n_jobs)
        np.ones((2, 2)) @ np.ones((2, 2))
        return float(max(pool["num_threads"] for pool in threadpool_info()))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
@pytest.mark.parametrize("ask", ["n_jobs", "pools"])
def test_worker_holds_to_the_plan_and_params_stay_clean(backend, ask):
    search = GridSearchCV(
        Tells(ask=ask), {"value": [1, 2, 3]}, cv=2, threads_per_fit=1, n_jobs=2
    )
    with joblib.parallel_config(backend):
        search.fit(X, y)
    assert search.cv_results_["mean_test_score"].tolist() == [1.0] * 3
    assert search.best_params_ == {"value": 1}
    assert search.best_estimator_.n_jobs is None
    assert search.estimator.n_jobs is None


@pytest.mark.parametrize("fails", ["", "fit"])
def test_limits_of_the_process_are_restored_also_after_an_error(fails):
    with threadpool_limits(2):
        before = [pool["num_threads"] for pool in threadpool_info()]
        search = GridSearchCV(
            Echo(fails=fails), {"value": [1, 2]}, cv=2, n_jobs=2, threads_per_fit=1
        )
        with joblib.parallel_config("threading"):
            if fails:
                with pytest.raises(ValueError, match="All the 4 fits failed"):
                    search.fit(X, y)
            else:
                search.fit(X, y)
        assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_plan_is_said_once_when_asked_to_be_verbose(capsys):
    search = GridSearchCV(Tells(), {"value": [1]}, cv=2, n_jobs=2, verbose=1)
    search.fit(X, y)
    lines = [ln for ln in capsys.readouterr().out.splitlines() if "Threads:" in ln]
    assert len(lines) == 1
    assert "in workers n_jobs = " in lines[0]


def test_search_inside_a_fit_has_that_fits_share(monkeypatch):
    monkeypatch.setattr(_threads.joblib, "cpu_count", lambda: 8)
    plan = ThreadPlan(4, 2, 8)
    with plan.in_worker():
        assert _threads.usable_cores() == 2
        with ThreadPlan(2, 1, 2).in_worker():
            assert _threads.usable_cores() == 1
        assert _threads.usable_cores() == 2
    assert _threads.usable_cores() == 8


def n_threads():
    return len(os.listdir("/proc/self/task"))


class Counting(lightgbm.LGBMClassifier):
    """Its score is how many threads its fit has started: OpenMP keeps its own."""

    def fit(self, X, y):
        before = n_threads()
        super().fit(X, y)
        self.n_started_ = n_threads() - before
        return self

    def score(self, X, y):
        return float(self.n_started_)


def most_threads_started(n_jobs):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    model = Counting(n_estimators=2, verbose=-1, n_jobs=n_jobs)
    search = GridSearchCV(model, {"num_leaves": [4, 5]}, cv=2, n_jobs=2, refit=False)
    # OpenMP may use as many as it likes, so that only `n_jobs` holds it.
    with joblib.parallel_config("loky", inner_max_num_threads=4):
        return search.fit(X, y).cv_results_["mean_test_score"].max()


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc"), reason="reads /proc")
@pytest.mark.skipif(joblib.cpu_count() != 2, reason="measures a machine with 2 cores")
def test_lightgbm_starts_no_thread_that_is_not_in_the_plan():
    assert most_threads_started(None) == 0
    # What the user has set stays, so that the test can see the difference.
    assert most_threads_started(2) == 1


@pytest.mark.slow
def test_random_search_gives_the_same_with_and_without_a_plan():
    tables = [
        RandomizedSearchCV(
            RandomForestClassifier(n_estimators=5, random_state=0),
            {"max_depth": [1, 2, 3]},
            n_iter=3,
            cv=2,
            n_jobs=2,
            random_state=0,
            threads_per_fit=threads,
        )
        .fit(X, y)
        .cv_results_["mean_test_score"]
        .tolist()
        for threads in ("auto", None, 1)
    ]
    assert tables[0] == tables[1] == tables[2]
