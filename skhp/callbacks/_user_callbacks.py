"""Calling the callbacks of a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from skhp.callbacks._loggers import CandidateLogger
from skhp.callbacks._stoppers import Stopper
from skhp.evaluation import Observer, Record, Row
from skhp.exceptions import InvalidParameterError


class UserCallbacks(Observer):
    """Calls the callbacks of a search after each candidate.

    Parameters
    ----------
    search : estimator
        The search that they are called with.
    record : Record
        The record of the search.
    callbacks : sequence of callable
        The callbacks. Each `Stopper` among them is told when a search starts or
        continues, and is called for the candidates that it wants to hear of. Each
        `CandidateLogger` is called with the candidate instead of the search.
    candidate_of : callable
        Returns what a logger is given for a row.
    """

    hears_replay: ClassVar[bool] = True

    def __init__(
        self,
        search: Any,
        record: Record,
        callbacks: Sequence[Callable[[Any], Any]],
        candidate_of: Callable[[Row], dict[str, Any]],
    ) -> None:
        self._search, self._record, self._callbacks = search, record, callbacks
        self._candidate_of = candidate_of
        self._is_replaying = True
        self.restarted()

    def restarted(self) -> None:
        """Reset the stoppers: the search starts or continues."""
        for callback in self._callbacks:
            if isinstance(callback, Stopper):
                callback.restart()

    def started(self) -> None:
        """Note that the replay is over and new results follow."""
        self._is_replaying = False

    def trial_done(self, row: Row) -> bool:
        """Call every callback, even after one has asked to stop."""
        wants = partial(self._is_wanted, is_at_top=self._is_at_top(row))
        return any([self._call(f, row) for f in self._callbacks if wants(f)])

    def _call(self, callback: Callable[[Any], Any], row: Row) -> bool:
        """Call one callback; return whether it asks to stop."""
        if isinstance(callback, CandidateLogger):
            callback(self._candidate_of(row))
            return False
        return bool(callback(self._search))

    def _is_at_top(self, row: Row) -> bool:
        """Whether a row is on the highest rung, and there is a score on that rung."""
        levels, best = self._record.levels, self._record.best
        rows = [row] if best is None else [row, best]
        return all(levels.of(each.trial) == levels.top for each in rows)

    def _is_wanted(self, callback: Any, *, is_at_top: bool) -> bool:
        """Whether a callback wants to hear of a candidate."""
        if isinstance(callback, Stopper) and callback.only_at_top and not is_at_top:
            return False
        hears = isinstance(callback, (Stopper, CandidateLogger))
        return not self._is_replaying or (hears and callback.hears_replay)


def read_callbacks(name: str, given: Any) -> list[Callable[[Any], Any]]:
    """Return the callbacks as a list.

    Raises
    ------
    InvalidParameterError
        If one is not callable.
    """
    if given is None:
        return []
    callbacks = list(given) if isinstance(given, (list, tuple)) else [given]
    for callback in callbacks:
        if not callable(callback) or isinstance(callback, type):
            raise InvalidParameterError(
                f"The 'callbacks' parameter of {name} must be callable or a list of "
                f"callables. Got {callback!r} instead."
            )
    return callbacks


def user_callbacks(
    search: Any, record: Record, candidate_of: Callable[[Row], dict[str, Any]]
) -> list[Observer]:
    """Return an observer that calls the callbacks of a search, if it has any."""
    callbacks = read_callbacks(type(search).__name__, search.callbacks)
    if not callbacks:
        return []
    return [UserCallbacks(search, record, callbacks, candidate_of)]


@contextmanager
def logged(search: Any) -> Iterator[None]:
    """Tell the loggers among the callbacks that a fit begins, and that it has ended."""
    callbacks = read_callbacks(type(search).__name__, search.callbacks)
    begun: list[CandidateLogger] = []
    try:
        for callback in callbacks:
            if isinstance(callback, CandidateLogger):
                callback.begin(search)
                begun.append(callback)
        yield
    except BaseException as error:
        for logger in begun:
            logger.end(search, error)
        raise
    for logger in begun:
        logger.end(search, None)
