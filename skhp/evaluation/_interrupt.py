"""Signals, deferred while the engine changes its state and raised while it waits."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from skhp.evaluation._record import Record
from skhp.evaluation._temporary_folder import remove_temporary_folders

# Of what kills a process by default: `kill`, a batch system, a terminal that closes.
_FATAL = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]
_installed: weakref.WeakSet[Interrupt] = weakref.WeakSet()


class Terminated(SystemExit):
    """Is raised in a process that is to be killed, so that it cleans up before."""


class Interrupt:
    """Turns Ctrl-C, or a signal that kills, into an exception at a safe moment.

    As a context manager it replaces Python's default handler of SIGINT (also in a
    notebook kernel), and after `clean_up_when_killed` the system's default of SIGTERM
    and SIGHUP. It does nothing if the user has set another handler, or outside the main
    thread. The first signal raises within `allowed`, or else at the next `check`. A
    second one raises at once.

    Ctrl-C raises `KeyboardInterrupt`. The others raise `Terminated`; at the end of the
    block, when all has been cleaned up, the process is killed by that signal, as its
    parent expects. A fork is killed at once.

    Attributes
    ----------
    is_inner : bool
        Whether its search runs inside another one, as the estimator of that.
    """

    def __init__(self) -> None:
        self.n_signals = 0  # of Ctrl-C
        self.is_inner = False
        self._fatal: int | None = None  # the signal that is to kill the process
        self._is_allowed = False
        self._before: dict[int, Any] = {}  # handlers, by signal

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self.is_inner = len(_installed) > 0
            self._replace(signal.SIGINT, signal.default_int_handler, self._handle)
            _installed.add(self)
        return self

    def _replace(self, number: int, default: Any, handler: Any) -> None:
        if signal.getsignal(number) is default:
            self._before[number] = signal.signal(number, handler)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _installed.discard(self)
        self._restore(list(self._before))
        if self._fatal is not None:
            remove_temporary_folders()
            os.kill(os.getpid(), self._fatal)

    def _restore(self, numbers: list[int]) -> None:
        for number in numbers:
            if number in self._before:
                signal.signal(number, self._before.pop(number))

    def clean_up_when_killed(self) -> None:
        """Clean up before SIGTERM or SIGHUP kills the process.

        It is called once the workers are there: a pool ends its forks by SIGTERM, which
        a handler that they inherit would swallow. Where there is nothing to clean up,
        it is better not called, because Python calls a handler only between two of its
        instructions: the process would end when a fit in compiled code is done.
        """
        if self in _installed:
            for number in _FATAL:
                self._replace(number, signal.SIG_DFL, self._handle_fatal)

    def leave_to_parent(self) -> None:
        """Let what kills this process, which is a fork, kill it at once."""
        self._restore(_FATAL)
        self._fatal = None

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let signals raise inside the block."""
        self._is_allowed = True
        try:
            yield
        finally:
            self._is_allowed = False

    def check(self) -> None:
        """Raise for a deferred signal.

        Raises
        ------
        KeyboardInterrupt
            If there was a Ctrl-C.
        """
        if self._fatal is not None:
            raise Terminated(128 + self._fatal)
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

    def _handle_fatal(self, number: int, frame: FrameType | None) -> None:
        must_raise = self._is_allowed or self._fatal is not None
        self._fatal = number
        if must_raise:
            self._is_allowed = False
            raise Terminated(128 + number)


@dataclass
class Ending:
    """How a search ended."""

    interrupted: bool = False


@contextmanager
def or_enough(record: Record, interrupt: Interrupt) -> Iterator[Ending]:
    """Let a first Ctrl-C end the block normally, if a candidate is finished.

    A search inside a fit of another one always raises: what it has so far would pass
    for the result of the whole fit.
    """
    ending = Ending()
    try:
        yield ending
    except BaseException as error:
        # Ctrl-C reaches the workers of a terminal too, and they may die of it.
        is_interrupt = isinstance(error, KeyboardInterrupt) or interrupt.n_signals
        is_final = interrupt.is_inner or interrupt.insists or not record.n_finished
        if is_final or not is_interrupt:
            raise
        ending.interrupted = True


def _leave_to_parent() -> None:
    for interrupt in list(_installed):
        interrupt.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
