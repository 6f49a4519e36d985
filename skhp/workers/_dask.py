"""Workers of a dask cluster, used inside ``joblib.parallel_config("dask")``.

joblib's own backend sends the data along with the first tasks and asks in batches; here
they are scattered once, and tasks go one by one as the search decides on them.
"""

from __future__ import annotations

import uuid
from concurrent.futures import CancelledError
from queue import SimpleQueue

import joblib
from distributed import KilledWorker

from skhp.evaluation._task import Job
from skhp.workers._resubmission import Flights, Ticket, check_can_travel
from skhp.workers._worker import run_here, settings

_CRASH = (
    "The dask worker must stay alive during the fit. Several that tried it died: they "
    "were killed, ran out of memory, or the estimator's compiled code failed."
)


class DaskWorkers(Flights):
    """The workers of a dask cluster, which reruns by itself what a lost one was at.

    Parameters
    ----------
    job : Job
        Is scattered to all workers once, and again if all of them are lost.
    parallel : joblib.Parallel
        Entered: its backend is configured.
    """

    shares_memory = False
    ends_fits = False

    def __init__(self, job: Job, parallel: joblib.Parallel) -> None:
        super().__init__(job, _CRASH)
        self._client = parallel._backend.client
        self.n_slots = int(parallel._effective_n_jobs())
        self._finished: SimpleQueue[str] = SimpleQueue()
        self._scatter()

    def abort(self) -> None:
        """Cancel what is running or waiting."""
        futures = [future for _, future in self._sent.values()]
        self._sent.clear()
        if futures:
            self._client.cancel(futures, force=True)

    def close(self) -> None:
        """Let the cluster forget the data."""
        self._sent.clear()
        self._handle = None

    def _scatter(self) -> None:
        # As a list: dask would take a tuple apart.
        data = [(self._job, settings()[0])]
        try:
            [self._handle] = self._client.scatter(data, broadcast=True, hash=False)
        except Exception:
            check_can_travel(self._job)
            raise

    def _dispatch(self, ticket: Ticket) -> None:
        key = f"skhp-{uuid.uuid4().hex}"
        try:
            future = self._client.submit(
                run_here, self._handle, ticket.tasks, key=key, pure=False
            )
        except Exception as error:
            self._refuse(ticket, error)
            return
        self._sent[key] = ticket, future
        future.add_done_callback(lambda done: self._finished.put(done.key))

    def _wait(self) -> None:
        key = self._finished.get()
        if key not in self._sent:  # cancelled here
            return
        ticket, future = self._sent[key]
        try:
            results = future.result()
        except KilledWorker:
            del self._sent[key]
            self._suspect(ticket)
        except CancelledError:
            self._recover()
        else:
            del self._sent[key]
            self._enter(ticket, results)

    def _recover(self) -> None:
        """Scatter again: all who had the data are gone, by the fault of some task."""
        lost = [ticket for ticket, _ in self._sent.values()]
        self.abort()
        self._scatter()
        for ticket in lost:
            self._suspect(ticket)

    def _suspect(self, ticket: Ticket) -> None:
        """Send each task of a lost ticket alone, or give up one that went alone."""
        if len(ticket.places) == 1:
            self._accuse(ticket, 0)
        else:
            for place in ticket.places:
                self._line_up(ticket.flight, [place], suspect=True)
