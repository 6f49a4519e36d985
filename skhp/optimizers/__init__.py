"""Ask/tell optimizers: pure state machines that decide what to evaluate next."""

from skhp.optimizers._listed import GridOptimizer, RandomOptimizer, SobolOptimizer
from skhp.optimizers._types import Optimizer, Outcome, Trial

__all__ = [
    "GridOptimizer",
    "Optimizer",
    "Outcome",
    "RandomOptimizer",
    "SobolOptimizer",
    "Trial",
]
