"""The search estimators: scikit-learn's classes on skhp's engine."""

from skhp.search._bayes import BayesSearchCV
from skhp.search._grid import GridSearchCV
from skhp.search._random import RandomizedSearchCV

__all__ = ["BayesSearchCV", "GridSearchCV", "RandomizedSearchCV"]
