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
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import BatchedCalls

from skhp.evaluation._shipping import Parcel
from skhp.evaluation._task import ENDINGS, Job, SplitResult, Task, lost_result
from skhp.evaluation._watch import Doing, forget_pages, read_pages

_TIMEOUT, _CRASHED = ENDINGS
_MOST_BREAKS = 3  # how often tasks are sent again before they are sent alone
_CRASH = (
    "The worker process must stay alive during the fit. It died, and so did the one "
    "that tried again, alone: it was killed, ran out of memory, or the estimator's "
    "compiled code failed."
)


@dataclass(eq=False)
class _Flight:
    """A batch that was submitted, and the results that are there so far."""

    batch: Sequence[Task]
    results: dict[int, SplitResult] = field(default_factory=dict)


@dataclass(eq=False)
class _Pool:
    """What is heard of one set of processes; after a break there is another."""

    finished: SimpleQueue[tuple[int, Any]] = field(default_factory=SimpleQueue)
    dead: set[int] | None = None  # who had died before loky gave up


@dataclass(eq=False)
class _Ticket:
    """Some tasks of a batch, on their way together."""

    number: int
    flight: _Flight
    places: list[int]
    n_breaks: int = 0
    suspect: bool = False  # of having ended its worker


class LokyWorkers:
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
        self._job, self._parallel, self._run = job, parallel, run
        self._backend = parallel._backend
        # joblib before 1.5 calls it apply_async
        self._send_call = (
            getattr(self._backend, "submit", None) or self._backend.apply_async
        )
        self._fit_timeout = fit_timeout
        self._parcel = Parcel((job, *shared))
        self._folder = os.path.dirname(self._parcel.path)
        self.n_slots = int(parallel._effective_n_jobs())
        self._pool = _Pool()
        self._done: deque[_Flight] = deque()
        self._waiting: deque[_Ticket] = deque()
        self._sent: dict[int, tuple[_Ticket, Any]] = {}
        self._n_tickets = 0
        self._overdue: set[tuple[int, int]] = set()  # tickets and places, being ended

    def submit(self, batch: Sequence[Task]) -> None:
        """Send the tasks to the workers."""
        self._line_up(_Flight(batch), list(range(len(batch))))
        self._send()

    def collect(self) -> list[tuple[Task, SplitResult]]:
        """Wait for the next batch to come back; raise what its worker raised."""
        while not self._done:
            try:
                number, out = self._pool.finished.get(timeout=self._patience())
            except Empty:
                self._end_overdue()
                continue
            try:
                (results,) = self._backend.retrieve_result_callback(out)
            except TerminatedWorkerError:
                self._recover()
            else:
                ticket, _ = self._sent.pop(number)
                self._enter(ticket, results)
            self._send()
        flight = self._done.popleft()
        return [(task, flight.results[i]) for i, task in enumerate(flight.batch)]

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

    def _line_up(self, flight: _Flight, places: list[int], **what: Any) -> None:
        self._n_tickets += 1
        self._waiting.append(_Ticket(self._n_tickets, flight, places, **what))

    def _send(self) -> None:
        """Send what may go now: a suspect goes alone."""
        while self._waiting:
            suspect = next((t for t in self._waiting if t.suspect), None)
            if self._sent and (
                suspect or any(t.suspect for t, _ in self._sent.values())
            ):
                return
            ticket = suspect or self._waiting[0]
            self._waiting.remove(ticket)
            self._dispatch(ticket)

    def _dispatch(self, ticket: _Ticket) -> None:
        tasks = [ticket.flight.batch[place] for place in ticket.places]
        # BatchedCalls sets the backend that joblib wants for parallel calls inside.
        call = BatchedCalls(
            [(self._run, (self._parcel.path, ticket.number, tasks), {})],
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

    def _enter(self, ticket: _Ticket, results: Sequence[SplitResult]) -> None:
        flight = ticket.flight
        flight.results.update(zip(ticket.places, results, strict=True))
        if len(flight.results) == len(flight.batch):
            self._done.append(flight)

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

    def _judge(self, ticket: _Ticket, doing: Doing | None, dead: set[int]) -> None:
        """Find out whether a ticket was lost by its own fault, and what follows."""
        if doing is not None and (doing.ticket, doing.place) in self._overdue:
            self._lose(ticket, doing.place, _TIMEOUT)
        elif doing is not None and doing.pid in dead:
            self._accuse(ticket, doing.place)
        elif ticket.n_breaks < _MOST_BREAKS:
            self._again(ticket, ticket.places)
        elif len(ticket.places) == 1:  # whoever it is, it is not the others
            self._accuse(ticket, 0)
        else:
            for place in ticket.places:
                self._again(ticket, [place])

    def _accuse(self, ticket: _Ticket, position: int) -> None:
        """Have a task tried again alone, or give it up if that was done."""
        if ticket.suspect:
            self._lose(ticket, position, _CRASHED)
            return
        place = ticket.places[position]
        self._line_up(ticket.flight, [place], suspect=True)
        self._again(ticket, [other for other in ticket.places if other != place])

    def _again(self, ticket: _Ticket, places: list[int]) -> None:
        if places:
            n_breaks = ticket.n_breaks + 1
            self._line_up(
                ticket.flight, places, n_breaks=n_breaks, suspect=ticket.suspect
            )

    def _drain(self) -> list[_Ticket]:
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

    def _lose(self, ticket: _Ticket, position: int, ending: str) -> None:
        """Give up one task of a ticket; line up the others again."""
        place, seconds, why = ticket.places[position], 0.0, _CRASH
        if ending == _TIMEOUT and self._fit_timeout is not None:
            seconds = self._fit_timeout
            why = f"The fit must end within fit_timeout={seconds:g} seconds: ended."
        self._again(ticket, [other for other in ticket.places if other != place])
        task = ticket.flight.batch[place]
        result = lost_result(self._job, task, ending, why, seconds)
        ticket.places = [place]
        self._enter(ticket, [result])


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
