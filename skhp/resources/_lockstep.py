"""Fits that advance together, so that one decision can be made for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any


class Lockstep:
    """Runs the fits of all folds of a candidate in threads, point by point.

    Each fit reports at each point, and waits there until all others have come as far
    or have ended. Then it is decided whether they go on.

    Parameters
    ----------
    n_at_once : int
        How many of them may run at the same time.
    decide : callable
        Is given the number of the point; returns whether to stop. Is called once for
        each point, while no fit runs past it.
    """

    def __init__(self, n_at_once: int, decide: Callable[[int], bool]) -> None:
        self._decide = decide
        self._changed = threading.Condition()
        self._free = n_at_once  # of the places to run in
        self._reached: dict[int, int] = {}  # by fit, of those that have not ended
        self._decided = 0  # how many points are
        self._stops = self._is_over = False
        self._error: BaseException | None = None

    def run(self, fits: Sequence[Callable[[Place], Any]]) -> None:
        """Run the fits to their ends; raise what one of them raised.

        At Ctrl-C, the fits end at their next point.
        """
        self._reached = dict.fromkeys(range(len(fits)), 0)
        threads = [
            threading.Thread(target=self._run, args=(i, fit), daemon=True)
            for i, fit in enumerate(fits)
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            with self._changed:
                self._stops = self._is_over = True
                self._changed.notify_all()
            for thread in threads:  # they use the data, and end at their next point
                if thread.ident is not None:
                    thread.join()
            raise
        if self._error is not None:
            raise self._error

    def _run(self, number: int, fit: Callable[[Place], Any]) -> None:
        place = Place(self, number)
        has_place = False
        try:
            has_place = place.enter()
            if has_place:
                fit(place)
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
                self._stops = self._is_over = True
        finally:
            with self._changed:
                self._reached.pop(number)
                self._free += has_place
                self._settle()

    def enter(self) -> bool:
        """Wait for a place to run in; return False if there is nothing to run for."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0 or self._is_over)
            if self._is_over:
                return False
            self._free -= 1
            return True

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the fits any more, after an error or Ctrl-C."""
        return self._is_over

    def report(self, number: int) -> bool:
        """Wait for the others at the next point; return whether to stop."""
        with self._changed:
            self._reached[number] += 1
            point = self._reached[number]
            self._free += 1
            self._settle()
            self._changed.wait_for(lambda: self._stops or self._decided >= point)
            self._changed.wait_for(lambda: self._free > 0)
            self._free -= 1
            return self._stops

    def _settle(self) -> None:
        """Decide on each point that all have reached, and wake up those waiting."""
        least = min(self._reached.values(), default=self._decided)
        while self._decided < least and not self._stops:
            try:
                self._stops = bool(self._decide(self._decided))
            except BaseException as error:
                self._error = self._error or error
                self._stops = self._is_over = True
            self._decided += 1
        self._changed.notify_all()


class Place:
    """The place of one fit in a lockstep: what it reports to.

    Attributes
    ----------
    seconds : float
        How long the fit has run, without the time that it has waited.
    """

    def __init__(self, lockstep: Lockstep, number: int) -> None:
        self._lockstep, self._number = lockstep, number
        self.seconds, self._since = 0.0, 0.0

    def enter(self) -> bool:
        """Wait for a place to run in; return False if there is nothing to run for."""
        has_place = self._lockstep.enter()
        self._since = time.perf_counter()
        return has_place

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the fit any more, after an error or Ctrl-C."""
        return self._lockstep.is_over

    def reach_point(self) -> bool:
        """Report the next point; return whether to stop, after all have reached it."""
        self.rest()
        stops = self._lockstep.report(self._number)
        self._since = time.perf_counter()
        return stops

    def rest(self) -> None:
        """Stop the clock."""
        now = time.perf_counter()
        self.seconds += now - self._since
        self._since = now
