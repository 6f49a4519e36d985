"""Pairs of functions and classes of one name that do different things."""

import functools

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

SEEN = []


def counting(estimator, X, y):
    SEEN.append(X)
    return 0.0


def defined(source, name="f", **known):
    scope = {"__name__": "__main__", "np": np, "functools": functools, **known}
    scope.update(BaseEstimator=BaseEstimator, TransformerMixin=TransformerMixin)
    exec(source, scope)
    return scope[name]


def pair_of(source, old, new, *, make=lambda value: value, **known):
    assert old in source
    return tuple(
        make(defined(text, **known)) for text in (source, source.replace(old, new))
    )


FUNCTION = """
def helper(y):
    return y * 2
LIMIT = 0.5
COSTS = {"a": 1}
class Weights:
    power = 1
    def of(self, y):
        return y ** 3
def f(estimator, X, y):
    weight = lambda y: y + 4
    inner = [i - 5 for i in y]
    if y in {"p", "q"}:
        return Weights().of(y)
    return helper(y) > LIMIT or COSTS or np.mean(weight(y))
"""
CLASS = """
def helper(y):
    return y * 2
class Parent(BaseEstimator):
    power = 1
    def score(self, X, y):
        return 3
class f(TransformerMixin, Parent):
    def __init__(self, a=1):
        self.a = a
    def fit(self, X, y=None):
        self.mean_ = X + 4
        return super().fit(X, y)
    def transform(self, X):
        return X + 6
    @property
    def doubled(self):
        return helper(self.a)
    @staticmethod
    def static(x):
        return x - 5
    @functools.cached_property
    def cached(self):
        return 7
    def __call__(self, estimator, X, y):
        return 8
"""
RECURSIVE = """
def g(x):
    return f(x) + 1
def f(x):
    return g(x) - 2
"""
DECORATED = """
def decorated(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner
@decorated
def f(x):
    return x + 1
"""


def instance_of(cls):
    return cls()


CHANGING_PAIR = pair_of(FUNCTION, '{"a": 1}', '{"a": 2}')
PAIRS = {
    "operator": pair_of(FUNCTION, "> LIMIT", "< LIMIT"),
    "constant": pair_of(FUNCTION, "y + 4", "y + 40"),
    "operator in a lambda": pair_of(FUNCTION, "y + 4", "y - 4"),
    "operator in a list": pair_of(FUNCTION, "i - 5", "i + 5"),
    "set": pair_of(FUNCTION, '{"p", "q"}', '{"p", "r"}'),
    "helper": pair_of(FUNCTION, "y * 2", "y * 3"),
    "global number": pair_of(FUNCTION, "LIMIT = 0.5", "LIMIT = 0.6"),
    "attribute of a global class": pair_of(FUNCTION, "power = 1", "power = 2"),
    "method of a global class": pair_of(FUNCTION, "y ** 3", "y ** 4"),
    "lambda": pair_of("f = lambda x: x + 1", "+", "-"),
    "lambda's constant": pair_of("f = lambda x: x + 1", "1", "2"),
    "each other": pair_of(RECURSIVE, "x) + 1", "x) - 1"),
    "decorated": pair_of(DECORATED, "x + 1", "x - 1"),
    "cached": pair_of("f = functools.lru_cache(lambda x: x + 1)", "+", "-"),
    "class": pair_of(CLASS, "X + 4", "X - 4"),
    "wrapped method": pair_of(CLASS, "X + 6", "X - 6"),
    "attribute of a parent": pair_of(CLASS, "power = 1", "power = 2"),
    "method of a parent": pair_of(CLASS, "return 3", "return 4"),
    "helper of a class": pair_of(CLASS, "y * 2", "y * 3"),
    "static method": pair_of(CLASS, "x - 5", "x + 5"),
    "cached property": pair_of(CLASS, "return 7", "return 70"),
    "estimator": pair_of(CLASS, "X + 4", "X - 4", make=instance_of),
    "callable object": pair_of(CLASS, "return 8", "return 9", make=instance_of),
    "method": pair_of(CLASS, "X + 4", "X - 4", make=lambda cls: cls().fit),
    "partial": pair_of(FUNCTION, "y + 4", "y - 4", make=functools.partial),
}
ALSO_IN_TEXT = ()
