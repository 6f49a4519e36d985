"""Callbacks that stop a search early."""

from __future__ import annotations

import time
from numbers import Integral, Real
from typing import Any, ClassVar

from skhp.exceptions import InvalidParameterError


class Stopper:
    """Base class of callbacks that keep a state and decide when a search stops.

    Any callable can be a callback. A subclass of this one is also told when a search
    starts or continues, by `restart`, and says by class attributes which candidates it
    is called for.

    Attributes
    ----------
    hears_replay : bool
        Whether to call it for the candidates read from a journal too. False unless a
        subclass sets it.
    only_at_top : bool
        Whether to call it only for candidates on the highest rung of a halving or
        Hyperband search, from the first that has a score there. A score on a lower rung
        is not comparable, because less of the resource was used. False unless a
        subclass sets it.

    See Also
    --------
    NoImprovement : Stops when the best score no longer improves.
    TargetReached : Stops at a given score.
    TimeLimit : Stops after a given time.

    Examples
    --------
    Stop after a number of candidates, counting those read from a journal:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV, Stopper
    >>> class MaxCandidates(Stopper):
    ...     hears_replay = True
    ...
    ...     def __init__(self, n):
    ...         self.n = n
    ...
    ...     def restart(self):
    ...         self.n_seen = 0
    ...
    ...     def __call__(self, search):
    ...         self.n_seen += 1
    ...         return self.n_seen >= self.n
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2, 3, 4, 5]},
    ...     callbacks=MaxCandidates(3),
    ... )
    >>> len(search.fit(X, y).cv_results_["params"])
    3
    """

    hears_replay: ClassVar[bool] = False
    only_at_top: ClassVar[bool] = False

    def restart(self) -> None:
        """Reset the state: a search starts or continues."""

    def __call__(self, search: Any) -> bool:
        """Return whether to stop; called with the search after each candidate."""
        raise NotImplementedError


class NoImprovement(Stopper):
    """Callback that stops a search whose best score no longer improves.

    In a halving or Hyperband search it judges the candidates on the highest rung.

    Parameters
    ----------
    patience : int
        Number of candidates in a row without an improvement after which to stop.
    min_delta : float, default=0.0
        Only a best score that rises by more than this counts as an improvement.

    See Also
    --------
    TargetReached : Stops at a given score.
    TimeLimit : Stops after a given time.

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
    only_at_top: ClassVar[bool] = True

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
        """Start counting anew."""
        self._best: float | None = None
        self._n_waited = 0

    def __call__(self, search: Any) -> bool:
        """Return whether to stop the search."""
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
    """Callback that stops a search as soon as a candidate reaches a score.

    In a halving or Hyperband search, a candidate on the highest rung must reach it.

    Parameters
    ----------
    score : float
        Mean score to reach.

    See Also
    --------
    NoImprovement : Stops when the best score no longer improves.

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
    only_at_top: ClassVar[bool] = True

    def __init__(self, score: float) -> None:
        _check(
            isinstance(score, Real),
            "'score' parameter of TargetReached must be a float",
            score,
        )
        self.score = score

    def __call__(self, search: Any) -> bool:
        """Return whether to stop the search."""
        score = getattr(search, "best_score_", None)
        return score is not None and bool(score >= self.score)

    def __repr__(self) -> str:
        return f"TargetReached({self.score})"


class TimeLimit(Stopper):
    """Callback that stops a search at the first candidate finished after a given time.

    Unlike ``time_budget``, it does not predict how long a fit will take: fits that are
    running when the time is up are finished, and the refit comes on top.

    Parameters
    ----------
    seconds : float
        Time in seconds, counted from the start of the search in this call of ``fit``.

    See Also
    --------
    NoImprovement : Stops when the best score no longer improves.

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
        """Start counting anew."""
        self._end = time.monotonic() + self.seconds

    def __call__(self, search: Any) -> bool:
        """Return whether to stop the search."""
        return time.monotonic() >= self._end

    def __repr__(self) -> str:
        return f"TimeLimit({self.seconds})"


def _check(holds: bool, what: str, value: Any) -> None:
    if not holds:
        raise InvalidParameterError(f"The {what}. Got {value!r} instead.")
