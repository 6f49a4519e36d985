"""Workers of a dask cluster, used inside ``joblib.parallel_config("dask")``.

joblib's own backend sends the data along with the first tasks and asks in batches; here
they are scattered once, and tasks go one by one as the search decides on them.
"""

from __future__ import annotations

import uuid
from concurrent.futures import CancelledError
from queue import SimpleQueue
from typing import Any

from distributed import KilledWorker

from skhp.evaluation._task import Job, Task
from skhp.workers._joblib import Backend
from skhp.workers._resubmission import Chunk, ResubmittingWorkers, check_picklable
from skhp.workers._worker import run_here, settings

_CRASH = (
    "The dask worker must stay alive during the fit. Several that tried it died: they "
    "were killed, ran out of memory, or the estimator's compiled code failed."
)


class DaskWorkers(ResubmittingWorkers):
    """The workers of a dask cluster, which reruns by itself what a lost one was at.

    Parameters
    ----------
    job : Job
        Is scattered to all workers once, and again if all of them are lost.
    backend : Backend
        Entered.
    """

    ends_fits = False

    def __init__(self, job: Job, backend: Backend) -> None:
        super().__init__(job, _CRASH)
        self._client, self.n_slots = backend.dask_client, backend.n_workers
        self._sent: dict[str, tuple[Chunk, Any]] = {}  # with its future, by key
        self._lost_alone: set[Task] = set()
        self._finished: SimpleQueue[str] = SimpleQueue()
        self._config = settings()[0]
        self._scatter()

    def abort(self) -> None:
        """Cancel what is running or waiting."""
        futures = [future for _, future in self._sent.values()]
        self._sent.clear()
        if futures:
            self._client.cancel(futures, force=True)

    def close(self) -> None:
        """Let the cluster forget the data."""
        self._sent.clear()
        self._handle = None

    def _scatter(self) -> None:
        try:
            # As a list: dask would take a tuple apart.
            data = [self._job]
            [self._handle] = self._client.scatter(data, broadcast=True, hash=False)
        except Exception:
            check_picklable(self._job)
            raise

    def _has_free_worker(self) -> bool:
        return True  # dask has a queue of its own

    def _start(self, chunk: Chunk) -> None:
        key = f"skhp-{uuid.uuid4().hex}"
        arguments = (self._handle, self._config, chunk.tasks)
        try:
            future = self._client.submit(run_here, *arguments, key=key, pure=False)
        except Exception as error:
            self._refuse(chunk, error)
            return
        self._sent[key] = chunk, future
        future.add_done_callback(lambda done: self._finished.put(done.key))

    def _wait(self) -> None:
        key = self._finished.get()
        if key not in self._sent:  # cancelled here
            return
        chunk, future = self._sent[key]
        try:
            results = future.result()
        except KilledWorker:
            del self._sent[key]
            self._suspect(chunk)
        except CancelledError:
            self._recover()
        else:
            del self._sent[key]
            self._enter(chunk, results)
        self._start_waiting()

    def _recover(self) -> None:
        """Scatter again: all who had the data are gone, because of some task."""
        lost = [chunk for chunk, _ in self._sent.values()]
        self.abort()
        self._scatter()
        for chunk in lost:
            self._suspect(chunk, is_certain=False)

    def _suspect(self, chunk: Chunk, is_certain: bool = True) -> None:
        """Try each task of a lost chunk alone, or lose one that was alone.

        Where the data were lost that may be news of earlier deaths, which comes late:
        a task that was alone is lost only the second time.
        """
        if chunk.is_retry:
            position = chunk.positions[0]
            task = chunk.batch.tasks[position]
            if is_certain or task in self._lost_alone:
                self._retry_alone(chunk, position)
                return
            self._lost_alone.add(task)
        self._running.discard(chunk)
        left = list(chunk.positions)
        while left:
            unit = self._unit(chunk, left[0])
            self._waiting.append(Chunk(chunk.batch, unit, is_retry=True))
            left = [position for position in left if position not in unit]
