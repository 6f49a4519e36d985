"""What each worker is doing: a file that it writes to and the main process reads.

The file is mapped into the memory of all of them, and has a record per worker::

    position  1 + which of the tasks it was given it is at; 0: none
    start     when it began that one, in seconds of the monotonic clock

There are no locks: a record has one writer at a time, and a reader that comes in the
middle of a change sees position 0. When a process is dead its record says what it was
at.
"""

from __future__ import annotations

import mmap
import os
import struct
import time

_RECORD = struct.Struct("<Qd")
_POSITION = struct.Struct("<Q")
_NAME = "activity"


class Activity:
    """The activity of the workers of one search.

    Parameters
    ----------
    folder : str
        Where the file lies, or is to lie.
    n_workers : int, default=0
        Of how many workers a new file tells; 0: the file is there already.
    """

    def __init__(self, folder: str, n_workers: int = 0) -> None:
        path = os.path.join(folder, _NAME)
        with open(path, "x+b" if n_workers else "r+b") as file:
            if n_workers:
                file.write(bytes(n_workers * _RECORD.size))
                file.flush()
            self._map = mmap.mmap(file.fileno(), 0)

    def begin(self, worker: int, position: int) -> None:
        """Note that a worker begins with one of its tasks now."""
        offset = worker * _RECORD.size
        _POSITION.pack_into(self._map, offset, 0)
        _RECORD.pack_into(self._map, offset, 0, time.monotonic())
        _POSITION.pack_into(self._map, offset, position + 1)

    def rest(self, worker: int) -> None:
        """Note that a worker does nothing."""
        _POSITION.pack_into(self._map, worker * _RECORD.size, 0)

    def read(self, worker: int) -> tuple[int, float] | None:
        """Return which task a worker is at and when it began; None if at none."""
        position, start = _RECORD.unpack_from(self._map, worker * _RECORD.size)
        return (position - 1, start) if position else None

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
