"""Ctrl-C, deferred while the engine changes its state and raised while it waits."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from skhp.evaluation._record import Record


class Interrupt:
    """Turns the first Ctrl-C into a `KeyboardInterrupt` at a safe moment.

    As a context manager it replaces Python's default handler of SIGINT (also in a
    notebook kernel). It does nothing if the user has set another handler, or outside
    the main thread. The first Ctrl-C raises within `allowed`, or else at the next
    `check`. A second one raises at once.
    """

    def __init__(self) -> None:
        self.n_signals = 0
        self._is_allowed = False
        self._is_installed = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._handle)
            self._is_installed = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_installed:
            self._is_installed = False
            signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let Ctrl-C raise inside the block."""
        self._is_allowed = True
        try:
            yield
        finally:
            self._is_allowed = False

    def check(self) -> None:
        """Raise a deferred Ctrl-C.

        Raises
        ------
        KeyboardInterrupt
            If there was one.
        """
        if self.n_signals:
            raise KeyboardInterrupt

    @property
    def insists(self) -> bool:
        """Whether there was more than one Ctrl-C."""
        return self.n_signals > 1

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.n_signals += 1
        if self._is_allowed or self.n_signals > 1:
            self._is_allowed = False
            raise KeyboardInterrupt


@dataclass
class Ending:
    """How a search ended."""

    interrupted: bool = False


@contextmanager
def or_enough(record: Record, interrupt: Interrupt) -> Iterator[Ending]:
    """Let a first Ctrl-C end the block normally, if a candidate is finished."""
    ending = Ending()
    try:
        yield ending
    except BaseException as error:
        # Ctrl-C reaches the workers of a terminal too, and they may die of it.
        is_interrupt = isinstance(error, KeyboardInterrupt) or interrupt.n_signals
        if not is_interrupt or interrupt.insists or not record.n_finished:
            raise
        ending.interrupted = True
