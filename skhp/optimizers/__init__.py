"""Ask/tell optimizers: pure state machines that decide what to evaluate next."""

from skhp.optimizers._batched import BatchedOptimizer
from skhp.optimizers._bayes import BayesOptimizer, one_blas_thread
from skhp.optimizers._bayes_model import SurrogateModel
from skhp.optimizers._brackets import Bracket, Halving
from skhp.optimizers._halving import HalvingOptimizer
from skhp.optimizers._hyperband import HyperbandOptimizer
from skhp.optimizers._listed import GridOptimizer, RandomOptimizer, SobolOptimizer
from skhp.optimizers._types import Optimizer, Outcome, Proposal, Trial

__all__ = [
    "BatchedOptimizer",
    "BayesOptimizer",
    "Bracket",
    "GridOptimizer",
    "Halving",
    "HalvingOptimizer",
    "HyperbandOptimizer",
    "Optimizer",
    "Outcome",
    "Proposal",
    "RandomOptimizer",
    "SobolOptimizer",
    "SurrogateModel",
    "Trial",
    "one_blas_thread",
]
