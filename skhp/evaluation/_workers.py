"""Those who do the tasks: this process, or whatever joblib's active backend offers.

The loop submits batches of tasks and collects what is finished; it is never the
backend that decides when the next task is pulled. joblib's own `Parallel` pulls from
its generator ahead of time, which would make an optimizer decide on old news.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Protocol

import joblib
from joblib.parallel import BatchedCalls

from skhp.evaluation._patience import PatientWorkers
from skhp.evaluation._processes import LokyWorkers
from skhp.evaluation._run import run_here, run_parcel, run_watched, settings
from skhp.evaluation._shipping import Parcel
from skhp.evaluation._task import Job, SplitResult, Task, evaluate
from skhp.evaluation._threads import ThreadPlan, make_plan

Finished = tuple[Task, SplitResult]


class Workers(Protocol):
    """What the loop asks of those who do the work."""

    n_slots: int
    shares_memory: bool  # whether tasks are handed over as they are, not pickled
    ends_fits: bool  # whether a fit that takes too long can be ended

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
        if _is_a(self._backend, "MultiprocessingBackend"):
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


class open_workers:
    """Context manager that gives the workers for a job.

    Parameters
    ----------
    job : Job
        What the tasks have in common.
    n_jobs : int or None
        As in joblib: None means what the active `joblib.parallel_config` says, or 1.
    fit_timeout : float, default=None
        Seconds that a fit may take.
    threads_per_fit : int or 'auto', default=None
        How many threads a fit may use; None: what the estimator and libraries want.
    """

    plan: ThreadPlan | None = None  # once entered

    def __init__(
        self,
        job: Job,
        n_jobs: int | None,
        *,
        fit_timeout: float | None = None,
        threads_per_fit: Any = None,
    ) -> None:
        self._job, self._fit_timeout = job, fit_timeout
        self._threads_per_fit = threads_per_fit
        self._parallel = joblib.Parallel(n_jobs=n_jobs)
        self._workers: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> Workers:
        with ExitStack() as stack:
            self._parallel.__enter__()
            stack.push(self._parallel.__exit__)
            where = self._where()
            self.plan = make_plan(
                self._threads_per_fit,
                int(self._parallel._effective_n_jobs()),
                self._job.estimator,
                where,
            )
            if self.plan is not None:
                stack.enter_context(self.plan.in_main())
            patience = None if where == "loky" else self._fit_timeout
            self._job = replace(self._job, threads=self.plan, patience=patience)
            self._workers = self._open(where)
            stack.push(self._close)
            self._stack = stack.pop_all()
        if self._job.patience is not None:
            return PatientWorkers(self._job, self._workers)
        return self._workers  # type: ignore[no-any-return]

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(exc_type, exc, trace)

    def _where(self) -> str:
        backend = self._parallel._backend
        if self._parallel._effective_n_jobs() == 1 and not _is_dask(backend):
            return "here"
        if getattr(backend, "supports_sharedmem", False):
            return "threads"
        if _is_a(backend, "LokyBackend"):
            return "loky"
        return "processes" if _is_a(backend, "MultiprocessingBackend") else "elsewhere"

    def _open(self, where: str) -> Any:
        if where == "here":
            return InProcessWorkers(self._job)
        if where == "loky":
            return LokyWorkers(
                self._job, self._parallel, run_watched, settings(), self._fit_timeout
            )
        if _is_dask(self._parallel._backend):
            from skhp.evaluation._dask import DaskWorkers

            return DaskWorkers(self._job, self._parallel)
        return JoblibWorkers(self._job, self._parallel)

    def _close(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(self._workers, InProcessWorkers):
            return
        if exc_type is not None:
            self._workers.abort()
        self._workers.close()


def _is_a(backend: Any, name: str) -> bool:
    return name in {cls.__name__ for cls in type(backend).__mro__}


def _is_dask(backend: Any) -> bool:
    return _is_a(backend, "DaskDistributedBackend")
