"""Searches on a real dask cluster of two processes on this machine."""

import os
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from skhp import BayesSearchCV, GridSearchCV, RandomizedSearchCV
from tests._toys import Echo, Slow, X, y

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

# dask's own: it leaves sockets and loops to the garbage collector, and warns of ports.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Sending large graph:UserWarning"),
]


@pytest.fixture(scope="module")
def cluster():
    config = {
        # A task is given up when two workers have died of it, not four.
        "distributed.scheduler.allowed-failures": 1,
        # Copies of the data that are not in use for a moment are not dropped.
        "distributed.scheduler.active-memory-manager.start": False,
        # A worker that is just being started again for the second time is not given up.
        "distributed.deploy.lost-worker-timeout": "1h",
    }
    with dask.config.set(config):
        with distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            silence_logs=50,
        ) as cluster:
            yield cluster


@pytest.fixture(scope="module")
def connected(cluster):
    with distributed.Client(cluster) as client:
        yield client


@pytest.fixture
def client(connected):
    """A client whose cluster has both its workers, also after other tests."""
    connected.wait_for_workers(2, timeout=300)
    return connected


def fitted(search, backend="dask", **kwargs):
    with joblib.parallel_config(backend, **kwargs):
        return search.fit(X, y)


def random_search(**kwargs):
    space = {"C": uniform(0.01, 10)}
    return RandomizedSearchCV(
        LogisticRegression(), space, n_iter=10, cv=3, random_state=7, **kwargs
    )


@pytest.mark.slow
def test_winner_is_that_of_loky(client):
    ours = fitted(random_search())
    loky = random_search(n_jobs=2).fit(X, y)
    assert ours.best_params_ == loky.best_params_
    for name in ("mean_test_score", "rank_test_score", "split0_test_score"):
        np.testing.assert_array_equal(ours.cv_results_[name], loky.cv_results_[name])


@pytest.mark.filterwarnings("default::sklearn.exceptions.ConvergenceWarning")
def test_warnings_of_fits_come_back(client):
    model = LogisticRegression(max_iter=1, solver="saga", random_state=0)
    search = GridSearchCV(model, {"C": [0.1, 1, 10]}, cv=2, refit=False)
    with pytest.warns(ConvergenceWarning, match=r"max_iter .* \[6 of 6 fits"):
        fitted(search)


def test_bayes_sees_what_has_arrived(client):
    search = BayesSearchCV(
        Echo(), {"value": (0.0, 1.0)}, n_iter=15, cv=2, random_state=0
    )
    assert fitted(search).best_score_ > 0.95


class Scatters(Echo):
    """Its score is the number of times that its data came to this worker."""

    arrived: list = []  # noqa: RUF012

    def fit(self, X, y=None):
        if not any(known is X.base for known in self.arrived):
            self.arrived.append(X.base)
        return self

    def score(self, X, y=None):
        return float(len(self.arrived))


def test_data_reach_each_worker_once(client):
    search = GridSearchCV(Scatters(), {"value": list(range(20))}, cv=[SLICES])
    scores = fitted(search).cv_results_["mean_test_score"]
    assert scores.max() == 1.0


SLICES = (slice(0, 8), slice(8, 12))


class WaitsForFile(Echo):
    """Its fit with the value 0 ends when the file `other` is there."""

    def fit(self, X, y=None):
        while self.value == 0.0 and not os.path.exists(self.other):
            time.sleep(0.01)
        return self


def test_results_arrive_without_barriers(client, tmp_path):
    """A slow fit holds one worker; the other does what is left meanwhile."""
    done = tmp_path / "done"
    n_seen = []

    def end_the_slow_fit(search):
        finished = np.isfinite(search.cv_results_["mean_test_score"])
        n_seen.append(finished.sum())
        if n_seen[-1] == 8:  # dask may have lined up the others behind the slow one
            assert not finished[0]
            done.touch()

    search = GridSearchCV(
        WaitsForFile(other=str(done)),
        {"value": [float(i) for i in range(11)]},
        cv=[SLICES],
        refit=False,
        callbacks=end_the_slow_fit,
    )
    fitted(search)
    assert n_seen == list(range(1, 12))


def test_failing_fit_is_a_result(client):
    search = GridSearchCV(Echo(), {"fails": ["", "fit"]}, cv=2, error_score=-1.0)
    with pytest.warns(Warning, match="2 fits failed out of a total of 4"):
        fitted(search)
    assert search.cv_results_["status"].tolist() == ["ok", "failed"]


def test_error_score_raise_cancels_what_is_running(client):
    search = GridSearchCV(
        Echo(), {"fails": ["fit", *[""] * 5]}, cv=2, error_score="raise"
    )
    with pytest.raises(RuntimeError, match="no fit with"):
        fitted(search)
    assert fitted(GridSearchCV(Echo(), {"value": [1.0, 2.0]}, cv=2)).best_score_ == 2.0


def test_nothing_is_left_on_the_cluster(client):
    fitted(random_search())
    give_up = time.monotonic() + 10
    while any(client.has_what().values()) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not any(client.has_what().values())


def end_process(client, cluster):
    pids = client.run(os.getpid)
    os.kill(next(iter(pids.values())), signal.SIGKILL)


def scale_down(client, cluster):
    cluster.scale(1)


@pytest.mark.slow
@pytest.mark.parametrize("close", [end_process, scale_down])
def test_worker_that_is_closed_in_mid_search_costs_nothing(close, client, cluster):
    closed = []

    def close_one(search):
        if not closed:
            closed.append(close(client, cluster))

    search = GridSearchCV(
        Slow(other=0.02),
        {"value": [float(i) for i in range(20)]},
        cv=2,
        refit=False,
        callbacks=close_one,
    )
    fitted(search)
    cluster.scale(2)
    assert closed
    expected = [float(i) for i in range(20)]
    assert search.cv_results_["mean_test_score"].tolist() == expected
    assert "status" not in search.cv_results_


class Killer(Echo):
    def fit(self, X, y=None):
        if self.value == 2.0:
            os._exit(1)
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_fit_that_kills_every_worker_is_a_crash_and_the_rest_is_done(client):
    search = GridSearchCV(
        Killer(), {"value": [float(i) for i in range(6)]}, cv=[SLICES], refit=False
    )
    results = fitted(search).cv_results_
    assert results["status"].tolist() == ["ok", "ok", "crashed", "ok", "ok", "ok"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_fit_timeout_is_said_to_be_looked_at_between_splits(client):
    search = GridSearchCV(
        Slow(), {"other": [0.0, 0.1]}, cv=6, fit_timeout=1e-9, refit=False
    )
    with pytest.warns(UserWarning, match="a fit that hangs is not ended"):
        fitted(search)
    assert search.cv_results_["status"].tolist() == ["timeout", "timeout"]


INTERRUPTED = """
import os, signal, sys, time, warnings
import joblib, numpy as np
from distributed import Client
from sklearn.base import BaseEstimator
import skhp

class Slow(BaseEstimator):
    def __init__(self, value=0.0):
        self.value = value
    def fit(self, X, y=None):
        import time
        time.sleep(0.02)
        return self
    def score(self, X, y=None):
        return self.value

pressed = []  # once: a second Ctrl-C insists

def stop(search):
    if not pressed and len(search.cv_results_["params"]) >= 10:
        pressed.append(True)
        os.kill(os.getpid(), signal.SIGINT)

if __name__ == "__main__":
    with Client(sys.argv[1]) as client, warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always", skhp.exceptions.SkhpWarning)
        grid = {"value": [float(i) for i in range(500)]}
        search = skhp.GridSearchCV(Slow(), grid, cv=2, callbacks=stop)
        with joblib.parallel_config("dask"):
            search.fit(np.zeros((12, 1)))
        said = [x.category.__name__ for x in w if "Search" in x.category.__name__]
        n = np.isfinite(search.cv_results_["mean_test_score"]).sum()
        give_up = time.monotonic() + 10
        while client.processing() and any(client.processing().values()):
            if time.monotonic() > give_up:
                break
            time.sleep(0.05)
        busy = sum(map(len, client.processing().values()))
        print(said, 0 < n < 500, search.best_estimator_.value == n - 1, busy)
"""


@pytest.mark.slow
def test_ctrl_c_ends_the_search_with_the_best_so_far(tmp_path, client, cluster):
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, str(script), cluster.scheduler_address],
        capture_output=True,
        text=True,
        timeout=120,
    )
    expected = "['SearchInterruptedWarning'] True True 0"
    assert done.stdout.strip() == expected, done.stderr
