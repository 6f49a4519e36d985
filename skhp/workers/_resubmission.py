"""Batches whose workers may die, and what is sent again when one does.

A batch goes to a worker as one chunk. Results that came back are kept; what was lost
is sent again, and a task that may have ended its worker is tried again alone, so that
it harms no other and lack of memory is not held against it. If it ends a second
worker, it is a crash.
"""

from __future__ import annotations

import reprlib
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from skhp.evaluation._fit_and_score import lost_result
from skhp.evaluation._protocols import Finished
from skhp.evaluation._task import Job, SplitResult, Task
from skhp.exceptions import InvalidParameterError
from skhp.workers._shared_job import unpicklable


@dataclass(eq=False)
class Batch:
    """Tasks that were submitted together, and the results that are there so far."""

    tasks: Sequence[Task]
    results: dict[int, SplitResult] = field(default_factory=dict)  # by position


@dataclass(eq=False)
class Chunk:
    """Some tasks of a batch, which one worker does one after the other."""

    batch: Batch
    positions: Sequence[int]  # in the batch
    is_retry: bool = False  # of a task that may have ended its worker

    @property
    def tasks(self) -> list[Task]:
        """What is to be done."""
        return [self.batch.tasks[position] for position in self.positions]


def not_picklable(name: str, value: Any, error: Exception) -> str:
    """Return what to say of an object that cannot be sent to another process."""
    return (
        f"{name[:1].upper()}{name[1:]} must be picklable, so that it can be sent to "
        f"worker processes. Got {reprlib.repr(value)}, where pickling says: {error}. "
        "With n_jobs=1 nothing is sent."
    )


def check_picklable(job: Job) -> None:
    """Say which part of a job cannot be sent to another process, if one cannot.

    Raises
    ------
    InvalidParameterError
        Naming the object.
    """
    parts = {
        "the estimator": job.estimator,
        "the scorer": job.scorer,
        "X": job.X,
        "y": job.y,
        "the dict of fit parameters": job.fit_params,
        "the dict of score parameters": job.score_params,
        "the search with its callbacks": job.caller_elsewhere,
    }
    found = unpicklable(parts)
    if found is not None:
        raise InvalidParameterError(not_picklable(*found)) from found[2]


class ResubmittingWorkers:
    """Keeps account of what was submitted; a subclass has it done by its workers.

    Whatever changes the account holds `_lock`: a subclass may start chunks from
    another thread, as soon as one of its workers is free.

    Parameters
    ----------
    job : Job
        What the tasks have in common.
    crash_message : str
        Says what it means that a task has ended two workers.
    """

    shares_memory = False

    def __init__(self, job: Job, crash_message: str) -> None:
        self._job, self._crash_message = job, crash_message
        self._lock = threading.RLock()
        self._done: deque[Batch] = deque()
        self._waiting: deque[Chunk] = deque()
        self._running: set[Chunk] = set()

    def submit(self, batch: Sequence[Task]) -> None:
        """Have the tasks done, one after the other, by one worker."""
        with self._lock:
            self._waiting.append(Chunk(Batch(batch), range(len(batch))))
            self._start_waiting()

    def collect(self) -> list[Finished]:
        """Wait for the next batch to be done; raise what its worker raised."""
        while not self._done:
            self._wait()
        batch = self._done.popleft()
        return [(task, batch.results[i]) for i, task in enumerate(batch.tasks)]

    def _has_free_worker(self) -> bool:
        """Whether one more chunk can be started."""
        raise NotImplementedError

    def _start(self, chunk: Chunk) -> None:
        """Give a chunk to a worker that is free."""
        raise NotImplementedError

    def _wait(self) -> None:
        """Wait for something to happen, and enter it."""
        raise NotImplementedError

    def _start_waiting(self) -> None:
        """Start the chunks that may start now."""
        while self._waiting and self._has_free_worker():
            chunk = self._next()
            if chunk is None:
                return
            self._waiting.remove(chunk)
            self._running.add(chunk)
            self._start(chunk)

    def _next(self) -> Chunk | None:
        """Return what to start next; a retry starts when nothing else is running."""
        if any(chunk.is_retry for chunk in self._running):
            return None
        retries = (chunk for chunk in self._waiting if chunk.is_retry)
        retry = next(retries, None)
        if retry is None:
            return self._waiting[0]
        return None if self._running else retry

    def _enter(self, chunk: Chunk, results: Iterable[SplitResult]) -> None:
        """Enter what came of a chunk."""
        self._running.discard(chunk)
        batch = chunk.batch
        batch.results.update(zip(chunk.positions, results, strict=True))
        if len(batch.results) == len(batch.tasks):
            self._done.append(batch)

    def _send_again(self, chunk: Chunk, positions: Sequence[int]) -> None:
        """Have some tasks of a chunk done again, in a chunk of their own."""
        self._running.discard(chunk)
        if positions:
            self._waiting.append(Chunk(chunk.batch, positions))

    def _unit(self, chunk: Chunk, position: int) -> list[int]:
        """Return the tasks of a chunk that are one piece of work with one of them."""
        return [position] if self._job.together is None else list(chunk.positions)

    def _retry_alone(self, chunk: Chunk, position: int) -> None:
        """Try a task that has ended its worker once more; the second time, lose it."""
        if chunk.is_retry:
            self._lose(chunk, position, "crashed", self._crash_message)
            return
        unit = self._unit(chunk, position)
        self._waiting.append(Chunk(chunk.batch, unit, is_retry=True))
        self._send_again(chunk, [i for i in chunk.positions if i not in unit])

    def _lose(
        self, chunk: Chunk, position: int, ending: str, why: str, seconds: float = 0.0
    ) -> None:
        """Give up one task of a chunk; have the others done again."""
        unit = self._unit(chunk, position)
        results = [
            lost_result(self._job, chunk.batch.tasks[i], ending, why, seconds)
            for i in unit
        ]
        self._send_again(chunk, [i for i in chunk.positions if i not in unit])
        self._enter(Chunk(chunk.batch, unit), results)

    def _refuse(self, chunk: Chunk, error: Exception) -> None:
        """Fail the tasks that cannot be pickled; have the others done."""
        fine = []
        for position, task in zip(chunk.positions, chunk.tasks, strict=True):
            found = unpicklable({"the candidate": dict(task.trial.params)})
            if found is None:
                fine.append(position)
                continue
            result = lost_result(self._job, task, "failed", not_picklable(*found))
            self._enter(Chunk(chunk.batch, [position]), [result])
        if len(fine) == len(chunk.positions):
            raise error
        self._send_again(chunk, fine)
