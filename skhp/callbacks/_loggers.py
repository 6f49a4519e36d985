"""Callbacks that are given each finished candidate, for trackers of experiments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from skhp.exceptions import InvalidParameterError


class CandidateLogger:
    """Base class of callbacks that are given each finished candidate as a dict.

    Other callbacks are called with the search and can stop it. A logger only takes
    notes: what it returns is ignored. A subclass overrides ``__call__`` and, where it
    has something to open and close, `begin` and `end`.

    Attributes
    ----------
    hears_replay : bool
        Whether it is also given the candidates that a resumed search reads from its
        journal. False unless a subclass sets it.

    See Also
    --------
    ForEachCandidate : Calls a function.
    MLflowLogger : Makes a run of MLflow for each candidate.

    Notes
    -----
    The dict is a row of ``cv_results_`` in plain Python types. It has:

    - ``"index"``: the position in ``cv_results_``, an int;
    - ``"params"``: the parameters, a dict;
    - ``"status"``: "ok", "failed", "timeout", "crashed" or "raced";
    - ``"error"``: the end of the traceback of a failed fit, or None;
    - ``"mean_test_score"``, ``"std_test_score"``, ``"split0_test_score"`` and so on,
      with the name of the metric in place of ``score`` if there are several;
    - ``"mean_fit_time"``, ``"std_fit_time"``, ``"mean_score_time"`` and
      ``"std_score_time"``, in seconds;
    - what else the search has a column for, such as ``"ask_time"``, ``"iter"``,
      ``"n_resources"`` or ``"bracket"``, but no ranks, which every candidate changes.
    """

    hears_replay: bool = False

    def begin(self, search: Any) -> None:
        """Hear that `search` is about to be fitted; what it raises ends the fit."""

    def __call__(self, candidate: Mapping[str, Any]) -> None:
        """Take note of a finished candidate."""
        raise NotImplementedError

    def end(self, search: Any, error: BaseException | None) -> None:
        """Hear that `search` has chosen its best candidate, or failed with `error`."""


class ForEachCandidate(CandidateLogger):
    """Callback that calls a function with each finished candidate.

    The function is called in the main process, right after the candidate's last fit, so
    any tracker of experiments can be fed with it. What it raises ends the search.

    Parameters
    ----------
    function : callable
        Called with one dict, a row of ``cv_results_`` in plain Python types, which
        `CandidateLogger` describes. What it returns is ignored.
    hears_replay : bool, default=False
        Whether to call it also for the candidates that a resumed search reads from its
        journal, and for which it was thus called before.

    See Also
    --------
    MLflowLogger : Makes a run of MLflow for each candidate.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.callbacks import ForEachCandidate
    >>> def log(candidate):
    ...     print(candidate["params"], round(candidate["mean_test_score"], 2))
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2]},
    ...     callbacks=ForEachCandidate(log),
    ... )
    >>> _ = search.fit(X, y)
    {'max_depth': 1} 0.67
    {'max_depth': 2} 0.93
    """

    def __init__(
        self,
        function: Callable[[dict[str, Any]], Any],
        hears_replay: bool = False,
    ) -> None:
        if not callable(function):
            raise InvalidParameterError(
                "The 'function' parameter of ForEachCandidate must be callable. Got "
                f"{function!r} instead."
            )
        self.function, self.hears_replay = function, hears_replay

    def __call__(self, candidate: Mapping[str, Any]) -> None:
        """Call the function with a candidate."""
        self.function(dict(candidate))

    def __repr__(self) -> str:
        return f"ForEachCandidate({self.function!r})"
