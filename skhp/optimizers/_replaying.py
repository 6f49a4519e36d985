"""Adopting trials and refusing extensions, for optimizers with fixed decisions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Optimizer, Proposal, Trial
from skhp.space import Space

_Floats = NDArray[np.float64]


def asked_again(optimizer: Optimizer) -> Trial:
    """Return the next trial of an optimizer that always decides the same.

    Raises
    ------
    OptimizerError
        If it has no trial now.
    """
    trials = optimizer.ask(1)
    if not trials:
        raise OptimizerError(f"{type(optimizer).__name__} has no trial to adopt now.")
    return trials[0]


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


def no_extension(optimizer: Optimizer) -> OptimizerError:
    """Return the error of an optimizer whose trials are all known beforehand."""
    return OptimizerError(
        f"{type(optimizer).__name__} cannot be extended: how many trials it has is "
        "known beforehand."
    )
