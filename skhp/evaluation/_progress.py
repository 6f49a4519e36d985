"""The progress of a search, printed by the main process.

Workers print nothing, because their output does not reach a notebook.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TextIO

import numpy as np

from skhp.evaluation._pace import Pace
from skhp.evaluation._protocols import Observer
from skhp.evaluation._record import Record, Row
from skhp.evaluation._sparkline import sparkline
from skhp.evaluation._task import SplitResult, Task
from skhp.optimizers import Optimizer, Trial

_SECONDS_BETWEEN = 0.1  # of what changes in its place
_BAR_WIDTH = 20  # characters
_FEWEST_SCORES, _MOST_SCORES = 3, 20  # to be shown as bars


class Progress(Observer):
    """Shows the progress of a search and its best score.

    With `verbose` = 1, a terminal and a notebook show one line that is kept up to date,
    that of a notebook with the scores so far as bars.
    Otherwise, and with a higher `verbose`, there is a line per finished candidate.

    Parameters
    ----------
    record : Record
        The record of the search.
    verbose : int
        0: nothing. 1: as above. 2: a line per fit too. 3: with its scores. 10: with the
        number of the candidate, and a line when a candidate is submitted.
    optimizer : Optimizer
        Says how many candidates there will be, if that is known.
    n_slots : int, default=1
        Number of fits that run at once.
    deadline : float, default=None
        End of the time budget, in `clock`'s time.
    clock : callable, default=None
        Returns the time in seconds; None means ``time.perf_counter``.
    """

    def __init__(
        self,
        record: Record,
        verbose: int,
        optimizer: Optimizer,
        *,
        n_slots: int = 1,
        deadline: float | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._record, self._verbose = record, verbose
        self._optimizer = optimizer
        self._clock = clock or time.perf_counter
        self._deadline = deadline
        self._n_slots = n_slots
        self._pace = Pace(n_slots, self._clock)
        self._n_before = 0  # finished by an earlier run, at no cost to this one
        self._n_failed = 0
        self._shown_at = -1.0
        self._display: _Display | None = None
        self._scores: list[float] = []

    def started(self) -> None:
        """Begin to count, leaving out what the record already contains."""
        self._pace = Pace(self._n_slots, self._clock)
        n_trials, n_splits = self._optimizer.n_trials, self._record.n_splits
        if self._verbose > 0 and n_trials is not None:
            at_most = "at most " if self._record.racing is not None else ""
            print_line(
                f"Fitting {n_splits} folds for each of {n_trials} candidates, "
                f"totalling {at_most}{n_trials * n_splits} fits"
            )
        self._n_before = self._record.n_finished
        self._n_failed = sum(map(_has_failed, self._record.rows))
        self._scores = []
        if self._verbose == 1:
            self._display = _display()

    def ended(self) -> None:
        """Leave the last state in sight."""
        if self._display is not None:
            if self._record.n_finished > self._n_before:
                self._show(self._display)
            self._display.close()
            self._display = None

    def asked(self, trial: Trial, seconds: float) -> None:
        """Print a candidate that is about to run."""
        if self._verbose > 9:
            print_line(f"[candidate {trial.number + 1}] START {_text(trial.params)}")

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Count a fit, and print its result."""
        self._pace.fit_done(result.fit_time + result.score_time)
        if self._verbose >= 2:
            print_line(self._line_of(task, result))
        return False

    def _line_of(self, task: Task, result: SplitResult) -> str:
        head = "[CV"
        if self._verbose > 2:
            head += f" {task.split + 1}/{self._record.n_splits}"
        if self._verbose > 9:
            head += f"; {task.trial.number + 1}/{self._optimizer.n_trials or '?'}"
        line = f"{head}] END {_text(task.trial.params)};"
        if self._verbose > 2:
            line += _score_text(result)
        seconds = result.fit_time + result.score_time
        return f"{line} total time={_duration(seconds)}"

    def trial_done(self, row: Row) -> bool:
        """Show the progress of the search and its best score."""
        if self._verbose >= 1:
            self._say(row)
        return False

    def _say(self, row: Row) -> None:
        self._n_failed += _has_failed(row)
        if row.trial.resource is None:  # else they cannot be compared
            self._scores.append(self._record.outcome(row).mean)
        if self._display is None:
            print_line(f"{self._count()} {self._state(row)}{self._times()}")
            return
        now = self._clock()
        if now - self._shown_at >= _SECONDS_BETWEEN:
            self._shown_at = now
            self._show(self._display)

    def _show(self, display: _Display) -> None:
        share, n_trials = None, self._optimizer.n_trials
        if n_trials:
            share = min(self._record.n_finished / n_trials, 1.0)
        line = f"{self._count()} {self._state(None)}{self._times()}"
        display.show(share, line, self._scores)

    def _count(self) -> str:
        n_trials = self._optimizer.n_trials
        total = "?" if n_trials is None else str(n_trials)
        return f"[{self._record.n_finished:>{len(total)}}/{total}]"

    def _state(self, row: Row | None) -> str:
        """Return the best score, the score of `row` if given, and the failures."""
        record, text = self._record, "best -"
        if record.best is not None:
            trial = record.best.trial
            whose = ", ".join([f"#{trial.number}", *_resource(trial)])
            text = f"best {record.best_score:.4g} ({whose})"
        if row is not None:
            about = f"given up after {row.n_evaluated} folds, about "
            text += f" | last {about if row.is_dropped else ''}"
            text += f"{record.outcome(row).mean:.4g}"
            text += "".join(f" ({amount})" for amount in _resource(row.trial))
        return f"{text} | {self._n_failed} failed" if self._n_failed else text

    def _times(self) -> str:
        """Return the time per candidate and, if it can be estimated, the time left."""
        n_trials, n_left = self._optimizer.n_trials, None
        if n_trials is not None:
            n_left = max(n_trials - self._record.n_finished, 0)
        each = self._pace.seconds_per_fit * self._record.n_splits
        budget_left = None if self._deadline is None else self._deadline - self._clock()
        return f" | {times_text(each, n_left, budget_left)}"


class _Display(Protocol):
    """A display whose content is replaced by each new state."""

    def show(
        self, share: float | None, line: str, scores: Sequence[float] = ()
    ) -> None: ...

    def close(self) -> None: ...


class TerminalLine:
    """One line of a terminal that is overwritten by each new state.

    Parameters
    ----------
    stream : TextIO
        The terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(
        self, share: float | None, line: str, scores: Sequence[float] = ()
    ) -> None:
        """Write the newest state in the place of the one before."""
        self.write(line)

    def close(self) -> None:
        """Leave the last state in sight."""
        self._put("\n")

    def write(self, line: str) -> None:
        """Write as much as there is room for in the place of what was there."""
        width = shutil.get_terminal_size().columns
        self._put(f"\r\x1b[K{line[: width - 1]}")

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class _NotebookLine:
    """One line of a notebook, with a bar, that is replaced by each new state.

    From the third candidate on, the scores so far are at its end.

    It is an output of its own that is updated: a notebook that is saved or turned into
    a page has its last state only, whether or not there are widgets.
    """

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display, self._handle = display, None

    def show(
        self, share: float | None, line: str, scores: Sequence[float] = ()
    ) -> None:
        """Show the newest state in the place of the one before."""
        n = 0 if share is None else int(share * _BAR_WIDTH)
        bar = "" if share is None else f"{'█' * n}{'░' * (_BAR_WIDTH - n)} "
        history = ""
        if len(scores) >= _FEWEST_SCORES:
            history = f" | {sparkline(np.array(scores), _MOST_SCORES)}"
        shown = {"text/plain": f"{bar}{line}{history}"}
        if self._handle is None:
            self._handle = self._display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)

    def close(self) -> None:
        """Leave the last state in sight."""


def _display() -> _Display | None:
    """Return the display that suits the output; None means plain lines."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    kinds = [cls.__name__ for cls in type(shell).__mro__]  # Colab's is a subclass
    if ipython is not None and "ZMQInteractiveShell" in kinds:
        return _NotebookLine(ipython.display.display)  # a kernel, so a notebook
    return TerminalLine(sys.stdout) if sys.stdout.isatty() else None


def print_line(line: str) -> None:
    """Print a line for the user at once."""
    print(line, flush=True)


def _resource(trial: Trial) -> list[str]:
    """Return how much of the resource a trial had, if there is one.

    Scores with different amounts of it cannot be compared.
    """
    return [] if trial.resource is None else [f"n_resources={trial.resource}"]


def _has_failed(row: Row) -> bool:
    return any(result is not None and result.error for result in row.results)


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


def times_text(each: float, n_left: int | None, budget_left: float | None) -> str:
    """Return the time per candidate and, if it can be estimated, the time left."""
    lefts = []
    if n_left is not None:
        lefts.append(each * n_left)
    if budget_left is not None:
        lefts.append(max(budget_left, 0.0))
    text = f"{_duration(each)} each"
    return f"{text} | {_duration(min(lefts))} left" if any(lefts) else text


def _duration(seconds: float) -> str:
    """Return a duration in readable form: 0.12s, 3.4s, 5m10s, 2h05m."""
    if seconds < 59.95:  # what rounds to 60.0 is a minute
        return f"{seconds:.2f}s" if seconds < 1 else f"{seconds:.1f}s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"
