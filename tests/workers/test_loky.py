import contextlib
import ctypes
import os
import resource
import signal
import time
from pathlib import Path

import joblib
import numpy as np
import pytest

from skhp import BayesSearchCV, GridSearchCV, RandomizedSearchCV
from skhp.exceptions import FitTimeoutError, WorkerCrashedError
from tests._toys import Echo, X, y

ONE = [(np.arange(8), np.arange(8, 12))]
pytestmark = pytest.mark.skipif(not os.path.exists("/proc"), reason="Linux only")


def allocate_until_killed():
    """Do what the kernel's killer does, as soon as memory runs out."""
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))
    hoard = []
    with contextlib.suppress(MemoryError):
        while True:
            hoard.append(np.ones(2**22))
    os.kill(os.getpid(), signal.SIGKILL)


ENDS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
    "memory": allocate_until_killed,
    "hang": lambda: time.sleep(1000),
}


class Bad(Echo):
    """Does `other` where its value is in the list `fails`, on data of 8 rows."""

    def fit(self, X, y=None):
        if self.value in self.fails:
            ENDS[self.other]()
        return self


class BadOnce(Bad):
    """Dies only where the file `other` does not exist yet."""

    def fit(self, X, y=None):
        if self.value in self.fails and not os.path.exists(self.other):
            with open(self.other, "w"):
                os.kill(os.getpid(), signal.SIGKILL)
        return self


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where what is made for workers lies."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return tmp_path


def left_over(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith("skhp-")]


def worker_processes():
    """Return the folders in /proc of living children that are joblib's workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat, command = (folder / "stat").read_text(), (folder / "cmdline")
            state, parent = stat.rpartition(")")[2].split()[:2]
            is_mine = int(parent) == os.getpid() and state != "Z"
            if is_mine and "popen_loky" in command.read_text():
                found.append(folder)
    return found


def search_over(estimator, n=8, **kwargs):
    grid = {"value": [float(i) for i in range(n)]}
    kwargs = {"cv": ONE, "refit": False, "n_jobs": 2, **kwargs}
    return GridSearchCV(estimator, grid, **kwargs)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
@pytest.mark.parametrize("how", ["kill", "exit", "segfault", "memory"])
def test_worker_that_dies_costs_only_the_candidate_that_killed_it(how, folder, capfd):
    results = search_over(Bad(other=how, fails=[3.0])).fit(X, y).cv_results_
    expected = [0.0, 1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0]
    np.testing.assert_array_equal(results["mean_test_score"], expected)
    assert results["status"].tolist() == ["ok"] * 3 + ["crashed"] + ["ok"] * 4
    assert "It died" in results["error"][3]
    assert left_over(folder) == []
    assert len(worker_processes()) <= 2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_fit_that_hangs_is_ended(folder):
    search = search_over(
        Bad(other="hang", fails=[2.0, 5.0]), fit_timeout=0.5, error_score=-1.0
    )
    results = search.fit(X, y).cv_results_
    expected = [0.0, 1.0, -1.0, 3.0, 4.0, -1.0, 6.0, 7.0]
    np.testing.assert_array_equal(results["mean_test_score"], expected)
    assert set(results["status"][[2, 5]]) == {"timeout"}
    assert list(results["status"]).count("ok") == 6
    assert (results["mean_fit_time"][[2, 5]] == 0.5).all()
    assert left_over(folder) == []
    assert len(worker_processes()) <= 2


class Noting(Bad):
    """Notes each fit that is begun in the file `other`."""

    def fit(self, X, y=None):
        with open(self.other, "a") as file:
            file.write(f"{self.value}\n")
        if self.value in self.fails:
            ENDS["hang"]()
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_fit_that_hangs_costs_no_other_fit(tmp_path):
    bad = Noting(other=str(tmp_path / "begun"), fails=[0.0, 2.0, 4.0, 6.0])
    results = search_over(bad, 8, fit_timeout=1.0).fit(X, y).cv_results_
    assert results["status"].tolist() == ["timeout", "ok"] * 4
    begun = (tmp_path / "begun").read_text().split()
    assert sorted(begun) == [str(float(i)) for i in range(8)]  # each once


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_journal_remembers_what_hung_and_what_crashed(tmp_path):
    def search(how):
        bad = Bad(other=how, fails=[1.0])
        journal = tmp_path / how
        return search_over(bad, 3, fit_timeout=1.0, journal=journal).fit(X, y)

    for how, word in (("hang", "timeout"), ("kill", "crashed")):
        first, again = search(how), search(how)
        for table in (first.cv_results_, again.cv_results_):
            assert table["status"].tolist() == ["ok", word, "ok"]
        assert first.cv_results_["error"][1] == again.cv_results_["error"][1]


def test_worker_that_dies_once_is_forgiven(tmp_path):
    bad = BadOnce(other=str(tmp_path / "done"), fails=[3.0])
    results = search_over(bad).fit(X, y).cv_results_
    assert results["mean_test_score"].tolist() == [float(i) for i in range(8)]
    assert "status" not in results


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
@pytest.mark.parametrize("how", ["kill", "hang"])
def test_one_bad_fit_in_a_large_batch_is_found(how):
    bad = Bad(other=how, fails=[1500.0])
    search = search_over(bad, 2000, fit_timeout=2.0)
    results = search.fit(X, y).cv_results_
    word = {"kill": "crashed", "hang": "timeout"}[how]
    assert np.flatnonzero(results["status"] == word).tolist() == [1500]
    assert np.isnan(results["mean_test_score"]).sum() == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_every_second_candidate_crashes_and_the_search_ends():
    bad = Bad(other="kill", fails=[1.0, 3.0, 5.0])
    results = search_over(bad, 6).fit(X, y).cv_results_
    assert results["status"].tolist() == ["ok", "crashed"] * 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
def test_bayes_goes_on_after_a_crash():
    class Sometimes(Echo):
        def fit(self, X, y=None):
            if self.value > 0.8:
                os.kill(os.getpid(), signal.SIGKILL)
            return self

    search = BayesSearchCV(
        Sometimes(), {"value": (0.0, 1.0)}, n_iter=12, cv=ONE, n_jobs=2, random_state=0
    )
    search.fit(X, y)
    assert len(search.cv_results_["params"]) == 12
    assert 0.5 < search.best_score_ <= 0.8
    assert "crashed" in search.cv_results_["status"]


@pytest.mark.parametrize(
    ("how", "error"), [("kill", WorkerCrashedError), ("hang", FitTimeoutError)]
)
def test_raising_when_told_so(how, error, folder):
    search = search_over(
        Bad(other=how, fails=[1.0]), fit_timeout=1.0, error_score="raise"
    )
    with pytest.raises(error):
        search.fit(X, y)
    assert left_over(folder) == []
    assert search_over(Echo()).fit(X, y).best_score_ == 7.0


class Lazy(Echo):
    """Takes `other` seconds with the value 1, and notes each fit."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y=None):
        self.seen.append(self.value)
        time.sleep(self.other if self.value == 1.0 else 0)
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_without_processes_the_remaining_splits_are_not_run(n_jobs):
    Lazy.seen.clear()
    search = search_over(Lazy(other=0.2), 3, fit_timeout=0.1, n_jobs=n_jobs, cv=6)
    with joblib.parallel_config("threading"):
        with pytest.warns(UserWarning, match="a fit that hangs is not ended"):
            results = search.fit(X, y).cv_results_
    assert results["status"].tolist() == ["ok", "timeout", "ok"]
    assert Lazy.seen.count(1.0) < 6
    assert "not run" in results["error"][1]


@pytest.mark.parametrize("timeout", [0, -1, 0.0, "1", np.nan])
def test_fit_timeout_must_be_a_positive_number(timeout):
    search = RandomizedSearchCV(Echo(), {"value": [1]}, n_iter=1, fit_timeout=timeout)
    with pytest.raises(ValueError, match="'fit_timeout' parameter of Randomized"):
        search.fit(X, y)
