"""The account of what was submitted, with workers that do what a test says."""

import numpy as np
import pytest

from skhp.evaluation import Task
from skhp.exceptions import InvalidParameterError, WorkerCrashedError
from skhp.optimizers import Trial
from skhp.workers._resubmission import ResubmittingWorkers, check_picklable
from tests._toys import Echo, make_job, result_of


class Manual(ResubmittingWorkers):
    """Starts at most `n` chunks; a test says what comes of each."""

    def __init__(self, n, **kwargs):
        super().__init__(make_job(**kwargs), "It died.")
        self.n, self.started = n, []

    def _has_free_worker(self):
        return len(self._running) < self.n

    def _start(self, chunk):
        self.started.append(chunk)

    def does(self, chunk):
        """Let a chunk end well; the score is the number of the trial."""
        self.started.remove(chunk)
        self._enter(chunk, [result_of(float(t.trial.number)) for t in chunk.tasks])
        self._start_waiting()

    def dies(self, chunk, position):
        """Let the worker of a chunk die of one of the tasks."""
        self.started.remove(chunk)
        self._retry_alone(chunk, position)
        self._start_waiting()


def tasks(*numbers):
    return [Task(Trial(i, {"value": float(i)}), 0) for i in numbers]


def positions(workers):
    return [list(chunk.positions) for chunk in workers.started]


def statuses(finished):
    return [(task.trial.number, result.status) for task, result in finished]


def test_no_more_chunks_are_started_than_there_are_workers():
    workers = Manual(2)
    for i in range(4):
        workers.submit(tasks(i))
    assert len(workers.started) == 2
    workers.does(workers.started[0])
    assert [c.tasks[0].trial.number for c in workers.started] == [1, 2]


def test_batches_are_collected_as_they_are_done_with_their_tasks_in_order():
    workers = Manual(2)
    workers.submit(tasks(0, 1))
    workers.submit(tasks(2, 3))
    first, second = workers.started
    workers.does(second)
    workers.does(first)
    for numbers in ([2, 3], [0, 1]):
        finished = workers.collect()
        assert [task.trial.number for task, _ in finished] == numbers
        assert [result.test_scores for _, result in finished] == numbers


def test_task_that_ends_two_workers_is_a_crash_and_its_batch_is_done():
    workers = Manual(1)
    workers.submit(tasks(0, 1, 2))
    workers.dies(workers.started[0], 1)
    assert positions(workers) == [[1]]
    workers.dies(workers.started[0], 1)
    assert positions(workers) == [[0, 2]]
    workers.does(workers.started[0])
    finished = workers.collect()
    assert statuses(finished) == [(0, "ok"), (1, "crashed"), (2, "ok")]
    assert "It died." in finished[1][1].error


def test_task_that_ends_one_worker_only_is_forgiven():
    workers = Manual(1)
    workers.submit(tasks(0))
    workers.dies(workers.started[0], 0)
    workers.does(workers.started[0])
    assert statuses(workers.collect()) == [(0, "ok")]


def test_retry_goes_alone():
    workers = Manual(3)
    for i in range(3):
        workers.submit(tasks(i))
    first, second, third = workers.started
    workers.dies(first, 0)
    workers.submit(tasks(3))
    assert workers.started == [second, third]  # it waits for these; the new one for it
    workers.does(second)
    assert workers.started == [third]
    workers.does(third)
    assert [c.is_retry for c in workers.started] == [True]
    workers.does(workers.started[0])
    assert [c.tasks[0].trial.number for c in workers.started] == [3]


def test_crash_raises_when_told_so():
    workers = Manual(1, error_score="raise")
    workers.submit(tasks(0))
    workers.dies(workers.started[0], 0)
    with pytest.raises(WorkerCrashedError, match=r"It died\."):
        workers.dies(workers.started[0], 0)


class Unpicklable:
    def __reduce__(self):
        raise TypeError("cannot be pickled")


def test_tasks_that_cannot_be_pickled_fail_and_the_others_are_done():
    workers = Manual(1)
    bad = Task(Trial(1, {"value": Unpicklable()}), 0)
    workers.submit([*tasks(0), bad, *tasks(2)])
    chunk = workers.started.pop()
    workers._refuse(chunk, ValueError("not sent"))
    workers._start_waiting()
    assert positions(workers) == [[0, 2]]
    workers.does(workers.started[0])
    finished = workers.collect()
    assert statuses(finished) == [(0, "ok"), (1, "failed"), (2, "ok")]
    assert "The candidate's 'value' must be picklable" in finished[1][1].error
    assert np.isnan(finished[1][1].test_scores)


def test_error_is_raised_where_no_task_can_be_blamed():
    workers = Manual(1)
    workers.submit(tasks(0))
    with pytest.raises(ValueError, match="not sent"):
        workers._refuse(workers.started.pop(), ValueError("not sent"))


@pytest.mark.parametrize(
    ("part", "kwargs"),
    [
        ("The estimator's 'other'", {"estimator": Echo(other=Unpicklable())}),
        ("The scorer", {"scorer": Unpicklable()}),
        ("X", {"X": Unpicklable()}),
        ("The dict of fit parameters's 'a'", {"fit_params": {"a": Unpicklable()}}),
    ],
)
def test_part_of_the_job_that_cannot_be_pickled_is_named(part, kwargs):
    with pytest.raises(InvalidParameterError, match=f"^{part} must be picklable"):
        check_picklable(make_job(**kwargs))
    check_picklable(make_job())
