import contextlib
import copyreg
import ctypes
import os
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone

from skhp import BayesSearchCV, GridSearchCV, RandomizedSearchCV
from skhp.evaluation import Task
from skhp.exceptions import FitTimeoutError, WorkerCrashedError
from skhp.optimizers import Trial
from skhp.workers import open_workers
from tests._toys import Echo, X, make_job, y

ONE = [(np.arange(8), np.arange(8, 12))]
pytestmark = pytest.mark.skipif(not os.path.exists("/proc"), reason="Linux only")


ENDS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
    "hang": signal.pause,
    "raise": lambda: 1 / 0,
}


class Bad(Echo):
    """Notes each fit in the file `other`, and ends as `fails` says of its value."""

    def fit(self, X, y=None):
        with open(self.other, "a") as file:
            file.write(f"{self.value}\n")
        if self.value in self.fails:
            ENDS[self.fails[self.value]]()
        return self


class BadOnce(Bad):
    """Ends only in its first fit."""

    def fit(self, X, y=None):
        if os.path.exists(self.other):
            return self
        return super().fit(X, y)


class Exits(Echo):
    """Exits where `fails` says, with the value 2."""

    def fit(self, X, y=None):
        if self.fails == "fit" and self.value == 2.0:
            sys.exit(self.value)
        return self

    def score(self, X, y=None):
        if self.fails == "score" and self.value == 2.0:
            sys.exit(self.value)
        return self.value


@pytest.fixture(autouse=True)
def _only_our_workers():
    """End those that joblib keeps for other tests in this process."""
    get_reusable_executor().shutdown()


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


@pytest.fixture
def bad(folder):
    """Return an estimator that ends as it is told, and the fits that were begun."""
    notes = folder / "begun"
    notes.touch()
    return (
        lambda fails: Bad(other=str(notes), fails=fails),
        lambda: [float(line) for line in notes.read_text().split()],
    )


def assert_nothing_is_left(folder):
    assert left_over(folder) == []
    give_up = time.monotonic() + 60  # those that are not needed end by themselves
    while len(worker_processes()) > 2 and time.monotonic() < give_up:
        time.sleep(0.01)
    assert len(worker_processes()) <= 2


failing = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning"),
]


@pytest.mark.usefixtures("capfd")  # joblib's workers say what they die of
class TestDeath:
    pytestmark = failing

    @pytest.mark.slow
    def test_worker_that_dies_costs_only_the_candidate_that_killed_it(
        self, bad, folder
    ):
        make, begun = bad
        fails = {1.0: "exit", 3.0: "segfault"}
        table = search_over(make(fails), 5).fit(X, y).cv_results_
        expected = [0.0, np.nan, 2.0, np.nan, 4.0]
        np.testing.assert_array_equal(table["mean_test_score"], expected)
        assert table["status"].tolist() == ["ok", "crashed", "ok", "crashed", "ok"]
        assert "It died" in table["error"][3]
        twice = {value: 2 if value in fails else 1 for value in range(5)}
        assert Counter(begun()) == twice
        assert_nothing_is_left(folder)

    @pytest.mark.slow
    def test_worker_that_dies_once_is_forgiven(self, folder):
        bad = BadOnce(other=str(folder / "once"), fails={0.0: "kill"})
        table = search_over(bad, 3).fit(X, y).cv_results_
        assert table["mean_test_score"].tolist() == [0.0, 1.0, 2.0]
        assert "status" not in table

    @pytest.mark.slow
    def test_bayes_goes_on_after_a_crash(self):
        class Crashes(Echo):
            def fit(self, X, y=None):
                if self.value > 0.9:
                    ENDS["kill"]()
                return self

        search = BayesSearchCV(
            Crashes(),
            {"value": (0.0, 1.0)},
            initial_points=[{"value": 0.95}],
            n_iter=5,
            cv=ONE,
            n_jobs=2,
            random_state=0,
        )
        table = search.fit(X, y).cv_results_
        assert "crashed" in table["status"]
        assert list(table["status"]).count("ok") >= 2
        assert search.best_score_ <= 0.9

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
    @pytest.mark.parametrize("stage", ["fit", "score"])
    def test_fit_that_exits_costs_only_its_candidate(self, stage, folder):
        table = search_over(Exits(fails=stage), 4).fit(X, y).cv_results_
        np.testing.assert_array_equal(table["mean_test_score"], [0.0, 1.0, np.nan, 3.0])
        assert table["status"].tolist() == ["ok", "ok", "failed", "ok"]
        assert "SystemExit: 2.0" in table["error"][2]
        assert_nothing_is_left(folder)

    def test_raising_when_told_so(self, bad, folder):
        search = search_over(bad[0]({1.0: "kill"}), 3, error_score="raise")
        with pytest.raises(WorkerCrashedError, match="It died"):
            search.fit(X, y)
        assert_nothing_is_left(folder)


class TestTimeout:
    pytestmark = failing

    @pytest.mark.slow
    def test_fit_that_hangs_is_ended_and_costs_no_other_fit(self, bad, folder):
        make, begun = bad
        fails = dict.fromkeys([0.0, 2.0, 4.0, 6.0], "hang")
        search = search_over(make(fails), 8, fit_timeout=1.0, error_score=-1.0)
        table = search.fit(X, y).cv_results_
        assert table["mean_test_score"].tolist() == [-1, 1, -1, 3, -1, 5, -1, 7]
        assert table["status"].tolist() == ["timeout", "ok"] * 4
        assert (table["mean_fit_time"][::2] == 1.0).all()
        assert sorted(begun()) == list(range(8))  # each once
        assert_nothing_is_left(folder)

    @pytest.mark.slow
    def test_raising_when_told_so(self, bad, folder):
        search = search_over(
            bad[0]({1.0: "hang"}), 3, error_score="raise", fit_timeout=1.0
        )
        with pytest.raises(FitTimeoutError):
            search.fit(X, y)
        assert_nothing_is_left(folder)

    @pytest.mark.slow
    def test_journal_remembers_what_hung_and_what_crashed(self, bad, folder, capfd):
        estimator = bad[0]({0.0: "hang", 2.0: "kill"})
        search = search_over(estimator, 4, fit_timeout=1.0, journal=folder / "j")
        first, again = (clone(search).fit(X, y).cv_results_ for _ in range(2))
        for table in (first, again):
            assert table["status"].tolist() == ["timeout", "ok", "crashed", "ok"]
        assert first["error"].tolist() == again["error"].tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("how", "status"), [("kill", "crashed"), ("hang", "timeout")])
def test_one_bad_fit_in_a_large_batch_is_found(how, status, bad, monkeypatch, capfd):
    monkeypatch.setattr("skhp.evaluation._loop._BATCH_SECONDS", 1e9)
    search = search_over(bad[0]({300.0: how}), 400, fit_timeout=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = search.fit(X, y).cv_results_
    assert np.flatnonzero(table["status"] == status).tolist() == [300]
    assert np.flatnonzero(np.isnan(table["mean_test_score"])).tolist() == [300]


class OddError(Exception):
    """Can be pickled, but not read again."""

    def __init__(self, what, how):
        super().__init__(f"{what} {how}")


class RaisesOddly(Echo):
    def fit(self, X, y=None):
        raise OddError("no", "fit")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_error_that_cannot_be_sent_back_is_raised_by_its_words(backend):
    search = search_over(RaisesOddly(), 2, error_score="raise")
    with joblib.parallel_config(backend):
        with pytest.raises(RuntimeError, match="OddError: no fit"):
            search.fit(X, y)


def test_error_does_not_bring_one_along_that_cannot_be_read(monkeypatch):
    """Where dask is imported, errors are pickled with those that they came from."""
    pytest.importorskip("distributed")
    monkeypatch.delitem(copyreg.dispatch_table, OddError, raising=False)
    search = search_over(RaisesOddly(), 2, error_score="raise")
    with joblib.parallel_config("multiprocessing"):
        with pytest.raises(RuntimeError, match="OddError: no fit"):
            search.fit(X, y)


class WaitsForOther(Echo):
    """Its fits end when there is the file `other`."""

    def fit(self, X, y=None):
        while not os.path.exists(self.other):
            time.sleep(0.01)
        return self


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "kwargs", "error"),
    [
        ("exit", {"error_score": "raise"}, WorkerCrashedError),
        ("hang", {"error_score": "raise", "fit_timeout": 1.0}, FitTimeoutError),
        ("raise", {"error_score": "raise"}, ZeroDivisionError),
    ],
)
def test_search_in_another_thread_does_not_notice(how, kwargs, error, bad, folder):
    end = folder / "end"
    other = search_over(WaitsForOther(other=str(end)), 4)
    thread = threading.Thread(target=other.fit, args=(X, y))
    thread.start()
    with pytest.raises(error):
        search_over(bad[0]({1.0: how}), 3, **kwargs).fit(X, y)
    end.touch()
    thread.join()
    assert other.cv_results_["mean_test_score"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert "status" not in other.cv_results_


class DiesOfItsData(Echo):
    """Kills the process that it is sent to from the process `other`."""

    def __setstate__(self, state):
        super().__setstate__(state)
        if os.getpid() != self.other:
            ENDS["kill"]()


@pytest.mark.slow
def test_worker_that_dies_while_it_is_sent_the_job_is_a_crash(folder, capfd):
    search = search_over(DiesOfItsData(other=os.getpid()), 1, error_score="raise")
    with pytest.raises(WorkerCrashedError):
        search.fit(X, y)
    assert_nothing_is_left(folder)


@pytest.mark.slow
def test_worker_that_dies_while_it_is_idle_is_replaced():
    search_over(Pid()).fit(X, y)
    dead = {float(folder.name) for folder in worker_processes()}
    for pid in dead:
        os.kill(int(pid), signal.SIGKILL)
    scores = set(search_over(Pid()).fit(X, y).cv_results_["mean_test_score"])
    assert not scores & dead


class Pid(Echo):
    def score(self, X, y=None):
        return float(os.getpid())


@pytest.mark.slow
def test_workers_stay_for_the_next_search():
    scores = [
        search_over(Pid()).fit(X, y).cv_results_["mean_test_score"] for _ in range(2)
    ]
    assert set(scores[0]) | set(scores[1]) == {
        float(p.name) for p in worker_processes()
    }
    assert len(worker_processes()) == 2


def test_abort_before_loky_has_taken_the_work_leaves_no_broken_thread(monkeypatch):
    broken = []
    monkeypatch.setattr(threading, "excepthook", broken.append)

    def submit_and_fail():
        with open_workers(make_job(), 2) as workers:
            for i in range(4):
                workers.submit([Task(Trial(i, {}), 0)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        submit_and_fail()
    assert broken == []


@pytest.mark.slow
def test_abort_ends_what_hangs_and_nothing_that_waits_is_begun(bad, folder):
    make, begun = bad
    estimator = make(dict.fromkeys([0.0, 1.0], "hang"))

    def interrupted():
        with open_workers(make_job(estimator), 2) as workers:
            for i in range(4):
                workers.submit([Task(Trial(i, {"value": float(i)}), 0)])
            while len(begun()) < 2:
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sorted(begun()) == [0.0, 1.0]
    assert left_over(folder) == []


def test_abort_ends_all_workers_although_ctrl_c_is_pressed_again(folder, monkeypatch):
    killed = []

    def kill(process):
        killed.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr("skhp.workers._worker_processes.WorkerProcess.kill", kill)
    with pytest.raises(KeyboardInterrupt), open_workers(make_job(), 2):
        raise ZeroDivisionError
    assert len(set(killed)) == 2
    assert left_over(folder) == []
    monkeypatch.undo()
    for process in killed:
        process.kill()


class Threads(Echo):
    def score(self, X, y=None):
        return float(os.environ["OMP_NUM_THREADS"])


@pytest.mark.slow
def test_workers_have_as_many_threads_as_the_context_says(folder):
    with joblib.parallel_config("loky", inner_max_num_threads=3):
        assert search_over(Threads(), 2).fit(X, y).best_score_ == 3.0
    assert_nothing_is_left(folder)


@pytest.mark.parametrize("timeout", [0, -1, 0.0, "1", np.nan])
def test_fit_timeout_must_be_a_positive_number(timeout):
    search = RandomizedSearchCV(Echo(), {"value": [1]}, n_iter=1, fit_timeout=timeout)
    with pytest.raises(ValueError, match="'fit_timeout' parameter of Randomized"):
        search.fit(X, y)
