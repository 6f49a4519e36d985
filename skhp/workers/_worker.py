"""What a worker does with the tasks that it is given."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sklearn
from sklearn import config_context

from skhp.evaluation._task import Job, SplitResult, Task
from skhp.workers._activity import Page
from skhp.workers._shared_job import unpack
from skhp.workers._slow_fits import evaluate_in_turn

_pages: dict[str, Page] = {}  # of this process, by folder: at most the last one


def settings() -> tuple[dict[str, Any], list[Any]]:
    """Return what holds in this process and must hold in workers."""
    return sklearn.get_config(), list(warnings.filters)


def run_here(handle: tuple[Job, dict[str, Any]], batch: Sequence[Task]) -> list[Any]:
    """Do tasks in a thread of the main process, or wherever the job travels along."""
    job, config = handle
    # scikit-learn's configuration is per thread
    with config_context(**config), _threads_of(job):
        return evaluate_in_turn(job, batch)


def run_parcel(path: str, batch: Sequence[Task]) -> list[SplitResult]:
    """Do tasks in another process of this machine."""
    return run_watched(path, 0, batch)


def run_watched(path: str, ticket: int, batch: Sequence[Task]) -> list[SplitResult]:
    """Do tasks in another process, and note on its page which one it is at."""
    page = _page(os.path.dirname(path)) if ticket else None
    if page is not None:
        page.begin(ticket, 0)
    try:
        job, config, filters = unpack(path)
        with config_context(**config), warnings.catch_warnings(), _threads_of(job):
            filters_here: Any = warnings.filters
            filters_here[:] = filters
            return evaluate_in_turn(job, _noted(batch, ticket, page))
    finally:
        if page is not None:
            page.rest()


def _noted(batch: Sequence[Task], ticket: int, page: Page | None) -> Iterator[Task]:
    for place, task in enumerate(batch):
        if page is not None:
            page.begin(ticket, place)
        yield task


def _threads_of(job: Job) -> AbstractContextManager[None]:
    return nullcontext() if job.threads is None else job.threads.in_worker()


def _page(folder: str) -> Page:
    if folder not in _pages:
        _pages.clear()
        _pages[folder] = Page(folder)
    return _pages[folder]
