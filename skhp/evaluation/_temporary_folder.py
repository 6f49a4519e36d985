"""Folders for large temporary files.

They outlive no process for long on Linux, where it can be told who is dead.
"""

from __future__ import annotations

import contextlib
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
_DEAD = "skhp-removed-"
_LOCK = "owner.lock"
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
    The owner holds an ``flock`` on a file in the folder, which the kernel frees however
    the process ends. That tells who is alive also where process numbers do not, as
    between containers that share a folder. Folders of other machines are never touched,
    because their locks may not be seen here: the file names the kernel's boot.
    """

    def __init__(self, size: int, name: str = "") -> None:
        home = temporary_folder(size)
        _clear_up({home or tempfile.gettempdir(), tempfile.gettempdir(), _SHARED})
        self.path = tempfile.mkdtemp(prefix=f"{_PREFIX}{name}", dir=home)
        lock = None
        try:
            lock = _lock(self.path)
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


def _remove(path: str, lock: int | None, owner: int) -> None:
    try:
        if os.getpid() == owner:  # else a fork, which has a copy of the object
            _delete(path)
    except BaseException:  # Ctrl-C
        _delete(path)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _delete(path: str) -> None:
    """Remove a folder, under a name that tells the next process to go on with it."""
    home, name = os.path.split(path)
    dead = os.path.join(home, f"{_DEAD}{name}")
    with contextlib.suppress(OSError):  # as of Windows, where a file in it is open
        os.rename(path, dead)
    for folder in (path, dead):
        shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: str) -> int | None:
    """Make the file that says that the folder is in use, and return its descriptor."""
    boot = _boot()
    if fcntl is None or boot is None:
        return None
    draft = os.path.join(folder, f"{_LOCK}.new")
    lock = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(lock, boot)
        os.rename(draft, os.path.join(folder, _LOCK))  # locked before it is seen
    except BaseException as error:
        os.close(lock)
        if not isinstance(error, OSError):  # of a file system without locks
            raise
        return None
    return lock


def _boot() -> bytes | None:
    """Return what all processes of this machine, and no others, have in common."""
    try:
        return _BOOT_ID.read_bytes()
    except OSError:
        return None


def _clear_up(homes: set[str]) -> None:
    """Remove the folders of dead processes of this user."""
    if fcntl is None:
        return
    for path in _folders(homes):
        if os.path.basename(path).startswith(_DEAD):
            shutil.rmtree(path, ignore_errors=True)
            continue
        with contextlib.suppress(OSError):
            lock = os.open(os.path.join(path, _LOCK), os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.read(lock, 1024) == _boot():
                    _delete(path)
            finally:
                os.close(lock)


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
