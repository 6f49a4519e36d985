"""How a worker process starts: who its signals are for, and when it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_SECONDS_BETWEEN_LOOKS = 0.5  # at whether the parent is alive


@contextmanager
def ctrl_c_deferred() -> Iterator[None]:
    """Keep Ctrl-C from this thread, and from a process that it starts meanwhile.

    Such a process would die of it before it has come to `start_worker`.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker(
    parent: int, initializer: Callable[..., Any] | None, initargs: tuple[Any, ...]
) -> None:
    """Leave Ctrl-C to the parent, and (not on Windows) end when that has ended.

    A terminal sends Ctrl-C to workers, too: they would die of it with a traceback.
    loky would leave those of a killed parent where they are, for minutes; and joblib
    removes its temporary files and semaphores once all workers are gone.

    On Windows loky does leave them: a process there keeps the number of its parent when
    that has ended, and so does not notice.

    Parameters
    ----------
    parent : int
        The number of the parent process.
    initializer, initargs : callable or None, tuple
        What else to call.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # it was started with Ctrl-C deferred
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    if sys.platform != "win32":
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if initializer is not None:
        initializer(*initargs)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
