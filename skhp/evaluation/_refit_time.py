"""How long the refit will take, estimated from the fits on the splits."""

from __future__ import annotations

import numpy as np

from skhp.evaluation._fit_and_score import n_chosen, rows_of
from skhp.evaluation._record import Record, Row
from skhp.evaluation._sklearn import num_samples
from skhp.evaluation._task import Job, Task


class RefitTime:
    """Estimates how long the refit of the best candidate so far would take.

    The refit has all rows, and its time is taken to be proportional to their number. It
    may have more threads than a fit beside others, but who knows whether it gains by
    that: on a busy machine it may even lose. So no gain is counted on.

    A model that was trained further has the time of each rung: the refit trains it in
    one go. The estimate is never below that of a candidate of average time, since the
    one that is begun now may become the best.

    Parameters
    ----------
    job : Job
        What the fits have in common.
    record : Record
        The record of the search.
    """

    def __init__(self, job: Job, record: Record) -> None:
        self._job, self._record = job, record
        self._n_rows = int(num_samples(job.X))
        sizes = [n_chosen(train, self._n_rows) for train, _ in job.splits]
        self._n_train = float(np.mean(sizes or [self._n_rows])) or 1.0
        self._known: tuple[Row | None, float] = (None, 0.0)  # it is asked often

    def seconds(self, mean: float) -> float:
        """Return the estimate, where a fit takes `mean` seconds on average."""
        best = self._record.best
        if best is not self._known[0]:
            self._known = best, 0.0 if best is None else self._of(best)
        return max(self._known[1], mean * self._n_rows / self._n_train)

    def _of(self, row: Row) -> float:
        """Return how long a refit of a candidate would take."""
        n_train = self._n_train_of(row)
        seconds = _mean_fit_time(row)
        origin, resource = row.trial.origin, row.trial.resource
        if origin is not None and resource is not None:
            seconds += sum(
                _mean_fit_time(below)
                for below in self._record.rows
                if origin in (below.trial.number, below.trial.origin)
                and (below.trial.resource or resource) < resource
                and self._n_train_of(below) == n_train  # else the resource is rows
            )
        return seconds * self._n_rows / n_train

    def _n_train_of(self, row: Row) -> float:
        if self._job.resource is None or row.trial.resource is None:
            return self._n_train
        train, _ = rows_of(self._job, Task(row.trial, 0))
        whole, _ = self._job.splits[0]
        share = n_chosen(train, self._n_rows) / (n_chosen(whole, self._n_rows) or 1)
        return max(self._n_train * share, 1.0)


def _mean_fit_time(row: Row) -> float:
    times = [result.fit_time for result in row.results if result is not None]
    return float(np.mean(times)) if times else 0.0
