"""What each worker is doing: a page per process that the main process can read.

Every worker writes to a small file of its own, mapped into its memory::

    ticket  what was submitted to it; 0: nothing is being done
    place   which of the ticket's tasks it is at
    start   when it began that one, in seconds of the monotonic clock

No locks: a page has one writer, and a reader that meets it in the middle of a change
sees ticket 0. When a process is dead its page tells what it died of.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import time
from dataclasses import dataclass

_PAGE = struct.Struct("<QQd")
_TICKET = struct.Struct("<Q")
_PREFIX = "doing-"


@dataclass(frozen=True)
class Doing:
    """What one process is at."""

    pid: int
    ticket: int
    place: int
    start: float  # of time.monotonic, which all processes of a machine share


class Page:
    """Where a worker writes what it is doing.

    Parameters
    ----------
    folder : str
        Is shared with the main process. If it is gone, so is the search.
    """

    def __init__(self, folder: str) -> None:
        self._map: mmap.mmap | bytearray = bytearray(_PAGE.size)
        with contextlib.suppress(OSError):
            path = os.path.join(folder, f"{_PREFIX}{os.getpid()}")
            with open(path, "w+b") as file:
                file.write(bytes(_PAGE.size))
                file.flush()
                self._map = mmap.mmap(file.fileno(), _PAGE.size)

    def begin(self, ticket: int, place: int) -> None:
        """Note that a task begins now."""
        _TICKET.pack_into(self._map, 0, 0)
        _PAGE.pack_into(self._map, 0, 0, place, time.monotonic())
        _TICKET.pack_into(self._map, 0, ticket)

    def rest(self) -> None:
        """Note that nothing is being done."""
        _TICKET.pack_into(self._map, 0, 0)


def read_pages(folder: str) -> list[Doing]:
    """Return what every process that is at something is at."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                with open(entry.path, "rb") as file:
                    page = file.read(_PAGE.size)
                if len(page) == _PAGE.size:
                    ticket, place, start = _PAGE.unpack(page)
                    pid = int(entry.name[len(_PREFIX) :])
                    found.append(Doing(pid, ticket, place, start))
    return [doing for doing in found if doing.ticket]


def forget_pages(folder: str) -> None:
    """Remove all pages: the processes that wrote them are gone."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                os.unlink(entry.path)
