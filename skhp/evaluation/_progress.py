"""The progress of a search, printed by the main process.

Workers print nothing, because their output does not reach a notebook.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

from skhp.evaluation._pace import Pace
from skhp.evaluation._protocols import Observer
from skhp.evaluation._record import Record, Row
from skhp.evaluation._task import SplitResult, Task
from skhp.optimizers import Optimizer, Trial

_SECONDS_BETWEEN = 0.1  # of what changes in its place


class Progress(Observer):
    """Shows the progress of a search and its best score.

    With `verbose` = 1, a terminal shows one line that is kept up to date, and a
    notebook a progress bar if tqdm is installed. Otherwise, and with a higher
    `verbose`, there is a line per finished candidate.

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

    def started(self) -> None:
        """Begin to count, leaving out what the record already contains."""
        self._pace = Pace(self._n_slots, self._clock)
        n_trials, n_splits = self._optimizer.n_trials, self._record.n_splits
        if self._verbose > 0 and n_trials is not None:
            self._print(
                f"Fitting {n_splits} folds for each of {n_trials} candidates, "
                f"totalling {n_trials * n_splits} fits"
            )
        self._n_before = self._record.n_finished
        self._n_failed = sum(map(_has_failed, self._record.rows))
        if self._verbose == 1:
            self._display = _display(n_trials, self._n_before)

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
            self._print(f"[candidate {trial.number + 1}] START {_text(trial.params)}")

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Count a fit, and print its result."""
        self._pace.fit_done(result.fit_time + result.score_time)
        if self._verbose >= 2:
            self._print(self._line_of(task, result))
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
        if self._display is None:
            self._print(f"{self._count()} {self._state(row)}{self._times()}")
            return
        now = self._clock()
        if now - self._shown_at >= _SECONDS_BETWEEN:
            self._shown_at = now
            self._show(self._display)

    def _show(self, display: _Display) -> None:
        display.show(
            self._record.n_finished, self._count(), self._state(None), self._times()
        )

    def _count(self) -> str:
        n_trials = self._optimizer.n_trials
        total = "?" if n_trials is None else str(n_trials)
        return f"[{self._record.n_finished:>{len(total)}}/{total}]"

    def _state(self, row: Row | None) -> str:
        """Return the best score, the score of `row` if given, and the failures."""
        record, text = self._record, "best -"
        if record.best is not None:
            text = f"best {record.best_score:.4g} (#{record.best.trial.number})"
        if row is not None:
            text += f" | last {record.outcome(row).mean:.4g}"
        return f"{text} | {self._n_failed} failed" if self._n_failed else text

    def _times(self) -> str:
        """Return the time per candidate and, if it can be estimated, the time left."""
        n_trials, n_left = self._optimizer.n_trials, None
        if n_trials is not None:
            n_left = max(n_trials - self._record.n_finished, 0)
        each = self._pace.seconds_per_fit * self._record.n_splits
        budget_left = None if self._deadline is None else self._deadline - self._clock()
        return f" | {times_text(each, n_left, budget_left)}"

    @staticmethod
    def _print(line: str) -> None:
        print(line, flush=True)


class _Display(Protocol):
    """A display whose content is replaced by each new state."""

    def show(self, n_finished: int, count: str, state: str, times: str) -> None: ...

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

    def show(self, n_finished: int, count: str, state: str, times: str) -> None:
        """Write the newest state in the place of the one before."""
        self.write(f"{count} {state}{times}")

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


class _NotebookBar:
    """A progress bar of tqdm, which a notebook shows as a widget or as text."""

    def __init__(self, n_trials: int | None, n_before: int) -> None:
        if importlib.util.find_spec("ipywidgets") is not None:
            from tqdm.notebook import tqdm
        else:
            from tqdm import tqdm
        self._bar = tqdm(
            total=n_trials, initial=n_before, unit=" candidates", file=sys.stdout
        )

    def show(self, n_finished: int, count: str, state: str, times: str) -> None:
        self._bar.set_postfix_str(state, refresh=False)  # times are the bar's own
        self._bar.update(n_finished - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def _display(n_trials: int | None, n_before: int) -> _Display | None:
    """Return the display that suits the output; None means plain lines."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if type(shell).__name__ == "ZMQInteractiveShell":  # a kernel, so a notebook
        has_bar = importlib.util.find_spec("tqdm") is not None
        return _NotebookBar(n_trials, n_before) if has_bar else None
    return TerminalLine(sys.stdout) if sys.stdout.isatty() else None


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
