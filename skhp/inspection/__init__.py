"""Displays and tables of fitted searches."""

from skhp.inspection._history import SearchHistoryDisplay
from skhp.inspection._optuna import to_optuna

__all__ = ["SearchHistoryDisplay", "to_optuna"]
