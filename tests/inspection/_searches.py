"""Fitted searches of every kind, which cost next to nothing."""

import functools
import pickle
import warnings

import numpy as np
import sklearn.model_selection
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

import skhp
from tests._toys import Echo, X, y

LONG = "a long name of a choice that does not end where one would like it to"
MIXED = [None, 2, "sqrt", 0.5, np.mean, np.median, Echo(3.0), LONG, LONG + "!"]
GRID = {"value": [0.01, 0.1, 1.0, 10.0], "other": ["b", "a"]}
UP_AND_DOWN = {"up": lambda e, X, y: e.value, "down": lambda e, X, y: -e.value}


class Noisy(Echo):
    """An Echo whose score differs from split to split."""

    def score(self, X, y=None):
        return self.value + np.sin(X.sum() * (1 + self.value))


def nan_score(estimator, X, y=None):
    return np.nan


def random(space, estimator=None, **kwargs):
    settings = {"n_iter": 8, "cv": 3, "refit": False, "random_state": 0, **kwargs}
    return skhp.RandomizedSearchCV(
        Noisy() if estimator is None else estimator, space, **settings
    )


def _conditional():
    space = {
        "value": skhp.Real(0.01, 1, "log-uniform"),
        "fails": ["", "none"],
        "other": skhp.Integer(1, 9, when={"fails": "none"}),
    }
    return skhp.BayesSearchCV(Noisy(), space, n_iter=6, cv=3, random_state=0)


MAKERS = {
    "theirs": lambda: sklearn.model_selection.GridSearchCV(Noisy(), GRID, cv=3),
    "their random": lambda: sklearn.model_selection.RandomizedSearchCV(
        Noisy(), {"value": [1, 2, 3.5], "other": [True, False]}, n_iter=4, cv=3
    ),
    "their halving": lambda: sklearn.model_selection.HalvingGridSearchCV(
        Noisy(), GRID, cv=3, resource="other", max_resources=9, min_resources=1
    ).set_params(param_grid={"value": [float(i) for i in range(9)]}),
    "grid": lambda: skhp.GridSearchCV(Noisy(), GRID, cv=3, refit=False),
    "conditional": _conditional,
    "hyperband": lambda: skhp.HyperbandSearchCV(
        Noisy(),
        {"value": skhp.Real(0, 1)},
        resource="other",
        max_resources=9,
        cv=3,
        random_state=0,
    ),
    "rounds": lambda: random(
        {"learning_rate": [0.1, 0.5], "max_depth": [1, 2]},
        GradientBoostingClassifier(max_features=1, random_state=0),
        n_iter=3,
        resource="auto",
        max_resources=30,
    ),
    "metrics": lambda: skhp.GridSearchCV(
        Noisy(), GRID, cv=3, scoring=UP_AND_DOWN, refit="down"
    ),
    "failing": lambda: random({"value": skhp.Real(0, 1), "fails": ["", "fit"]}),
    "racing": lambda: random({"value": skhp.Real(0, 10)}, n_iter=9, cv=6, racing=True),
    "one": lambda: skhp.GridSearchCV(Noisy(), {"value": [1.0]}, cv=3),
    "one split": lambda: skhp.GridSearchCV(
        Noisy(), GRID, cv=[(np.arange(6), np.arange(6, 12))]
    ),
    "objects": lambda: skhp.GridSearchCV(Noisy(), {"other": MIXED}, cv=3, refit=False),
    "nan": lambda: sklearn.model_selection.GridSearchCV(
        Echo(), {"value": [1.0, 2.0], "other": ["a"]}, scoring=nan_score, cv=3
    ),
    "200 parameters": lambda: random(
        {f"p{i}": skhp.Real(0, 1) for i in range(199)} | {"value": skhp.Real(0, 1)},
        Wide(),
        n_iter=4,
    ),
}


class Wide(Noisy):
    """An estimator that has 200 parameters."""

    fails = ""

    def __init__(self, value=0.0, **more):
        self.value = value
        self.__dict__.update({f"p{i}": 0.0 for i in range(199)}, **more)

    def get_params(self, deep=True):
        return {k: v for k, v in vars(self).items() if k == "value" or k[0] == "p"}

    def set_params(self, **params):
        self.__dict__.update(params)
        return self


@functools.cache
def fitted(kind):
    """Return a fitted search; the kind "pickled" is a copy of the conditional one."""
    if kind == "pickled":
        return pickle.loads(pickle.dumps(fitted("conditional")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MAKERS[kind]().fit(X, y)


KINDS = [*MAKERS, "pickled"]
LAID_OUT = {"conditional", "objects"}  # finding room for labels takes most of the time
