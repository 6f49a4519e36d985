"""Decisions that do not depend on timing: trials asked in batches and told in order."""

from __future__ import annotations

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Optimizer, Outcome, Proposal, Trial


class BatchedOptimizer:
    """Asks another optimizer for batches of trials, and tells it each batch in order.

    The other optimizer sees the same asks and tells whatever the order in which
    outcomes arrive. This makes a search reproducible with any number of workers, at the
    price of a barrier between batches.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer that chooses the trials.
    batch_size : int
        Number of trials in a batch.

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
        self._n_open = batch_size  # still to be asked of the other, for this batch
        self._n_handed_out = 0
        self._outcomes: dict[int, tuple[Trial, Outcome]] = {}

    @property
    def learns(self) -> bool:
        """Whether trials depend on what is told."""
        return self._optimizer.learns

    @property
    def n_trials(self) -> int | None:
        """Number of trials in all."""
        return self._optimizer.n_trials

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for."""
        return self._n_handed_out == len(self._batch) and self._optimizer.done

    @property
    def exhausted(self) -> bool:
        """Whether the other optimizer finds no new configuration."""
        return self._optimizer.exhausted

    @property
    def can_extend(self) -> bool:
        """Whether the other optimizer can be extended."""
        return self._optimizer.can_extend

    def ask(self, n: int = 1) -> list[Trial]:
        """Return trials of the current batch; none while the whole batch is running."""
        if self._n_open:
            self._batch.extend(self._optimizer.ask(self._n_open))
            self._n_open = 0
        start = self._n_handed_out
        trials = self._batch[start : start + n]
        self._n_handed_out += len(trials)
        if not trials and self._end_batch():  # what there was of it was told before
            return self.ask(n)
        return trials

    def adopt(self, proposal: Proposal) -> Trial:
        """Return the next trial of the batch, as an earlier run chose it."""
        if not self._n_open:
            raise OptimizerError("The batch must be told before another one begins.")
        trial = self._optimizer.adopt(proposal)
        self._batch.append(trial)
        self._n_open -= 1
        self._n_handed_out += 1
        return trial

    def extend(self, n_more: int) -> None:
        """Allow `n_more` more trials, in further batches."""
        total = self._optimizer.n_trials
        if self._batch and total is not None:  # a last batch that is short stays so
            self._n_open = min(self._n_open, total - 1 - self._batch[-1].number)
            self._end_batch()
        self._optimizer.extend(n_more)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Keep the outcome until the batch is complete, then tell all in order."""
        handed_out = {known.number for known in self._batch[: self._n_handed_out]}
        if trial.number not in handed_out - self._outcomes.keys():
            raise OptimizerError(
                f"Trial {trial.number} was told already, or was never asked for."
            )
        self._outcomes[trial.number] = (trial, outcome)
        self._end_batch()

    def _end_batch(self) -> bool:
        """Tell the other all outcomes of a complete batch; return whether there are."""
        is_whole = not self._n_open or self._optimizer.done
        if not is_whole or len(self._outcomes) < len(self._batch):
            return False
        outcomes = self._outcomes
        self._batch, self._n_open = [], self._batch_size
        self._n_handed_out, self._outcomes = 0, {}
        for number in sorted(outcomes):
            self._optimizer.tell(*outcomes[number])
        return bool(outcomes)
