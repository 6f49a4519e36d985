"""Batches on their way to workers that may die, and what follows when they do.

A batch goes out as one ticket. What came back of it is kept; what was lost is sent
again, and a task that may have ended its worker goes alone, so that nobody else is
harmed and the guilt is certain. The second worker that it ends makes it a crash.
"""

from __future__ import annotations

import reprlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from skhp.evaluation._fit_and_score import lost_result
from skhp.evaluation._task import Job, SplitResult, Task
from skhp.exceptions import InvalidParameterError
from skhp.workers._shared_job import unpicklable


@dataclass(eq=False)
class Flight:
    """A batch that was submitted, and the results that are there so far."""

    batch: Sequence[Task]
    results: dict[int, SplitResult] = field(default_factory=dict)


@dataclass(eq=False)
class Ticket:
    """Some tasks of a batch, on their way together."""

    number: int
    flight: Flight
    places: list[int]
    n_breaks: int = 0
    suspect: bool = False  # of having ended its worker

    @property
    def tasks(self) -> list[Task]:
        """What is on its way."""
        return [self.flight.batch[place] for place in self.places]


def cannot_travel(name: str, value: Any, error: Exception) -> str:
    """Return what to say of an object that cannot be sent to another process."""
    return (
        f"{name[:1].upper()}{name[1:]} must be picklable, so that it can be sent to "
        f"worker processes. Got {reprlib.repr(value)}, where pickling says: {error}. "
        "With n_jobs=1 nothing is sent."
    )


def check_can_travel(job: Job) -> None:
    """Say which part of a job cannot be sent to another process, if one cannot.

    Raises
    ------
    InvalidParameterError
        Naming the object.
    """
    parts = {
        "the estimator": job.estimator,
        "the scorer": job.scorer,
        "X": job.X,
        "y": job.y,
        "the dict of fit parameters": job.fit_params,
        "the dict of score parameters": job.score_params,
        "the search with its callbacks": job.caller_elsewhere,
    }
    found = unpicklable(parts)
    if found is not None:
        raise InvalidParameterError(cannot_travel(*found)) from found[2]


class Flights:
    """Keeps account of what was submitted; a subclass carries it to workers.

    Parameters
    ----------
    job : Job
        What the tasks have in common.
    crash : str
        Says what it means that a task has ended two workers.
    """

    def __init__(self, job: Job, crash: str) -> None:
        self._job, self._crash = job, crash
        self._done: deque[Flight] = deque()
        self._waiting: deque[Ticket] = deque()
        self._sent: dict[Any, tuple[Ticket, Any]] = {}  # with its future, by key
        self._n_tickets = 0

    def submit(self, batch: Sequence[Task]) -> None:
        """Send the tasks to the workers."""
        self._line_up(Flight(batch), list(range(len(batch))))
        self._send()

    def collect(self) -> list[tuple[Task, SplitResult]]:
        """Wait for the next batch to come back; raise what its worker raised."""
        while not self._done:
            self._wait()
            self._send()
        flight = self._done.popleft()
        return [(task, flight.results[i]) for i, task in enumerate(flight.batch)]

    def _dispatch(self, ticket: Ticket) -> None:
        """Send a ticket, and enter it in ``_sent``."""
        raise NotImplementedError

    def _wait(self) -> None:
        """Wait for something to happen, and enter it."""
        raise NotImplementedError

    def _line_up(self, flight: Flight, places: list[int], **what: Any) -> None:
        self._n_tickets += 1
        self._waiting.append(Ticket(self._n_tickets, flight, places, **what))

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

    def _enter(self, ticket: Ticket, results: Sequence[SplitResult]) -> None:
        ticket.flight.results.update(zip(ticket.places, results, strict=True))
        self._close(ticket.flight)

    def _close(self, flight: Flight) -> None:
        if len(flight.results) == len(flight.batch):
            self._done.append(flight)

    def _refuse(self, ticket: Ticket, error: Exception) -> None:
        """Fail the tasks that cannot be pickled; line up the others again."""
        fine = []
        for position, place in enumerate(ticket.places):
            task = ticket.tasks[position]
            found = unpicklable({"the candidate": dict(task.trial.params)})
            if found is None:
                fine.append(place)
                continue
            result = lost_result(self._job, task, "failed", cannot_travel(*found))
            ticket.flight.results[place] = result
        if len(fine) == len(ticket.places):
            raise error
        self._again(ticket, fine)
        self._close(ticket.flight)

    def _accuse(self, ticket: Ticket, position: int) -> None:
        """Have a task tried again alone, or give it up if that was done."""
        if ticket.suspect:
            self._lose(ticket, position, "crashed", self._crash)
            return
        place = ticket.places[position]
        self._line_up(ticket.flight, [place], suspect=True)
        self._again(ticket, [other for other in ticket.places if other != place])

    def _again(self, ticket: Ticket, places: list[int]) -> None:
        if places:
            n_breaks = ticket.n_breaks + 1
            self._line_up(
                ticket.flight, places, n_breaks=n_breaks, suspect=ticket.suspect
            )

    def _lose(
        self, ticket: Ticket, position: int, ending: str, why: str, secs: float = 0.0
    ) -> None:
        """Give up one task of a ticket; line up the others again."""
        place, task = ticket.places[position], ticket.tasks[position]
        self._again(ticket, [other for other in ticket.places if other != place])
        ticket.places = [place]
        self._enter(ticket, [lost_result(self._job, task, ending, why, secs)])
