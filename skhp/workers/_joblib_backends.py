"""The workers of any joblib backend that has no room of its own here."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any

import joblib
from joblib.parallel import BatchedCalls

from skhp.evaluation._protocols import Finished
from skhp.evaluation._task import Job, Task
from skhp.workers._shared_job import Parcel
from skhp.workers._worker import run_here, run_parcel, settings


class JoblibWorkers:
    """The workers of any joblib backend but loky: threads, forked processes, a cluster.

    Parameters
    ----------
    job : Job
        Shared by threads as it is, given to the processes of this machine once
        through a `Parcel`, and pickled with each batch for any other backend.
    parallel : joblib.Parallel
        Entered: its backend is configured.
    """

    ends_fits = False

    def __init__(self, job: Job, parallel: joblib.Parallel) -> None:
        self._backend = parallel._backend
        # joblib before 1.5 calls it apply_async
        self._submit = (
            getattr(self._backend, "submit", None) or self._backend.apply_async
        )
        self._finished: SimpleQueue[tuple[Sequence[Task], Any]] = SimpleQueue()
        self._parcel: Parcel | None = None
        self.n_slots = int(parallel._effective_n_jobs())
        self.shares_memory = bool(getattr(self._backend, "supports_sharedmem", False))
        self._run: Any = run_here
        self._handle: Any = (job, settings()[0])
        if is_a(self._backend, "MultiprocessingBackend"):
            self._parcel = Parcel((job, *settings()))
            self._run, self._handle = run_parcel, self._parcel.path

    def submit(self, batch: Sequence[Task]) -> None:
        """Send the tasks to the backend."""
        # BatchedCalls sets the backend that joblib wants for parallel calls inside.
        call = BatchedCalls(
            [(self._run, (self._handle, batch), {})],
            self._backend.get_nested_backend(),
        )

        def callback(out: Any) -> None:
            self._finished.put((batch, out))

        self._submit(call, callback=callback)

    def collect(self) -> list[Finished]:
        """Wait for the next batch to come back; raise what its worker raised."""
        batch, out = self._finished.get()
        (results,) = self._backend.retrieve_result_callback(out)
        return list(zip(batch, results, strict=True))

    def abort(self) -> None:
        """Stop what is running."""
        self._backend.abort_everything(ensure_ready=False)

    def close(self) -> None:
        """Remove what was made for the workers."""
        if self._parcel is not None:
            self._parcel.close()


def is_a(backend: Any, name: str) -> bool:
    return name in {cls.__name__ for cls in type(backend).__mro__}


def is_dask(backend: Any) -> bool:
    return is_a(backend, "DaskDistributedBackend")
