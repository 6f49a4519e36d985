"""The list of pending trials, asked for and not told yet, of every optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Trial


class PendingTrials:
    """Numbers the trials, and refuses a tell that is unknown or repeated.

    Attributes
    ----------
    n_asked : int
        Number of trials asked for so far, which is the number of the next one.
    trials : dict of int to Trial
        The pending trials by number, in order of asking.
    """

    def __init__(self) -> None:
        self.n_asked = 0
        self.trials: dict[int, Trial] = {}

    def add(self, params: Mapping[str, Any], **what: Any) -> Trial:
        """Return the next trial, now pending; `what` are its other attributes."""
        trial = Trial(self.n_asked, params, **what)
        self.n_asked += 1
        self.trials[trial.number] = trial
        return trial

    def remove(self, trial: Trial) -> None:
        """Remove a trial that is told from the list."""
        if self.trials.pop(trial.number, None) is None:
            known = trial.number < self.n_asked
            reason = "was told already" if known else "was never asked for"
            raise OptimizerError(f"Trial {trial.number} {reason}.")
