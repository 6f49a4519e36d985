"""Fits that continue from the model of the same candidate on the rung below."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

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
    size_of,
)
from skhp.resources._pipeline_prefix import PrefixCache, params_of_last_step


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
        self._temporary: TemporaryFolder | None = None
        self._folder = ""
        self._open()

    def _open(self) -> None:
        self._models = Memory(self._memory_bytes)
        self._prefixes = PrefixCache(self._memory_bytes)
        self._files = Files(self._folder, self._folder_bytes)
        self._sizes: dict[int, int] = {}  # of a model at each level of the resource

    def __getstate__(self) -> dict[str, Any]:
        """Return what other processes need, a folder for their models among it."""
        if not self._folder:
            self._temporary = TemporaryFolder(self._folder_bytes, "models-")
            self._folder = os.path.join(self._temporary.path, "models")
            os.mkdir(self._folder)
            self._files = Files(self._folder, self._folder_bytes)
        left_here = ("_models", "_prefixes", "_files", "_sizes", "_temporary")
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
        last_params = params_of_last_step(estimator, stem, fit_params)
        if last_params is None:
            return fit_plainly(estimator, X, y, fit_params)
        name, last = estimator.steps[-1]
        if method_for(last, param, last_params) is None:
            return fit_plainly(estimator, X, y, fit_params)
        prefix = self._prefixes.fitted(task, estimator, X, y)
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

    def _is_elsewhere(self) -> bool:
        """Whether models may have to go through files."""
        return bool(self._folder) and os.getpid() != self._home

    def _take(self, task: Task) -> FoldModel | None:
        """Return the candidate's model with the most resource on this split."""
        if task.trial.origin is None:
            return None
        here: FoldModel | None = self._models.take((task.trial.origin, task.split))
        if not self._is_elsewhere():
            return here
        there = self._files.take(task.trial.origin, task.split)
        if here is None or (there is not None and there.resource > here.resource):
            return there
        return here

    def _keep(self, task: Task, content: FoldModel) -> None:
        trial = task.trial
        origin = trial.number if trial.origin is None else trial.origin
        if not self._is_elsewhere():
            # About: to pickle each of them costs a tenth of training it.
            if content.resource not in self._sizes:
                self._sizes[content.resource] = size_of(content.model)
            size = self._sizes[content.resource]
        else:
            try:
                pickled = pickle.dumps(content, protocol=5)
            except Exception:  # of a class that cannot be pickled
                return
            size = len(pickled)
            self._files.put(origin, task.split, content, pickled)
        self._models.put((origin, task.split), content, size)


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
