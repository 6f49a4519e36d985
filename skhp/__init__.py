"""Hyperparameter search for scikit-learn, as scikit-learn estimators."""

from skhp._version import __version__
from skhp.search import GridSearchCV, RandomizedSearchCV
from skhp.space import Categorical, Integer, Real, Space

__all__ = [
    "Categorical",
    "GridSearchCV",
    "Integer",
    "RandomizedSearchCV",
    "Real",
    "Space",
    "__version__",
]
