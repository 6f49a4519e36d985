"""The search itself: defaults first, then candidates until the budget is used."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import KFold, StratifiedKFold

from skhp._cli._models import Model
from skhp._cli._progress import InPlace
from skhp._cli._read import Table
from skhp.exceptions import AllFitsFailedError, InvalidParameterError
from skhp.search import BayesSearchCV
from skhp.space import Space

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
        return sum(row["status"] not in ("ok", "stopped") for row in self.rows)

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
    n_jobs = joblib.effective_n_jobs(-1 if n_jobs is None else n_jobs)
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
    """Search, the defaults first, and fit the best to all rows.

    Progress goes to `stream`.

    Raises
    ------
    InvalidParameterError
        If the defaults cannot be fitted and scored: one sentence with the cause.
    """
    start = time.perf_counter()
    in_place = InPlace(stream, is_endless=plan.n_iter is None)
    defaults = _Defaults(in_place)
    search = _search(model, plan, defaults)
    try:
        with _progress_on(in_place):
            search.fit(table.X, table.y)
    except AllFitsFailedError:
        if defaults.fault is None:
            raise
    if defaults.fault is not None:
        raise InvalidParameterError(_sentence(defaults.fault, model, plan))
    rows = _rows(search.cv_results_)
    seconds = time.perf_counter() - start
    return Result(rows, int(search.best_index_), search.best_estimator_, seconds)


def _search(model: Model, plan: Plan, defaults: "_Defaults") -> BayesSearchCV:
    """Return the search, not fitted. Its first candidate are the defaults."""
    left = None
    if plan.deadline is not None:
        # The defaults are tried however late it is.
        left = max(plan.deadline - time.perf_counter(), 1e-3)
    n_iter = plan.n_iter or _ENDLESS
    known = model.pipeline.get_params()
    spaces: Any = model.space
    if Space(spaces).project(known) is None:  # "scale", a penalty of 0, and the like
        spaces = [({name: [known[name]] for name in model.space}, 1), model.space]
    else:
        n_iter += 1
    return BayesSearchCV(
        model.pipeline,
        spaces,
        n_iter=n_iter,
        time_budget=left,
        scoring=plan.scoring,
        cv=plan.splits,
        n_jobs=plan.n_jobs,
        random_state=plan.seed,
        verbose=1,
        callbacks=defaults,
    )


class _Defaults:
    """Shows the score of the defaults; ends the search if they have none."""

    def __init__(self, in_place: InPlace) -> None:
        self._in_place = in_place
        self._is_known = False
        self.fault: str | None = None

    def __call__(self, search: Any) -> bool:
        if self._is_known:
            return False
        row = _rows(search.cv_results_)[0]
        self._is_known = row["status"] != "stopped"  # it may not be the first to finish
        if row["status"] not in ("ok", "stopped"):
            self.fault = row["error"]
        elif self._is_known and np.isnan(row["mean_test_score"]):
            self.fault = ""
        elif self._is_known:
            score, deviation = row["mean_test_score"], row["std_test_score"]
            text = f"{format_score(score)} ± {format_score(deviation)}"
            self._in_place.say(f"  defaults  {text}")
        return self.fault is not None


def _sentence(fault: str, model: Model, plan: Plan) -> str:
    """Say what is wrong with the defaults, given the traceback of a fit."""
    if not fault:
        return (
            f"The --scoring must be defined in every fold. Got nan from {plan.scoring}."
        )
    after_frames = fault.rpartition('\n  File "')[2].splitlines()[1:]
    cause = next((line for line in after_frames if line[:1] != " "), fault.strip())
    return (
        f"The defaults of {model.name} must fit and have a {plan.scoring}. Got {cause}"
    )


def format_score(score: float) -> str:
    """Return a score as short as it can be told from others of its kind."""
    return f"{score:.4f}" if score == 0 or 0.01 <= abs(score) < 1e5 else f"{score:.5g}"


@contextmanager
def _progress_on(in_place: InPlace) -> Iterator[None]:
    try:
        with redirect_stdout(in_place):
            yield
    finally:
        in_place.finish()


def _rows(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return cv_results_ as one dict per candidate."""
    kept = [key for key in results if not key.startswith(("param_", "rank_"))]
    rows = [
        {key: results[key][i] for key in kept} for i in range(len(results["params"]))
    ]
    for number, row in enumerate(rows):
        row["candidate"] = number or "defaults"
        row.setdefault("status", "ok")
        row.setdefault("error", None)
    return rows
