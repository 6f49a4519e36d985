"""What a trial's resource means for a fit: fewer rows, or a model that is continued.

A plan is part of the job. It says which rows a task is trained and scored on, and how
its estimator, which has the candidate's parameters already, is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from skhp.evaluation._task import Task

Split = tuple[Any, Any]


class Plan(Protocol):
    """What the resource of a task means."""

    def rows(self, splits: Sequence[Split], task: Task) -> Split:
        """Return the rows to train on and those to score on."""
        ...

    def fit(
        self, task: Task, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]
    ) -> Any:
        """Return a fitted estimator: this one, or one that was continued."""
        ...


def fit_plainly(estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
    """Fit as any estimator is fitted, and return it."""
    if y is None:
        return estimator.fit(X, **fit_params)
    return estimator.fit(X, y, **fit_params)
