"""What is seen while the search runs: the defaults, and one line that changes."""

import math
import time
from collections.abc import Callable
from typing import TextIO

import numpy as np

from skhp._cli._number_format import format_score
from skhp.evaluation import (
    Observer,
    Pace,
    Row,
    SplitResult,
    Task,
    TerminalLine,
    times_text,
)

_SECONDS_ON_A_TERMINAL = 0.1  # between changes of the line
_SECONDS_ELSEWHERE = 10.0  # between lines of a file or a pipe


class SearchProgress(Observer):
    """Shows the score of the defaults, and how far the search is.

    On a terminal there is one line that changes in its place; a file or a pipe gets a
    line now and then. The first trial of the search are the defaults: they do not
    count as a candidate.

    Parameters
    ----------
    stream : TextIO
        Where it is shown.
    n_candidates : int or None
        How many there will be, if that is known.
    n_slots : int, default=1
        Number of fits that run at once.
    deadline : float, default=None
        When the time budget ends, in `clock`'s time.
    clock : callable, default=None
        Gives the time in seconds; None: ``time.perf_counter``.
    """

    def __init__(
        self,
        stream: TextIO,
        n_candidates: int | None,
        *,
        n_slots: int = 1,
        deadline: float | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._stream, self._n_candidates = stream, n_candidates
        self._deadline = deadline
        self._clock = clock or time.perf_counter
        self._line = TerminalLine(stream) if stream.isatty() else None
        self._pace = Pace(n_slots, self._clock)
        self._shown_at = self._clock()
        self._are_defaults_known = False
        self._n_finished = 0  # the defaults too
        self._n_splits = 1
        self._n_failed = 0
        self._best = (-math.inf, 0)  # its score and minus its number
        if self._line is not None:
            self._shown_at = -math.inf  # the first result at once

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Note how long a fit took."""
        self._pace.fit_done(result.fit_time + result.score_time)
        return False

    def trial_done(self, row: Row) -> bool:
        """Show what has come of a candidate."""
        done = [result for result in row.results if result is not None]
        scores = np.array([result.score_of(None) for result in done])
        mean, number = float(np.mean(scores)), row.trial.number
        self._n_finished, self._n_splits = self._n_finished + 1, len(row.results)
        self._n_failed += any(result.error is not None for result in done)
        if not math.isnan(mean):
            self._best = max(self._best, (mean, -number))  # of equals, the first
        if number == 0:
            self._are_defaults_known = True
            spread = format_score(float(np.std(scores)))
            self._say(f"  defaults  {format_score(mean)} ± {spread}")
        self._show(mean)
        return False

    def close(self) -> None:
        """Leave nothing in sight but what stays."""
        if self._line is not None:
            self._line.write("")

    def _say(self, line: str) -> None:
        """Write a line that stays."""
        self.close()
        print(line, file=self._stream, flush=True)

    def _show(self, last: float) -> None:
        """Write a line that does not stay, unless there was one just now."""
        now = self._clock()
        on_terminal = self._line is not None
        pause = _SECONDS_ON_A_TERMINAL if on_terminal else _SECONDS_ELSEWHERE
        if now - self._shown_at < pause:
            return
        self._shown_at = now
        line = f"  {self._count()} {self._state(last)} | {self._times(now)}"
        if self._line is not None:
            self._line.write(line)
        else:
            print(line, file=self._stream, flush=True)

    def _count(self) -> str:
        n = self._n_finished - self._are_defaults_known
        if self._n_candidates is None:
            return f"[{n}]"
        return f"[{n:>{len(str(self._n_candidates))}}/{self._n_candidates}]"

    def _state(self, last: float) -> str:
        """Return the best score and whose it is, the last one, and failures."""
        score, number = self._best[0], -self._best[1]
        whose = f"#{number}" if number else "defaults"
        best = "-" if math.isinf(score) else f"{format_score(score)} ({whose})"
        text = f"best {best} | last {format_score(last)}"
        return f"{text} | {self._n_failed} failed" if self._n_failed else text

    def _times(self, now: float) -> str:
        each, n_left = self._pace.seconds_per_fit * self._n_splits, None
        if self._n_candidates is not None:
            n_left = self._n_candidates + 1 - self._n_finished
        budget_left = None if self._deadline is None else self._deadline - now
        return times_text(each, n_left, budget_left)
