"""What a user sees while a search runs: lines printed by the main process.

Workers print nothing: what they print does not reach a notebook.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from skhp.evaluation._record import Record, Row
from skhp.evaluation._task import SplitResult, Task
from skhp.optimizers import Trial


class Progress:
    """Prints one line per finished candidate, and at `verbose` > 1 one per fit.

    Parameters
    ----------
    record : Record
        What the lines are about.
    verbose : int
        0: nothing. 1: a line per candidate. 2: also a line per fit. 3: with scores.
        10: with the number of the candidate, and a line as it is handed out.
    n_trials : int or None
        How many candidates there will be, if that is known.
    clock : callable
        Gives the time in seconds.
    """

    def __init__(
        self,
        record: Record,
        verbose: int,
        n_trials: int | None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._record, self._verbose, self._n_trials = record, verbose, n_trials
        self._clock = clock
        self._start = clock()
        if verbose > 0 and n_trials is not None:
            n_fits = n_trials * record.n_splits
            self._print(
                f"Fitting {record.n_splits} folds for each of {n_trials} candidates, "
                f"totalling {n_fits} fits"
            )

    def asked(self, trial: Trial, seconds: float) -> None:
        """Say what will be run."""
        if self._verbose > 9:
            self._print(f"[candidate {trial.number + 1}] START {_text(trial.params)}")

    def split_done(self, task: Task, result: SplitResult) -> None:
        """Say what came of one fit."""
        if self._verbose < 2:
            return
        head = "[CV"
        if self._verbose > 2:
            head += f" {task.split + 1}/{self._record.n_splits}"
        if self._verbose > 9:
            head += f"; {task.trial + 1}/{self._n_trials or '?'}"
        line = f"{head}] END {_text(task.params)};"
        if self._verbose > 2:
            line += _score_text(result)
        seconds = result.fit_time + result.score_time
        self._print(f"{line} total time={_duration(seconds)}")

    def trial_done(self, row: Row) -> None:
        """Say how far the search is, and what the best score is."""
        if self._verbose < 1:
            return
        record = self._record
        total = "?" if self._n_trials is None else str(self._n_trials)
        done = f"{record.n_finished:>{len(total)}}/{total}"
        per_trial = (self._clock() - self._start) / record.n_finished
        if record.best is None:
            best = "best -"
        else:
            best = f"best {record.best_score:.4g} (#{record.best.trial.number})"
        line = f"[{done}] {best} | last {record.outcome(row).mean:.4g}"
        line += f" | {_duration(per_trial)} each"
        if self._n_trials is not None and self._n_trials > record.n_finished:
            left = per_trial * (self._n_trials - record.n_finished)
            line += f" | {_duration(left)} left"
        self._print(line)

    @staticmethod
    def _print(line: str) -> None:
        print(line, flush=True)


def _text(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={params[name]}" for name in sorted(params))


def _score_text(result: SplitResult) -> str:
    test, train = result.test_scores, result.train_scores
    if isinstance(test, dict):
        parts = []
        for name in sorted(test):
            inner = f"test={test[name]:.3f}"
            if isinstance(train, dict):
                inner = f"train={train[name]:.3f}, {inner}"
            parts.append(f" {name}: ({inner})")
        return "".join(parts)
    if train is None:
        return f", score={test:.3f}"
    return f", score=(train={train:.3f}, test={test:.3f})"


def _duration(seconds: float) -> str:
    """Return a length of time as a person says it: 0.12s, 3.4s, 5m10s, 2h05m."""
    if seconds < 59.95:  # what rounds to 60.0 is a minute
        return f"{seconds:.2f}s" if seconds < 1 else f"{seconds:.1f}s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"
