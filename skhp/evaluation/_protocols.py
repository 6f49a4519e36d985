"""What the loop asks of those around it: workers, and observers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from skhp.evaluation._record import Row
from skhp.evaluation._task import SplitResult, Task
from skhp.optimizers import Trial

Finished = tuple[Task, SplitResult]


class Workers(Protocol):
    """Who does the work.

    Attributes
    ----------
    n_slots : int
        How many batches can be worked on at once.
    shares_memory : bool
        Whether tasks are handed over as they are, not pickled.
    ends_fits : bool
        Whether a fit that takes too long is ended.
    """

    n_slots: int
    shares_memory: bool
    ends_fits: bool

    def submit(self, batch: Sequence[Task]) -> None:
        """Have the tasks done, one after the other, by one worker."""
        ...

    def collect(self) -> list[Finished]:
        """Wait until a batch is finished, and return what has come of its tasks."""
        ...

    def abort(self) -> None:
        """Stop what is running; its results are not wanted any more."""
        ...

    def close(self) -> None:
        """Remove what was made for the workers; nothing is submitted after this."""
        ...


class Observer:
    """Who is told what happens in the loop; a subclass says what it wants to hear.

    Attributes
    ----------
    hears_replay : bool
        Whether it is also told what a journal, or an earlier fit, says has happened.
    """

    hears_replay: ClassVar[bool] = False

    def started(self) -> None:
        """Hear that what follows is new: nothing is replayed from here on."""

    def asked(self, trial: Trial, seconds: float) -> None:
        """Hear that the optimizer took `seconds` to propose `trial`."""

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Hear that one fit is finished; return whether to stop the search."""
        return False

    def trial_done(self, row: Row) -> bool:
        """Hear that all splits of a trial are; return whether to stop the search."""
        return False

    def restarted(self) -> None:
        """Hear that what stopped the search before is to be forgotten."""

    def ended(self) -> None:
        """Hear that the loop has come to its end, be it by an exception."""
