"""Ask/tell optimizers: pure state machines that decide what to evaluate next."""

from skhp.optimizers._batched import BatchedOptimizer
from skhp.optimizers._bayes import BayesOptimizer
from skhp.optimizers._bayes_model import SurrogateModel
from skhp.optimizers._listed import GridOptimizer, RandomOptimizer, SobolOptimizer
from skhp.optimizers._types import Optimizer, Outcome, Trial

__all__ = [
    "BatchedOptimizer",
    "BayesOptimizer",
    "GridOptimizer",
    "Optimizer",
    "Outcome",
    "RandomOptimizer",
    "SobolOptimizer",
    "SurrogateModel",
    "Trial",
]
