"""Where the progress of a search is shown: one line that changes, on a terminal."""

import io
import re
import shutil
import time
from typing import TextIO

# Files and pipes get a line this often, and the last one.
_SECONDS_BETWEEN_LINES = 10.0


class InPlace(io.TextIOBase):
    """A stream that keeps only the newest line of progress in sight.

    Written to by a search with ``verbose=1``. On a terminal each line takes the
    place of the one before; elsewhere most lines are dropped.

    Parameters
    ----------
    stream : TextIO
        Where the lines go.
    is_endless : bool
        Whether the number of candidates is no more than a bound, so that it is
        not shown.
    """

    def __init__(self, stream: TextIO, is_endless: bool) -> None:
        self._stream, self._is_endless = stream, is_endless
        self._is_terminal = stream.isatty()
        self._last = ""
        self._shown_at = time.monotonic()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.startswith("["):
                self._show(line)
        return len(text)

    def _show(self, line: str) -> None:
        if self._is_endless:
            line = re.sub(r"^\[ *(\d+)/\d+\]", r"[\1]", line)
        self._last = line
        if self._is_terminal:
            width = shutil.get_terminal_size().columns
            self._stream.write(f"\r\x1b[K  {line}"[: width + 4])
            self._stream.flush()
        elif time.monotonic() - self._shown_at > _SECONDS_BETWEEN_LINES:
            self._print_last()

    def say(self, line: str) -> None:
        """Write a line that stays."""
        self.finish()
        print(line, file=self._stream, flush=True)

    def finish(self) -> None:
        """End the line."""
        if self._is_terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _print_last(self) -> None:
        print(f"  {self._last}", file=self._stream, flush=True)
        self._shown_at, self._last = time.monotonic(), ""
