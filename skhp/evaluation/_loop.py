"""The loop of every search: fill free slots, collect results, tell, ask.

The loop itself submits tasks. A slot that becomes free gets a task at once, there is no
barrier between candidates, and an ask sees every result that has arrived.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skhp.evaluation._interrupt import Interrupt
from skhp.evaluation._protocols import Observer, Workers
from skhp.evaluation._racing import PROMISING
from skhp.evaluation._record import Record, Row
from skhp.evaluation._task import SplitResult, Task
from skhp.exceptions import OptimizerError
from skhp.optimizers import Optimizer, Trial

_BATCH_SECONDS = 0.05  # tasks shorter than this travel together
_MAX_BATCH = 512


class Loop:
    """Runs the trials of an optimizer on workers, and enters them in a record.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer, which chooses the trials.
    workers : Workers
        The workers, which evaluate them.
    record : Record
        The record, in which trials and results are entered.
    observers : sequence of Observer
        The observers, which are told what happens.
    make_context : callable, default=None
        Returns the scikit-learn callback context of the next task.
    max_in_flight : int, default=None
        Largest number of batches that are submitted and unfinished, as in joblib's
        ``pre_dispatch``. It is never less than the number of slots, and never more
        than twice that number, or one more than that number if the optimizer learns, so
        that each decision is made as late as possible without a worker having to wait.
    deadline : float, default=None
        A fit only starts if it is expected to be finished by then, in `clock`'s time.
    reserve : callable, default=None
        Returns the seconds to leave before the deadline, for the refit, given the mean
        seconds of a fit.
    interrupt : Interrupt, default=None
        Defers Ctrl-C except while the loop waits for fits.
    together : bool, default=False
        Whether all splits of a trial are one batch, as for `Job.together`.
    clock : callable, default=None
        Returns the time in seconds; None means ``time.perf_counter``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        workers: Workers,
        record: Record,
        *,
        observers: Sequence[Observer] = (),
        make_context: Callable[[], Any] | None = None,
        max_in_flight: int | None = None,
        deadline: float | None = None,
        reserve: Callable[[float], float] | None = None,
        interrupt: Interrupt | None = None,
        together: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._optimizer, self._workers, self._record = optimizer, workers, record
        self._observers, self._make_context = observers, make_context
        self._max_in_flight = max_in_flight
        self._deadline, self._reserve = deadline, reserve
        self._clock = clock or time.perf_counter
        self._interrupt = interrupt or Interrupt()
        self._together = together
        self._ready: deque[Task] = deque()
        self._doubtful: deque[Row] = deque()  # they wait for a free slot
        self._n_running: Counter[int] = Counter()  # tasks of each trial
        self._in_flight = 0  # batches
        self._n_tasks = 0
        self._n_results = 0
        self._task_seconds = 0.0
        self._fit_times: list[float] = []
        self.stopped: str | None = None  # why the search ended early, if it did
        self.decision_seconds = 0.0  # spent in ask and tell

    def run(self) -> None:
        """Run until the optimizer is done or something stops the search.

        If the record is not empty, its missing fits run first.

        Raises
        ------
        KeyboardInterrupt
            At Ctrl-C; the record stays consistent.
        """
        if not self.stopped:
            self._take_up()
        try:
            self._go_on()
        finally:
            for observer in self._observers:
                observer.ended()

    def _go_on(self) -> None:
        while True:
            self._fill()
            self._interrupt.check()
            if self._in_flight == 0:
                return
            with self._interrupt.allowed():
                finished = self._workers.collect()
            self._interrupt.check()  # a fit may have ended early instead of raising
            self._in_flight -= 1
            for task, result in finished:
                self._put(task, result)

    def replay_trial(self, trial: Trial, ask_seconds: float) -> None:
        """Enter a trial that an earlier run asked for; its missing fits run later."""
        for observer in self._replay_observers:
            observer.asked(trial, ask_seconds)
        self._record.open(trial, ask_seconds)
        for row in self._record.settle_repeats():
            self._tell(row, self._replay_observers)

    def replay_result(self, number: int, split: int, result: SplitResult) -> None:
        """Enter the result of a fit of an earlier run."""
        task = Task(self._record.rows[number].trial, split)
        self._put(task, result, self._replay_observers)

    def replay_drop(self, number: int) -> None:
        """Give up a trial that an earlier run gave up."""
        for row in self._record.drop(number):
            self._tell(row, self._replay_observers)

    def recall(self, observers: Sequence[Observer]) -> None:
        """Tell new observers that hear replays what the record already contains."""
        for row in self._record.rows:
            for observer in (o for o in observers if o.hears_replay):
                observer.asked(row.trial, row.ask_seconds)
                if row.is_done:
                    observer.trial_done(row)
            for result in row.results:
                if result is not None:
                    self._note_times(result)
        self.restart()

    def restart(self) -> None:
        """Forget why the search stopped, because it is about to continue."""
        self.stopped = None
        for observer in self._observers:
            observer.restarted()

    @property
    def _replay_observers(self) -> Sequence[Observer]:
        return [o for o in self._observers if o.hears_replay]

    def _take_up(self) -> None:
        """Make the tasks that an earlier run left undone."""
        for row in self._record.rows:
            self._n_tasks += row.n_evaluated
        for observer in self._observers:
            observer.started()
        for row in self._record.rows:
            if row.trial.repeats is None and not row.is_done:
                first = [k for k in _missing(row) if k < self._n_first]
                if self._record.racing is not None and not first:
                    self._go_on_with(row)
                else:
                    self._ready.extend(self._tasks(row.trial, first))

    def stop(self, reason: str) -> None:
        """Start nothing more; running fits may finish."""
        self.stopped = self.stopped or reason
        self._ready.clear()
        self._doubtful.clear()

    def _fill(self) -> None:
        """Submit batches while there are free slots and tasks."""
        while self._in_flight < self._room():
            must_wait = self._in_flight >= self._workers.n_slots
            if self._is_late(must_wait):
                if must_wait:
                    return  # judged again when a slot is free
                self.stop("time budget")
            size = self._batch_size()
            self._prepare(size)
            batch = self._next_batch(size)
            if not batch:
                return
            self._in_flight += 1
            self._workers.submit(batch)

    def _next_batch(self, size: int) -> list[Task]:
        """Take what to submit from the tasks that are ready."""
        if not self._together or not self._ready:
            return [self._ready.popleft() for _ in range(min(size, len(self._ready)))]
        number, batch = self._ready[0].trial.number, []
        standing = self._record.standing(number)
        while self._ready and self._ready[0].trial.number == number:
            batch.append(replace(self._ready.popleft(), standing=standing))
        return batch

    def _batch_size(self) -> int:
        """Return how many tasks to submit together, given how long they took so far."""
        if self._together:
            return 1
        if self._workers.n_slots == 1 or self._n_results < 2 * self._workers.n_slots:
            return 1
        mean = self._task_seconds / self._n_results
        size = int(min(_BATCH_SECONDS / max(mean, 1e-9), _MAX_BATCH))
        if self._optimizer.learns:
            size = min(size, self._n_first)
        else:
            # Towards the end batches shrink, so that all workers finish together.
            known = self._optimizer.n_trials or 0
            left = known * self._record.n_splits - self._n_tasks + len(self._ready)
            size = min(size, left // (2 * self._workers.n_slots))
        return max(size, 1)

    def _room(self) -> int:
        """Return how many batches may be submitted and unfinished."""
        slots = self._workers.n_slots
        if slots == 1:
            return 1
        ahead = slots + 1 if self._optimizer.learns else 2 * slots
        if self._max_in_flight is not None:
            # Never below the number of slots: that would leave workers idle.
            ahead = max(slots, min(ahead, self._max_in_flight))
        return ahead

    def _prepare(self, size: int) -> None:
        """Ask until there are `size` tasks, or until no more can be asked for now."""
        while len(self._ready) < size and not self.stopped:
            if self._doubtful and (self._optimizer.done or self._must_settle()):
                self._settle_doubt()
                continue
            if self._optimizer.done:
                return
            wanted = 1
            if not self._optimizer.learns:
                wanted = -(-(size - len(self._ready)) // self._n_first)
            start = self._clock()
            trials = self._optimizer.ask(wanted)
            seconds = self._clock() - start
            if not trials and self._doubtful:
                self._settle_doubt()
                continue
            if not trials:
                waits = self._in_flight or self._ready or self._optimizer.done
                if not waits:  # an optimizer may find out in ask that it is done
                    raise OptimizerError(
                        f"{type(self._optimizer).__name__}.ask must return a trial "
                        "when nothing is pending and it is not done. Got none."
                    )
                return
            self.decision_seconds += seconds
            for trial in trials:
                for observer in self._observers:
                    observer.asked(trial, seconds / len(trials))
                self._enter(trial, seconds / len(trials))

    def _enter(self, trial: Trial, ask_seconds: float) -> None:
        if self._record.open(trial, ask_seconds):
            self._ready.extend(self._tasks(trial, range(self._n_first)))
        for row in self._record.settle_repeats():
            self._tell(row, self._observers)

    def _tasks(self, trial: Trial, splits: Iterable[int]) -> list[Task]:
        tasks = [Task(trial, k, self._context()) for k in splits]
        self._n_running[trial.number] += len(tasks)
        return tasks

    def _context(self) -> Any:
        self._n_tasks += 1
        return None if self._make_context is None else self._make_context()

    def _put(
        self,
        task: Task,
        result: SplitResult,
        observers: Sequence[Observer] | None = None,
    ) -> None:
        if observers is None:
            observers = self._observers
        self._note_times(result)
        for observer in observers:
            if observer.split_done(task, result):
                self.stop("callback")
        number = task.trial.number
        for row in self._record.put(number, task.split, result):
            self._tell(row, observers)
        if observers is self._observers:
            self._n_running[number] -= 1
            if not self._n_running[number]:
                del self._n_running[number]
                self._go_on_with(self._record.rows[number])

    @property
    def _n_first(self) -> int:
        """On how many splits a trial is evaluated before it is judged."""
        racing, n_splits = self._record.racing, self._record.n_splits
        return n_splits if racing is None else racing.burn_in(n_splits)

    def _go_on_with(self, row: Row) -> None:
        """Make the next tasks of a trial that has run what it was given."""
        if row.is_done or self.stopped:
            return
        chance = self._record.chance(row.trial.number)
        if chance is None or chance > PROMISING:
            self._ready.extendleft(reversed(self._tasks(row.trial, _missing(row))))
        elif not self._dropped(row, chance):
            self._doubtful.append(row)

    def _must_settle(self) -> bool:
        """Whether the doubtful come before new ones.

        With several workers, a few of them wait: by the time that a slot is free, a
        better trial may have come to show that they are not worth it.
        """
        return len(self._doubtful) >= self._workers.n_slots

    def _settle_doubt(self) -> None:
        """Run one more split of the oldest doubtful trial, or give it up."""
        row = self._doubtful.popleft()
        chance = self._record.chance(row.trial.number)
        if chance is None or not self._dropped(row, chance):
            self._ready.extend(self._tasks(row.trial, _missing(row)[:1]))

    def _dropped(self, row: Row, chance: float) -> bool:
        """Give a trial up if its chance is too small; return whether it is."""
        racing = self._record.racing
        if racing is None or not racing.is_hopeless(chance, self._record.n_splits):
            return False
        for observer in self._observers:
            observer.dropped(row)
        for done in self._record.drop(row.trial.number):
            self._tell(done, self._observers)
        return True

    def _note_times(self, result: SplitResult) -> None:
        seconds = result.fit_time + result.score_time
        self._n_results += 1
        self._task_seconds += seconds
        if self._deadline is not None:
            self._fit_times.append(seconds)

    def _tell(self, row: Row, observers: Sequence[Observer]) -> None:
        start = self._clock()
        self._optimizer.tell(row.trial, self._record.outcome(row))
        self.decision_seconds += self._clock() - start
        for observer in observers:
            if observer.trial_done(row):
                self.stop("callback")

    def _is_late(self, must_wait: bool) -> bool:
        """Whether a fit submitted now is expected to end after the deadline."""
        if self._deadline is None or not self._fit_times:
            return False
        if self._record.n_finished == 0:
            return False  # there must be something to choose from
        # A high quantile: fits that take longer than most are what breaks a budget.
        one_fit = float(np.quantile(self._fit_times[-200:], 0.8))
        if self._together:  # at worst one after the other
            one_fit *= self._record.n_splits
        expected = one_fit
        if self._reserve is not None:
            expected += self._reserve(float(np.mean(self._fit_times[-200:])))
        if must_wait:  # for a fit that may have begun just now
            expected += one_fit
        return self._clock() + expected > self._deadline


def _missing(row: Row) -> list[int]:
    return [k for k, result in enumerate(row.results) if result is None]
