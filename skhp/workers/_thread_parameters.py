"""Which parameters of an estimator set its number of threads, and to what.

The numbers along a chain of nested estimators multiply: bagging in 4 threads of models
with 4 threads each makes 16. So the threads of a fit go to the innermost estimators,
whose compiled code runs in threads of its own, and those around them work in one. An
estimator gets threads around others only if none of these can use any. Outer threads
would be the worse choice: they are joblib's, which share Python's lock, and no limit of
OpenMP that holds in the thread of a fit holds in threads that are started there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from numbers import Integral
from typing import Any

import joblib

from skhp.evaluation import unlisted_parameters

_NAMES = frozenset({"n_jobs", "num_threads", "thread_count", "nthread"})
# Whose n_jobs does nothing since scikit-learn 1.8, and warns where it is set.
_DEPRECATED = frozenset({"LogisticRegression"})
# Which always use as many threads as OpenMP allows.
_NATIVE = frozenset({"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"})


@dataclass(frozen=True)
class _Owner:
    """An estimator that may use threads, and which of its parameters say how many."""

    home: str  # its class, if that is scikit-learn's
    is_native: bool  # one of _NATIVE
    open: Mapping[str, Any]  # None or -1, by full name
    fixed: int  # threads that the user has set


def thread_parameters(
    estimator: Any, threads: int, none_is_one: bool = False
) -> dict[str, int]:
    """Return what the thread parameters that are left open (None or -1) are to be.

    Parameters
    ----------
    estimator : estimator object
        Looked through to any depth.
    threads : int
        What its fit may use. The numbers along each chain of nested estimators,
        those that the user has set included, have at most this product.
    none_is_one : bool, default=False
        Whether joblib, and so scikit-learn's own estimators, take None for 1 already:
        then these are not set to 1.
    """
    if not hasattr(estimator, "get_params"):
        return {}
    owners = _owners(estimator)
    found = {}
    for prefix, owner in owners.items():
        share = _share(prefix, owners, threads)
        for name, value in owner.open.items():
            is_one = owner.home and none_is_one and value is None and share == 1
            if not is_one:
                found[name] = share
    return found


def fixed_threads(estimator: Any) -> int:
    """Return how many threads the user has set for an estimator; 1 if left open."""
    if not hasattr(estimator, "get_params"):
        return 1
    owners = _owners(estimator)
    return max(
        (
            prod(owners[outer].fixed for outer in owners if end.startswith(outer))
            for end in owners
        ),
        default=1,
    )


def is_thread_parameter(name: str) -> bool:
    """Whether a parameter, perhaps a nested one, sets a number of threads."""
    return name.rpartition("__")[2] in _NAMES


def with_threads_of(model: Any, like: Any) -> Any:
    """Give a model that a worker has fitted the thread parameters of another estimator.

    Parameters
    ----------
    model : estimator
        It is changed, unless it refuses to be once it is fitted, as CatBoost's do.
    like : estimator
        The same, not fitted, as the user has written it.
    """
    wanted, has = like.get_params(), model.get_params()
    changed = {
        name: value
        for name, value in wanted.items()
        if is_thread_parameter(name) and name in has and has[name] != value
    }
    if changed:
        with suppress(Exception):
            model.set_params(**changed)
    return model


def _owners(estimator: Any) -> dict[str, _Owner]:
    """Return the estimators that may use threads, by the prefix of their parameters."""
    params = estimator.get_params(deep=True)
    # CatBoost does not list its thread_count before it is set.
    params |= dict.fromkeys(unlisted_parameters(estimator, _NAMES))
    members = {f"{name}__": value for name, value in params.items()}
    values: dict[str, dict[str, Any]] = {}
    for name, value in params.items():
        if is_thread_parameter(name):
            prefix, separator, last = name.rpartition("__")
            values.setdefault(prefix + separator, {})[last] = value
    owners = {}
    for prefix, member in {"": estimator, **members}.items():
        home, own = _home_of(member), values.get(prefix, {})
        is_native = any(cls.__name__ in _NATIVE for cls in type(member).__mro__)
        if home in _DEPRECATED or not (own or is_native):
            continue
        is_open = {prefix + name: v for name, v in own.items() if _is_open(v)}
        fixed = [_count(value) for value in own.values() if not _is_open(value)]
        owners[prefix] = _Owner(home, is_native, is_open, max(fixed, default=1))
    return owners


def _share(prefix: str, owners: Mapping[str, _Owner], threads: int) -> int:
    """Return how many of the threads one estimator may use."""
    below = [other for other in owners if other.startswith(prefix) and other != prefix]
    if any(owners[other].open or owners[other].is_native for other in below):
        return 1
    taken = max(
        prod(owners[outer].fixed for outer in owners if end.startswith(outer))
        for end in (prefix, *below)
    )
    return max(1, threads // taken)


def _home_of(owner: Any) -> str:
    """Return the class of scikit-learn that this is, if it is one."""
    for cls in type(owner).__mro__:
        if cls.__module__.startswith("sklearn.") and "fit" in vars(cls):
            return cls.__name__
        if "fit" in vars(cls):
            break
    return ""


def _is_open(value: Any) -> bool:
    return value is None or (isinstance(value, Integral) and value == -1)


def _count(value: Any) -> int:
    """Return how many threads a value means, as joblib reads it: -2 is all but one."""
    if not isinstance(value, Integral):
        return 1
    n = int(value)
    return max(1, n if n >= 0 else joblib.cpu_count() + 1 + n)
