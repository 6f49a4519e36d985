"""A file lock that lets in one process at a time and is freed when it dies."""

from __future__ import annotations

import os
import weakref

try:
    import fcntl
except ImportError:  # not a POSIX system: there is no lock
    fcntl = None  # type: ignore[assignment]

_open: weakref.WeakSet[FileLock] = weakref.WeakSet()


class FileLock:
    """An exclusive lock on an open file, for as long as the file is open.

    Parameters
    ----------
    fd : int
        Descriptor of the file.

    Notes
    -----
    ``flock`` belongs to the open file, so the system frees it when the process ends, in
    whatever way. A forked child would keep it, so a child closes its copy.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def acquire(self) -> bool:
        """Take the lock, without waiting; return whether that was possible."""
        if fcntl is not None:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:  # a file system without locks
                pass
        _open.add(self)
        return True

    def forget(self) -> None:
        """Give up the lock together with its file, which the caller closes."""
        _open.discard(self)


def _close_in_child() -> None:
    for lock in list(_open):
        os.close(lock.fd)
        lock.fd = -1
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
