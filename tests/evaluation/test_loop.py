import itertools

import numpy as np
import pytest

from skhp.evaluation import Loop, Observer, Record
from skhp.exceptions import OptimizerError
from tests._toys import Scripted, Simulated, result_of


def uneven(task):
    """Times that differ a lot, between candidates and between splits."""
    return 1.0 + (task.trial.number * 7 + task.split * 3) % 5


def run(optimizer, workers, n_splits=1, **kwargs):
    record = Record(n_splits)
    loop = Loop(optimizer, workers, record, clock=workers.clock, **kwargs)
    loop.run()
    return record, loop


def tasks_of(workers):
    return [task for batch in workers.batches for task in batch]


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize(
    ("n", "n_splits", "n_slots"), [(7, 3, 2), (20, 1, 4), (3, 5, 8)]
)
def test_every_task_is_run_once_and_every_trial_told_once(learns, n, n_splits, n_slots):
    optimizer, workers = Scripted(n, learns=learns), Simulated(n_slots, uneven)
    record, loop = run(optimizer, workers, n_splits)
    assert sorted(
        (task.trial.number, task.split) for task in tasks_of(workers)
    ) == list(itertools.product(range(n), range(n_splits)))
    assert sorted(number for number, _ in optimizer.told) == list(range(n))
    assert record.n_finished == len(record.rows) == n
    assert loop.stopped is None


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("seconds", [lambda task: 1.0, uneven, lambda task: 1e-4])
@pytest.mark.parametrize("n_slots", [1, 2, 5])
def test_no_slot_is_idle_while_there_is_something_to_do(learns, seconds, n_slots):
    busy = []

    class Watching(Simulated):
        def collect(self):
            started = sum(len(batch) for batch in self.batches)
            busy.append((started, min(len(self._running), n_slots)))
            return super().collect()

    workers = Watching(n_slots, seconds)
    run(Scripted(40, learns=learns), workers, n_splits=3)
    assert all(slots == n_slots for started, slots in busy if started < 40 * 3)


@pytest.mark.parametrize("n_slots", [2, 3, 7])
def test_ask_of_a_learner_sees_every_result_that_has_arrived(n_slots):
    optimizer = Scripted(30)
    run(optimizer, Simulated(n_slots, uneven))
    ahead = n_slots + 1  # one waits in line, so that no worker waits for a decision
    assert optimizer.seen == [max(0, i - ahead + 1) for i in range(30)]


def test_one_worker_decides_with_all_that_is_known():
    optimizer = Scripted(10)
    run(optimizer, Simulated(1), n_splits=4)
    assert optimizer.seen == list(range(10))


@pytest.mark.parametrize(
    ("learns", "limit", "expected"),
    [
        (True, None, 5),
        (False, None, 8),
        (True, 4, 4),
        (False, 5, 5),
        (False, 1, 4),
        (True, 100, 5),
    ],
)
def test_tasks_in_flight_are_limited_but_never_below_the_slots(learns, limit, expected):
    workers = Simulated(4)
    run(Scripted(30, learns=learns), workers, max_in_flight=limit)
    assert workers.most_in_flight == expected


def test_long_tasks_travel_alone_and_short_ones_together():
    slow, fast = Simulated(2, lambda task: 0.1), Simulated(2, lambda task: 1e-4)
    for workers in (slow, fast):
        run(Scripted(400, learns=False), workers, n_splits=5)
    assert {len(batch) for batch in slow.batches} == {1}
    assert len(fast.batches) < 400
    assert max(map(len, fast.batches)) > 50


def test_batches_shrink_towards_the_end_so_that_all_finish_together():
    workers = Simulated(2, lambda task: 1e-3)
    run(Scripted(1000, learns=False), workers)
    sizes = [len(batch) for batch in workers.batches]
    assert sizes[-1] == 1
    assert workers.now < 0.5 * 1.03


def test_batch_of_a_learner_is_at_most_one_candidate():
    workers = Simulated(2, lambda task: 1e-6)
    run(Scripted(50), workers, n_splits=5)
    assert max(map(len, workers.batches)) == 5


def test_results_are_those_of_any_number_of_slots():
    def table(n_slots):
        workers = Simulated(n_slots, uneven)
        record, _ = run(Scripted(30, learns=False), workers, n_splits=2)
        scores = [[r.test_scores for r in row.results] for row in record.rows]
        return [row.trial.params for row in record.rows], scores

    assert table(1) == table(2) == table(16)


@pytest.mark.parametrize("n_slots", [1, 3])
def test_repeated_configuration_is_run_once_and_told_every_time(n_slots):
    optimizer = Scripted(12, learns=False, n_distinct=4)
    workers = Simulated(n_slots, uneven)
    record, _ = run(optimizer, workers, n_splits=2)
    assert {task.trial.number for task in tasks_of(workers)} == {0, 1, 2, 3}
    assert sorted(number for number, _ in optimizer.told) == list(range(12))
    scores = [row.results[0].test_scores for row in record.rows]
    assert scores == scores[:4] * 3


def test_optimizer_that_repeats_itself_for_ever_comes_to_its_end():
    optimizer = Scripted(500, n_distinct=1)
    workers = Simulated(2)
    record, _ = run(optimizer, workers)
    assert len(workers.batches) == 1
    assert record.n_finished == 500


class Silent(Scripted):
    """Answers nothing from its third ask on, though it isn't done."""

    def ask(self, n=1):
        return [] if self.n_asked >= 2 else super().ask(n)


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("n_slots", [1, 2, 4])
def test_asking_in_vain_with_nothing_pending_is_an_error_not_a_hang(learns, n_slots):
    with pytest.raises(OptimizerError, match=r"Silent\.ask must return a trial"):
        run(Silent(5, learns=learns), Simulated(n_slots))


class Surprised(Scripted):
    """Finds out in its third ask that there is nothing more."""

    def ask(self, n=1):
        if self.n_asked < 2:
            return super().ask(min(n, 2 - self.n_asked))
        self.n_trials = self.n_asked
        return []


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("n_slots", [1, 2, 4])
def test_optimizer_may_find_out_in_ask_that_it_is_done(learns, n_slots):
    record, _ = run(Surprised(5, learns=learns), Simulated(n_slots))
    assert record.n_finished == 2


class Rungs(Scripted):
    """Asks for four at a time, and for more when all four are told."""

    def ask(self, n=1):
        if self.n_asked % 4 == 0 and len(self.told) < self.n_asked:
            return []
        return super().ask(min(n, 4 - self.n_asked % 4))


@pytest.mark.parametrize("n_slots", [1, 2, 3, 9])
def test_optimizer_may_wait_for_what_is_pending(n_slots):
    optimizer = Rungs(12)
    record, _ = run(optimizer, Simulated(n_slots, uneven), n_splits=2)
    assert record.n_finished == 12
    assert all(seen >= i // 4 * 4 for i, seen in enumerate(optimizer.seen))


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("n_slots", [1, 2, 4])
def test_no_fit_starts_that_would_end_after_the_deadline(learns, n_slots):
    workers, optimizer = (
        Simulated(n_slots, lambda task: 2.0),
        Scripted(99, learns=learns),
    )
    record, loop = run(optimizer, workers, deadline=21.0, reserve=float)
    assert loop.stopped == "time budget"
    assert workers.now == 18.0  # 20 would leave no time for the refit
    assert record.n_finished == len(record.rows) == 9 * n_slots


@pytest.mark.parametrize("n_slots", [1, 2, 4])
def test_one_trial_is_finished_however_early_the_deadline(n_slots):
    workers = Simulated(n_slots, lambda task: 5.0)
    record, loop = run(Scripted(100), workers, n_splits=3, deadline=0.001)
    assert record.n_finished >= 1
    assert workers.now <= 5.0 * 6
    assert loop.stopped == "time budget"


def test_deadline_that_is_never_reached_stops_nothing():
    record, loop = run(Scripted(10), Simulated(2), deadline=1e6)
    assert (record.n_finished, loop.stopped) == (10, None)


class Watch(Observer):
    """Writes down the events; stops the search after `stop_after` trials."""

    def __init__(self, stop_after=None):
        self.events, self._stop_after, self._n = [], stop_after, 0

    def asked(self, trial, seconds):
        assert seconds >= 0
        self.events.append(("asked", trial.number))

    def split_done(self, task, result):
        self.events.append(("split", task.trial.number, task.split))

    def trial_done(self, row):
        self.events.append(("trial", row.trial.number))
        self._n += 1
        return self._n == self._stop_after


def test_observers_are_told_in_order():
    watch = Watch()
    run(Scripted(2), Simulated(1), n_splits=2, observers=[watch])
    first = [("asked", 0), ("split", 0, 0), ("split", 0, 1), ("trial", 0)]
    second = [("asked", 1), ("split", 1, 0), ("split", 1, 1), ("trial", 1)]
    assert watch.events == first + second


@pytest.mark.parametrize("n_slots", [1, 2, 4])
def test_observer_that_returns_true_stops_the_search(n_slots):
    watch, optimizer = Watch(stop_after=3), Scripted(50)
    record, loop = run(optimizer, Simulated(n_slots), observers=[watch])
    assert loop.stopped == "callback"
    assert 3 <= record.n_finished <= 3 + n_slots  # what was running may finish
    assert optimizer.n_asked <= 3 + n_slots + 1


def test_every_task_gets_its_own_context():
    numbers = itertools.count()
    workers = Simulated(2)
    run(Scripted(3), workers, n_splits=2, make_context=lambda: next(numbers))
    assert sorted(task.context for task in tasks_of(workers)) == list(range(6))


def test_learner_is_told_nan_for_a_failed_fit_whatever_the_error_score():
    class Failing(Simulated):
        def _result(self, task):
            return result_of(0.0, fit_error="Traceback")

    optimizer = Scripted(2)
    run(optimizer, Failing(1), n_splits=2)
    for _, outcome in optimizer.told:
        assert outcome.status == "failed"
        np.testing.assert_array_equal(outcome.scores, [np.nan, np.nan])


@pytest.mark.parametrize("n_slots", [1, 64, 1000])
def test_a_thousand_workers_can_be_simulated(n_slots):
    optimizer, workers = Scripted(3000), Simulated(n_slots, uneven)
    record, _ = run(optimizer, workers)
    work = sum(uneven(task) for task in tasks_of(workers))
    assert record.n_finished == 3000
    assert workers.now <= work / n_slots + 5.0 + 5.0
