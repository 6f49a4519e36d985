"""What a search costs beside its fits, and what a journal adds to it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.model_selection
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin

import skhp
from benchmarks.peers import is_installed


class Trivial(ClassifierMixin, BaseEstimator):
    """Predicts the first class, after no work at all."""

    def __init__(self, alpha=0, beta=0):
        self.alpha, self.beta = alpha, beta

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return float(self.alpha - (self.beta - 0.4) ** 2)


def trivial_data() -> tuple[np.ndarray, np.ndarray]:
    """Return a small table with two classes."""
    return np.random.default_rng(0).normal(size=(100, 4)), np.arange(100) % 2


def seconds_of(search: Any) -> float:
    """Return the seconds that a fit of a search takes."""
    start = time.perf_counter()
    search.fit(*trivial_data())
    return time.perf_counter() - start


def rows(is_quick: bool) -> Iterator[dict[str, Any]]:
    """Yield the time of trivial fits in grid searches of both libraries, in turns."""
    n_candidates, n_repeats = (20, 1) if is_quick else (400, 7)
    classes = {
        "skhp": skhp.GridSearchCV,
        "scikit-learn": sklearn.model_selection.GridSearchCV,
    }
    for n_jobs in (1, 2):
        took: dict[str, list[float]] = {name: [] for name in classes}
        for repeat in range(n_repeats + 1):
            for name, search_class in classes.items():
                grid = {"alpha": list(range(n_candidates))}
                search = search_class(Trivial(), grid, cv=5, n_jobs=n_jobs, refit=False)
                seconds = seconds_of(search)
                if repeat:  # the first time starts workers
                    took[name].append(seconds)
        for name, seconds in took.items():
            yield {
                "subject": name,
                "setting": f"{5 * n_candidates} trivial fits, n_jobs={n_jobs}",
                "value": 1e6 * statistics.median(seconds) / (5 * n_candidates),
                "unit": "us a fit",
            }


def random_search(n_iter: int, **options: Any) -> Any:
    """Return a random search of trivial fits."""
    space = {"alpha": uniform(), "beta": uniform()}
    return skhp.RandomizedSearchCV(
        Trivial(), space, n_iter=n_iter, cv=5, random_state=0, refit=False, **options
    )


def bayes_search(n_iter: int, **options: Any) -> Any:
    """Return a Bayesian search of trivial fits."""
    space = {"alpha": (0.0, 1.0), "beta": (0.0, 1.0)}
    return skhp.BayesSearchCV(
        Trivial(), space, n_iter=n_iter, cv=5, random_state=0, refit=False, **options
    )


def journal_rows(is_quick: bool) -> Iterator[dict[str, Any]]:
    """Yield what a journal costs per fit, and how long resuming takes."""
    sizes = (30, 15) if is_quick else (16_667, 300)
    searches = {"random search": random_search, "Bayesian search": bayes_search}
    with tempfile.TemporaryDirectory() as folder:
        for (name, make), n_iter in zip(searches.items(), sizes, strict=True):
            yield from _journal_of(name, make, n_iter, Path(folder, name))
        if is_installed("optuna"):
            yield from _optuna_storage(20 if is_quick else 1000, folder)


def _journal_of(
    name: str, make: Callable[..., Any], n_iter: int, path: Path
) -> Iterator[dict[str, Any]]:
    without = seconds_of(make(n_iter))
    writing = seconds_of(make(n_iter, journal=path))
    resuming = seconds_of(make(n_iter, journal=path))
    setting = f"{name}, {5 * n_iter} fits"
    for subject, value, unit in (
        ("journal, writing", 1e6 * (writing - without) / (5 * n_iter), "us a fit"),
        ("journal, resuming", 1e6 * resuming / (5 * n_iter), "us a fit"),
        ("journal, size", path.stat().st_size / (5 * n_iter), "bytes a fit"),
    ):
        yield {"subject": subject, "setting": setting, "value": value, "unit": unit}


def _optuna_storage(n_trials: int, folder: str) -> Iterator[dict[str, Any]]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    took = {}
    for name, storage in (
        ("memory", None),
        ("SQLite", f"sqlite:///{folder}/trials.db"),
    ):
        sampler = optuna.samplers.RandomSampler(seed=0)
        study = optuna.create_study(storage=storage, sampler=sampler)
        start = time.perf_counter()
        study.optimize(lambda trial: trial.suggest_float("a", 0, 1), n_trials=n_trials)
        took[name] = time.perf_counter() - start
    yield {
        "subject": "optuna, writing to SQLite",
        "setting": f"random sampler, {n_trials} trials",
        "value": 1e6 * (took["SQLite"] - took["memory"]) / n_trials,
        "unit": "us a trial",
    }
