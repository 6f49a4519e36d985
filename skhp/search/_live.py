"""What can be read of a search while it is being fitted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skhp.evaluation import Record

_LIVE = frozenset({"best_index_", "best_params_", "best_score_", "cv_results_"})


class LiveView:
    """Answers for ``best_score_`` and its like from the record, during `fit`.

    A callback, or another thread, can so read the best of what is finished. Once fit
    has ended they are plain attributes, as in scikit-learn.
    """

    _live_record: Record

    @contextmanager
    def _live_view(self, record: Record) -> Iterator[None]:
        """Let the record answer; what an earlier fit has left would be in the way."""
        for name in _LIVE:
            self.__dict__.pop(name, None)
        self._live_record = record
        try:
            yield
        finally:
            del self._live_record

    def __getattr__(self, name: str) -> Any:
        record = self.__dict__.get("_live_record")
        if name in _LIVE and record is not None:
            if name == "cv_results_":
                return self._results(record)
            if record.best is not None:
                return _of_best(record, name)
        return super().__getattribute__(name)  # raises what it raised at first

    def _results(self, record: Record) -> dict[str, Any]:
        raise NotImplementedError


def _of_best(record: Record, name: str) -> Any:
    best = record.best
    if best is None or name == "best_score_":
        return record.best_score
    number = best.trial.number
    return number if name == "best_index_" else dict(best.trial.params)
