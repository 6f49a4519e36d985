"""The worker that is this process itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext

from skhp.evaluation._fit_and_score import evaluate
from skhp.evaluation._protocols import Finished
from skhp.evaluation._task import Job, Task


class InProcessWorkers:
    """One slot, in the calling thread. A batch is run when it is collected."""

    n_slots = 1
    shares_memory = True
    ends_fits = False

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: deque[Task] = deque()

    def submit(self, batch: Sequence[Task]) -> None:
        """Put the tasks in line."""
        self._waiting.extend(batch)

    def collect(self) -> list[Finished]:
        """Run the next task, or all of them if they are one piece of work."""
        tasks = [self._waiting.popleft()]
        if self._job.together is not None:
            tasks.extend(self._waiting)
            self._waiting.clear()
        threads = self._job.threads
        with nullcontext() if threads is None else threads.in_worker():
            if self._job.together is None:
                results = [evaluate(self._job, tasks[0])]
            else:
                results = self._job.together.evaluate(self._job, tasks)
        return list(zip(tasks, results, strict=True))

    def abort(self) -> None:
        """Do nothing: nothing is running."""

    def close(self) -> None:
        """Do nothing: nothing was made."""
