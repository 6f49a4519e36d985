"""What can be read of a search while it is being fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skhp.evaluation import Record, Row
from skhp.search._session import Session

_LIVE = frozenset({"best_index_", "best_params_", "best_score_", "cv_results_"})


class LiveView:
    """Answers for ``best_score_`` and its like from the record, during `fit`.

    A callback, or another thread, can so read the best of what is finished. Once fit
    has ended they are plain attributes, as in scikit-learn. What they say is what
    ``cv_results_`` will say: of a fit that failed, ``error_score``.
    """

    _session: Session  # while fit runs
    error_score: Any

    @contextmanager
    def _live_view(self, session: Session) -> Iterator[None]:
        """Let the session answer; what an earlier fit has left would be in the way."""
        for name in _LIVE:
            self.__dict__.pop(name, None)
        self._session = session
        try:
            yield
        finally:
            del self._session

    def __getattr__(self, name: str) -> Any:
        session: Session | None = self.__dict__.get("_session")
        if name not in _LIVE or session is None:
            return super().__getattribute__(name)  # raises what it raised at first
        record = session.record
        if name == "cv_results_":
            rows = snapshot(record)
            if any(result is not None for row in rows.rows for result in row.results):
                return session.results(rows, is_over=False)
        elif (best := self._best_row(record)) is not None:
            return _of_best(best, record.objective, name)
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r} yet: nothing "
            "that it could tell of is finished."
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to a fit that is going on."""
        state: Any = super().__getstate__()
        return {name: state[name] for name in state if name != "_session"}

    def _best_row(self, record: Record) -> Row | None:
        """Return the row that would be the best if the search ended now."""
        if self.error_score == "raise" or math.isnan(self.error_score):
            return record.best
        # The record leaves failures out: they have a score only for the user.
        rows = [row for row in list(record.rows) if None not in row.results]
        scores = [shown_score(row, record.objective) for row in rows]
        known = [i for i, score in enumerate(scores) if not math.isnan(score)]

        def merit(i: int) -> tuple[int, float, int]:
            trial = rows[i].trial
            return (trial.resource or 0, scores[i], -trial.number)

        return rows[max(known, key=merit)] if known else None


def snapshot(record: Record) -> Record:
    """Return the rows as they are now: another thread may go on with the record."""
    rows = []
    for row in list(record.rows):
        results = list(row.results)
        n_missing = sum(result is None for result in results)
        rows.append(Row(row.trial, results, n_missing, row.ask_seconds))
    return Record(record.n_splits, record.objective, rows)


def shown_score(row: Row, objective: str | None) -> float:
    """Return the mean score of a row that is complete, as ``cv_results_`` has it.

    There a fit that failed has ``error_score``, whatever the optimizer is told.
    """
    scores = []
    for result in row.results:
        given = float("nan") if result is None else result.test_scores
        if isinstance(given, dict):
            given = given[objective if objective in given else next(iter(given))]
        scores.append(given)
    return float(np.mean(scores))


def _of_best(best: Row, objective: str | None, name: str) -> Any:
    if name == "best_score_":
        return shown_score(best, objective)
    number = best.trial.number
    return number if name == "best_index_" else dict(best.trial.params)
