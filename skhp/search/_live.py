"""Results that can be read while a search is being fitted."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from skhp.evaluation import Record, Row
from skhp.evaluation._sklearn import drop_callback_context
from skhp.search._history import History, State
from skhp.search._session import Session

_LIVE = frozenset({"best_index_", "best_params_", "best_score_", "cv_results_"})


_locks: WeakKeyDictionary[Any, threading.RLock]  # of searches
_making_a_lock: threading.Lock


def _make_locks() -> None:
    """Begin without locks; a forked process has no thread that would release them."""
    global _locks, _making_a_lock
    _locks, _making_a_lock = WeakKeyDictionary(), threading.Lock()


_make_locks()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_make_locks)


@contextmanager
def one_fit_at_a_time(search: Any) -> Iterator[None]:
    """Let no other thread fit the same search; what it holds is of one fit alone.

    A callback may fit the search that calls it, within the same thread.
    """
    with _making_a_lock:
        lock = _locks.setdefault(search, threading.RLock())
    with lock:
        yield


class LiveView:
    """Computes ``cv_results_`` and the ``best_`` attributes on demand, during `fit`.

    A callback or another thread can thus read the results so far. When `fit` has ended
    they are plain attributes, as in scikit-learn. Both have the same values; a fit that
    failed has ``error_score``.
    """

    _session: Session  # while fit runs

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
                return session.results(rows)
        elif (best := record.best) is not None:
            return _of_best(best, record.objective, name)
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r} yet, because "
            "there are no results for it."
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return all but a running fit; the last one as a history.

        A copy that is made while a fit runs cannot be continued.
        """
        given: Any = super().__getstate__()
        state = dict(given)  # at once, since a fit may be adding attributes
        drop_callback_context(state)
        kept: State | History | None = state.pop("_state", None)
        if state.pop("_session", None) is None and kept is not None:
            try:
                history = kept.plain() if isinstance(kept, State) else kept
            except RuntimeError:  # it changed meanwhile: a fit has begun
                return state
            if "_session" not in self.__dict__:
                results = state.get("cv_results_")  # or what the user has made of it
                if isinstance(results, Mapping):
                    history = history.sharing(results)
                state["_state"] = history
        return state


def snapshot(record: Record) -> Record:
    """Return a copy of the rows, since another thread may be extending the record."""
    rows = []
    for row in list(record.rows):
        results = list(row.results)
        n_missing = sum(result is None for result in results)
        rows.append(Row(row.trial, results, n_missing, row.ask_seconds))
        rows[-1].is_dropped = row.is_dropped
    return Record(record.n_splits, record.objective, rows, racing=record.racing)


def _of_best(best: Row, objective: str | None, name: str) -> Any:
    if name == "best_score_":
        return best.mean_score(objective)
    number = best.trial.number
    return number if name == "best_index_" else best.params
