"""Common parts of adopting trials and of refusing extensions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Proposal, Trial
from skhp.space import Space

_Floats = NDArray[np.float64]


class AdoptsByAsking:
    """Adopts trials of an optimizer that decides the same whenever it is asked."""

    def ask(self, n: int = 1) -> list[Trial]:
        """Return the next trials, at most `n`."""
        raise NotImplementedError

    def adopt(self, proposal: Proposal) -> Trial:
        """Return the next trial, which follows from what was told.

        Raises
        ------
        OptimizerError
            If there is none now.
        """
        trials = self.ask(1)
        if not trials:
            raise OptimizerError(f"{type(self).__name__} has no trial to adopt now.")
        return trials[0]


class CannotExtend:
    """Refuses extensions of an optimizer whose number of trials is settled."""

    can_extend = False

    def extend(self, n_more: int) -> None:
        """Refuse.

        Raises
        ------
        OptimizerError
            Always.
        """
        raise OptimizerError(
            f"{type(self).__name__} cannot be extended: how many trials it has is "
            "known beforehand."
        )


def proposed_row(
    space: Space, proposal: Proposal, is_acceptable: Callable[[_Floats], bool]
) -> _Floats:
    """Return the row of a proposal, which must be one that could be proposed now.

    Raises
    ------
    OptimizerError
        If it lies outside the space, or is not acceptable.
    """
    row = np.array(proposal.row, dtype=np.float64)
    if row.shape != (space.n_columns,) or not np.all((row >= 0) & (row <= 1)):
        raise OptimizerError(
            f"The next trial must lie in the space, at {space.n_columns} numbers in "
            f"[0, 1]. Got {proposal.row!r:.200}."
        )
    if not is_acceptable(row):
        raise OptimizerError(
            "The next trial must be a new one that satisfies the constraints. "
            f"Got {space.to_params(row[None])[0]!r:.200}."
        )
    return row
