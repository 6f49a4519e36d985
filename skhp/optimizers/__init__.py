"""Ask/tell optimizers: pure state machines that decide what to evaluate next."""

from skhp.optimizers._types import Optimizer, Outcome, Trial

__all__ = ["Optimizer", "Outcome", "Trial"]
