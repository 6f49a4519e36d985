"""Adopting trials and refusing extensions, for optimizers with fixed decisions."""

from __future__ import annotations

from skhp.exceptions import OptimizerError
from skhp.optimizers._types import Optimizer, Trial


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


def no_extension(optimizer: Optimizer) -> OptimizerError:
    """Return the error of an optimizer whose trials are all known beforehand."""
    return OptimizerError(
        f"{type(optimizer).__name__} cannot be extended: how many trials it has is "
        "known beforehand."
    )
