"""The search itself: defaults first, then candidates until the budget is used."""

import dataclasses
import math
import time
from dataclasses import dataclass
from typing import Any, TextIO

from joblib import effective_n_jobs
from sklearn.pipeline import Pipeline

from skhp._cli._models import Model
from skhp._cli._progress import SearchProgress
from skhp._cli._read import Table
from skhp._cli._settings import Settings
from skhp.evaluation import Observer, SplitResult, Task
from skhp.exceptions import InvalidParameterError
from skhp.search import BayesSearchCV, FitInputs, Strategy
from skhp.space import Space

# More candidates than any time budget here lets through.
_ENDLESS = 10_000
MOST_ROUNDS = 1000  # of boosting


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it. Row 0 of ``rows`` are the estimator's defaults."""

    rows: list[dict[str, Any]]
    best: int
    model: Any
    seconds: float
    search: Any = None

    @property
    def n_failed(self) -> int:
        """How many candidates could not be fitted or scored on some fold."""
        return sum(row["status"] not in ("ok", "stopped") for row in self.rows)

    @property
    def n_candidates(self) -> int:
        """How many candidates were tried to the end, the defaults not counted."""
        return [row["status"] for row in self.rows[1:]].count("ok") + self.n_failed


def tune(table: Table, model: Model, settings: Settings, stream: TextIO) -> Result:
    """Search, the defaults first, and fit the best to all rows.

    Progress goes to `stream`.

    Raises
    ------
    InvalidParameterError
        If the defaults cannot be fitted and scored: one sentence with the cause.
    """
    start = time.perf_counter()
    progress = SearchProgress(
        stream,
        settings.n_iter,
        n_slots=effective_n_jobs(settings.n_jobs),
        deadline=settings.deadline,
    )
    search = _search(model, settings)
    search.observers = (_DefaultsMustFit(model, settings), progress)
    try:
        search.fit(table.X, table.y)
    finally:
        progress.close()
    rows = _rows(search.cv_results_)
    seconds = time.perf_counter() - start
    best = search.best_estimator_
    if table.reader is not None:
        # From here on the pipeline takes tables as they are written.
        best = Pipeline([("read", table.reader), *best.steps])
    return Result(rows, int(search.best_index_), best, seconds, search)


class _ObservedSearch(BayesSearchCV):
    """A search that also tells these `observers` what happens; a clone has none."""

    observers: tuple[Observer, ...] = ()

    def _make_strategy(self, inputs: FitInputs) -> Strategy:
        strategy = super()._make_strategy(inputs)
        observers = (*strategy.observers, *self.observers)
        return dataclasses.replace(strategy, observers=observers)


def _search(model: Model, settings: Settings) -> _ObservedSearch:
    """Return the search, not fitted. Its first candidate are the defaults."""
    left = None
    if settings.deadline is not None:
        # The defaults are tried however late it is.
        left = max(settings.deadline - time.perf_counter(), 1e-3)
    n_iter = settings.n_iter or _ENDLESS
    known = model.pipeline.get_params()
    spaces: Any = model.space
    if Space(spaces).project(known) is None:  # "scale", a penalty of 0, and the like
        spaces = [({name: [known[name]] for name in model.space}, 1), model.space]
    else:
        n_iter += 1
    return _ObservedSearch(
        model.pipeline,
        spaces,
        n_iter=n_iter,
        time_budget=left,
        scoring=settings.scoring,
        cv=settings.splits,
        n_jobs=settings.n_jobs,
        random_state=settings.seed,
        resource=model.rounds,
        max_resources=MOST_ROUNDS,
    )


class _DefaultsMustFit(Observer):
    """Ends the search by an exception if the defaults have no score on some fold.

    Parameters
    ----------
    model : Model
        Whose defaults.
    settings : Settings
        Of the search.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        self._name, self._scoring = model.name, settings.scoring

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Raise if there is no score, and the fit is one of the defaults."""
        if task.trial.number == 0:
            if result.error is not None:
                raise InvalidParameterError(
                    f"The defaults of {self._name} must fit and have a "
                    f"{self._scoring}. Got {_cause(result.error)}"
                )
            if math.isnan(result.score_of(None)):
                raise InvalidParameterError(
                    "The --scoring must be defined in every fold. "
                    f"Got nan from {self._scoring}."
                )
        return False


def _cause(error: str) -> str:
    """Return the last line of a traceback of Python, without its notes."""
    after_frames = error.rpartition('\n  File "')[2].splitlines()[1:]
    return next((line for line in after_frames if line[:1] != " "), error.strip())


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
