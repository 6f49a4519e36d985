"""Results that can be read while a search is being fitted."""

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
    """Computes ``cv_results_`` and the ``best_`` attributes on demand, during `fit`.

    A callback or another thread can thus read the results so far. When `fit` has ended
    they are plain attributes, as in scikit-learn. Both have the same values; a fit that
    failed has ``error_score``.
    """

    _session: Session  # while fit runs
    error_score: Any

    @contextmanager
    def _live_view(self, session: Session) -> Iterator[None]:
        """Compute the attributes from a session; hide those of an earlier fit.

        If the fit fails, the search is again what the earlier one has left.
        """
        before = dict(self.__dict__)
        for name in _LIVE:
            self.__dict__.pop(name, None)
        self._session = session
        try:
            yield
        except BaseException:
            kept = (name for name in before if name.endswith("_") or name == "_state")
            self.__dict__.update({name: before[name] for name in kept})
            raise
        finally:
            del self._session
            if "_session" in before:  # this fit was called by a callback of another
                self._session = before["_session"]

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
            f"{type(self).__name__!r} object has no attribute {name!r} yet, because "
            "there are no results for it."
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the session, which belongs to a running fit."""
        state: Any = super().__getstate__()
        return {name: state[name] for name in state if name != "_session"}

    def _best_row(self, record: Record) -> Row | None:
        """Return the row that would be best if the search ended now."""
        if self.error_score == "raise" or math.isnan(self.error_score):
            return record.best
        # The record ignores failures, which have a score only for the user.
        rows = [row for row in list(record.rows) if None not in row.results]
        scores = [shown_score(row, record.objective) for row in rows]
        known = [i for i, score in enumerate(scores) if not math.isnan(score)]

        def merit(i: int) -> tuple[int, float, int]:
            trial = rows[i].trial
            return (trial.resource or 0, scores[i], -trial.number)

        return rows[max(known, key=merit)] if known else None


def snapshot(record: Record) -> Record:
    """Return a copy of the rows, since another thread may be extending the record."""
    rows = []
    for row in list(record.rows):
        results = list(row.results)
        n_missing = sum(result is None for result in results)
        rows.append(Row(row.trial, results, n_missing, row.ask_seconds))
    return Record(record.n_splits, record.objective, rows)


def shown_score(row: Row, objective: str | None) -> float:
    """Return the mean score of a complete row, as in ``cv_results_``.

    A failed fit counts with ``error_score``, although the optimizer is told nan.
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
