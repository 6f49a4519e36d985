"""Folders for large temporary files, and the removal of those of killed searches.

They outlive no process for long on Linux, where it can be told who is dead.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: what a dead process has left stays
    fcntl = None  # type: ignore[assignment]

_SHARED = "/dev/shm"
_PREFIX = "skhp-"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_open: weakref.WeakSet[TemporaryFolder] = weakref.WeakSet()


def temporary_folder(size: int) -> str | None:
    """Return where a file of `size` bytes should go; None means the system's choice."""
    chosen = os.environ.get("JOBLIB_TEMP_FOLDER")
    if chosen:
        os.makedirs(chosen, exist_ok=True)
        return chosen
    with contextlib.suppress(OSError):
        if os.access(_SHARED, os.W_OK) and shutil.disk_usage(_SHARED).free > 2 * size:
            return _SHARED
    return None


class TemporaryFolder:
    """A folder of this process, which is the only one that removes it.

    It is removed by `remove`, else when the object or the process ends. If the process
    is killed, the next one of the same user that makes a folder removes it, on systems
    that have ``flock`` and ``/proc/sys/kernel/random/boot_id`` (Linux). Elsewhere
    (macOS, Windows), and on file systems without locks, it stays.

    Parameters
    ----------
    size : int
        Bytes that there should be room for.
    name : str, default=""
        Part of the folder's name.

    Attributes
    ----------
    path : str

    Notes
    -----
    The owner holds an ``flock`` on the folder, which the kernel frees however the
    process ends. That tells who is alive also where process numbers do not, as between
    containers that share a folder. Folders of other machines are never touched, because
    their locks may not be seen here: the folder's name tells the kernel's boot.
    """

    def __init__(self, size: int, name: str = "") -> None:
        home = temporary_folder(size)
        _clear_up({home or tempfile.gettempdir(), tempfile.gettempdir(), _SHARED})
        self.path, lock = _make(home, f"{_PREFIX}{name}{_boot()}-")
        try:
            cleanup = weakref.finalize(self, _remove, self.path, lock, os.getpid())
        except BaseException:  # Ctrl-C
            _remove(self.path, lock, os.getpid())
            raise
        self._cleanup, self._owner = cleanup, os.getpid()
        _open.add(self)

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        self._cleanup()


def remove_temporary_folders() -> None:
    """Remove all that this process has, because it is about to be killed."""
    for folder in list(_open):
        folder.remove()


def _make(home: str | None, prefix: str) -> tuple[str, int | None]:
    """Make a folder and lock it; return its path and the lock's descriptor, if any."""
    while True:
        path, lock = tempfile.mkdtemp(prefix=prefix, dir=home), None
        try:
            lock = _lock(path)
            if lock is None or _is(path, lock):
                return path, lock
        except (FileNotFoundError, BlockingIOError):
            pass
        except BaseException:  # Ctrl-C
            _remove(path, lock, os.getpid())
            raise
        # Another process took it for that of a dead one before it was locked.
        if lock is not None:
            os.close(lock)


def _remove(path: str, lock: int | None, owner: int) -> None:
    try:
        if os.getpid() == owner:  # else a fork, which has a copy of the object
            shutil.rmtree(path, ignore_errors=True)
    except BaseException:  # Ctrl-C
        shutil.rmtree(path, ignore_errors=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _lock(folder: str) -> int | None:
    """Lock a folder for as long as the descriptor that is returned is open.

    None means that there are no locks here. If another process has it, that is a
    `BlockingIOError`.
    """
    if fcntl is None:
        return None
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        os.close(lock)
        if isinstance(error, BlockingIOError) or not isinstance(error, OSError):
            raise
        return None
    return lock


def _is(path: str, descriptor: int) -> bool:
    return os.path.samestat(os.stat(path), os.fstat(descriptor))


def _boot() -> str:
    """Return what the processes of this machine, and no others, have in common."""
    try:
        return hashlib.sha256(_BOOT_ID.read_bytes()).hexdigest()[:12]
    except OSError:
        return ""


def _clear_up(homes: set[str]) -> None:
    """Remove the folders of dead processes of this user."""
    boot = _boot()
    if not boot:
        return
    for path in _folders(homes):
        if f"{boot}-" not in os.path.basename(path):
            continue
        with contextlib.suppress(OSError):
            lock = _lock(path)
            if lock is not None:
                _remove(path, lock, os.getpid())


def _folders(homes: set[str]) -> Iterator[str]:
    for home in homes:
        with contextlib.suppress(OSError), os.scandir(home) as entries:
            for entry in entries:
                if not entry.name.startswith(_PREFIX):
                    continue
                with contextlib.suppress(OSError):
                    is_folder = entry.is_dir(follow_symlinks=False)
                    owner = entry.stat(follow_symlinks=False).st_uid
                    if is_folder and owner == os.geteuid():
                        yield entry.path
