"""Those who do the tasks: this process, or whatever joblib's active backend offers.

The loop submits batches of tasks and collects what is finished; it is never the
backend that decides when the next task is pulled. joblib's own `Parallel` pulls from
its generator ahead of time, which would make an optimizer decide on old news.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Protocol

import joblib
import sklearn
from joblib.parallel import BatchedCalls
from sklearn import config_context

from skhp.evaluation._shipping import Parcel, unpack
from skhp.evaluation._task import Job, SplitResult, Task, evaluate

Finished = tuple[Task, SplitResult]


class Workers(Protocol):
    """What the loop asks of those who do the work."""

    n_slots: int
    shares_memory: bool  # whether tasks are handed over as they are, not pickled

    def submit(self, batch: Sequence[Task]) -> None:
        """Have the tasks done, one after the other, by one worker."""
        ...

    def collect(self) -> list[Finished]:
        """Wait until a batch is finished, and return what has come of its tasks."""
        ...


class InProcessWorkers:
    """One slot, in the calling thread. A batch is run when it is collected."""

    n_slots = 1
    shares_memory = True

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: deque[Task] = deque()

    def submit(self, batch: Sequence[Task]) -> None:
        """Put the tasks in line."""
        self._waiting.extend(batch)

    def collect(self) -> list[Finished]:
        """Run the next task."""
        task = self._waiting.popleft()
        return [(task, evaluate(self._job, task))]


class JoblibWorkers:
    """The workers of a joblib backend: threads, loky processes, a cluster.

    Parameters
    ----------
    job : Job
        Shared by threads as it is, given to the processes of this machine once
        through a `Parcel`, and pickled with each batch for any other backend.
    parallel : joblib.Parallel
        Entered: its backend is configured.
    """

    def __init__(self, job: Job, parallel: joblib.Parallel) -> None:
        self._backend = parallel._backend
        # joblib before 1.5 calls it apply_async
        self._submit = (
            getattr(self._backend, "submit", None) or self._backend.apply_async
        )
        self._parallel = parallel
        self._finished: SimpleQueue[tuple[Sequence[Task], Any]] = SimpleQueue()
        self._futures: list[Any] = []  # of loky: those of others tell less
        self._parcel: Parcel | None = None
        self.n_slots = int(parallel._effective_n_jobs())
        self.shares_memory = bool(getattr(self._backend, "supports_sharedmem", False))
        self._run: Any = _run_here
        self._handle: Any = (job, sklearn.get_config())
        if not self.shares_memory and _on_this_machine(self._backend):
            self._parcel = Parcel((job, sklearn.get_config(), _picklable_filters()))
            self._run, self._handle = _run_parcel, self._parcel.path

    def submit(self, batch: Sequence[Task]) -> None:
        """Send the tasks to the backend."""
        # BatchedCalls sets the backend that joblib wants for parallel calls inside.
        call = BatchedCalls(
            [(self._run, (self._handle, batch), {})],
            self._backend.get_nested_backend(),
        )

        def callback(out: Any) -> None:
            self._finished.put((batch, out))

        future = self._submit(call, callback=callback)
        if hasattr(future, "running"):
            self._futures.append(future)

    def collect(self) -> list[Finished]:
        """Wait for the next batch to come back; raise what its worker raised."""
        batch, out = self._finished.get()
        self._futures = [future for future in self._futures if not future.done()]
        (results,) = self._backend.retrieve_result_callback(out)
        return list(zip(batch, results, strict=True))

    def abort(self) -> None:
        """Stop what is running."""
        # loky's manager thread breaks on work that it has not taken over yet.
        give_up = time.monotonic() + 1.0
        while not all(map(_is_taken, self._futures)) and time.monotonic() < give_up:
            time.sleep(0.001)
        self._backend.abort_everything(ensure_ready=False)

    def close(self) -> None:
        """Remove what was made for the workers."""
        if self._parcel is not None:
            self._parcel.close()


class open_workers:
    """Context manager that gives the workers for a job.

    Parameters
    ----------
    job : Job
        What the tasks have in common.
    n_jobs : int or None
        As in joblib: None means what the active `joblib.parallel_config` says, or 1.
    """

    def __init__(self, job: Job, n_jobs: int | None) -> None:
        self._job = job
        self._parallel = joblib.Parallel(n_jobs=n_jobs)
        self._workers: InProcessWorkers | JoblibWorkers | None = None

    def __enter__(self) -> InProcessWorkers | JoblibWorkers:
        self._parallel.__enter__()
        try:
            if self._parallel._effective_n_jobs() == 1:
                self._workers = InProcessWorkers(self._job)
            else:
                self._workers = JoblibWorkers(self._job, self._parallel)
        except BaseException:
            self._parallel.__exit__(None, None, None)
            raise
        return self._workers

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(self._workers, JoblibWorkers):
            if exc_type is not None:
                self._workers.abort()
            self._workers.close()
        self._parallel.__exit__(exc_type, exc, trace)


def _is_taken(future: Any) -> bool:
    """Whether loky has passed this on to its workers."""
    return bool(future.running() or future.done())


def _on_this_machine(backend: Any) -> bool:
    names = {cls.__name__ for cls in type(backend).__mro__}
    return bool(names & {"LokyBackend", "MultiprocessingBackend"})


def _run_here(handle: tuple[Job, dict[str, Any]], batch: Sequence[Task]) -> list[Any]:
    job, config = handle
    with config_context(**config):  # scikit-learn's configuration is per thread
        return [evaluate(job, task) for task in batch]


def _run_parcel(path: str, batch: Sequence[Task]) -> list[SplitResult]:
    job, config, filters = unpack(path)
    with config_context(**config), warnings.catch_warnings():
        filters_here: Any = warnings.filters
        filters_here[:] = filters
        return [evaluate(job, task) for task in batch]


def _picklable_filters() -> list[Any]:
    """Return the warning filters of this process, for another one."""
    return list(warnings.filters)
