"""How the table is searched: the score, the folds and the limits."""

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import KFold, StratifiedKFold

from skhp._cli._read import Table
from skhp.exceptions import InvalidParameterError

_DEFAULT_SCORING = {
    "binary": "roc_auc",
    "multiclass": "accuracy",
    "regression": "r2",
}
_SUITED_SCORING = {
    "binary": ("two classes", "roc_auc, accuracy, f1_macro, neg_log_loss"),
    "multiclass": ("classes", "accuracy, f1_macro, neg_log_loss, roc_auc_ovr"),
    "regression": ("numbers", "r2, neg_mean_absolute_error, neg_mean_squared_error"),
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
        If the score is unknown or does not suit the target, or the table is too small
        for so many folds.
    """
    scoring = scoring or _DEFAULT_SCORING[table.task]
    _check_scoring(table, scoring)
    if cv > len(table.y):
        raise InvalidParameterError(
            f"The --cv must be at most the number of rows, {len(table.y):,}. Got {cv}."
        )
    splits, notes = _make_splits(table, cv, seed)
    deadline = None if time_budget is None else start + time_budget
    n_jobs = joblib.effective_n_jobs(-1 if n_jobs is None else n_jobs)
    return Settings(scoring, splits, n_iter, time_budget, deadline, n_jobs, seed, notes)


def _check_scoring(table: Table, scoring: str) -> None:
    """Raise if there is no such score, or none for this kind of target.

    scikit-learn does not say what a score is for, so it is tried on a constant guess.
    """
    if scoring not in get_scorer_names():
        raise InvalidParameterError(
            "The --scoring must be one of scikit-learn's scorers, such as roc_auc, "
            f"accuracy, neg_log_loss, r2, neg_mean_absolute_error. Got '{scoring}'."
        )
    is_regression = table.task == "regression"
    guess = DummyRegressor() if is_regression else DummyClassifier(strategy="prior")
    X = np.zeros((len(table.y), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are never guessed
        try:
            get_scorer(scoring)(guess.fit(X, table.y), X, table.y)
        except AttributeError:  # numbers have no probabilities
            raise _unsuited(table, scoring) from None
        except (ValueError, TypeError) as error:
            cause = str(error).strip().splitlines()[0].rstrip(".")
            raise _unsuited(table, f"{scoring}: {cause}") from None


def _unsuited(table: Table, given: str) -> InvalidParameterError:
    kind, examples = _SUITED_SCORING[table.task]
    return InvalidParameterError(
        f"The --scoring must suit the target '{table.target}' ({kind}), as do "
        f"{examples}. Got {given}."
    )


def _make_splits(
    table: Table, cv: int, seed: int
) -> tuple[list[tuple[Any, Any]], list[str]]:
    """Return folds that the rarest class can bear, and what the user should know."""
    if table.task == "regression":
        folds = KFold(cv, shuffle=True, random_state=seed)
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
        most = max(2, *counts.values())
        if cv > most:
            notes.append(f"No class has more than {most} rows: as many folds.")
        cv = min(cv, most)
        if n_rare := sum(n < cv for n in counts.values()):
            notes.append(
                f"{n_rare} of {len(counts)} classes have fewer rows than there are "
                f"folds ('{rarest}': {n_rarest}): not every fold has them."
            )
    stratified = StratifiedKFold(cv, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of rare classes: see the notes
        return list(stratified.split(table.X, table.y)), notes
