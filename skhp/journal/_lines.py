"""The lines of a journal: JSON objects, each with a checksum of all lines so far.

::

    {"ask": 0, "params": {"C": 1.0}, "seconds": 0.0004, "#": "5d41402a"}

A line's checksum (CRC-32) starts from that of the line before. This reveals flipped
bits, and lines that are missing, duplicated or swapped, before any line is parsed.

The last line may be torn, as after a power cut. What is written next begins on a new
line, with ``{"dropped": 7, ...}`` for a seventh line that is torn. Should this be torn
as well, it is written again.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import stat
import time
import zlib
from collections.abc import Iterator
from typing import Any

from skhp.exceptions import JournalError
from skhp.journal._lock import lock

Entry = dict[str, Any]

LONGEST = 10_000_000  # bytes of a line: no file makes us read more than that at once
_SYNC_SECONDS = 5.0  # what a power cut may cost at most; a killed process loses nothing
_MANY = 2**16  # bytes that wait to be written
_START_LENGTH = 64  # bytes of damaged lines that are kept
_END = re.compile(rb', "#": "([0-9a-f]{8})"}\n')
_END_LENGTH = len(b', "#": "00000000"}\n')


class LinesFile:
    """An append-only file of checked lines, locked while it is open.

    Parameters
    ----------
    path : str or path-like
        The file; it is created if it does not exist.

    Raises
    ------
    JournalError
        If it cannot be opened, or is in use.
    """

    def __init__(self, path: Any) -> None:
        self.path = os.fspath(path)
        self.n_lines = 0
        self._size = 0  # of what was read, and written since
        self._checksum = 0
        self._torn: int | None = None  # number of a damaged last line
        self._torn_starts: set[bytes] = set()  # how lines begin that are damaged
        self._ends_torn = False
        self._waiting = bytearray()  # sealed lines that could not be written yet
        self._n_waiting = 0
        self._sealed = 0  # checksum at the end of what waits
        self._tried = 0  # size of what waited when it could not be written
        self._synced = time.monotonic()
        self._is_on_disk = True
        self._file: io.FileIO | None = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        try:
            # Python closes it, which unlocks it, once nothing refers to it any more:
            # after a Ctrl-C that came where no `close` follows.
            self._file = io.FileIO(self.path, "ab+", opener=_open_at_once)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise JournalError(
                f"The journal {self.path!r} must be a file that can be written. "
                f"Got: {reason}."
            ) from None
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            raise JournalError(
                f"The journal {self.path!r} must be a regular file. Got something else."
            )
        if not lock(self._file):
            raise JournalError(
                f"The journal {self.path!r} must be used by one search at a time. "
                "Another one is writing to it now: wait for it, or use another path."
            )

    @property
    def _fd(self) -> int:
        assert self._file is not None
        return self._file.fileno()

    def read(self) -> Iterator[tuple[int, Entry]]:
        """Yield each line's number, from 1, and its content.

        A damaged last line is skipped; its number is in `torn`.
        """
        with open(self._fd, "rb", closefd=False) as file:
            file.seek(0)
            while line := file.readline(LONGEST + 1):
                self.n_lines += 1
                self._size += len(line)
                self._ends_torn = not line.endswith(b"\n")
                entry = self._checked(line + b"\n" if self._ends_torn else line)
                if self._torn is not None:
                    self._check_mend(self._torn, line, entry)
                elif entry is None:
                    self._torn = self.n_lines
                    self._torn_starts.add(line.rstrip(b"\n")[:_START_LENGTH])
                elif "dropped" in entry:
                    raise self._damaged(self.n_lines)
                else:
                    yield self.n_lines, entry

    def _check_mend(self, torn: int, line: bytes, entry: Entry | None) -> None:
        """Check the line after a torn one, which says so, or is a part of saying so."""
        if entry is None:
            mend = _sealed(_dropped(torn), self._checksum)[0]
            if not mend.startswith(line.rstrip(b"\n")):
                raise self._damaged(torn)
        elif entry.get("dropped") == torn:
            self._torn = None
        else:
            raise self._damaged(torn)

    @property
    def torn(self) -> int | None:
        """The number of the last line, if it is damaged."""
        return self._torn

    def is_torn_start(self, text: bytes) -> bool:
        """Whether all damaged lines begin with this text, as far as they go.

        Where there are no others, the first line was torn, once or several times.
        """
        starts = {start[: len(text)] for start in self._torn_starts}
        return bool(starts) and all(
            start and text.startswith(start) for start in starts
        )

    def append(self, entry: Entry) -> None:
        """Write a line; the operating system has it when this returns.

        Raises
        ------
        OSError
            If that is not possible, as on a full disk. The file is as it was before,
            and the line is kept, to be written before the next one.
        JournalError
            If the line is too long.
        """
        body = json.dumps(entry)[:-1].encode()
        if len(body) + _END_LENGTH > LONGEST:
            raise JournalError(
                f"A line of the journal {self.path!r} must be shorter than {LONGEST} "
                f"bytes. Got {len(body) + _END_LENGTH}: seed the 'cv', so that its "
                "splits need not be written down."
            )
        if not self._n_waiting:
            self._begin_waiting()
        self._seal(body)
        # Trying at every line would write what waits again and again.
        if len(self._waiting) < _MANY or len(self._waiting) > 1.25 * self._tried:
            self._write_waiting()
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()

    def _begin_waiting(self) -> None:
        """Mend the end of the file, if it needs that, before the first line."""
        self._sealed = self._checksum
        if self._ends_torn:
            self._waiting += b"\n"
        if self._torn is not None:
            self._seal(_dropped(self._torn))

    def _seal(self, body: bytes) -> None:
        line, self._sealed = _sealed(body, self._sealed)
        self._waiting += line
        self._n_waiting += 1

    def _write_waiting(self) -> None:
        self._tried = len(self._waiting)
        self._write(bytes(self._waiting))
        self.n_lines += self._n_waiting
        self._checksum, self._torn, self._ends_torn = self._sealed, None, False
        self._waiting.clear()
        self._n_waiting = 0

    def _write(self, data: bytes) -> None:
        """Write all of the data or nothing."""
        if os.fstat(self._fd).st_size != self._size:
            raise OSError(errno.EIO, "It was changed by something else")
        view, self._is_on_disk = memoryview(data), False
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except BaseException:
            # If this fails too, the file has another size, and is left alone.
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise
        self._size += len(data)

    def sync(self) -> None:
        """Wait until everything is on the disk.

        Raises
        ------
        OSError
            If the disk fails.
        """
        os.fsync(self._fd)
        self._synced, self._is_on_disk = time.monotonic(), True

    def close(self) -> None:
        """Close the file, which unlocks it.

        Raises
        ------
        OSError
            If the disk fails; it is closed all the same.
        """
        if self._file is None or self._file.closed:
            return
        try:
            if self._n_waiting and self.n_lines:  # else no search has begun
                with contextlib.suppress(OSError):  # as was said before
                    self._write_waiting()
            if not self._is_on_disk:
                self.sync()
        finally:
            self._file.close()

    def _checked(self, line: bytes) -> Entry | None:
        """Return the content of a line; None if it is damaged."""
        if len(line) > LONGEST:
            raise JournalError(
                f"Line {self.n_lines} of the journal {self.path!r} must be shorter "
                f"than {LONGEST} bytes. It is no journal of skhp."
            )
        end = _END.fullmatch(line[-_END_LENGTH:])
        if end is None:
            return None
        body = line[:-_END_LENGTH]
        checksum = zlib.crc32(body, self._checksum)
        if checksum != int(end[1], 16):
            return None
        try:
            entry = json.loads(body + b"}")
        except (ValueError, RecursionError):
            raise self._damaged(self.n_lines) from None
        if not isinstance(entry, dict):
            raise self._damaged(self.n_lines)
        self._checksum = checksum
        return entry

    def no_journal(self) -> JournalError:
        """Return the error for a file that does not begin like a journal."""
        return JournalError(
            f"The file {self.path!r} must be a journal of skhp, or not exist. Its "
            "first line is not that of a journal, or damaged: use another path."
        )

    def _damaged(self, number: int) -> JournalError:
        if number == 1:
            return self.no_journal()
        return JournalError(
            f"Line {number} of the journal {self.path!r} is damaged, and lines after "
            "it are not, so what they say cannot be trusted. Restore the file from a "
            f"copy, or keep its first {number - 1} lines, or use another path."
        )


def _open_at_once(path: Any, flags: int) -> int:
    """Open a file without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def _dropped(torn: int) -> bytes:
    """Return the body of the line which says that another one is torn."""
    return b'{"dropped": %d' % torn


def _sealed(body: bytes, checksum: int) -> tuple[bytes, int]:
    """Return a line with its checksum, given that of the line before."""
    checksum = zlib.crc32(body, checksum)
    return body + b', "#": "%08x"}\n' % checksum, checksum
