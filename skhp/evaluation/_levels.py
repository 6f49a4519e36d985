"""The level of a candidate: its rung, or how much of the resource it had."""

from __future__ import annotations

from typing import Protocol

from skhp.optimizers import Trial


class Levels(Protocol):
    """Says which candidates compete: those on the highest level that is settled.

    Scores on different levels are not compared, because a score that was reached with
    more of the resource is the better estimate.

    Attributes
    ----------
    top : int
        The level that the search aims at.
    unsettled : int or None
        The level whose candidates do not compete yet, because those that still have to
        be evaluated on it may be better.
    """

    @property
    def top(self) -> int: ...

    @property
    def unsettled(self) -> int | None: ...

    def of(self, trial: Trial) -> int:
        """Return the level of a trial."""
        ...


class OneLevel:
    """Lets all candidates compete, for a search without rungs."""

    top = 0
    unsettled = None

    def of(self, trial: Trial) -> int:
        """Return the level of every trial."""
        return 0
