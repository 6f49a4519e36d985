"""Who was asked for, and not yet told: the bookkeeping that every optimizer shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Trial


class Ledger:
    """Numbers the trials and refuses a tell that is unknown or repeated."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.pending: dict[int, Trial] = {}

    def open(
        self,
        params: Mapping[str, Any],
        *,
        resource: int | None = None,
        labels: Mapping[str, Any] | None = None,
        origin: int | None = None,
    ) -> Trial:
        """Return the next trial, now pending."""
        trial = Trial(self.n_asked, params, resource, labels or {}, origin)
        self.n_asked += 1
        self.pending[trial.number] = trial
        return trial

    def close(self, trial: Trial) -> None:
        """Take a trial off the pending list."""
        if self.pending.pop(trial.number, None) is None:
            known = trial.number < self.n_asked
            reason = "was told already" if known else "was never asked for"
            raise OptimizerError(f"Trial {trial.number} {reason}.")
