"""The interfaces of what the loop works with: workers and observers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from skhp.evaluation._record import Row
from skhp.evaluation._task import SplitResult, Task
from skhp.optimizers import Trial

Finished = tuple[Task, SplitResult]


class Workers(Protocol):
    """The workers, which run tasks.

    Attributes
    ----------
    n_slots : int
        Number of batches that can be worked on at once.
    shares_memory : bool
        Whether tasks are passed as they are, without pickling.
    ends_fits : bool
        Whether a fit that takes too long is ended.
    """

    n_slots: int
    shares_memory: bool
    ends_fits: bool

    def submit(self, batch: Sequence[Task]) -> None:
        """Let one worker run the tasks one after the other."""
        ...

    def collect(self) -> list[Finished]:
        """Wait until a batch is finished, and return the results of its tasks."""
        ...

    def abort(self) -> None:
        """Stop running tasks, whose results are no longer needed."""
        ...

    def close(self) -> None:
        """Free what was made for the workers; nothing is submitted afterwards."""
        ...


class Observer:
    """Is told what happens in the loop; subclasses override what they want to hear.

    Attributes
    ----------
    hears_replay : bool
        Whether it is also told what happened in an earlier fit or in a journal.
    """

    hears_replay: ClassVar[bool] = False

    def started(self) -> None:
        """Hear that the replay is over and new results follow."""

    def asked(self, trial: Trial, seconds: float) -> None:
        """Hear that the optimizer took `seconds` to propose `trial`."""

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Hear that one fit is finished; return whether to stop the search."""
        return False

    def dropped(self, row: Row) -> None:
        """Hear that the missing splits of a trial will not be run."""

    def trial_done(self, row: Row) -> bool:
        """Hear that a trial is finished; return whether to stop the search."""
        return False

    def restarted(self) -> None:
        """Hear that a search which had stopped continues."""

    def ended(self) -> None:
        """Hear that the loop has ended, normally or by an exception."""
