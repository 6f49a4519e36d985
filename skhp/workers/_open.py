"""Workers for a job: this process, or whatever joblib's active backend offers.

The loop submits batches of tasks and collects what is finished; it is never the
backend that decides when the next task is pulled. joblib's own `Parallel` pulls from
its generator ahead of time, which would make an optimizer decide on old news.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

import joblib

from skhp.evaluation._protocols import Workers
from skhp.evaluation._task import Job
from skhp.workers._in_process import InProcessWorkers
from skhp.workers._joblib_backends import JoblibWorkers, is_a, is_dask
from skhp.workers._loky import LokyWorkers
from skhp.workers._slow_fits import PatientWorkers
from skhp.workers._threads import ThreadPlan, make_plan
from skhp.workers._worker import run_watched, settings


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
        if self._parallel._effective_n_jobs() == 1 and not is_dask(backend):
            return "here"
        if getattr(backend, "supports_sharedmem", False):
            return "threads"
        if is_a(backend, "LokyBackend"):
            return "loky"
        return "processes" if is_a(backend, "MultiprocessingBackend") else "elsewhere"

    def _open(self, where: str) -> Any:
        if where == "here":
            return InProcessWorkers(self._job)
        if where == "loky":
            return LokyWorkers(
                self._job, self._parallel, run_watched, settings(), self._fit_timeout
            )
        if is_dask(self._parallel._backend):
            from skhp.workers._dask import DaskWorkers

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
