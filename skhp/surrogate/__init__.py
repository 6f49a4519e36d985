"""Models of the score as a function of the parameters."""

from skhp.surrogate._function_draws import FunctionDraw, draw_functions
from skhp.surrogate._gaussian_process import Posterior, Prior, fit_gaussian_process
from skhp.surrogate._target import warp_scores
from skhp.surrogate._trees import Forest, fit_forest
from skhp.surrogate._warp import warp

__all__ = [
    "Forest",
    "FunctionDraw",
    "Posterior",
    "Prior",
    "draw_functions",
    "fit_forest",
    "fit_gaussian_process",
    "warp",
    "warp_scores",
]
