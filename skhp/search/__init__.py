"""The search estimators: scikit-learn's classes on skhp's engine."""

from skhp.search._bayes import BayesSearchCV
from skhp.search._grid import GridSearchCV
from skhp.search._halving import HalvingGridSearchCV, HalvingRandomSearchCV
from skhp.search._hyperband import HyperbandSearchCV
from skhp.search._random import RandomizedSearchCV
from skhp.search._stoppers import NoImprovement, TargetReached, TimeLimit

__all__ = [
    "BayesSearchCV",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "NoImprovement",
    "RandomizedSearchCV",
    "TargetReached",
    "TimeLimit",
]
