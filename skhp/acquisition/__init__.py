"""The acquisition function and its maximisation."""

from skhp.acquisition._expected_improvement import log_ei, log_h
from skhp.acquisition._forest_surface import ForestSurface
from skhp.acquisition._geometry import Geometry
from skhp.acquisition._maximise import (
    EFFORTS,
    Climbable,
    Effort,
    Success,
    Surface,
    first_acceptable,
    ranked_rows,
)

__all__ = [
    "EFFORTS",
    "Climbable",
    "Effort",
    "ForestSurface",
    "Geometry",
    "Success",
    "Surface",
    "first_acceptable",
    "log_ei",
    "log_h",
    "ranked_rows",
]
