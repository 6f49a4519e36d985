"""Workers of a dask cluster, used inside ``joblib.parallel_config("dask")``.

joblib's own backend sends the data along with the first tasks and asks in batches; here
they are scattered once, and tasks go one by one as the search decides on them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import CancelledError
from queue import SimpleQueue
from typing import Any

import joblib
from distributed import KilledWorker

from skhp.evaluation._run import run_here, settings
from skhp.evaluation._task import Job, SplitResult, Task, lost_result

_MOST_SCATTERS = 3  # in a row: workers that all go each time have their reason
_CRASH = (
    "The dask worker must stay alive during the fit. Several that tried it died: they "
    "were killed, ran out of memory, or the estimator's compiled code failed."
)


class DaskWorkers:
    """The workers of a dask cluster, which reruns by itself what a lost one was at.

    Parameters
    ----------
    job : Job
        Is scattered to all workers once.
    parallel : joblib.Parallel
        Entered: its backend is configured.
    """

    shares_memory = False
    ends_fits = False

    def __init__(self, job: Job, parallel: joblib.Parallel) -> None:
        self._job = job
        self._client = parallel._backend.client
        self.n_slots = int(parallel._effective_n_jobs())
        self._finished: SimpleQueue[str] = SimpleQueue()
        self._sent: dict[str, tuple[Any, Sequence[Task]]] = {}
        self._n_scatters = 0
        self._scatter()

    def submit(self, batch: Sequence[Task]) -> None:
        """Send the tasks to the cluster."""
        key = f"skhp-{uuid.uuid4().hex}"
        future = self._client.submit(
            run_here, self._handle, list(batch), key=key, pure=False
        )
        self._sent[key] = future, batch
        future.add_done_callback(lambda done: self._finished.put(done.key))

    def collect(self) -> list[tuple[Task, SplitResult]]:
        """Wait for the next batch to come back; raise what its worker raised."""
        while True:
            key = self._finished.get()
            if key not in self._sent:
                continue
            future, batch = self._sent.pop(key)
            try:
                results = future.result()
            except KilledWorker:
                results = [
                    lost_result(self._job, task, "crashed", _CRASH, 0.0)
                    for task in batch
                ]
            except CancelledError:  # all who had the data are gone
                self._send_again(batch)
                continue
            else:
                self._n_scatters = 0
            return list(zip(batch, results, strict=True))

    def abort(self) -> None:
        """Cancel what is running or waiting."""
        futures = [future for future, _ in self._sent.values()]
        self._sent.clear()
        if futures:
            self._client.cancel(futures, force=True)

    def close(self) -> None:
        """Let the cluster forget the data."""
        self._sent.clear()
        self._handle = None

    def _scatter(self) -> None:
        self._n_scatters += 1
        data = [(self._job, settings()[0])]
        [self._handle] = self._client.scatter(data, broadcast=True, hash=False)

    def _send_again(self, batch: Sequence[Task]) -> None:
        if self._n_scatters > _MOST_SCATTERS:
            raise RuntimeError(
                "The dask cluster must keep at least one worker. All were lost "
                f"{self._n_scatters} times in a row."
            )
        batches = [batch, *(other for _, other in self._sent.values())]
        self.abort()
        self._scatter()
        for other in batches:
            self.submit(other)
