"""Hyperparameter search for scikit-learn, as scikit-learn estimators."""

from skhp._version import __version__

__all__ = ["__version__"]
