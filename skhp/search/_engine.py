"""The workers of a search, and the messages about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skhp.evaluation import Job, Workers
from skhp.exceptions import warn_user
from skhp.workers import open_workers

_NO_END = (
    "fit_timeout can end a fit only in worker processes of this machine (n_jobs > 1 "
    "with joblib's default backend). Here it is only checked after each fit: a fit "
    "that hangs is not ended."
)


@contextmanager
def engine(search: Any, job: Job) -> Iterator[Workers]:
    """Open the workers of a search; warn of their limits and print the thread plan."""
    opening = open_workers(
        job,
        search.n_jobs,
        fit_timeout=search.fit_timeout,
        threads_per_fit=search.threads_per_fit,
    )
    with opening as workers:
        if search.fit_timeout is not None and not workers.ends_fits:
            warn_user(_NO_END, UserWarning)
        if search.verbose > 0 and opening.plan is not None:
            print(f"Threads: {opening.plan}", flush=True)
        yield workers
