"""scikit-learn's callback protocol (1.9 and newer) around the tasks of a search."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from skhp.evaluation import Observer, Row, SplitResult, Task
from skhp.evaluation._sklearn import portable_context
from skhp.optimizers import Trial

# Parameters that stay in the main process: the user's functions and data, which the
# hooks around a fit do not need and which may not be picklable.
_AT_HOME = frozenset({"callbacks", "constraints", "initial_points"})


def shippable(search: Any) -> Any:
    """Return a copy of a search that is being fitted, for the hooks around its fits.

    It has the parameters of the search, and, where memory is shared, its best score can
    be read. It has neither the user's callbacks, nor results of earlier calls of `fit`,
    nor splits from an iterator.
    """
    copied = object.__new__(type(search))
    for name in search.get_params(deep=False):
        value = getattr(search, name)
        is_used_up = name == "cv" and isinstance(value, Iterator)
        setattr(copied, name, None if name in _AT_HOME or is_used_up else value)
    for name in ("_session", "n_splits_"):
        if name in vars(search):
            setattr(copied, name, vars(search)[name])
    return copied


class TaskEvents(Observer):
    """Makes the callback contexts of a search, in scikit-learn's tree of tasks.

    ::

        fit
        ├── search
        │   └── candidate-split-evaluation  (one per candidate and split)
        └── refit-with-best-params

    In successive halving, "halving-iteration" comes between them, once for each rung.

    Parameters
    ----------
    search : estimator
        The search whose callbacks are called.
    root : callback context or None
        The context of the whole fit; None before scikit-learn 1.9.
    n_tasks : int or None
        Number of tasks, if it is known.
    active : bool
        Whether there are callbacks. If not, no context is made for the tasks.
    """

    def __init__(
        self, search: Any, root: Any, n_tasks: int | None, *, active: bool
    ) -> None:
        self._search, self._active = search, active
        self._number = 0
        self._rung: Any = None  # the context of the rung, and which one it is
        self._iter: int | None = None
        self.shares_memory = True
        self._context = root and root.subcontext(
            task_name="search", max_subtasks=n_tasks, sequential_subtasks=False
        )

    def __enter__(self) -> TaskEvents:
        if self._context is not None:
            self._context.call_on_fit_task_begin(estimator=self._search)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._context is not None and exc_type is None:
            self._end_rung()
            self._context.call_on_fit_task_end(estimator=self._search)

    def next_context(self) -> Any:
        """Return the context of the next task; None if there are no callbacks."""
        if not self._active:
            return None
        context = (self._rung or self._context).subcontext(
            task_name="candidate-split-evaluation", task_id=self._number
        )
        self._number += 1
        return context if self.shares_memory else portable_context(context)

    def asked(self, trial: Trial, seconds: float) -> None:
        """Begin a rung with its first candidate."""
        rung = trial.labels.get("iter")
        if not self._active or rung == self._iter:
            return
        self._end_rung()
        self._iter, self._number = rung, 0
        self._rung = self._context.subcontext(
            task_name="halving-iteration",
            task_id=rung,
            max_subtasks=None,
            sequential_subtasks=False,
        )
        self._rung.call_on_fit_task_begin(estimator=self._search)

    def _end_rung(self) -> None:
        if self._rung is not None:
            self._rung.call_on_fit_task_end(estimator=self._search)
            self._rung = None

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Return whether a callback asked to stop; the worker has called the hooks."""
        return result.wants_stop

    def trial_done(self, row: Row) -> bool:
        """Call the hooks for a candidate that repeats another and so is not run."""
        if row.trial.repeats is not None and self._active:
            for _ in row.results:
                context = self.next_context()
                context.call_on_fit_task_begin(estimator=self._search)
                context.call_on_fit_task_end(estimator=self._search)
        return False
