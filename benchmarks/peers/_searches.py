"""Search classes with the interface of scikit-learn, and when they found what.

All run on two workers, with the same splits and the same number of candidates; what
else they have is at its default. The time at which a candidate was finished is

- of skhp, that of a callback, which is called in the main process as soon as a
  candidate has all its scores;
- of the others, the time at which the last of its folds was scored, which the scorer
  appends to a file, from whichever process or thread it is called in. That takes some
  20 microseconds, and is a little earlier than the search itself knows of it.

In successive halving, scores of fewer rows are no scores of the candidate: it has one
time, the end of its last fit. Of Hyperband, candidates with the full resource count.
"""

from __future__ import annotations

import ast
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from benchmarks.peers import _spaces, is_installed
from benchmarks.problems._models import Model

Params = dict[str, Any]
N_JOBS = 2


@dataclass(frozen=True)
class Incumbent:
    """A candidate that was the best so far: when it was finished, and its score."""

    seconds: float
    score: float
    params: Params


@dataclass(frozen=True)
class Setting:
    """What all the searches of one comparison have in common."""

    model: Model
    scoring: str
    cv: Any
    n_candidates: int
    seed: int
    log: Path  # of the scorer

    @property
    def common(self) -> Params:
        """Parameters that all the classes have."""
        return {
            "scoring": TimedScorer(self.scoring, self.names, self.log),
            "cv": self.cv,
            "n_jobs": N_JOBS,
            "random_state": self.seed,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The searched parameters."""
        return tuple(d.name for d in self.model.dimensions)


@dataclass(frozen=True)
class TimedScorer:
    """Scores, and appends the time, the parameters and the score to a file."""

    scoring: str
    names: tuple[str, ...]
    log: Path

    def __call__(self, pipeline: Any, X: Any, y: Any) -> float:
        score = float(get_scorer(self.scoring)(pipeline, X, y))
        model = pipeline.named_steps["model"]
        values = {name: getattr(model, name.partition("__")[2]) for name in self.names}
        line = f"{time.monotonic()} {score} {plain(values)!r}\n"
        file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, line.encode())
        os.close(file)
        return score


def plain(params: Params) -> Params:
    """Return parameters as Python's own numbers, texts and tuples."""
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in params.items()
    }


def logged(log: Path) -> list[tuple[float, Params, float]]:
    """Return what scorers have written."""
    parts = (line.split(" ", 2) for line in log.read_text().splitlines())
    return [
        (float(seconds), ast.literal_eval(params), float(score))
        for seconds, score, params in parts
    ]


def incumbents_of_log(log: Path, n_splits: int, start: float) -> list[Incumbent]:
    """Return the candidates that were the best so far, from a log of scorers."""
    lines = defaultdict(list)
    for seconds, params, score in logged(log):
        lines[repr(params)].append((seconds, params, score))
    finished = []
    for of_one in lines.values():
        times, params, scores = zip(*of_one[:n_splits], strict=True)
        if len(times) == n_splits:
            mean = float(np.mean(scores))
            finished.append(Incumbent(max(times) - start, mean, params[0]))
    return improving(sorted(finished, key=lambda one: one.seconds))


def improving(found: list[Incumbent]) -> list[Incumbent]:
    """Return those that were better than all before them."""
    best: list[Incumbent] = []
    for each in found:
        if not best or each.score > best[-1].score:
            best.append(each)
    return best


class BestSoFar:
    """A callback of skhp that notes when the best candidate changes."""

    def __init__(self) -> None:
        self.found: list[tuple[int, Incumbent]] = []
        self.last = 0.0

    @property
    def _newest(self) -> tuple[int, float]:
        index, best = self.found[-1]
        return index, best.score

    def __call__(self, search: Any) -> bool:
        self.last = time.monotonic()
        try:
            score, index = float(search.best_score_), int(search.best_index_)
        except AttributeError:  # none has all its scores
            return False
        if not self.found or (index, score) != self._newest:
            best = Incumbent(self.last, score, dict(search.best_params_))
            self.found.append((index, best))
        return False


def _from_start(found: list[Incumbent], start: float) -> list[Incumbent]:
    return [Incumbent(one.seconds - start, one.score, one.params) for one in found]


@dataclass(frozen=True)
class Found:
    """A fitted search, the seconds of its `fit`, and its best candidates in order."""

    search: Any
    seconds: float
    incumbents: list[Incumbent]


def _ours(make: Callable[..., Any], setting: Setting, X: Any, y: Any) -> Found:
    watch = BestSoFar()
    common = {**setting.common, "scoring": setting.scoring}
    search = make(**common, callbacks=[watch])
    start = time.monotonic()
    search.fit(X, y)
    seconds = time.monotonic() - start
    is_halving = hasattr(search, "n_candidates_")
    if is_halving:
        winner = dict(search.best_params_)
        found = [Incumbent(watch.last, float(search.best_score_), winner)]
    elif hasattr(search, "max_resources_"):
        resources = search.cv_results_["n_resources"]
        full = search.max_resources_
        found = [one for index, one in watch.found if resources[index] == full]
    else:
        found = [one for _, one in watch.found]
    return Found(search, seconds, _from_start(improving(found), start))


def _theirs(search: Any, setting: Setting, X: Any, y: Any) -> Found:
    start = time.monotonic()
    search.fit(X, y)
    seconds = time.monotonic() - start
    n_splits = setting.cv.get_n_splits()
    return Found(search, seconds, incumbents_of_log(setting.log, n_splits, start))


def skhp_bayes(setting: Setting, X: Any, y: Any, **options: Any) -> Found:
    import skhp

    def make(**common: Any) -> Any:
        model = setting.model
        of_rounds = "resource" in options
        dimensions = model.without_rounds if of_rounds else model.dimensions
        space = _spaces.for_skhp(dimensions)
        n_iter = setting.n_candidates
        return skhp.BayesSearchCV(
            model.pipeline, space, n_iter=n_iter, **common, **options
        )

    return _ours(make, setting, X, y)


def skhp_bayes_racing(setting: Setting, X: Any, y: Any) -> Found:
    return skhp_bayes(setting, X, y, racing=True)


def skhp_bayes_rounds(setting: Setting, X: Any, y: Any) -> Found:
    """Search with the number of boosting rounds chosen within each fit."""
    rounds = setting.model.rounds
    return skhp_bayes(setting, X, y, resource=rounds, max_resources=500)


def skhp_halving(setting: Setting, X: Any, y: Any) -> Found:
    import skhp

    def make(**common: Any) -> Any:
        space = _spaces.for_skhp(setting.model.dimensions)
        return skhp.HalvingRandomSearchCV(setting.model.pipeline, space, **common)

    return _ours(make, setting, X, y)


def skhp_hyperband(setting: Setting, X: Any, y: Any) -> Found:
    """Search by rows, or by boosting rounds where there are such."""
    import skhp

    def make(**common: Any) -> Any:
        model, resource = setting.model, {}
        if model.rounds:
            resource = {"resource": model.rounds, "max_resources": 500}
        space = _spaces.for_skhp(model.without_rounds)
        return skhp.HyperbandSearchCV(model.pipeline, space, **resource, **common)

    return _ours(make, setting, X, y)


def sklearn_random(setting: Setting, X: Any, y: Any) -> Found:
    from sklearn.model_selection import RandomizedSearchCV

    space = _spaces.for_sklearn(setting.model.dimensions)
    search = RandomizedSearchCV(
        setting.model.pipeline, space, n_iter=setting.n_candidates, **setting.common
    )
    return _theirs(search, setting, X, y)


def sklearn_halving(setting: Setting, X: Any, y: Any) -> Found:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingRandomSearchCV

    space = _spaces.for_sklearn(setting.model.dimensions)
    search = HalvingRandomSearchCV(setting.model.pipeline, space, **setting.common)
    start = time.monotonic()
    search.fit(X, y)
    seconds = time.monotonic() - start
    last = max(each[0] for each in logged(setting.log)) - start
    winner = Incumbent(last, float(search.best_score_), plain(search.best_params_))
    return Found(search, seconds, [winner])


def optuna_search(setting: Setting, X: Any, y: Any) -> Found:
    import optuna
    from optuna_integration import OptunaSearchCV

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = _spaces.for_optuna(setting.model.dimensions)
    search = OptunaSearchCV(
        setting.model.pipeline, space, n_trials=setting.n_candidates, **setting.common
    )
    return _theirs(search, setting, X, y)


def skopt_bayes(setting: Setting, X: Any, y: Any) -> Found:
    from skopt import BayesSearchCV

    space = _spaces.for_skopt(setting.model.dimensions)
    search = BayesSearchCV(
        setting.model.pipeline, space, n_iter=setting.n_candidates, **setting.common
    )
    return _theirs(search, setting, X, y)


SEARCHES: dict[str, Callable[[Setting, Any, Any], Found]] = {
    f.__name__: f
    for f in (
        sklearn_random,
        skhp_bayes,
        skhp_bayes_racing,
        skhp_bayes_rounds,
        skhp_halving,
        skhp_hyperband,
        sklearn_halving,
        optuna_search,
        skopt_bayes,
    )
}
# What starts the workers and imports a library's modules, before the clock is started.
_FIRST = {"skhp": "skhp_bayes", "sklearn": "sklearn_random"}
_NEEDS = {"optuna_search": "optuna_integration", "skopt_bayes": "skopt"}


def warm_up(search: str, setting: Setting, X: Any, y: Any) -> None:
    """Run the library's plain search with two candidates."""
    first = _FIRST.get(search.partition("_")[0], search)
    SEARCHES[first](setting, X, y)


def missing(search: str) -> str:
    """Return the module that a search needs and that is not installed, or ''."""
    module = _NEEDS.get(search, "")
    return "" if not module or is_installed(module) else module
