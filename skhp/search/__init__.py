"""The search estimators, which extend scikit-learn's search classes."""

from skhp.search._bayes import BayesSearchCV
from skhp.search._grid import GridSearchCV
from skhp.search._halving import HalvingGridSearchCV, HalvingRandomSearchCV
from skhp.search._hyperband import HyperbandSearchCV
from skhp.search._initial_points import optuna_value
from skhp.search._names import written_space
from skhp.search._random import RandomizedSearchCV, tuples_as_choices
from skhp.search._strategy import FitInputs, Strategy

__all__ = [
    "BayesSearchCV",
    "FitInputs",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "RandomizedSearchCV",
    "Strategy",
    "optuna_value",
    "tuples_as_choices",
    "written_space",
]
