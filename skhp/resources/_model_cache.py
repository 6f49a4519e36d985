"""The cache of fold models, kept until their candidate is promoted.

Models are in this process's memory and, for other processes of this machine, in files.
Both have a size limit and drop the least recently used. A dropped model is fitted anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMORY_BYTES = 512 * 2**20  # in each process
FOLDER_BYTES = 2 * 2**30


@dataclass(frozen=True, eq=False)
class FoldModel:
    """A model of one candidate on one split.

    Attributes
    ----------
    resource : int
        The resource with which it was trained.
    prefix : str
        Identifies the fitted steps that transformed its data. Steps that come out the
        same in every process share one value.
    model : estimator
    """

    resource: int
    prefix: str
    model: Any


class Memory:
    """Keeps values up to a number of bytes; the oldest are dropped first.

    Parameters
    ----------
    limit : int
        Limit in bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._used = limit, 0
        self._values: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any:
        """Return a value; None if it is not there or was dropped."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][1]

    def take(self, key: Hashable) -> Any:
        """Return a value and remove it."""
        with self._lock:
            size, value = self._values.pop(key, (0, None))
            self._used -= size
            return value

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep a value of a number of bytes, if there can be room for it."""
        self.take(key)
        with self._lock:
            if size > self._limit:
                return
            self._values[key] = size, value
            self._used += size
            while self._used > self._limit:
                _, (freed, _) = self._values.popitem(last=False)
                self._used -= freed


class Files:
    """Keeps fold models in a folder that several processes share.

    Parameters
    ----------
    folder : str
        A folder that only this user can write, because its files are unpickled.
    limit : int
        Limit in bytes.
    """

    def __init__(self, folder: str, limit: int = FOLDER_BYTES) -> None:
        self._folder, self._limit = Path(folder), limit

    def put(self, origin: int, split: int, content: FoldModel, pickled: bytes) -> None:
        """Write a model, or not if that fails."""
        with contextlib.suppress(OSError):
            if not self._make_room(len(pickled)):
                return
            path = self._folder / f"{origin}-{split}-{content.resource}"
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(pickled)
            draft.replace(path)

    def take(self, origin: int, split: int) -> FoldModel | None:
        """Return the model with the most resource, and remove it."""
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            found = list(self._folder.glob(f"{origin}-{split}-*[0-9]"))
            found = [path for path in found if not path.suffix]
            if found:
                path = max(found, key=lambda path: int(path.name.split("-")[2]))
                content: FoldModel = pickle.loads(path.read_bytes())
                for old in found:
                    old.unlink(missing_ok=True)
                return content
        return None

    def _make_room(self, size: int) -> bool:
        known = sorted(
            (entry.stat().st_mtime, entry.stat().st_size, entry.path)
            for entry in os.scandir(self._folder)
        )
        used = sum(one for _, one, _ in known) + size
        for _, freed, path in known:
            if used <= self._limit:
                break
            os.unlink(path)
            used -= freed
        return used <= self._limit


class _Counter(io.RawIOBase):
    """A file that only counts what is written to it."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        n = memoryview(data).nbytes
        self.size += n
        return n


def size_of(value: Any) -> int:
    """Return the bytes that a value takes when it is pickled; 0 if it cannot be."""
    counter = _Counter()
    try:
        pickle.Pickler(counter, protocol=5).dump(value)
    except Exception:  # of a class defined in a function, say: kept, not counted
        return 0
    return counter.size
