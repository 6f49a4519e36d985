"""From a journal back to a search: the same asks and tells, in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np

from skhp.evaluation._loop import Loop
from skhp.evaluation._record import Record
from skhp.evaluation._task import Scores, SplitResult
from skhp.exceptions import InvalidSpaceError
from skhp.journal._journal import Asked, Extended, Fitted, Journal, written
from skhp.optimizers import Optimizer, Trial

# A model-based optimizer thinks its proposals again, so that it goes on exactly as if
# it had never stopped, unless that takes longer than this and than this share of the
# time of the fits; from there on it only learns what it proposed.
_THINKING_SECONDS = 2.0
_THINKING_SHARE = 0.01


class Replay:
    """Takes a search to where its journal ends.

    Parameters
    ----------
    journal : Journal
        What happened.
    optimizer : Optimizer
        As it was when the journal began.
    record : Record
        Empty.
    loop : Loop
        Its observers hear what they want to hear of a replay.
    """

    def __init__(
        self, journal: Journal, optimizer: Optimizer, record: Record, loop: Loop
    ) -> None:
        self._journal, self._optimizer = journal, optimizer
        self._record, self._loop = record, loop
        self._ask_seconds = 0.0
        self._fit_seconds = 0.0
        self._metrics: tuple[Any, Any] | None = None
        self.n_more = 0  # by how many trials the search was extended

    def run(self) -> None:
        """Replay all of it.

        Raises
        ------
        JournalError
            At the first line that does not go with the search.
        """
        for event in self._journal.events():
            if isinstance(event, Asked):
                self._ask(event)
            elif isinstance(event, Fitted):
                self._fit(event)
            else:
                self._extend(event)

    def _ask(self, event: Asked) -> None:
        if event.number != len(self._record.rows) or self._optimizer.done:
            raise self._journal.wrong(event.line, "has a trial that nobody asked for")
        self._ask_seconds += event.seconds
        trial = self._proposed(event)
        same = trial is not None and trial.resource == event.resource
        if trial is None or not same or written(trial.params) != event.params:
            raise self._journal.wrong(
                event.line,
                f"has trial {event.number} with other parameters than the search "
                "proposes there",
            )
        self._loop.replay_trial(trial, event.seconds)

    def _proposed(self, event: Asked) -> Trial | None:
        optimizer: Any = self._optimizer
        if not hasattr(optimizer, "adopt"):
            trials = optimizer.ask(1)
            return trials[0] if trials else None
        try:
            row = np.array(event.row, dtype=np.float64)
            return optimizer.adopt(row, think=self._can_think)  # type: ignore[no-any-return]
        except (InvalidSpaceError, ValueError, TypeError, OverflowError):
            return None

    @property
    def _can_think(self) -> bool:
        most = max(_THINKING_SECONDS, _THINKING_SHARE * self._fit_seconds)
        return self._ask_seconds <= most

    def _fit(self, event: Fitted) -> None:
        rows, split = self._record.rows, event.split
        is_open = (
            event.trial < len(rows)
            and split < self._record.n_splits
            and rows[event.trial].twin is None
            and rows[event.trial].results[split] is None
        )
        if not is_open:
            raise self._journal.wrong(event.line, "has a fit that nobody asked for")
        if not self._has_expected_scores(event.result):
            raise self._journal.wrong(event.line, "has other scores than lines before")
        self._fit_seconds += event.result.fit_time + event.result.score_time
        self._loop.replay_result(event.trial, split, event.result)

    def _has_expected_scores(self, result: SplitResult) -> bool:
        """Whether the metrics are those of the fits before."""
        if result.fit_error is not None and not isinstance(result.test_scores, dict):
            return True  # failed before it was known that there are several
        metrics = _metrics(result.test_scores), _metrics(result.train_scores)
        if self._metrics is None:
            self._metrics = metrics
        return metrics == self._metrics and metrics[0] != ()

    def _extend(self, event: Extended) -> None:
        optimizer: Any = self._optimizer
        if not hasattr(optimizer, "extend") or event.n_more > 10**9:
            raise self._journal.wrong(event.line, "extends what cannot be extended")
        optimizer.extend(event.n_more)
        self.n_more += event.n_more
        self._loop.restart()


def _metrics(scores: Scores | None) -> Any:
    """Return the names of several scores, sorted; a word where there are no names."""
    if isinstance(scores, dict):
        return tuple(sorted(scores))
    return "none" if scores is None else "one"
