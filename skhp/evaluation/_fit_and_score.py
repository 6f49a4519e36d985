"""Fitting and scoring one candidate on one split: the work of one task."""

from __future__ import annotations

import copy
import numbers
import operator
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from skhp.evaluation._fit_warnings import collected_warnings
from skhp.evaluation._sklearn import (
    check_method_params,
    num_samples,
    safe_split,
    scorer_names,
)
from skhp.evaluation._task import ENDINGS, Job, Scores, SplitResult, Task
from skhp.exceptions import (
    FitTimeoutError,
    InvalidParameterError,
    WorkerCrashedError,
)

_RAISED: dict[str, type[Exception]] = {
    "timeout": FitTimeoutError,
    "crashed": WorkerCrashedError,
    "failed": InvalidParameterError,
}


def unfitted_copy(estimator: Any) -> Any:
    """Return a clone, or a deep copy if the estimator cannot be cloned.

    scikit-learn's `clone` passes the result of ``get_params`` to the constructor. The
    deep copy makes it possible to search over a wrapper with its own ``get_params`` and
    ``set_params`` whose constructor does not accept these names.
    """
    try:
        return clone(estimator)
    except TypeError:
        if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
            raise
        return copy.deepcopy(estimator)


def evaluate(job: Job, task: Task) -> SplitResult:
    """Fit and score one candidate on one split.

    If the estimator or the scorer raises, the score is ``error_score`` and the
    traceback is kept, unless ``error_score="raise"``. Warnings are in the result.
    """
    with collected_warnings() as found:
        result = _evaluate(job, task)
    return replace(result, warnings=tuple(found.values())) if found else result


def _evaluate(job: Job, task: Task) -> SplitResult:
    train, test = rows_of(job, task)
    fit_params = check_method_params(job.X, params=job.fit_params, indices=train)
    start = time.perf_counter()
    estimator = unfitted_copy(job.estimator)
    X_train, y_train = safe_split(estimator, job.X, job.y, train)
    X_test, y_test = safe_split(estimator, job.X, job.y, test, train)
    hooks = hooks_around(job, task, estimator, X_train, y_train, fit_params)
    with hooks:
        estimator, error = _fit(job, task, estimator, X_train, y_train, fit_params)
    fit_time = time.perf_counter() - start

    if error is not None:
        scores = error_scores(job)
        train_scores = error_scores(job) if job.return_train_score else None
        n = num_samples(X_test)
        return SplitResult(
            scores,
            train_scores,
            fit_time,
            0.0,
            n,
            fit_error=error,
            wants_stop=hooks.wants_stop,
        )

    start = time.perf_counter()
    with _listening(job, estimator, X_test) as keep:
        test_scores, error, failed = score_on(job, estimator, X_test, y_test, test)
    score_time = time.perf_counter() - start
    train_scores = None
    if job.return_train_score:
        train_scores, train_error, _ = score_on(job, estimator, X_train, y_train, train)
        error = error or train_error
    return SplitResult(
        test_scores,
        train_scores,
        fit_time,
        score_time,
        num_samples(X_test),
        score_error=error,
        failed_metrics=failed,
        wants_stop=hooks.wants_stop,
        kept=keep(),
    )


def _listening(
    job: Job, estimator: Any, X_test: Any
) -> AbstractContextManager[Callable[[], Any]]:
    """Return a context to score a model in, and what then returns what is kept."""
    if job.keeping is None:
        return nullcontext(lambda: None)
    return job.keeping.listening(job.scorer, estimator, X_test)


def lost_result(
    job: Job, task: Task, status: str, why: str, secs: float = 0.0
) -> SplitResult:
    """Return the result of a fit that was ended from outside or never started.

    Raises
    ------
    FitTimeoutError, WorkerCrashedError or InvalidParameterError
        If ``error_score`` is "raise", for status "timeout", "crashed" or "failed".
    """
    kind = _RAISED[status]
    if job.error_score == "raise":
        raise kind(why)
    scores = error_scores(job)
    train_scores = error_scores(job) if job.return_train_score else None
    train, test = rows_of(job, task)
    n = num_samples(safe_split(job.estimator, job.X, job.y, test, train)[0])
    error = f"{kind.__module__}.{kind.__qualname__}: {why}\n"
    ending = status if status in ENDINGS else ""
    return SplitResult(
        scores, train_scores, secs, 0.0, n, fit_error=error, ending=ending
    )


def rows_of(job: Job, task: Task) -> tuple[Any, Any]:
    """Return the rows to fit on and the rows to score on."""
    if job.resource is None:
        return job.splits[task.split]
    return job.resource.rows(job.splits, task)


def n_chosen(rows: Any, n: int) -> int:
    """Return how many of `n` rows are chosen, by numbers, a mask or a slice."""
    if isinstance(rows, slice):
        return len(range(*rows.indices(n)))
    if isinstance(rows, np.ndarray) and rows.dtype.kind == "b":
        return int(np.count_nonzero(rows))
    return operator.length_hint(rows, n)


def _fit(
    job: Job, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
) -> tuple[Any, str | None]:
    """Return the fitted estimator, and the traceback if that failed."""
    try:
        # Values are cloned: they may be estimators, and two workers may share them.
        estimator.set_params(**clone(dict(task.trial.params), safe=False))
        if job.threads is not None:
            job.threads.apply(estimator, task.trial.params)
        if job.resource is None:
            fit_plainly(estimator, X, y, fit_params)
        else:
            estimator = job.resource.fit(task, estimator, X, y, fit_params)
    except job.failures:
        if job.error_score == "raise":
            raise
        return estimator, short_traceback()
    return estimator, None


class _NoHooks(AbstractContextManager[None]):
    """What is around a fit that no callback watches: nothing."""

    wants_stop = False

    def __exit__(self, *exc_info: Any) -> None:
        pass


class _TaskHooks(_NoHooks):
    """Calls scikit-learn's callback hooks around one fit."""

    def __init__(self, job: Job, task: Task, estimator: Any, **data: Any) -> None:
        self._context, self._caller, self._data = task.context, job.caller, data
        self._propagation = task.context.propagate_callback_context(estimator)

    def __enter__(self) -> None:
        self._propagation.__enter__()
        self._context.call_on_fit_task_begin(estimator=self._caller, **self._data)

    def __exit__(self, *exc_info: Any) -> None:
        self._propagation.__exit__(*exc_info)
        end = self._context.call_on_fit_task_end
        self.wants_stop = bool(end(estimator=self._caller, **self._data))


def hooks_around(
    job: Job, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
) -> _NoHooks:
    if task.context is None:
        return _NoHooks()
    weight = fit_params.get("sample_weight")
    metadata = None if weight is None else {"sample_weight": weight}
    return _TaskHooks(job, task, estimator, X=X, y=y, metadata=metadata)


def score_on(
    job: Job, estimator: Any, X: Any, y: Any, indices: Any
) -> tuple[Scores, str | None, tuple[str, ...]]:
    """Return the score or scores, a traceback if one failed, and which ones failed."""
    params = check_method_params(job.X, params=job.score_params, indices=indices)
    try:
        if y is None:
            scores = job.scorer(estimator, X, **params)
        else:
            scores = job.scorer(estimator, X, y, **params)
    except job.failures:
        if job.error_score == "raise" or scorer_names(job.scorer) is not None:
            raise  # a scorer of several metrics raises only when it is told to
        return float(job.error_score), short_traceback(), ()
    if not isinstance(scores, dict):
        value, error = _number(job, scores, job.scorer)
        return value, error, ()
    if not scores:
        raise ValueError(
            f"scoring must return at least one number, got {scores} instead. "
            f"(scorer={job.scorer})"
        )
    return _numbers(job, scores)


def _numbers(
    job: Job, scores: Mapping[Any, Any]
) -> tuple[Scores, str | None, tuple[str, ...]]:
    """Return several scores, the first traceback, and which ones failed."""
    several = scorer_names(job.scorer) is not None
    values: dict[str, float] = {}
    errors: dict[str, str] = {}
    error: str | None
    for name, score in scores.items():
        if several and isinstance(score, str):
            # scikit-learn's scorer of several metrics hands tracebacks over as text.
            value, error = float(job.error_score), score
        else:
            value, error = _number(job, score, name)
        values[str(name)] = value
        if error is not None:
            errors[str(name)] = error
    return values, next(iter(errors.values()), None), tuple(errors)


def _number(job: Job, score: Any, scorer: Any) -> tuple[float, str | None]:
    """Return a score as a float, or ``error_score`` and why it cannot be one.

    Raises
    ------
    ValueError
        If it is no number at all, as in scikit-learn, or cannot be a float and
        ``error_score`` is "raise".
    """
    is_masked = isinstance(score, np.ma.MaskedArray) and np.ma.is_masked(score)
    if hasattr(score, "item"):
        with suppress(ValueError):
            score = score.item()  # unwraps NumPy scalars, memory-mapped ones too
    if not isinstance(score, numbers.Number):
        raise ValueError(
            f"scoring must return a number, got {score} ({type(score)}) instead. "
            f"(scorer={scorer})"
        )
    try:
        if is_masked:
            raise ValueError("it is masked")
        return float(score), None  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as reason:  # complex, too large
        error = ValueError(
            "scoring must return a number that can be a float, got one of "
            f"{type(score)} that cannot: {reason}. (scorer={scorer})"
        )
        if job.error_score == "raise":
            raise error from None
        return float(job.error_score), f"ValueError: {error}\n"


def error_scores(job: Job) -> Scores:
    value = float(job.error_score)
    names = scorer_names(job.scorer)
    return value if names is None else dict.fromkeys(names, value)


def short_traceback(frames: int = 3) -> str:
    """Return the last frames of the exception being handled, and its message."""
    lines = traceback.format_exc().splitlines(keepends=True)
    starts = [i for i, line in enumerate(lines) if line.startswith('  File "')]
    if len(starts) <= frames:
        return "".join(lines)
    return "".join([lines[0], "  ...\n", *lines[starts[-frames] :]])


def fit_plainly(estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
    """Fit the estimator in the ordinary way, and return it."""
    if y is None:
        return estimator.fit(X, **fit_params)
    return estimator.fit(X, y, **fit_params)
