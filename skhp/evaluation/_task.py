"""What the loop and its workers exchange: jobs, tasks and results.

A `Job` is what all tasks of a search have in common; it is sent to each worker once. A
`Task` is small and sent every time; a `SplitResult` comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from skhp.optimizers import Trial

Scores = float | dict[str, float]
ENDINGS = ("timeout", "crashed")  # of a fit that did not end by itself
Split = tuple[Any, Any]  # rows to train on, rows to score on
Splits = list[Split]


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One trial on one split with one resource."""

    trial: Trial
    split: int
    context: Any = None  # scikit-learn's callback context
    standing: Standing | None = None  # where `Job.together` evaluates trials


@dataclass(frozen=True, slots=True)
class Rounds:
    """How many boosting rounds a trial got, and how many of them are the best."""

    best: int
    trained: int
    stopped: str = ""  # why it was trained no further


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known when a trial is submitted."""

    incumbent: Sequence[float] | None = None  # scores of the best trial, per split
    settled: Rounds | None = None  # from other splits of the same trial


@dataclass(frozen=True, eq=False, slots=True)
class SplitResult:
    """The result of one task; scores are a dict if there are several metrics."""

    test_scores: Scores
    train_scores: Scores | None
    fit_time: float
    score_time: float
    n_test_samples: int
    fit_error: str | None = None
    score_error: str | None = None
    failed_metrics: tuple[str, ...] = ()  # of several metrics, those without a score
    wants_stop: bool = False  # a callback of scikit-learn asked to stop
    ending: str = ""  # one of ENDINGS, if the fit did not end by itself
    # Where `Job.together` evaluates trials, as in `Rounds`; 0 if there is no score
    n_resources: int = 0
    n_trained: int = 0
    stopped: str = ""
    curve: tuple[float, ...] = ()  # scores by number of rounds
    # Neither the record nor a journal keeps these: FitWarnings, one of each kind, and
    # what `Job.keeping` has kept.
    warnings: tuple[Any, ...] = field(default=(), metadata={"is_kept": False})
    kept: Any = field(default=None, metadata={"is_kept": False})

    @property
    def error(self) -> str | None:
        """The traceback of the failure, if there was one."""
        return self.fit_error or self.score_error

    @property
    def status(self) -> str:
        """How the task ended: "ok", "failed", "timeout" or "crashed"."""
        return self.ending or ("failed" if self.error else "ok")

    def score_of(self, metric: str | None) -> float:
        """Return the test score of one metric; nan if it could not be computed.

        Without a metric, it is the only one or the first.
        """
        if self.fit_error is not None:
            return np.nan
        if not isinstance(self.test_scores, dict):
            return np.nan if self.score_error else self.test_scores
        name = next(iter(self.test_scores)) if metric is None else metric
        is_failed = name in self.failed_metrics
        return np.nan if is_failed else self.test_scores.get(name, np.nan)


class Resource(Protocol):
    """How the resource of a trial is applied: fewer rows, or a continued model."""

    def rows(self, splits: Sequence[Split], task: Task) -> Split:
        """Return the rows to train on and those to score on."""
        ...

    def fit(
        self, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
    ) -> Any:
        """Return a fitted estimator: this one, or a model trained further.

        The estimator already has the candidate's parameters.
        """
        ...


class ThreadLimits(Protocol):
    """How many threads a fit may use."""

    def apply(self, estimator: Any, params: Mapping[str, Any]) -> None:
        """Set the thread parameters that a worker's copy with `params` leaves open."""
        ...

    def in_worker(self) -> AbstractContextManager[None]:
        """Limit the calling thread of a worker."""
        ...

    def shared_by(self, n: int, estimator: Any) -> tuple[int, ThreadLimits]:
        """Return how many of `n` fits may run at once here, and the limits of each."""
        ...


class Together(Protocol):
    """Evaluates a trial on several splits at once."""

    def evaluate(self, job: Job, tasks: Sequence[Task]) -> list[SplitResult]:
        """Return the results of the tasks of one trial, in their order."""
        ...


class Keeping(Protocol):
    """Keeps the fitted models, where more than their scores is wanted."""

    def listening(
        self, scorer: Any, model: Any, X_test: Any
    ) -> AbstractContextManager[Callable[[], Any]]:
        """Return a context in which a model is scored; inside, what `keep` would do.

        Predictions that the scorer asks for need not be made again.
        """
        ...

    def keep(self, model: Any, X_test: Any) -> Any:
        """Return what the result of a fit has as `SplitResult.kept`.

        Whatever goes wrong is part of that; nothing is raised.
        """
        ...


@dataclass(frozen=True, eq=False)
class Job:
    """What all tasks of one search have in common."""

    estimator: Any
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Any
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)
    return_train_score: bool = False
    error_score: float | str = np.nan
    caller: Any = None  # the search itself, only where callbacks want to see it
    caller_elsewhere: Any = None  # what they see of it in another process
    resource: Resource | None = None  # what the resource of a trial means
    together: Together | None = None  # if all splits of a trial are one piece of work
    keeping: Keeping | None = None
    threads: ThreadLimits | None = None
    soft_fit_timeout: float | None = None  # seconds, where no fit can be ended
    # What a fit may raise without ending the search.
    failures: tuple[type[BaseException], ...] = (Exception,)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "caller": self.caller_elsewhere, "caller_elsewhere": None}
