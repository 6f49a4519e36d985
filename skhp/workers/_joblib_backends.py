"""The workers of any joblib backend that has no file of its own here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any

from skhp.evaluation._protocols import Finished
from skhp.evaluation._task import Job, Task
from skhp.workers._joblib import Backend
from skhp.workers._shared_job import SharedJob
from skhp.workers._worker import run_here, run_shared, settings


class JoblibWorkers:
    """The workers of any joblib backend but loky: threads, forked processes, a cluster.

    Parameters
    ----------
    job : Job
        Shared by threads as it is, given to the processes of this machine once
        in a file (`SharedJob`), and pickled with each batch for any other backend.
    backend : Backend
        Entered.
    """

    ends_fits = False

    def __init__(self, job: Job, backend: Backend) -> None:
        self._backend = backend
        self._finished: SimpleQueue[tuple[Sequence[Task], Any]] = SimpleQueue()
        self._shared: SharedJob | None = None
        self.n_slots = backend.n_workers
        self.shares_memory = backend.kind == "threads"
        self._run = partial(run_here, job, settings()[0])
        if backend.kind == "multiprocessing":
            self._shared = SharedJob((job, *settings()))
            self._run = partial(run_shared, self._shared.path)

    def submit(self, batch: Sequence[Task]) -> None:
        """Send the tasks to the backend."""
        call = self._backend.call(self._run, batch)
        self._backend.submit(call, lambda out: self._finished.put((batch, out)))

    def collect(self) -> list[Finished]:
        """Wait for the next batch to come back; raise what its worker raised."""
        batch, out = self._finished.get()
        (results,) = self._backend.result(out)
        return list(zip(batch, results, strict=True))

    def abort(self) -> None:
        """Stop what is running."""
        self._backend.abort()

    def close(self) -> None:
        """Remove what was made for the workers."""
        if self._shared is not None:
            self._shared.close()
