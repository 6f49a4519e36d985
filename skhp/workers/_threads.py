"""Who may use how many threads: outer workers x inner threads = cores, never more.

LightGBM from version 4 on obeys nothing but its own ``n_jobs``, so parameters of that
kind are set on the worker's copy of the estimator (see `thread_parameters`). BLAS and
OpenMP are limited through joblib's environment variables in its own processes, else
through threadpoolctl.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import joblib
from threadpoolctl import ThreadpoolController, threadpool_limits

from skhp.exceptions import InvalidParameterError
from skhp.workers._thread_parameters import (
    fixed_threads,
    is_thread_parameter,
    thread_parameters,
)

_share = threading.local()  # .cores: what a search inside this fit may use


def usable_cores() -> int:
    """Return how many cores the caller may use; inside a fit, that fit's share."""
    return int(getattr(_share, "cores", None) or joblib.cpu_count())


@dataclass(frozen=True)
class ThreadPlan:
    """How many threads a fit may use, and how it is held to that.

    Attributes
    ----------
    workers, threads, cores : int
        Fits at once, threads of each, and cores there are.
    parameters : dict of str to int
        What the thread parameters of the estimator are set to.
    limits : {"none", "openmp", "all"}
        What a worker limits around its tasks: OpenMP's limit is per thread, that of
        BLAS is of the whole process.
    limits_here : bool
        Whether the main process limits its BLAS while the search runs.
    none_is_one : bool
        Whether joblib, and so scikit-learn's own estimators, take None for 1 already.
    """

    workers: int
    threads: int
    cores: int
    parameters: Mapping[str, int] = field(default_factory=dict)
    limits: str = "none"
    limits_here: bool = False
    none_is_one: bool = False

    def apply(self, estimator: Any, params: Mapping[str, Any]) -> None:
        """Set what is left open in a worker's copy, which `params` are set on."""
        parameters = self.parameters
        if any(_matters(key, value, parameters) for key, value in params.items()):
            # Steps come and go
            parameters = thread_parameters(estimator, self.threads, self.none_is_one)
        if parameters:
            estimator.set_params(**parameters)

    @contextmanager
    def in_worker(self) -> Iterator[None]:
        """Hold the calling thread of a worker to the plan."""
        before = getattr(_share, "cores", None)
        _share.cores = self.threads
        try:
            with self._limit():
                yield
        finally:
            _share.cores = before

    def shared_by(self, n: int, estimator: Any) -> tuple[int, ThreadPlan]:
        """Return how many of `n` fits may run at once here, and the plan for each."""
        n_at_once = min(n, max(1, self.threads // fixed_threads(estimator)))
        if n_at_once == 1:
            return 1, self
        threads = self.threads // n_at_once
        return n_at_once, replace(
            self,
            threads=threads,
            parameters=thread_parameters(estimator, threads, self.none_is_one),
            limits="openmp",
        )

    def in_main(self) -> AbstractContextManager[Any]:
        """Hold the main process to the plan while workers share its memory."""
        if self.limits_here:
            return threadpool_limits(self.threads)  # type: ignore[no-any-return]
        return nullcontext()

    def _limit(self) -> AbstractContextManager[Any]:
        if self.limits == "none":
            return nullcontext()
        controller = _openmp() if self.limits == "openmp" else _all_pools()
        return controller.limit(limits=self.threads)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        inner = f"{self.threads} thread" + "s" * (self.threads != 1)
        line = f"{self.workers} workers x {inner} on {self.cores} cores"
        if self.parameters:
            said = ", ".join(f"{name} = {n}" for name, n in self.parameters.items())
            line += f"; in workers {said}"
        return line


def make_plan(
    threads_per_fit: Any, workers: int, estimator: Any, where: str
) -> ThreadPlan | None:
    """Return the thread plan of a search; None if nothing is to be changed.

    Parameters
    ----------
    threads_per_fit : int, 'auto' or None
        What the user wants.
    workers : int
        How many fits run at once.
    estimator : estimator object
        Whose parameters are looked through.
    where : {"here", "threads", "loky", "processes", "elsewhere"}
        Where fits run.

    Raises
    ------
    InvalidParameterError
        If a fit wants more threads than there are cores.
    """
    cores = usable_cores()
    if threads_per_fit is None or (threads_per_fit == "auto" and where == "here"):
        return None
    if threads_per_fit == "auto":
        threads = 1 if where == "elsewhere" else max(1, cores // workers)
    else:
        threads = int(threads_per_fit)
        if threads > cores and where != "elsewhere":
            raise InvalidParameterError(
                "The 'threads_per_fit' parameter must be at most the number of cores, "
                f"which is {cores}. Got {threads} instead."
            )
    limits = {"here": "none", "processes": "all"}.get(where, "openmp")
    if where == "loky":  # joblib limits its processes to cores // n_jobs
        limits = "none" if threads_per_fit == "auto" else "all"
    none_is_one = where != "here"
    return ThreadPlan(
        workers,
        threads,
        cores,
        thread_parameters(estimator, threads, none_is_one),
        limits,
        limits_here=where in ("here", "threads"),
        none_is_one=none_is_one,
    )


def _matters(key: str, value: Any, parameters: Mapping[str, int]) -> bool:
    """Whether setting this changes which parameters are open."""
    if hasattr(value, "get_params") or isinstance(value, (list, tuple)):
        return True
    return is_thread_parameter(key) or any(
        name.startswith(f"{key}__") for name in parameters
    )


@cache  # building one looks through all loaded libraries, which takes milliseconds
def _all_pools() -> Any:
    return ThreadpoolController()


@cache
def _openmp() -> Any:
    return ThreadpoolController().select(user_api="openmp")
