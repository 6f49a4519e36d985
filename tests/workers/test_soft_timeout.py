import joblib
import numpy as np
import pytest

from skhp import GridSearchCV
from skhp.evaluation import Task
from skhp.exceptions import FitTimeoutError
from skhp.optimizers import Trial
from skhp.workers import _soft_timeout
from skhp.workers._in_process import InProcessWorkers
from skhp.workers._soft_timeout import SoftTimeoutWorkers, evaluate_in_turn
from tests._toys import SPLITS, Echo, X, make_job, result_of, y

SECONDS = {0: 1.0, 1: 9.0, 2: 1.0}  # of a fit, by the number of its trial


def seems_to_take(job, task):
    return result_of(0.0, fit_time=SECONDS[task.trial.number], score_time=1.0)


@pytest.fixture(autouse=True)
def scripted(monkeypatch):
    monkeypatch.setattr(_soft_timeout, "evaluate", seems_to_take)
    monkeypatch.setattr("skhp.workers._in_process.evaluate", seems_to_take)


def limited_job(**kwargs):
    return make_job(splits=SPLITS[:1] * 3, soft_fit_timeout=5.0, **kwargs)


def tasks(n_splits=3, resource=None):
    trials = [Trial(i, {"value": 0.0}, resource=resource) for i in range(3)]
    return [Task(trial, k) for trial in trials for k in range(n_splits)]


ENDS = ["ok"] * 3 + ["ok", "timeout", "timeout"] + ["ok"] * 3


def test_after_a_slow_fit_no_other_split_of_the_candidate_is_fitted():
    job = limited_job()
    results = evaluate_in_turn(job, tasks())
    assert [result.status for result in results] == ENDS
    assert "longer than fit_timeout=5 seconds" in results[4].error
    assert np.isnan(results[4].test_scores)


def test_without_a_limit_everything_is_fitted():
    results = evaluate_in_turn(make_job(), tasks())
    assert {result.status for result in results} == {"ok"}


def test_slow_fit_is_remembered_from_batch_to_batch():
    job = limited_job()
    workers = SoftTimeoutWorkers(job, InProcessWorkers(job))
    ends = []
    for task in tasks():
        workers.submit([task])
        [(done, result)] = workers.collect()
        assert done is task
        ends.append(result.status)
    assert ends == ENDS


def test_slow_with_one_resource_may_be_quick_with_another():
    job = limited_job()
    workers = SoftTimeoutWorkers(job, InProcessWorkers(job))
    for task in (tasks(resource=9)[3], tasks(resource=3)[3]):
        workers.submit([task])
        assert workers.collect()[0][1].status == "ok"


class Batches(InProcessWorkers):
    """Does a whole batch at once."""

    def collect(self):
        batch, self._waiting = list(self._waiting), type(self._waiting)()
        return [(task, seems_to_take(self._job, task)) for task in batch]


def test_batch_of_slow_and_other_candidates_comes_back_whole():
    job = limited_job()
    workers = SoftTimeoutWorkers(job, Batches(job))
    one, others = tasks()[3], [*tasks()[:1], *tasks()[4:]]
    workers.submit([one])
    assert workers.collect()[0][1].status == "ok"
    workers.submit(others)
    finished = {id(task): result.status for task, result in workers.collect()}
    assert [finished[id(task)] for task in others] == ["ok", *ENDS[4:]]


def test_raising_when_told_so():
    job = limited_job(error_score="raise")
    with pytest.raises(FitTimeoutError):
        evaluate_in_turn(job, tasks())


def test_workers_are_stopped_and_closed_through_it():
    heard = []

    class Workers(InProcessWorkers):
        def abort(self):
            heard.append("abort")

        def close(self):
            heard.append("close")

    job = limited_job()
    workers = SoftTimeoutWorkers(job, Workers(job))
    assert (workers.n_slots, workers.shares_memory) == (1, True)
    assert not workers.ends_fits
    workers.abort()
    workers.close()
    assert heard == ["abort", "close"]


class Notes(Echo):
    seen: list = []  # noqa: RUF012

    def fit(self, X, y=None):
        self.seen.append(self.value)
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*scores are non-finite:UserWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_search_that_cannot_end_fits_says_so_and_gives_slow_candidates_up(
    n_jobs, monkeypatch
):
    monkeypatch.undo()  # every fit takes longer than the least time there is
    Notes.seen.clear()
    search = GridSearchCV(
        Notes(),
        {"value": [0, 1, 2]},
        cv=6,
        fit_timeout=1e-9,
        n_jobs=n_jobs,
        refit=False,
    )
    with joblib.parallel_config("threading"):
        with pytest.warns(UserWarning, match="a fit that hangs is not ended"):
            table = search.fit(X, y).cv_results_
    assert table["status"].tolist() == ["timeout"] * 3
    assert all(1 <= Notes.seen.count(value) < 6 for value in (0, 1, 2))
    assert "not run" in table["error"][1]
