"""How a job gets to other processes: once, and with its arrays shared, not copied.

The job is pickled (protocol 5, by cloudpickle, so that what was defined in a notebook
travels too) with its buffers out of band, into one file::

    [n_buffers] [lengths ...] [pickle] padding [buffer] padding [buffer] ...

A worker maps that file into its memory, privately and copy-on-write, and builds the
job on top of the mapping: arrays and frames are views of pages that all workers share,
and an estimator that writes to its input changes only its own pages.
"""

from __future__ import annotations

import mmap
import os
import pickle
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skhp.evaluation._temporary_folder import TemporaryFolder
from skhp.workers._joblib import cloudpickle

_ALIGNMENT = 64  # bytes: a cache line, and enough for every NumPy dtype
_DROP_SECONDS = 2.0  # how soon a worker lets go of a job whose search has ended


class SharedJob:
    """A job in a file, for the workers of one machine.

    Parameters
    ----------
    job : object
        Anything that cloudpickle can pickle.

    Notes
    -----
    The file lies where joblib would put it: in ``JOBLIB_TEMP_FOLDER`` if that is set,
    else in shared memory where there is room, else in the system's temporary folder.
    It is removed by `close`, else when the process ends; see `TemporaryFolder`.
    """

    def __init__(self, job: Any) -> None:
        buffers: list[pickle.PickleBuffer] = []
        head = cloudpickle.dumps(job, protocol=5, buffer_callback=buffers.append)
        views = [buffer.raw() for buffer in buffers]
        size = len(head) + sum(view.nbytes + _ALIGNMENT for view in views)
        self._temporary = TemporaryFolder(size)
        self.folder = self._temporary.path
        self.path = os.path.join(self.folder, "job")
        with open(self.path, "wb") as file:
            _write(file, [memoryview(head), *views])

    def close(self) -> None:
        """Remove the file. Workers that have it mapped keep it until they look."""
        self._temporary.remove()


def unpicklable(parts: Mapping[str, Any]) -> tuple[str, Any, Exception] | None:
    """Return the name of the first part that cannot be pickled, it, and the error.

    Parameters
    ----------
    parts : dict of str to object
        What is to be sent. What is a dict itself, or an estimator, is looked into.
    """
    for name, part in parts.items():
        error = _pickling_error(part)
        if error is None:
            continue
        inner = part
        if hasattr(part, "get_params") and not isinstance(part, type):
            inner = part.get_params(deep=False)
        if isinstance(inner, Mapping):
            within = {f"{name}'s {key!r}": value for key, value in inner.items()}
            return unpicklable(within) or (name, part, error)
        return name, part, error
    return None


def _pickling_error(part: Any) -> Exception | None:
    try:
        cloudpickle.dumps(part, protocol=5, buffer_callback=lambda buffer: None)
    except Exception as error:
        return error
    return None


def _write(file: Any, blocks: Sequence[memoryview]) -> None:
    lengths = [block.nbytes for block in blocks]
    file.write(struct.pack(f"<{1 + len(blocks)}Q", len(blocks), *lengths))
    for block in blocks:
        file.write(b"\0" * (-file.tell() % _ALIGNMENT))
        file.write(block)


def _read(path: str) -> Any:
    with open(path, "rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    (n_blocks,) = struct.unpack_from("<Q", mapped)
    lengths = struct.unpack_from(f"<{n_blocks}Q", mapped, 8)
    position = 8 * (1 + n_blocks)
    blocks = []
    for length in lengths:
        position += -position % _ALIGNMENT
        blocks.append(mapped[position : position + length])
        position += length
    return pickle.loads(blocks[0], buffers=blocks[1:])


# In a worker: the jobs it has open. A search that has ended removes its file; a thread
# sees that and drops the job, so that idle workers hold no memory of it.
_open_jobs: dict[str, Any] = {}
_lock = threading.Lock()


def load_job(path: str) -> Any:
    """Return the job in the file `path`, opened once in each process."""
    with _lock:
        if path not in _open_jobs:
            _open_jobs[path] = _read(path)
            if len(_open_jobs) == 1:
                threading.Thread(target=_drop_finished_jobs, daemon=True).start()
        return _open_jobs[path]


def _drop_finished_jobs() -> None:
    while True:
        time.sleep(_DROP_SECONDS)
        with _lock:
            for path in [path for path in _open_jobs if not Path(path).exists()]:
                del _open_jobs[path]
            if not _open_jobs:
                return
