"""Decisions that do not depend on timing: trials in batches, told in order."""

from __future__ import annotations

from typing import Any

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Optimizer, Outcome, Trial


class BatchedOptimizer:
    """Asks another optimizer for a whole batch, and tells it all of it, in order.

    Whatever the order in which outcomes arrive, the other optimizer sees the same
    asks and tells. A search is so reproducible with any number of workers, at the
    price of a barrier between batches.

    Parameters
    ----------
    optimizer : Optimizer
        Who decides.
    batch_size : int
        Trials in a batch.

    Examples
    --------
    >>> import numpy as np
    >>> from skhp.optimizers import BatchedOptimizer, GridOptimizer, Outcome
    >>> optimizer = BatchedOptimizer(GridOptimizer({"C": [1, 2, 3]}), batch_size=2)
    >>> trials = optimizer.ask(5)
    >>> [trial.params["C"] for trial in trials]
    [1, 2]
    >>> optimizer.ask(5)  # the batch is not told yet
    []
    >>> for trial in trials:
    ...     optimizer.tell(trial, Outcome(np.array([0.5])))
    >>> [trial.params["C"] for trial in optimizer.ask(5)]
    [3]
    """

    def __init__(self, optimizer: Optimizer, batch_size: int) -> None:
        self._optimizer, self._batch_size = optimizer, batch_size
        self._batch: list[Trial] = []  # asked of the other, in order
        self._n_handed_out = 0
        self._outcomes: dict[int, tuple[Trial, Outcome]] = {}

    @property
    def learns(self) -> bool:
        """Whether trials depend on what is told."""
        return self._optimizer.learns

    @property
    def n_trials(self) -> int | None:
        """How many trials there will be in all."""
        return self._optimizer.n_trials

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for."""
        return self._n_handed_out == len(self._batch) and self._optimizer.done

    def ask(self, n: int = 1) -> list[Trial]:
        """Return trials of the current batch; none if it is out and not told."""
        if not self._batch:
            self._batch = list(self._optimizer.ask(self._batch_size))
        start = self._n_handed_out
        trials = self._batch[start : start + n]
        self._n_handed_out += len(trials)
        return trials

    @property
    def subspaces(self) -> Any:
        """Sub-space of each trial that was asked for, if the other optimizer tells."""
        return self._optimizer.subspaces  # type: ignore[attr-defined]

    def extend(self, n_more: int) -> None:
        """Allow `n_more` trials more than before, if the other optimizer can do so."""
        self._optimizer.extend(n_more)  # type: ignore[attr-defined]

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Keep the outcome until the batch is complete, then tell all in order."""
        handed_out = {known.number for known in self._batch[: self._n_handed_out]}
        if trial.number not in handed_out - self._outcomes.keys():
            raise OptimizerError(
                f"Trial {trial.number} was told already, or was never asked for."
            )
        self._outcomes[trial.number] = (trial, outcome)
        if len(self._outcomes) == len(self._batch):
            for number in sorted(self._outcomes):
                self._optimizer.tell(*self._outcomes[number])
            self._batch, self._n_handed_out, self._outcomes = [], 0, {}
