"""Replaying a journal: the same asks and tells as before, in the same order."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np

from skhp.evaluation import Loop, Record, SplitResult
from skhp.evaluation._task import Scores
from skhp.exceptions import InvalidParameterError, InvalidSpaceError, OptimizerError
from skhp.journal._events import Asked, Dropped, Extended, Fitted, Refined
from skhp.journal._journal import MOST_TRIALS, Journal, written
from skhp.optimizers import Optimizer, Trial

# Numbers that differ by no more are those of another processor's exp or log.
_ROUNDING = 1e-9
_NUMPY_FLOAT = re.compile(r"float\d+\((-?\d[\d.]*(?:e[-+]?\d+)?)\)")


class Replay:
    """Brings a search to the state in which its journal ends.

    Parameters
    ----------
    journal : Journal
        The journal.
    optimizer : Optimizer
        The optimizer, in its initial state.
    record : Record
        An empty record.
    loop : Loop
        The loop, whose observers hear the replay if they ask for it.
    """

    def __init__(
        self, journal: Journal, optimizer: Optimizer, record: Record, loop: Loop
    ) -> None:
        self._journal, self._optimizer = journal, optimizer
        self._record, self._loop = record, loop
        self._kinds: tuple[str, str] | None = None  # of test and training scores
        self.n_more = 0  # by how many trials the search was extended

    def run(self) -> None:
        """Replay all of it.

        Raises
        ------
        JournalError
            At the first line that does not fit the search.
        """
        for event in self._journal.events():
            if isinstance(event, Asked):
                self._ask(event)
            elif isinstance(event, Fitted):
                self._fit(event)
            elif isinstance(event, Dropped):
                self._drop(event)
            elif isinstance(event, Refined):
                self._refine(event)
            else:
                self._extend(event)

    def _ask(self, event: Asked) -> None:
        if event.number != len(self._record.rows) or self._optimizer.done:
            raise self._journal.wrong(event.line, "has a trial that nobody asked for")
        try:
            trial = self._adopted(event)
        except (OptimizerError, InvalidSpaceError) as error:
            reason = str(error).rstrip(".")
            raise self._journal.wrong(
                event.line, f"has trial {event.number}, but this cannot be ({reason})"
            ) from None
        if trial is None:
            raise self._journal.wrong(
                event.line,
                f"has trial {event.number} with other parameters than the search "
                "proposes there",
            )
        self._loop.replay_trial(trial, event.seconds)

    def _adopted(self, event: Asked) -> Trial | None:
        """Return the trial of a line, with its exact numbers; None if it differs."""
        trial = self._optimizer.adopt(event.proposal)
        shown, exact = written(trial.params), {}
        if trial.proposal != event.proposal:
            return None
        if trial.resource != event.resource or shown.keys() != event.params.keys():
            return None
        for name, value in shown.items():
            before = event.params[name]
            if before == value and type(before) is type(value):
                continue
            number = _float_of(before)
            now = trial.params[name]
            if number is None or not isinstance(now, (float, np.floating)):
                return None
            if not math.isclose(number, now, rel_tol=_ROUNDING):
                return None
            exact[name] = type(now)(number)
        return replace(trial, params={**trial.params, **exact}) if exact else trial

    def _fit(self, event: Fitted) -> None:
        rows, split = self._record.rows, event.split
        is_open = (
            event.trial < len(rows)
            and split < self._record.n_splits
            and rows[event.trial].trial.repeats is None
            and not rows[event.trial].is_dropped
            and rows[event.trial].results[split] is None
        )
        if not is_open:
            raise self._journal.wrong(event.line, "has a fit that nobody asked for")
        if not self._has_expected_scores(event.result):
            raise self._journal.wrong(event.line, "has other scores than lines before")
        self._loop.replay_result(event.trial, split, event.result)

    def _drop(self, event: Dropped) -> None:
        rows, racing = self._record.rows, self._record.racing
        is_open = (
            racing is not None
            and event.trial < len(rows)
            and rows[event.trial].trial.repeats is None
            and not rows[event.trial].is_done
            and rows[event.trial].n_evaluated > 0
        )
        if not is_open:
            raise self._journal.wrong(event.line, "gives up what is not to be given up")
        self._loop.replay_drop(event.trial)

    def _refine(self, event: Refined) -> None:
        where = event.trial, event.shuffle, event.split
        is_possible = (
            event.trial < len(self._record.rows)
            and event.split < self._record.n_splits
            and where not in self._journal.refined
        )
        if not is_possible:
            raise self._journal.wrong(event.line, "has a fit that nobody asked for")
        self._journal.refined[where] = event.result

    def _has_expected_scores(self, result: SplitResult) -> bool:
        """Whether there are one or several, for training too, as in earlier fits."""
        if result.error is not None and not isinstance(result.test_scores, dict):
            return True  # failed before it was known that there are several
        kinds = _kind(result.test_scores), _kind(result.train_scores)
        if self._kinds is None:
            self._kinds = kinds
        return kinds == self._kinds and result.test_scores != {}

    def _extend(self, event: Extended) -> None:
        try:
            if not self._optimizer.can_extend or event.n_more > MOST_TRIALS:
                raise OptimizerError
            self._optimizer.extend(event.n_more)
        except (OptimizerError, InvalidParameterError):
            raise self._journal.wrong(
                event.line, "extends what cannot be extended"
            ) from None
        self.n_more += event.n_more
        self._record.extended(event.n_more)
        self._loop.restart()


def _float_of(shown: Any) -> float | None:
    """Return a number that a journal shows plainly or with its NumPy type, or None."""
    if isinstance(shown, str) and (match := _NUMPY_FLOAT.fullmatch(shown)):
        shown = float(match[1])
    return shown if type(shown) is float else None


def _kind(scores: Scores | None) -> str:
    """Return whether there is none, one, or several of them."""
    if isinstance(scores, dict):
        return "several"
    return "none" if scores is None else "one"
