"""How the table is searched: the score, the folds and the limits."""

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import joblib
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import KFold, StratifiedKFold

from skhp._cli._read import Table
from skhp.exceptions import InvalidParameterError

_DEFAULT_SCORING = {
    "binary": "roc_auc",
    "multiclass": "accuracy",
    "regression": "r2",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How the table is searched."""

    scoring: str
    splits: list[tuple[Any, Any]]
    n_iter: int | None
    time_budget: float | None
    deadline: float | None
    n_jobs: int
    seed: int
    notes: list[str]


def search_settings(
    table: Table,
    *,
    scoring: str | None,
    cv: int,
    n_iter: int | None,
    time_budget: float | None,
    n_jobs: int | None,
    seed: int,
    start: float,
) -> Settings:
    """Return the folds, the score and the limits, all checked.

    Raises
    ------
    InvalidParameterError
        If the score is unknown, or the table too small for any folds.
    """
    scoring = scoring or _DEFAULT_SCORING[table.task]
    if scoring not in get_scorer_names():
        raise InvalidParameterError(
            "The --scoring must be one of scikit-learn's scorers, such as roc_auc, "
            f"accuracy, neg_log_loss, r2, neg_mean_absolute_error. Got '{scoring}'."
        )
    splits, notes = _make_splits(table, cv, seed)
    deadline = None if time_budget is None else start + time_budget
    n_jobs = joblib.effective_n_jobs(-1 if n_jobs is None else n_jobs)
    return Settings(scoring, splits, n_iter, time_budget, deadline, n_jobs, seed, notes)


def _make_splits(
    table: Table, cv: int, seed: int
) -> tuple[list[tuple[Any, Any]], list[str]]:
    """Return folds that the rarest class can bear, and what the user should know."""
    if table.task == "regression":
        folds = KFold(min(cv, len(table.y)), shuffle=True, random_state=seed)
        return list(folds.split(table.X)), []
    counts = Counter(table.y.tolist())
    rarest, n_rarest = min(counts.items(), key=lambda item: item[1])
    notes = []
    if table.task == "binary":
        # A fold without one of two classes has no score at all.
        if n_rarest < 2:
            raise InvalidParameterError(
                f"The target '{table.target}' of {table.name} must have two rows of "
                f"each class. Got one of '{rarest}'."
            )
        if n_rarest < cv:
            notes.append(f"Only {n_rarest} rows of '{rarest}': as many folds.")
        cv = min(cv, n_rarest)
    else:
        cv = max(2, min(cv, max(counts.values())))
        if n_rare := sum(n < cv for n in counts.values()):
            notes.append(
                f"{n_rare} of {len(counts)} classes have fewer rows than there are "
                f"folds ('{rarest}': {n_rarest}): not every fold has them."
            )
    stratified = StratifiedKFold(cv, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of rare classes: see the notes
        return list(stratified.split(table.X, table.y)), notes
