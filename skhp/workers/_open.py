"""Workers for a job: this process, or whatever joblib's active backend offers.

The loop submits batches of tasks and collects what is finished; it is never the
backend that decides when the next task is pulled. joblib's own `Parallel` pulls from
its generator ahead of time, which would make an optimizer decide on old news.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any

from skhp.evaluation._protocols import Workers
from skhp.evaluation._task import Job
from skhp.workers._in_process import InProcessWorkers
from skhp.workers._joblib import Backend
from skhp.workers._joblib_backends import JoblibWorkers
from skhp.workers._loky import LokyWorkers
from skhp.workers._soft_timeout import SoftTimeoutWorkers
from skhp.workers._threads import ThreadPlan, make_plan, usable_cores


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
        self._backend = Backend(n_jobs)
        self._stack = ExitStack()

    def __enter__(self) -> Workers:
        with ExitStack() as stack:
            backend = stack.enter_context(self._backend)
            where = _where(backend)
            threads = self._threads_per_fit
            if threads == "auto" and where == "here" and self._job.together is not None:
                threads = usable_cores()  # which the fits of a candidate share
            self.plan = make_plan(
                threads, backend.n_workers, self._job.estimator, where
            )
            if self.plan is not None:
                stack.enter_context(self.plan.in_main())
            job = replace(self._job, threads=self.plan)
            workers = self._open(job, where)
            stack.push(partial(_close, workers))
            self._stack = stack.pop_all()
        return workers

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(exc_type, exc, trace)

    def _open(self, job: Job, where: str) -> Workers:
        if where == "loky":
            return LokyWorkers(job, self._backend, self._fit_timeout)
        job = replace(job, soft_fit_timeout=self._fit_timeout)
        workers: Workers
        if where == "here":
            workers = InProcessWorkers(job)
        elif self._backend.kind == "dask":
            from skhp.workers._dask import DaskWorkers

            workers = DaskWorkers(job, self._backend)
        else:
            workers = JoblibWorkers(job, self._backend)
        if self._fit_timeout is None:
            return workers
        return SoftTimeoutWorkers(job, workers)


def _where(backend: Backend) -> str:
    """Return where fits run, as `make_plan` names it."""
    if backend.n_workers == 1 and backend.kind != "dask":
        return "here"
    if backend.kind in ("threads", "loky"):
        return backend.kind
    return "processes" if backend.kind == "multiprocessing" else "elsewhere"


def _close(
    workers: Workers,
    exc_type: type[BaseException] | None,
    exc: BaseException | None,
    trace: TracebackType | None,
) -> None:
    try:
        if exc_type is not None:
            workers.abort()
    finally:  # also at a second Ctrl-C
        workers.close()
