"""The steps of a pipeline before its last, fitted once for many candidates."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import sklearn
from sklearn.pipeline import Pipeline

from skhp.evaluation import Task
from skhp.resources._model_cache import MEMORY_BYTES, Memory, size_of
from skhp.space import configuration_key

_SAME_ANYWHERE = "deterministic"
_PLAIN = (str, bytes, bool, int, float, type(None))


@dataclass(frozen=True, eq=False)
class FittedPrefix:
    """The fitted steps before the last.

    Attributes
    ----------
    steps : list of (str, estimator)
    X : array-like
        The training rows, transformed.
    X_test : array-like or None
        The test rows, transformed, if they were given.
    token : str
        Identifies the transformation. Steps that come out the same in every process
        share one value.
    """

    steps: list[tuple[str, Any]]
    X: Any
    X_test: Any
    token: str


class PrefixCache:
    """Keeps fitted prefixes, so that candidates with equal ones share them.

    Parameters
    ----------
    limit : int
        Limit in bytes.
    """

    def __init__(self, limit: int = MEMORY_BYTES) -> None:
        self._prefixes = Memory(limit)
        self._lock = threading.Lock()

    def fitted(
        self, task: Task, pipeline: Pipeline, X: Any, y: Any, X_test: Any = None
    ) -> FittedPrefix:
        """Return the steps before the last, fitted to this split now or before."""
        inner = {
            name: value
            for name, value in task.trial.params.items()
            if not name.startswith(f"{pipeline.steps[-1][0]}__")
        }
        key = None
        if all(isinstance(value, _PLAIN) for value in inner.values()):
            key = (task.split, configuration_key(inner))
        with self._lock:  # threads would fit it twice
            found: FittedPrefix | None = None
            if key is not None:
                found = self._prefixes.get(key)
            if found is None:
                found = _fit(pipeline, X, y, X_test)
                if key is not None:
                    content = (found.X, found.X_test, found.steps)
                    self._prefixes.put(key, found, size_of(content))
        return found


def _fit(pipeline: Pipeline, X: Any, y: Any, X_test: Any) -> FittedPrefix:
    prefix = pipeline[:-1]
    token = _SAME_ANYWHERE if _is_repeatable(prefix) else uuid.uuid4().hex
    # Not transform: of a target encoder that is something else.
    prepared = prefix.fit_transform(X, y) if prefix.steps else X
    test = X_test
    for _, step in prefix.steps if test is not None else ():
        if step is not None and step != "passthrough":  # not as a pipeline would: it
            test = step.transform(test)  # refuses steps that keep nothing of a fit
    for values, given in ((prepared, X), (test, X_test)):
        if values is not given and isinstance(values, np.ndarray):
            values.flags.writeable = False  # several fits are to see the same
    return FittedPrefix(list(prefix.steps), prepared, test, token)


def _is_repeatable(prefix: Any) -> bool:
    """Whether fitting the steps gives the same result in every process."""
    return all(
        isinstance(value, Integral)
        for name, value in prefix.get_params(deep=True).items()
        if name.rpartition("__")[2] == "random_state"
    )


def params_of_last_step(
    estimator: Any, stem: str, fit_params: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the fit parameters of a pipeline's last step; None if that is unclear."""
    if type(estimator) is not Pipeline or estimator.steps[-1][0] != stem:
        return None
    routed = sklearn.get_config()["enable_metadata_routing"] and fit_params
    if routed or getattr(estimator, "transform_input", None):
        return None
    start = f"{stem}__"
    if not all(name.startswith(start) for name in fit_params):
        return None
    return {name[len(start) :]: value for name, value in fit_params.items()}
