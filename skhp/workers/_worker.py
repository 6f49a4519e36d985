"""What a worker does with the tasks that it is given."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import sklearn
from sklearn import config_context

from skhp.evaluation._task import Job, SplitResult, Task
from skhp.workers._activity import Activity
from skhp.workers._joblib import cloudpickle
from skhp.workers._shared_job import load_job
from skhp.workers._soft_timeout import evaluate_in_turn

_activities: dict[str, Activity] = {}  # in a worker: of its last search, by folder


def settings() -> tuple[dict[str, Any], list[Any]]:
    """Return what holds in this process and must hold in workers."""
    return sklearn.get_config(), list(warnings.filters)


def run_here(
    job: Job, config: dict[str, Any], batch: Sequence[Task]
) -> list[SplitResult]:
    """Do tasks in a thread of the main process, or wherever the job is sent along."""
    # scikit-learn's configuration is per thread
    with config_context(**config), _threads_of(job):
        return evaluate_in_turn(job, batch)


def run_shared(path: str, batch: Sequence[Task]) -> list[SplitResult]:
    """Do tasks in another process of this machine, given the file of the job."""
    job, config, filters = load_job(path)
    with _settings(config, filters), _threads_of(job):
        return _evaluated(job, batch)


def run_watched(path: str, worker: int, batch: Sequence[Task]) -> list[SplitResult]:
    """Do the same, and note which task the worker of this number is at.

    The time that it takes to load the job is not part of any task.
    """
    job, config, filters = load_job(path)
    activity = _activity(os.path.dirname(path))
    try:
        with _settings(config, filters), _threads_of(job):
            return _evaluated(job, _noted(batch, worker, activity))
    finally:
        activity.rest(worker)


def _noted(batch: Sequence[Task], worker: int, activity: Activity) -> Iterator[Task]:
    for position, task in enumerate(batch):
        activity.begin(worker, position)
        yield task


@contextmanager
def _settings(config: dict[str, Any], filters: list[Any]) -> Iterator[None]:
    with config_context(**config), warnings.catch_warnings():
        filters_here: Any = warnings.filters
        filters_here[:] = filters
        yield


def _evaluated(job: Job, batch: Iterable[Task]) -> list[SplitResult]:
    """Do tasks; raise another error in place of one that could not be read elsewhere.

    An exception whose constructor takes more than the message is of that kind.
    """
    try:
        return evaluate_in_turn(job, batch)
    except Exception as error:
        try:
            pickle.loads(cloudpickle.dumps(error))
        except Exception:
            text = f"{type(error).__name__}: {error}"
            readable = RuntimeError(text).with_traceback(error.__traceback__)
        else:
            raise
    # Not while the other is handled: it would be the context of this one, and where
    # dask is imported contexts are pickled too.
    raise readable


def _threads_of(job: Job) -> AbstractContextManager[None]:
    return nullcontext() if job.threads is None else job.threads.in_worker()


def _activity(folder: str) -> Activity:
    if folder not in _activities:
        _activities.clear()
        _activities[folder] = Activity(folder)
    return _activities[folder]
