"""A limit for fits that nobody can end: those in this process, or far away."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from skhp.evaluation._fit_and_score import evaluate, lost_result
from skhp.evaluation._protocols import Workers
from skhp.evaluation._task import Job, SplitResult, Task


def evaluate_in_turn(job: Job, batch: Iterable[Task]) -> list[SplitResult]:
    """Do tasks one after the other, but no more of a candidate that was too slow.

    Tasks that are one piece of work are done together.
    """
    if job.together is not None:
        return job.together.evaluate(job, list(batch))
    results: list[SplitResult] = []
    too_slow: set[tuple[int, int | None]] = set()
    for task in batch:
        if _key(task) in too_slow:
            results.append(given_up(job, task))
            continue
        results.append(evaluate(job, task))
        if _is_too_slow(job, results[-1]):
            too_slow.add(_key(task))
    return results


def given_up(job: Job, task: Task) -> SplitResult:
    """Return the result of a split that is not run, since another was too slow."""
    why = (
        f"Another split of this candidate took longer than fit_timeout="
        f"{job.soft_fit_timeout:g} seconds. This one was not run."
    )
    return lost_result(job, task, "timeout", why, 0.0)


class SoftTimeoutWorkers:
    """Gives up the remaining splits of a candidate once one of its fits was too slow.

    Parameters
    ----------
    job : Job
        What the tasks have in common; its ``soft_fit_timeout`` is what a fit may take.
    workers : Workers
        Who do them.
    """

    ends_fits = False

    def __init__(self, job: Job, workers: Workers) -> None:
        self._job, self._workers = job, workers
        self.n_slots, self.shares_memory = workers.n_slots, workers.shares_memory
        self._too_slow: set[tuple[int, int | None]] = set()
        self._answers: deque[list[tuple[Task, SplitResult]]] = deque()
        self._extra: dict[int, list[tuple[Task, SplitResult]]] = {}

    def submit(self, batch: Sequence[Task]) -> None:
        """Have those tasks done whose candidate was not too slow before."""
        hopeless = [task for task in batch if _key(task) in self._too_slow]
        rest = [task for task in batch if _key(task) not in self._too_slow]
        answers = [(task, given_up(self._job, task)) for task in hopeless]
        if not rest:
            self._answers.append(answers)
            return
        if answers:
            self._extra[id(rest[0])] = answers
        self._workers.submit(rest)

    def collect(self) -> list[tuple[Task, SplitResult]]:
        """Return what has come of a batch."""
        if self._answers:
            return self._answers.popleft()
        finished = self._workers.collect()
        for task, result in finished:
            if _is_too_slow(self._job, result):
                self._too_slow.add(_key(task))
        return finished + self._extra.pop(id(finished[0][0]), [])

    def abort(self) -> None:
        """Stop what is running."""
        self._workers.abort()

    def close(self) -> None:
        """Remove what was made for the workers."""
        self._workers.close()


def _key(task: Task) -> tuple[int, int | None]:
    return task.trial.number, task.trial.resource


def _is_too_slow(job: Job, result: SplitResult) -> bool:
    seconds = result.fit_time + result.score_time
    return job.soft_fit_timeout is not None and seconds > job.soft_fit_timeout
