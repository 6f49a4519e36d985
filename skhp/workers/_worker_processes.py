"""Processes of this machine, which stay from one search to the next.

loky gives up all processes of an executor as soon as one of them dies. So each has an
executor of its own here: whichever process is killed or dies, the others work on.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

from skhp.workers._joblib import LokySettings
from skhp.workers._worker_start import ctrl_c_deferred

_idle: list[WorkerProcess] = []  # of searches that have ended
_of_parent: list[WorkerProcess] = []  # in a fork: idle ones of the process it is of
_lock = threading.Lock()
_FILES_EACH = 10  # pipes and semaphores: seven with loky 3.6
_FILES_OF_OTHERS = 256
_HANDOVER_SECONDS = 1.0  # loky takes a call over within milliseconds


class WorkerProcess:
    """One process, which is started when it is first needed, and again if it died."""

    def __init__(self, settings: LokySettings) -> None:
        self.settings = settings
        self._executor: Any = settings.executor()
        self._future: Future[Any] | None = None  # of the last call

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        """Have the call made; the process must have nothing else to do."""
        with ctrl_c_deferred():
            try:
                future = self._executor.submit(call)
            except BrokenProcessPool:  # it died of the last call, or while it was idle
                self._executor = self.settings.executor()
                future = self._executor.submit(call)
        self._future = future
        return future  # type: ignore[no-any-return]

    def kill(self) -> None:
        """End the process, whatever it is doing, and those that it has started."""
        _kill(self._executor, self._future)

    def replace(self) -> Callable[[], None]:
        """Have the next call made by a new process; return what kills the old one."""
        kill = partial(_kill, self._executor, self._future)
        self._executor, self._future = self.settings.executor(), None
        return kill

    def end(self, wait: bool = False) -> None:
        """Let the process end, and wait for that or not; it must have nothing to do."""
        self._executor.shutdown(wait=wait)


def _kill(executor: Any, future: Future[Any] | None) -> None:
    # loky's thread breaks if it has not taken over the call yet.
    give_up = time.monotonic() + _HANDOVER_SECONDS
    try:
        while future is not None and not (future.running() or future.done()):
            if time.monotonic() > give_up:
                break
            time.sleep(0.001)
    finally:  # also at Ctrl-C
        executor.shutdown(kill_workers=True)


def take_processes(settings: LokySettings, n: int) -> list[WorkerProcess]:
    """Return `n` processes: idle ones that were started like this, else new ones.

    Those that remain idle are ended.
    """
    with _lock:
        fitting = [process for process in _idle if process.settings == settings][:n]
        unfitting = [process for process in _idle if process not in fitting]
        _idle.clear()
    for process in unfitting:
        process.end()
    _allow_open_files(n * _FILES_EACH)
    return fitting + [WorkerProcess(settings) for _ in range(n - len(fitting))]


def _allow_open_files(n: int) -> None:
    """Raise the soft limit of open files if need be; 1024 is not enough for 128."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = n + _FILES_OF_OTHERS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def give_back(processes: list[WorkerProcess]) -> None:
    """Keep idle processes for the next search, until they have waited too long.

    A process that was itself started by another keeps none: multiprocessing would wait
    for them at its end.
    """
    if _of_parent or multiprocessing.parent_process() is not None:
        for process in processes:
            process.end(wait=True)  # else it may miss being told
        return
    with _lock:
        _idle.extend(processes)


def _leave_to_parent() -> None:
    """Know no processes in a fork, which has none of the threads of their executors.

    They stay in memory: the end of an executor is told to a thread of the parent.
    """
    global _lock
    _lock = threading.Lock()  # a thread that is not here may have held it
    _of_parent.extend(_idle)
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
