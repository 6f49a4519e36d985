"""What the loop asks of those around it: workers, and observers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from skhp.evaluation._record import Row
from skhp.evaluation._task import SplitResult, Task
from skhp.optimizers import Trial

Finished = tuple[Task, SplitResult]


class Workers(Protocol):
    """What the loop asks of those who do the work."""

    n_slots: int
    shares_memory: bool  # whether tasks are handed over as they are, not pickled
    ends_fits: bool  # whether a fit that takes too long can be ended

    def submit(self, batch: Sequence[Task]) -> None:
        """Have the tasks done, one after the other, by one worker."""
        ...

    def collect(self) -> list[Finished]:
        """Wait until a batch is finished, and return what has come of its tasks."""
        ...


class Observer(Protocol):
    """Who is told what happens. A method that returns True stops the search.

    One that has ``hears_replay = True`` is also told what a journal says has happened.
    Methods ``started`` and ``ended`` are called around all that is new.
    """

    def asked(self, trial: Trial, seconds: float) -> None:
        """Hear that the optimizer took `seconds` to propose `trial`."""
        ...

    def split_done(self, task: Task, result: SplitResult) -> bool | None:
        """Hear that one fit is finished."""
        ...

    def trial_done(self, row: Row) -> bool | None:
        """Hear that all splits of a trial are finished."""
        ...
