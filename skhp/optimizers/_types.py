"""The values exchanged between an optimizer and the loop that evaluates its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Trial:
    """One configuration to evaluate.

    Attributes
    ----------
    number : int
        Position in the order of asking, from 0.
    params : mapping of str to object
        Parameters of the estimator, with values as the user would write them.
    resource : int or None
        Amount of the resource to use; None means all of it.
    labels : mapping of str to object
        Extra columns of ``cv_results_``, such as ``iter`` or ``bracket``.
    origin : int or None
        Number of the first trial of this configuration, if this one continues it
        with more of the resource.
    repeats : int or None
        Number of an earlier trial with exactly the same fits. This trial is then not
        evaluated but gets the same outcome.
    row : tuple of float or None
        Row of the configuration in the space, if the optimizer works on rows.
    surrogate : tuple of float
        State of the surrogate that proposed the trial; empty if none did.
    lower_resources : tuple of int
        Amounts with which this configuration was evaluated before, in order.
    """

    number: int
    params: Mapping[str, Any]
    resource: int | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    origin: int | None = None
    repeats: int | None = None
    row: tuple[float, ...] | None = None
    surrogate: tuple[float, ...] = ()
    lower_resources: tuple[int, ...] = ()

    @property
    def proposal(self) -> Proposal:
        """What another optimizer needs in order to adopt this trial."""
        return Proposal(self.row, self.origin, self.surrogate)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an earlier run decided about a trial; all else follows from it.

    Attributes
    ----------
    row : tuple of float or None
        Row of the configuration in the space, if it was drawn from a `Space`.
    origin : int or None
        Number of the first trial of this configuration, if this one continues it.
    surrogate : tuple of float
        State of the surrogate that proposed the trial; empty if none did.
    """

    row: tuple[float, ...] | None = None
    origin: int | None = None
    surrogate: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of one trial.

    Attributes
    ----------
    scores : ndarray of shape (n_splits,)
        Score on each split, greater is better; nan where the split was not run or
        failed.
    status : str
        "ok", "failed", "timeout", "crashed", "stopped" or "raced".
    fit_seconds : float
        Mean time of one fit, in seconds.
    error : str or None
        A short traceback of the first failure.
    estimate : float or None
        What the mean would be, where splits were left out because the rest shows
        enough; None elsewhere.
    variance : float
        Variance of this estimate.
    """

    scores: NDArray[np.float64]
    status: str = "ok"
    fit_seconds: float = 0.0
    error: str | None = None
    estimate: float | None = None
    variance: float = 0.0

    @property
    def mean(self) -> float:
        """Mean over the splits, or its estimate; nan if any of them has no score."""
        if self.estimate is not None:
            return self.estimate
        return float(np.mean(self.scores)) if len(self.scores) else float("nan")


@runtime_checkable
class Optimizer(Protocol):
    """Proposes trials and learns from their outcomes.

    A state machine without threads, clock or estimators. `skhp.testing.check_optimizer`
    checks the whole contract:

    * Greater scores are better. A score of nan means failed.
    * ``ask(n)`` returns at most `n` trials. An empty list means "tell me something
      first"; with nothing pending it may only be returned when `done`.
    * ``tell`` takes each asked trial exactly once.
    * The same seed, asks and tells give the same trials, in any process.
    * It can be pickled at any moment, and its copy continues identically.
    * An optimizer with the same seed that adopts the same proposals and is told the
      same outcomes continues identically too.
    """

    @property
    def learns(self) -> bool:
        """Whether trials depend on outcomes. If not, they may be asked far ahead."""
        ...

    @property
    def n_trials(self) -> int | None:
        """Number of trials in all, if it is known."""
        ...

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for; the last may still be running."""
        ...

    @property
    def exhausted(self) -> bool:
        """Whether no further new configuration could be found."""
        ...

    @property
    def can_extend(self) -> bool:
        """Whether `extend` can raise the number of trials."""
        ...

    def ask(self, n: int = 1) -> Sequence[Trial]:
        """Return up to `n` trials to evaluate next."""
        ...

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn the outcome of a trial that was asked for."""
        ...

    def adopt(self, proposal: Proposal) -> Trial:
        """Return the next trial, which an earlier run has proposed.

        The trial is then pending, as if it had been asked for. Nothing is decided anew,
        so this takes no time and gives the same trial on any processor.

        Raises
        ------
        OptimizerError
            If there cannot be such a trial now.
        """
        ...

    def extend(self, n_more: int) -> None:
        """Allow `n_more` more trials, or as many as there are."""
        ...
