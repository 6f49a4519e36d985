"""The lines of a journal: JSON objects, each with a checksum of all lines so far.

::

    {"ask": 0, "params": {"C": 1.0}, "seconds": 0.0004, "#": "5d41402a"}

A line's checksum (CRC-32) starts from that of the line before. This reveals flipped
bits, and lines that are missing, duplicated or swapped, before any line is parsed.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
import zlib
from collections.abc import Iterator
from typing import Any

from skhp.exceptions import JournalError
from skhp.journal._lock import FileLock

Entry = dict[str, Any]

LONGEST = 10_000_000  # bytes of a line: no file makes us read more than that at once
_SYNC_SECONDS = 5.0  # what a power cut may cost at most; a killed process loses nothing
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
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        flags |= getattr(os, "O_BINARY", 0)
        try:
            self._fd = os.open(self.path, flags, 0o666)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise JournalError(
                f"The journal {self.path!r} must be a file that can be written. "
                f"Got: {reason}."
            ) from None
        self._lock = FileLock(self._fd)
        try:
            self._check_kind()
        except BaseException:
            os.close(self._fd)
            raise
        self.n_lines = 0
        self._checksum = 0
        self._torn: int | None = None  # number of a damaged last line
        self._ends_torn = False
        self._synced = time.monotonic()
        self._is_on_disk = True

    def _check_kind(self) -> None:
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            raise JournalError(
                f"The journal {self.path!r} must be a regular file. Got something else."
            )
        if not self._lock.acquire():
            raise JournalError(
                f"The journal {self.path!r} must be used by one search at a time. "
                "Another one is writing to it now: wait for it, or use another path."
            )

    def read(self) -> Iterator[tuple[int, Entry]]:
        """Yield each line's number, from 1, and its content.

        A damaged last line is skipped; its number is in `torn`.
        """
        suspect = None
        with open(self._fd, "rb", closefd=False) as file:
            file.seek(0)
            while line := file.readline(LONGEST + 1):
                self.n_lines += 1
                self._ends_torn = not line.endswith(b"\n")
                entry = self._checked(line + b"\n" if self._ends_torn else line)
                if suspect is not None:
                    if entry is None or entry.get("dropped") != suspect:
                        raise self._damaged(suspect)
                    suspect = None
                elif entry is None:
                    suspect = self.n_lines
                elif "dropped" in entry:
                    raise self._damaged(self.n_lines)
                else:
                    yield self.n_lines, entry
        self._torn = suspect

    @property
    def torn(self) -> int | None:
        """The number of the last line, if it is damaged."""
        return self._torn

    def append(self, entry: Entry) -> None:
        """Write a line; the operating system has it when this returns."""
        if self._torn is not None:
            number, self._torn = self._torn, None
            self.append({"dropped": number})
        if self._ends_torn:
            self._ends_torn = False
            self._write(b"\n")
        body = json.dumps(entry)[:-1].encode()
        if len(body) + _END_LENGTH > LONGEST:
            raise JournalError(
                f"A line of the journal {self.path!r} must be shorter than {LONGEST} "
                f"bytes. Got {len(body) + _END_LENGTH}: seed the 'cv', so that its "
                "splits need not be written down."
            )
        self._checksum = zlib.crc32(body, self._checksum)
        self._write(body + b', "#": "%08x"}\n' % self._checksum)
        self.n_lines += 1
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise self._unwritable(error) from error
        self._synced, self._is_on_disk = time.monotonic(), True

    def close(self) -> None:
        """Close the file, which unlocks it."""
        if self._fd < 0:
            return
        try:
            if not self._is_on_disk:
                self.sync()
        finally:
            self._lock.forget()
            os.close(self._fd)
            self._fd = -1

    def _write(self, data: bytes) -> None:
        view, self._is_on_disk = memoryview(data), False
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except OSError as error:
                raise self._unwritable(error) from error

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

    def _unwritable(self, error: OSError) -> JournalError:
        return JournalError(
            f"The journal {self.path!r} must be a file that can be written. "
            f"Got: {error.strerror}. What it holds so far can be resumed from."
        )
