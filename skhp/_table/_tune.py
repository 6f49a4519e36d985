"""The search itself: defaults first, then candidates until the budget is used."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import KFold, StratifiedKFold

from skhp._table._models import Model
from skhp._table._progress import InPlace
from skhp._table._read import Table
from skhp.exceptions import InvalidParameterError
from skhp.search import BayesSearchCV, GridSearchCV

# More candidates than any time budget here lets through.
_ENDLESS = 10_000

_DEFAULT_SCORING = {
    "binary": "roc_auc",
    "multiclass": "accuracy",
    "regression": "r2",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How the table is searched."""

    scoring: str
    splits: list[tuple[Any, Any]]
    n_iter: int | None
    time_budget: float | None
    deadline: float | None
    n_jobs: int
    seed: int
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it. Row 0 of ``rows`` are the estimator's defaults."""

    rows: list[dict[str, Any]]
    best: int
    model: Any
    seconds: float

    @property
    def n_failed(self) -> int:
        """How many candidates could not be fitted or scored on some fold."""
        return [row["status"] for row in self.rows].count("failed")

    @property
    def n_candidates(self) -> int:
        """How many candidates were tried to the end, the defaults not counted."""
        return [row["status"] for row in self.rows[1:]].count("ok") + self.n_failed


def plan_search(
    table: Table,
    *,
    scoring: str | None,
    cv: int,
    n_iter: int | None,
    time_budget: float | None,
    n_jobs: int | None,
    seed: int,
    start: float,
) -> Plan:
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
    cores = joblib.cpu_count()
    n_jobs = cores if n_jobs is None else max(1, n_jobs % (cores + 1))
    return Plan(scoring, splits, n_iter, time_budget, deadline, n_jobs, seed, notes)


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
    return list(stratified.split(table.X, table.y)), notes


def tune(table: Table, model: Model, plan: Plan, stream: Any) -> Result:
    """Score the defaults, search, and fit the best to all rows.

    Progress goes to `stream`.

    Raises
    ------
    InvalidParameterError
        If the defaults cannot be fitted and scored: one sentence with the cause.
    """
    start = time.perf_counter()
    rows = _rows(_score_defaults(table, model, plan), "defaults")
    print(f"  defaults  {_score_of(rows[0])}", file=stream, flush=True)
    search = _search(table, model, plan, stream)
    rows += _rows(search.cv_results_, None)
    best = int(np.nanargmax([row["mean_test_score"] for row in rows]))
    final = search.best_estimator_
    if best == 0:
        final = clone(model.pipeline).fit(table.X, table.y)
    return Result(rows, best, final, time.perf_counter() - start)


def _score_defaults(table: Table, model: Model, plan: Plan) -> dict[str, Any]:
    known = model.pipeline.get_params()
    search = GridSearchCV(
        model.pipeline,
        {name: [known[name]] for name in model.space},
        scoring=plan.scoring,
        cv=plan.splits,
        n_jobs=plan.n_jobs,
        refit=False,
        error_score="raise",
    )
    try:
        results: dict[str, Any] = search.fit(table.X, table.y).cv_results_
    except Exception as error:
        cause = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InvalidParameterError(
            f"The defaults of {model.name} must fit and have a {plan.scoring}. "
            f"Got {type(error).__name__}: {cause}"
        ) from error
    if np.isnan(results["mean_test_score"]).all():
        raise InvalidParameterError(
            f"The --scoring must be defined in every fold. Got nan from {plan.scoring}."
        )
    return results


def _search(table: Table, model: Model, plan: Plan, stream: Any) -> Any:
    """Return the search, fitted."""
    left = None
    if plan.deadline is not None:
        # One candidate is tried however late it is.
        left = max(plan.deadline - time.perf_counter(), 1e-3)
    search = BayesSearchCV(
        model.pipeline,
        model.space,
        n_iter=plan.n_iter or _ENDLESS,
        time_budget=left,
        scoring=plan.scoring,
        cv=plan.splits,
        n_jobs=plan.n_jobs,
        random_state=plan.seed,
        verbose=1,
    )
    with _progress_on(InPlace(stream, is_endless=plan.n_iter is None)):
        return search.fit(table.X, table.y)


@contextmanager
def _progress_on(in_place: InPlace) -> Iterator[None]:
    try:
        with redirect_stdout(in_place):
            yield
    finally:
        in_place.finish()


def _rows(results: dict[str, Any], label: str | None) -> list[dict[str, Any]]:
    """Return cv_results_ as one dict per candidate."""
    kept = [key for key in results if not key.startswith(("param_", "rank_"))]
    rows = [
        {key: results[key][i] for key in kept} for i in range(len(results["params"]))
    ]
    for number, row in enumerate(rows):
        row["candidate"] = number if label is None else label
        row.setdefault("status", "ok")
        row.setdefault("error", None)
    return rows


def _score_of(row: dict[str, Any]) -> str:
    return f"{row['mean_test_score']:.4f} ± {row['std_test_score']:.4f}"
