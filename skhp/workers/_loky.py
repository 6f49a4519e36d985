"""Processes of this machine, where a fit may hang and a process may die.

Each worker is a process of joblib's loky in an executor of its own, so the end of one
costs no other its fit. A worker that becomes free is given the next chunk at once, by
the thread that hears of it. What each is at is read from a file (`Activity`): so it
is known which fit takes too long, and which one a worker has died of.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pickle import PicklingError
from queue import Empty, SimpleQueue
from typing import Any

from skhp.evaluation._task import Job
from skhp.workers._activity import Activity
from skhp.workers._joblib import Backend, TerminatedWorkerError
from skhp.workers._resubmission import Chunk, ResubmittingWorkers, check_picklable
from skhp.workers._shared_job import SharedJob
from skhp.workers._worker import run_watched, settings
from skhp.workers._worker_processes import WorkerProcess, give_back, take_processes

_CRASH = (
    "The worker process must stay alive during the fit. It died, and so did the one "
    "that tried again, alone: it was killed, ran out of memory, or the estimator's "
    "compiled code failed."
)


@dataclass(eq=False)
class _Slot:
    """One of the workers."""

    number: int
    process: WorkerProcess
    overdue: int | None = None  # which fit of its chunk it was killed for
    n_together: int = 1  # how many fits it does as one piece of work


class LokyWorkers(ResubmittingWorkers):
    """Processes like those of joblib's loky backend.

    Parameters
    ----------
    job : Job
        Is given to the workers once, in a file (`SharedJob`).
    backend : Backend
        Entered.
    fit_timeout : float, default=None
        Seconds after which a fit is ended.
    """

    ends_fits = True

    def __init__(
        self, job: Job, backend: Backend, fit_timeout: float | None = None
    ) -> None:
        # A fit that exits would end its process, not the one that searches.
        job = replace(job, failures=(Exception, SystemExit))
        super().__init__(job, _CRASH)
        self._backend, self._fit_timeout = backend, fit_timeout
        self.n_slots = backend.n_workers
        try:
            self._shared = SharedJob((job, *settings()))
        except Exception:
            check_picklable(job)
            raise
        self._activity = Activity(self._shared.folder, self.n_slots)
        processes = take_processes(backend.loky_settings, self.n_slots)
        self._slots = [_Slot(i, process) for i, process in enumerate(processes)]
        self._free = list(self._slots)
        self._events: SimpleQueue[tuple[_Slot, Chunk, Future[Any]] | Exception]
        self._events = SimpleQueue()

    def abort(self) -> None:
        """Kill the workers, whatever they are at."""
        self._end(self._slots)

    def close(self) -> None:
        """Remove what was made for the workers; idle ones stay for the next search."""
        with ExitStack() as stack:
            stack.callback(self._shared.close)
            stack.callback(self._activity.close)
            self._end([slot for slot in self._slots if slot not in self._free])
            give_back([slot.process for slot in self._slots])

    def _end(self, slots: list[_Slot]) -> None:
        with self._lock:
            self._waiting.clear()  # so that nothing is started any more
            self._slots = [slot for slot in self._slots if slot not in slots]
        with ExitStack() as stack:  # all of them, whatever is raised at one
            for slot in slots:
                stack.callback(slot.process.kill)

    def _has_free_worker(self) -> bool:
        return bool(self._free)

    def _start(self, chunk: Chunk) -> None:
        slot = self._free.pop(0)  # in turns, so that all processes start early
        slot.overdue, slot.n_together = None, len(self._unit(chunk, 0))
        call = self._backend.call(
            run_watched, self._shared.path, slot.number, chunk.tasks
        )
        future = slot.process.submit(call)
        future.add_done_callback(lambda future: self._hear(slot, chunk, future))

    def _hear(self, slot: _Slot, chunk: Chunk, future: Future[Any]) -> None:
        """Give a worker that is done the next chunk, and pass on what it has done.

        This runs in a thread of loky, where an exception would be lost.
        """
        if future.exception() is None:
            try:
                with self._lock:
                    self._running.discard(chunk)
                    self._free.append(slot)
                    self._start_waiting()
            except Exception as error:
                self._events.put(error)
        self._events.put((slot, chunk, future))

    def _wait(self) -> None:
        try:
            event = self._events.get(timeout=self._seconds_to_wait())
        except Empty:
            self._end_overdue()
            return
        if isinstance(event, Exception):
            raise event
        slot, chunk, future = event
        error = future.exception()
        with self._lock:
            if error is None:
                self._enter(chunk, future.result()[0])
            else:
                self._make_up_for(slot, chunk, error)
                self._free.append(slot)
            self._start_waiting()

    def _make_up_for(self, slot: _Slot, chunk: Chunk, error: BaseException) -> None:
        """Find out which task a chunk was lost by; have the others done again."""
        if slot.overdue is not None:
            seconds, n = self._fit_timeout or 0.0, slot.n_together
            each = f" for each of {n} splits" if n > 1 else ""
            why = (
                f"The fit must end within fit_timeout={seconds:g} seconds{each}: ended."
            )
            position = chunk.positions[slot.overdue]
            self._lose(chunk, position, "timeout", why, seconds)
        elif isinstance(error, TerminatedWorkerError):
            begun = self._activity.read(slot.number)
            # One that has begun nothing may have died of the job, like any other.
            self._retry_alone(chunk, chunk.positions[begun[0] if begun else 0])
        elif isinstance(error, PicklingError):
            self._refuse(chunk, error)
        else:
            raise error
        self._activity.rest(slot.number)  # also where nobody was left to note it

    def _seconds_to_wait(self) -> float | None:
        """Return for how long no fit can be overdue."""
        if self._fit_timeout is None:
            return None
        now = time.monotonic()
        ends = [now + self._fit_timeout]
        for slot in self._slots:
            begun = self._activity.read(slot.number)
            if begun is not None:
                ends.append(begun[1] + slot.n_together * self._fit_timeout)
        return max(min(ends) - now, 0.001)

    def _end_overdue(self) -> None:
        assert self._fit_timeout is not None
        for slot in self._slots:
            with self._lock:  # nothing else is given to the worker meanwhile
                begun = self._activity.read(slot.number)
                limit = slot.n_together * self._fit_timeout
                if begun is None or time.monotonic() - begun[1] < limit:
                    continue
                slot.overdue = begun[0]
                kill = slot.process.replace()
            kill()  # without the lock, which loky's thread needs to end
