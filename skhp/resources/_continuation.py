"""Fits that continue from the model of the same candidate on the rung below."""

from __future__ import annotations

import io
import os
import pickle
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import sklearn
from sklearn.pipeline import Pipeline

from skhp.evaluation import Split, Task, fit_plainly, unfitted_copy
from skhp.evaluation._temporary_folder import TemporaryFolder
from skhp.optimizers import Trial
from skhp.resources._continued_training import Method, is_same_as_fresh, method_for
from skhp.resources._model_cache import (
    FOLDER_BYTES,
    MEMORY_BYTES,
    Files,
    FoldModel,
    Memory,
)
from skhp.space import configuration_key

_SAME_ANYWHERE = "deterministic"
_PLAIN = (str, bytes, bool, int, float, type(None))


class Continuation:
    """The resource of a search in which it is a parameter of the estimator.

    A promoted candidate continues from its model on the same split, if the estimator
    supports that. If the model is not available any more, as after resuming, it is
    trained through the same rungs again, unless a fresh fit is known to be equal, so
    that the scores are the same. In a pipeline, the last step is continued, and the
    steps before it are fitted once per split and kept.

    Parameters
    ----------
    param : str
        The parameter, such as ``n_estimators`` or ``model__n_estimators``.
    max_resource : int
        Largest resource of a candidate. Models with that much are not kept.
    memory_bytes, folder_bytes : int
        Limits on the models kept in each process, and in files for other processes.
    """

    def __init__(
        self,
        param: str,
        max_resource: int,
        *,
        memory_bytes: int = MEMORY_BYTES,
        folder_bytes: int = FOLDER_BYTES,
    ) -> None:
        self._param, self._max_resource = param, max_resource
        self._memory_bytes, self._folder_bytes = memory_bytes, folder_bytes
        self._home = os.getpid()
        self._temporary = TemporaryFolder(folder_bytes, "models-")
        self._folder = os.path.join(self._temporary.path, "models")
        os.mkdir(self._folder)
        self._open()

    def _open(self) -> None:
        self._models = Memory(self._memory_bytes)
        self._prefixes = Memory(self._memory_bytes)
        self._files = Files(self._folder, self._folder_bytes)
        self._lock = threading.Lock()
        self._sizes: dict[int, int] = {}  # of a model at each level of the resource

    def __getstate__(self) -> dict[str, Any]:
        left_here = ("_models", "_prefixes", "_files", "_lock", "_sizes", "_temporary")
        return {k: v for k, v in self.__dict__.items() if k not in left_here}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()

    def rows(self, splits: Sequence[Split], task: Task) -> Split:
        """Return the whole split."""
        return splits[task.split]

    def fit(
        self, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
    ) -> Any:
        """Return the estimator, fitted or continued."""
        stem, _, param = self._param.rpartition("__")
        if task.context is not None or task.trial.resource is None or y is None:
            return fit_plainly(estimator, X, y, fit_params)  # callbacks watch a fit
        if not stem:
            return self._advance(task, estimator, param, X, y, fit_params, "")
        last_params = _params_of_last_step(estimator, stem, fit_params)
        if last_params is None:
            return fit_plainly(estimator, X, y, fit_params)
        name, last = estimator.steps[-1]
        if method_for(last, param, last_params) is None:
            return fit_plainly(estimator, X, y, fit_params)
        prefix = self._prefix(task, estimator, X, y)
        model = self._advance(task, last, param, prefix.X, y, last_params, prefix.token)
        estimator.steps = [*prefix.steps, (name, model)]
        return estimator

    def _advance(
        self,
        task: Task,
        estimator: Any,
        param: str,
        X: Any,
        y: Any,
        fit_params: Mapping[str, Any],
        prefix: str,
    ) -> Any:
        method = method_for(estimator, param, fit_params)
        if method is None or task.trial.resource is None:
            return fit_plainly(estimator, X, y, fit_params)
        below = self._take(task)
        if below is not None and below.prefix != prefix:
            below = None
        model = _climb(task.trial, below, method, estimator, param, X, y, fit_params)
        if model is None:
            model = fit_plainly(estimator, X, y, fit_params)
        if task.trial.resource < self._max_resource:
            self._keep(task, FoldModel(task.trial.resource, prefix, model))
        return model

    def _take(self, task: Task) -> FoldModel | None:
        """Return the candidate's model with the most resource on this split."""
        if task.trial.origin is None:
            return None
        here: FoldModel | None = self._models.take((task.trial.origin, task.split))
        if os.getpid() == self._home:
            return here
        there = self._files.take(task.trial.origin, task.split)
        if here is None or (there is not None and there.resource > here.resource):
            return there
        return here

    def _keep(self, task: Task, content: FoldModel) -> None:
        trial = task.trial
        origin = trial.number if trial.origin is None else trial.origin
        if os.getpid() == self._home:
            # About: to pickle each of them costs a tenth of training it.
            if content.resource not in self._sizes:
                self._sizes[content.resource] = _size_of(content.model)
            size = self._sizes[content.resource]
        else:
            try:
                pickled = pickle.dumps(content, protocol=5)
            except Exception:  # of a class that cannot be pickled
                return
            size = len(pickled)
            self._files.put(origin, task.split, content, pickled)
        self._models.put((origin, task.split), content, size)

    def _prefix(self, task: Task, pipeline: Pipeline, X: Any, y: Any) -> _Prefix:
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
            found: _Prefix | None = None if key is None else self._prefixes.get(key)
            if found is None:
                found = _fit_prefix(pipeline, X, y)
                if key is not None:
                    self._prefixes.put(key, found, _size_of((found.X, found.steps)))
        return found


def _climb(
    trial: Trial,
    below: FoldModel | None,
    method: Method,
    estimator: Any,
    param: str,
    X: Any,
    y: Any,
    fit_params: Mapping[str, Any],
) -> Any:
    """Return a model trained through the rungs of a trial, but for those up to `below`.

    It is None if a fresh fit is the same, or if the training fails.
    """
    most = trial.resource or 0
    model, reached = None, 0
    if below is not None and below.resource < most:
        model, reached = below.model, below.resource
    rungs = () if is_same_as_fresh(estimator) else trial.lower_resources
    levels = [amount for amount in rungs if reached < amount < most]
    if model is None and not levels:
        return None
    try:
        for amount in [*levels, most]:
            fresh = unfitted_copy(estimator).set_params(**{param: amount})
            if model is None:
                model = fit_plainly(fresh, X, y, fit_params)
            else:
                model = method(model, fresh, reached, amount, X, y, fit_params)
            reached = amount
    except Exception:  # a fresh fit raises it again, if it was not due to us
        return None
    return model


@dataclass(frozen=True, eq=False)
class _Prefix:
    """The fitted steps before the last, and the training rows they transformed."""

    steps: list[tuple[str, Any]]
    X: Any
    token: str


def _fit_prefix(pipeline: Pipeline, X: Any, y: Any) -> _Prefix:
    prefix = pipeline[:-1]
    token = _SAME_ANYWHERE if _is_repeatable(prefix) else uuid.uuid4().hex
    # Not transform: of a target encoder that is something else.
    prepared = prefix.fit_transform(X, y) if prefix.steps else X
    if prepared is not X and isinstance(prepared, np.ndarray):
        prepared.flags.writeable = False  # several fits are to see the same
    return _Prefix(list(prefix.steps), prepared, token)


def _is_repeatable(prefix: Any) -> bool:
    """Whether fitting the steps gives the same result in every process."""
    return all(
        isinstance(value, Integral)
        for name, value in prefix.get_params(deep=True).items()
        if name.rpartition("__")[2] == "random_state"
    )


def _params_of_last_step(
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


class _Counter(io.RawIOBase):
    """A file that only counts what is written to it."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        n = memoryview(data).nbytes
        self.size += n
        return n


def _size_of(value: Any) -> int:
    """Return the bytes that a value takes when it is pickled; 0 if it cannot be."""
    counter = _Counter()
    try:
        pickle.Pickler(counter, protocol=5).dump(value)
    except Exception:  # of a class defined in a function, say: kept, not counted
        return 0
    return counter.size
