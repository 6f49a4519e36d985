"""What a worker does with its tasks; called here, in the process of the tests."""

import os
import warnings
from pathlib import Path

import pytest
import sklearn

from skhp.evaluation import Task
from skhp.optimizers import Trial
from skhp.workers._activity import Activity
from skhp.workers._shared_job import SharedJob
from skhp.workers._threads import ThreadPlan, usable_cores
from skhp.workers._worker import run_here, run_shared, run_watched, settings
from tests._toys import Echo, make_job


class Configured(Echo):
    """Its score tells which settings it sees: 1 routing, 4 errors, 10 per core."""

    def score(self, X, y=None):
        total = 1.0 * sklearn.get_config()["enable_metadata_routing"]
        try:
            warnings.warn("to be made an error", UserWarning, stacklevel=1)
        except UserWarning:
            total += 4.0
        return total + 10.0 * usable_cores()


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """Send a job to the worker, and return the path of its file."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    jobs = []

    def send(estimator, **kwargs):
        config, filters = {"enable_metadata_routing": True}, warnings.filters[:]
        jobs.append(SharedJob((make_job(estimator, **kwargs), config, filters)))
        return jobs[-1].path

    yield send
    for job in jobs:
        job.close()


def tasks(n):
    return [Task(Trial(i, {"value": float(i)}), 0) for i in range(n)]


PLAN = ThreadPlan(1, 3, 8)


def test_settings_are_those_of_this_process():
    with sklearn.config_context(enable_metadata_routing=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            config, filters = settings()
    assert config["enable_metadata_routing"]
    assert ("ignore", None, FutureWarning, None, 0) in filters


@pytest.mark.parametrize("run", [run_shared, run_watched])
def test_task_sees_the_settings_that_were_sent_and_they_end_with_it(run, sent):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = sent(Configured(), threads=PLAN)
    Activity(os.path.dirname(path), 1)
    arguments = (path, tasks(1)) if run is run_shared else (path, 0, tasks(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = settings(), usable_cores()
        assert [result.test_scores for result in run(*arguments)] == [35.0]
        assert (settings(), usable_cores()) == before


def test_thread_sees_its_own_configuration_and_the_warnings_of_all():
    job = make_job(Configured(), threads=PLAN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        [result] = run_here(job, {"enable_metadata_routing": True}, tasks(1))
    assert result.test_scores == 31.0


def position_noted(folder):
    """Return which task worker 2 is noted to be at; -1: none."""
    [job] = Path(folder).glob("skhp-*")
    begun = Activity(str(job)).read(2)
    return -1.0 if begun is None else float(begun[0])


class Watches(Echo):
    """Its score is the position that its worker is noted to be at."""

    while_loading: list = []  # noqa: RUF012

    def __setstate__(self, state):
        super().__setstate__(state)
        self.while_loading.append(position_noted(self.other))

    def score(self, X, y=None):
        super().score(X, y)
        return position_noted(self.other)


def test_worker_notes_which_task_it_is_at(sent, tmp_path):
    path = sent(Watches(other=tmp_path))
    activity = Activity(os.path.dirname(path), 3)
    results = run_watched(path, 2, tasks(3))
    assert [result.test_scores for result in results] == [0.0, 1.0, 2.0]
    assert [activity.read(i) for i in range(3)] == [None] * 3


def test_loading_the_job_is_part_of_no_task(sent, tmp_path):
    Watches.while_loading.clear()
    path = sent(Watches(other=tmp_path))
    Activity(os.path.dirname(path), 3)
    run_watched(path, 2, tasks(1))
    assert Watches.while_loading == [-1.0]


def test_worker_that_an_error_leaves_is_at_nothing(sent, tmp_path):
    path = sent(Watches(other=tmp_path, fails="score"), error_score="raise")
    activity = Activity(os.path.dirname(path), 3)
    with pytest.raises(RuntimeError, match="no score with"):
        run_watched(path, 2, tasks(1))
    assert activity.read(2) is None
