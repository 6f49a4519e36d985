from dataclasses import replace

from skhp.evaluation import Task
from skhp.optimizers import Trial
from skhp.workers._in_process import InProcessWorkers
from skhp.workers._threads import ThreadPlan, usable_cores
from tests._toys import Echo, make_job


def tasks(n):
    return [Task(Trial(i, {"value": float(i)}), 0) for i in range(n)]


class Counts(Echo):
    n_fits = 0

    def fit(self, X, y=None):
        Counts.n_fits += 1
        return self


def test_tasks_are_done_one_by_one_as_they_are_collected():
    workers = InProcessWorkers(make_job(Counts()))
    Counts.n_fits = 0
    batch = tasks(3)
    workers.submit(batch)
    assert Counts.n_fits == 0
    for n_done, task in enumerate(batch, start=1):
        [(done, result)] = workers.collect()
        assert done is task
        assert result.test_scores == task.trial.params["value"]
        assert Counts.n_fits == n_done


class Cores(Echo):
    def score(self, X, y=None):
        return float(usable_cores())


def test_fit_is_held_to_the_thread_plan():
    plan = ThreadPlan(1, 3, 8)
    workers = InProcessWorkers(replace(make_job(Cores()), threads=plan))
    workers.submit(tasks(1))
    assert workers.collect()[0][1].test_scores == 3.0
    assert usable_cores() != 3


def test_tasks_that_were_not_collected_are_never_run():
    Counts.n_fits = 0
    workers = InProcessWorkers(make_job(Counts()))
    workers.submit(tasks(2))
    workers.abort()
    workers.close()
    assert Counts.n_fits == 0
