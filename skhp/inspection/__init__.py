"""Displays and reports of fitted searches."""

from skhp.inspection._optuna import to_optuna

__all__ = ["to_optuna"]
