"""Processes of this machine (joblib's loky), which may hang, and which may die.

Each process writes on a page what it is at. A fit that is overdue is ended by killing
its process; then, as when a process dies by itself, loky gives up all its workers.
What they were at is known from the pages: the one that died loses its fit, the others'
are done again by new workers.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from pickle import PicklingError
from queue import Empty, SimpleQueue
from typing import Any

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import BatchedCalls

from skhp.evaluation._task import Job
from skhp.workers._activity import Doing, forget_pages, read_pages
from skhp.workers._resubmission import Flights, Ticket, check_can_travel
from skhp.workers._shared_job import Parcel

_MOST_BREAKS = 3  # how often tasks are sent again before they are sent alone
_CRASH = (
    "The worker process must stay alive during the fit. It died, and so did the one "
    "that tried again, alone: it was killed, ran out of memory, or the estimator's "
    "compiled code failed."
)


@dataclass(eq=False)
class _Pool:
    """What is heard of one set of processes; after a break there is another."""

    finished: SimpleQueue[tuple[int, Any]] = field(default_factory=SimpleQueue)
    dead: set[int] | None = None  # who had died before loky gave up


class LokyWorkers(Flights):
    """The processes of joblib's loky backend.

    Parameters
    ----------
    job : Job
        Is given to the workers once, through a `Parcel`.
    parallel : joblib.Parallel
        Entered: its backend is configured.
    run : callable
        What a worker does: takes the parcel's folder, a ticket number and tasks.
    shared : object
        Pickled with the job.
    fit_timeout : float or None
        Seconds after which a fit is ended.
    """

    shares_memory = False
    ends_fits = True

    def __init__(
        self,
        job: Job,
        parallel: joblib.Parallel,
        run: Any,
        shared: Any,
        fit_timeout: float | None = None,
    ) -> None:
        super().__init__(job, _CRASH)
        self._parallel, self._run = parallel, run
        self._backend = parallel._backend
        # joblib before 1.5 calls it apply_async
        self._send_call = (
            getattr(self._backend, "submit", None) or self._backend.apply_async
        )
        self._fit_timeout = fit_timeout
        try:
            self._parcel = Parcel((job, *shared))
        except Exception:
            check_can_travel(job)
            raise
        self._folder = os.path.dirname(self._parcel.path)
        self.n_slots = int(parallel._effective_n_jobs())
        self._pool = _Pool()
        self._overdue: set[tuple[int, int]] = set()  # tickets and places, being ended

    def _wait(self) -> None:
        try:
            number, out = self._pool.finished.get(timeout=self._patience())
        except Empty:
            self._end_overdue()
            return
        try:
            (results,) = self._backend.retrieve_result_callback(out)
        except TerminatedWorkerError:
            self._recover()
        except PicklingError as error:
            ticket, _ = self._sent.pop(number)
            self._refuse(ticket, error)
        else:
            ticket, _ = self._sent.pop(number)
            self._enter(ticket, results)

    def abort(self) -> None:
        """Stop what is running."""
        # loky's manager thread breaks on work that it has not taken over yet.
        futures = [future for _, future in self._sent.values() if future is not None]
        give_up = time.monotonic() + 1.0
        while not all(map(_is_taken, futures)) and time.monotonic() < give_up:
            time.sleep(0.001)
        if self._backend._workers is not None:
            self._backend.abort_everything(ensure_ready=False)

    def close(self) -> None:
        """Remove what was made for the workers."""
        self._parcel.close()

    def _dispatch(self, ticket: Ticket) -> None:
        # BatchedCalls sets the backend that joblib wants for parallel calls inside.
        call = BatchedCalls(
            [(self._run, (self._parcel.path, ticket.number, ticket.tasks), {})],
            self._backend.get_nested_backend(),
        )

        pool, number = self._pool, ticket.number

        def callback(out: Any) -> None:
            # loky's own thread is here before it kills those that are still alive
            if pool.dead is None and isinstance(out.exception(), TerminatedWorkerError):
                pool.dead = self._dead_now()
            pool.finished.put((number, out))

        try:
            future = self._send_call(call, callback=callback)
        except TerminatedWorkerError as error:
            future = _Broken(error)
            pool.finished.put((number, future))
        self._sent[ticket.number] = ticket, future

    # --- fits that take too long ------------------------------------------------

    def _patience(self) -> float | None:
        """Return for how long nothing can be overdue."""
        if self._fit_timeout is None:
            return None
        now = time.monotonic()
        starts = [doing.start for doing in self._doings()]
        return max(min([now, *starts]) + self._fit_timeout - now, 0.001)

    def _doings(self) -> list[Doing]:
        doings = read_pages(self._folder)
        return [d for d in doings if (d.ticket, d.place) not in self._overdue]

    def _end_overdue(self) -> None:
        assert self._fit_timeout is not None
        processes = self._processes()
        for doing in self._doings():
            late = time.monotonic() - doing.start >= self._fit_timeout
            if late and doing.pid in processes and doing.ticket in self._sent:
                self._overdue.add((doing.ticket, doing.place))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(doing.pid, signal.SIGKILL)

    # --- workers that died ------------------------------------------------------

    def _processes(self) -> dict[int, Any]:
        executor = getattr(self._backend, "_workers", None)
        return dict(getattr(executor, "_processes", None) or {})

    def _dead_now(self) -> set[int]:
        processes = self._processes()
        return {pid for pid, p in processes.items() if p.exitcode is not None}

    def _recover(self) -> None:
        """Make new workers, and line up again what the old ones have lost."""
        lost = self._drain()
        doings = {doing.ticket: doing for doing in read_pages(self._folder)}
        dead = self._pool.dead or set()
        self._renew()
        for ticket in lost:
            self._judge(ticket, doings.get(ticket.number), dead)
        self._overdue.clear()

    def _judge(self, ticket: Ticket, doing: Doing | None, dead: set[int]) -> None:
        """Find out whether a ticket was lost by its own fault, and what follows."""
        if doing is not None and (doing.ticket, doing.place) in self._overdue:
            seconds = self._fit_timeout or 0.0
            why = f"The fit must end within fit_timeout={seconds:g} seconds: ended."
            self._lose(ticket, doing.place, "timeout", why, seconds)
        elif doing is not None and doing.pid in dead:
            self._accuse(ticket, doing.place)
        elif ticket.n_breaks < _MOST_BREAKS:
            self._again(ticket, ticket.places)
        elif len(ticket.places) == 1:  # whoever it is, it is not the others
            self._accuse(ticket, 0)
        else:
            for place in ticket.places:
                self._again(ticket, [place])

    def _drain(self) -> list[Ticket]:
        """Enter what came back of all that was sent; return what did not."""
        lost = []
        for ticket, future in self._sent.values():
            try:
                (results,) = self._backend.retrieve_result_callback(future)
            except TerminatedWorkerError:
                lost.append(ticket)
            else:
                self._enter(ticket, results)
        self._sent.clear()
        return sorted(lost, key=lambda ticket: ticket.number)

    def _renew(self) -> None:
        self._pool = _Pool()
        self._backend.abort_everything(ensure_ready=False)
        forget_pages(self._folder)
        self._backend.configure(
            n_jobs=self._parallel.n_jobs,
            parallel=self._parallel,
            **getattr(self._parallel, "_backend_kwargs", {}),
        )


class _Broken:
    """A future that loky did not even make."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def result(self) -> Any:
        raise self._error

    def running(self) -> bool:
        return True


def _is_taken(future: Any) -> bool:
    """Whether loky has passed this on to its workers."""
    return bool(future.running() or future.done())
