"""Hyperparameter search for scikit-learn, as scikit-learn estimators."""

from skhp._version import __version__
from skhp.search import BayesSearchCV, GridSearchCV, RandomizedSearchCV
from skhp.space import Categorical, Integer, Real, Space

__all__ = [
    "BayesSearchCV",
    "Categorical",
    "GridSearchCV",
    "Integer",
    "RandomizedSearchCV",
    "Real",
    "Space",
    "__version__",
]
