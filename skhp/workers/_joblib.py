"""The only place where joblib's undocumented names, and those of its loky, are used.

==============================================  ============================
name                                            seen in
==============================================  ============================
joblib.Parallel._backend                        1.4, 1.5, 1.6
joblib.Parallel._effective_n_jobs               1.4, 1.5, 1.6
joblib.parallel.BatchedCalls                    1.4, 1.5, 1.6
ParallelBackendBase.submit                      1.5, 1.6
ParallelBackendBase.apply_async                 1.4; deprecated since 1.5
ParallelBackendBase.get_nested_backend          1.4, 1.5, 1.6
ParallelBackendBase.retrieve_result_callback    1.4, 1.5, 1.6
ParallelBackendBase.abort_everything            1.4, 1.5, 1.6
ParallelBackendBase.supports_sharedmem          1.4, 1.5, 1.6
DaskDistributedBackend.client                   1.4, 1.5, 1.6
LokyBackend._workers                            1.4, 1.5, 1.6
loky.ProcessPoolExecutor._timeout               1.4, 1.5, 1.6 (loky 3.4 to 3.6)
loky.ProcessPoolExecutor._env                   1.4, 1.5, 1.6 (loky 3.4 to 3.6)
loky.ProcessPoolExecutor._initializer           1.4, 1.5, 1.6 (loky 3.4 to 3.6)
loky.ProcessPoolExecutor._initargs              1.4, 1.5, 1.6 (loky 3.4 to 3.6)
joblib.externals.loky.ProcessPoolExecutor       1.4, 1.5, 1.6
loky.process_executor.TerminatedWorkerError     1.4, 1.5, 1.6
loky.backend.resource_tracker                   1.4, 1.5, 1.6
joblib.externals.cloudpickle                    1.4, 1.5; a dependency since 1.6
==============================================  ============================
"""

from __future__ import annotations

import multiprocessing.resource_tracker
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import joblib
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import BatchedCalls

from skhp.workers._worker_start import start_worker

try:
    import cloudpickle
except ImportError:
    from joblib.externals import cloudpickle

__all__ = ["Backend", "LokySettings", "TerminatedWorkerError", "cloudpickle"]

_KINDS = {
    "LokyBackend": "loky",
    "MultiprocessingBackend": "multiprocessing",
    "DaskDistributedBackend": "dask",
}


@dataclass(frozen=True)
class LokySettings:
    """What joblib starts its loky processes with."""

    idle_timeout: float | None  # seconds after which an idle process ends
    env: dict[str, str] | None  # environment variables that limit threads
    initializer: Callable[..., Any] | None
    initargs: tuple[Any, ...]

    def executor(self) -> Any:
        """Return a loky executor of one process, which starts at the first call."""
        _start_trackers()
        return ProcessPoolExecutor(
            max_workers=1,
            timeout=self.idle_timeout,
            env=self.env,
            initializer=start_worker,
            initargs=(os.getpid(), self.initializer, self.initargs),
        )


def _start_trackers() -> None:
    """Start what tracks the resources of processes, if it does not run yet.

    loky would do so while it starts a process. Either tracker lets Ctrl-C through to
    this thread once it runs, so that `ctrl_c_deferred` would end too early.
    """
    resource_tracker.ensure_running()
    if os.name == "posix":
        multiprocessing.resource_tracker.ensure_running()


class Backend:
    """The backend that joblib would use here, as a context manager.

    Parameters
    ----------
    n_jobs : int or None
        As in joblib: None means what the active `joblib.parallel_config` says, or 1.

    Attributes
    ----------
    n_workers : int
        How many calls run at once.
    kind : {"loky", "multiprocessing", "dask", "threads", "other"}
        What the backend is made of.
    """

    def __init__(self, n_jobs: int | None) -> None:
        self._parallel = joblib.Parallel(n_jobs=n_jobs)
        self.n_workers, self.kind = 1, "threads"

    def __enter__(self) -> Backend:
        self._parallel.__enter__()
        self._backend = self._parallel._backend
        self.n_workers = int(self._parallel._effective_n_jobs())
        classes = [cls.__name__ for cls in type(self._backend).__mro__]
        known = [_KINDS[name] for name in classes if name in _KINDS]
        if getattr(self._backend, "supports_sharedmem", False):
            known = ["threads"]
        self.kind = known[0] if known else "other"
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parallel.__exit__(exc_type, exc, trace)

    def call(self, function: Callable[..., Any], *args: Any) -> Callable[[], list[Any]]:
        """Return a call, to be made by a worker, that returns a list of one result.

        Parallel calls within it use the backend that joblib wants inside this one.
        """
        nested = self._backend.get_nested_backend()
        return BatchedCalls([(function, args, {})], nested)  # type: ignore[no-any-return]

    def submit(self, call: Callable[[], Any], callback: Callable[[Any], None]) -> None:
        """Have a worker make the call, and then `callback` called with what came."""
        send = getattr(self._backend, "submit", None) or self._backend.apply_async
        send(call, callback=callback)

    def result(self, out: Any) -> Any:
        """Return the result of a call, or raise its error, given what came of it."""
        return self._backend.retrieve_result_callback(out)

    def abort(self) -> None:
        """Stop all calls."""
        self._backend.abort_everything(ensure_ready=False)

    @property
    def dask_client(self) -> Any:
        """The client of a backend of dask."""
        return self._backend.client

    @property
    def loky_settings(self) -> LokySettings:
        """What joblib starts the processes of a loky backend with."""
        executor = self._backend._workers
        return LokySettings(
            executor._timeout, executor._env, executor._initializer, executor._initargs
        )
