"""Displays and tables of fitted searches."""

from skhp.advice import Advice
from skhp.inspection._advice import advice
from skhp.inspection._folds import FoldsDisplay
from skhp.inspection._frame import results_frame
from skhp.inspection._history import SearchHistoryDisplay
from skhp.inspection._importance_bars import ImportanceDisplay
from skhp.inspection._importances import Importances, parameter_importances
from skhp.inspection._optuna import to_optuna
from skhp.inspection._parallel_coordinates import ParallelCoordinatesDisplay
from skhp.inspection._parameters import ParameterAxis
from skhp.inspection._partial_dependence import PartialDependenceDisplay
from skhp.inspection._resource_curves import ResourceDisplay
from skhp.inspection._slices import SliceDisplay
from skhp.inspection._trade_off import TradeOffDisplay
from skhp.inspection.page import report

__all__ = [
    "Advice",
    "FoldsDisplay",
    "ImportanceDisplay",
    "Importances",
    "ParallelCoordinatesDisplay",
    "ParameterAxis",
    "PartialDependenceDisplay",
    "ResourceDisplay",
    "SearchHistoryDisplay",
    "SliceDisplay",
    "TradeOffDisplay",
    "advice",
    "parameter_importances",
    "report",
    "results_frame",
    "to_optuna",
]
