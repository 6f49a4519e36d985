"""A file lock that lets in one process at a time and is freed when it dies."""

from __future__ import annotations

import io
import os
import weakref

try:
    import fcntl
except ImportError:  # not a POSIX system: there is no lock
    fcntl = None  # type: ignore[assignment]

_open: weakref.WeakSet[io.FileIO] = weakref.WeakSet()


def lock(file: io.FileIO) -> bool:
    """Lock a file for as long as it is open; return whether that was possible.

    Notes
    -----
    ``flock`` belongs to the open file, so the system frees it when the process ends, in
    whatever way. A forked child would keep it, so a child closes its copy.
    """
    if fcntl is not None:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            pass
    _open.add(file)
    return True


def _close_in_child() -> None:
    for file in list(_open):
        file.close()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
