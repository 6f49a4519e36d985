"""Hyperparameter search for scikit-learn, as scikit-learn estimators."""

from skhp._version import __version__
from skhp.callbacks import NoImprovement, Stopper, TargetReached, TimeLimit
from skhp.search import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
)
from skhp.space import (
    Categorical,
    Conditional,
    Integer,
    Layers,
    OneOf,
    Real,
    Space,
)

__all__ = [
    "BayesSearchCV",
    "Categorical",
    "Conditional",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "Integer",
    "Layers",
    "NoImprovement",
    "OneOf",
    "RandomizedSearchCV",
    "Real",
    "Space",
    "Stopper",
    "TargetReached",
    "TimeLimit",
    "__version__",
]
