"""The worker that is this process itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

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
        """Run the next task."""
        task = self._waiting.popleft()
        if self._job.threads is None:
            return [(task, evaluate(self._job, task))]
        with self._job.threads.in_worker():
            return [(task, evaluate(self._job, task))]

    def abort(self) -> None:
        """Do nothing: nothing is running."""

    def close(self) -> None:
        """Do nothing: nothing was made."""
