"""The user's callbacks, and some that end a search when enough is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from skhp.evaluation import Observer, Row
from skhp.exceptions import InvalidParameterError


class Stopper:
    """A callback that counts, and so wants to hear when a search begins.

    A search calls it, like any callback, with itself after every candidate; where it
    returns True the search stops.

    Attributes
    ----------
    hears_replay : bool
        Whether it is also called for what is taken from a journal.
    """

    hears_replay: ClassVar[bool] = False

    def restart(self) -> None:
        """Begin to count anew: a search begins, or is to go on."""

    def __call__(self, search: Any) -> bool:
        """Return whether it is time to stop."""
        raise NotImplementedError


class NoImprovement(Stopper):
    """Stops a search whose best score has not improved for some candidates.

    Parameters
    ----------
    patience : int
        How many candidates in a row may bring nothing.
    min_delta : float, default=0.0
        By more than this the best score has to rise to count as improved.

    See Also
    --------
    TargetReached : Stops at a score.
    TimeLimit : Stops after a time.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV, NoImprovement
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2, 3, 4, 5, 6, 7, 8, 9]},
    ...     callbacks=[NoImprovement(patience=3)],
    ... )
    >>> len(search.fit(X, y).cv_results_["params"])
    7
    """

    hears_replay: ClassVar[bool] = True

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        _check(
            isinstance(patience, Integral) and patience >= 1,
            "'patience' parameter of NoImprovement must be an int in the range "
            "[1, inf)",
            patience,
        )
        _check(
            isinstance(min_delta, Real) and min_delta >= 0,
            "'min_delta' parameter of NoImprovement must be a float in the range "
            "[0, inf)",
            min_delta,
        )
        self.patience, self.min_delta = patience, min_delta
        self.restart()

    def restart(self) -> None:
        """Begin to count anew."""
        self._best: float | None = None
        self._n_waited = 0

    def __call__(self, search: Any) -> bool:
        """Return whether it is time to stop."""
        score = getattr(search, "best_score_", None)
        if score is not None and (
            self._best is None or score > self._best + self.min_delta
        ):
            self._best, self._n_waited = score, 0
        else:
            self._n_waited += 1
        return self._n_waited >= self.patience

    def __repr__(self) -> str:
        return f"NoImprovement(patience={self.patience}, min_delta={self.min_delta})"


class TargetReached(Stopper):
    """Stops a search as soon as a candidate is good enough.

    Parameters
    ----------
    score : float
        The mean score to reach.

    See Also
    --------
    NoImprovement : Stops when scores no longer rise.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV, TargetReached
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2, 3, 4, 5]},
    ...     callbacks=TargetReached(0.9),
    ... )
    >>> len(search.fit(X, y).cv_results_["params"])
    2
    """

    hears_replay: ClassVar[bool] = True

    def __init__(self, score: float) -> None:
        _check(
            isinstance(score, Real),
            "'score' parameter of TargetReached must be a float",
            score,
        )
        self.score = score

    def __call__(self, search: Any) -> bool:
        """Return whether it is time to stop."""
        score = getattr(search, "best_score_", None)
        return score is not None and bool(score >= self.score)

    def __repr__(self) -> str:
        return f"TargetReached({self.score})"


class TimeLimit(Stopper):
    """Stops a search at the first candidate that is finished after some time.

    Unlike ``time_budget`` it lets what is running run to its end, and leaves no time
    for the refit.

    Parameters
    ----------
    seconds : float
        How long, from the first candidate of this call of ``fit``.

    See Also
    --------
    NoImprovement : Stops when scores no longer rise.

    Examples
    --------
    >>> from skhp import TimeLimit
    >>> TimeLimit(3600)
    TimeLimit(3600)
    """

    def __init__(self, seconds: float) -> None:
        _check(
            isinstance(seconds, Real) and seconds > 0,
            "'seconds' parameter of TimeLimit must be a float in the range (0, inf)",
            seconds,
        )
        self.seconds = seconds
        self._end = 0.0

    def restart(self) -> None:
        """Begin to count anew."""
        self._end = time.monotonic() + self.seconds

    def __call__(self, search: Any) -> bool:
        """Return whether it is time to stop."""
        return time.monotonic() >= self._end

    def __repr__(self) -> str:
        return f"TimeLimit({self.seconds})"


def _check(holds: bool, what: str, value: Any) -> None:
    if not holds:
        raise InvalidParameterError(f"The {what}. Got {value!r} instead.")


class UserCallbacks(Observer):
    """Calls the callbacks of a search after each candidate.

    Parameters
    ----------
    search : estimator
        What they are called with.
    callbacks : sequence of callable
        The user's. A `Stopper` is told when a search begins, and is also called for
        what is taken from a journal, if it wants to.
    """

    hears_replay: ClassVar[bool] = True

    def __init__(self, search: Any, callbacks: Sequence[Callable[[Any], Any]]) -> None:
        self._search, self._callbacks = search, callbacks
        self._is_replaying = True
        self.restarted()

    def restarted(self) -> None:
        """Tell those who count that the search begins, or is to go on."""
        for callback in self._callbacks:
            if isinstance(callback, Stopper):
                callback.restart()

    def started(self) -> None:
        """Take note that from here on things happen, and are not replayed."""
        self._is_replaying = False

    def trial_done(self, row: Row) -> bool:
        """Call all of them, also after one has asked to stop."""
        return any(
            [
                bool(callback(self._search))
                for callback in self._callbacks
                if not self._is_replaying or _hears_replay(callback)
            ]
        )


def _hears_replay(callback: Any) -> bool:
    return isinstance(callback, Stopper) and callback.hears_replay


def read_callbacks(name: str, given: Any) -> list[Callable[[Any], Any]]:
    """Return the callbacks as a list.

    Raises
    ------
    InvalidParameterError
        If one is not callable.
    """
    callbacks = list(given) if isinstance(given, (list, tuple)) else [given]
    callbacks = [callback for callback in callbacks if callback is not None]
    for callback in callbacks:
        if not callable(callback) or isinstance(callback, type):
            raise InvalidParameterError(
                f"The 'callbacks' parameter of {name} must be callable or a list of "
                f"callables. Got {callback!r} instead."
            )
    return callbacks


def user_callbacks(search: Any) -> list[Observer]:
    """Return who calls the callbacks of a search: nobody, if it has none."""
    callbacks = read_callbacks(type(search).__name__, search.callbacks)
    return [UserCallbacks(search, callbacks)] if callbacks else []
