"""Hyperband on learning curves: what the surrogate saves, and how busy workers are.

Run as ``python -m benchmarks.hyperband``; it takes a minute or two. Three parts:

1. The resource it takes with ``sampler="bayes"`` to reach what ``"random"`` reaches in
   the end, on synthetic learning curves; mean and spread over 10 seeds.
2. How busy 2 worker processes are in `HyperbandSearchCV` with uneven fits, until the
   search ends, beside rungs that are waited for.
3. The same in a simulation of 64 and 512 workers.
"""

import heapq
import time

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from skhp import HyperbandSearchCV
from skhp.optimizers import HyperbandOptimizer, Outcome
from skhp.space import Space
from skhp.testing import hartmann6

CUBE = Space({f"x{i}": (0.0, 1.0) for i in range(6)})
LINE = Space({"x": (0.0, 1.0), "y": (0.0, 1.0)})


def curve(params, resource):
    """Return a score that rises to a limit, faster for some than for others."""
    limit = hartmann6(params)
    return limit - (1 + params["x0"]) * resource**-0.5


def spent_and_best(sampler, seed, n_candidates=429, most=81):
    optimizer = HyperbandOptimizer(
        CUBE,
        max_resources=most,
        n_candidates=n_candidates,
        sampler=sampler,
        random_state=seed,
    )
    spent, best, path, reached = 0, -np.inf, [], {}
    while not optimizer.done:
        for trial in optimizer.ask(1):
            score = curve(trial.params, trial.resource)
            first = trial.number if trial.origin is None else trial.origin
            spent += trial.resource - reached.get(first, 0)
            reached[first] = trial.resource
            if trial.resource == most:
                best = max(best, score)
            path.append((spent, best))
            optimizer.tell(trial, Outcome(np.array([score])))
    return np.array(path)


def sample_efficiency(n_seeds=10):
    paths = {
        sampler: [spent_and_best(sampler, seed) for seed in range(n_seeds)]
        for sampler in ("random", "bayes")
    }
    target = np.median([path[-1, 1] for path in paths["random"]])
    for sampler, runs in paths.items():
        costs = []
        for path in runs:
            hits = np.flatnonzero(path[:, 1] >= target)
            costs.append(path[hits[0], 0] if len(hits) else path[-1, 0])
        reached = sum(path[-1, 1] >= target for path in runs)
        print(
            f"{sampler:>7}: {np.mean(costs):6.0f} +- {np.std(costs):5.0f} resource to "
            f"{target:.3f}, reached in {reached}/{n_seeds}; "
            f"best {np.mean([path[-1, 1] for path in runs]):.3f}"
        )


class Sleeper(RegressorMixin, BaseEstimator):
    """Takes a time of its own for each unit of the resource."""

    def __init__(self, x=0.0, y=0.0, epochs=1):
        self.x, self.y, self.epochs = x, y, epochs

    def fit(self, X, y):
        time.sleep(0.01 * self.epochs * 4.0 ** (self.x - 0.5))
        return self

    def predict(self, X):
        return np.full(len(X), self.y)


def busy_workers(asynchronous, n_jobs=2):
    X, y = np.zeros((20, 1)), np.ones(20)
    search = HyperbandSearchCV(
        Sleeper(),
        {"x": (0.0, 1.0), "y": (0.0, 1.0)},
        resource="epochs",
        max_resources=27,
        min_resources=1,
        sampler="random",
        asynchronous=asynchronous,
        cv=3,
        n_jobs=n_jobs,
        refit=False,
        random_state=0,
        scoring="neg_mean_squared_error",
    )
    search.fit(X, y)  # the workers are started
    start = time.perf_counter()
    results = search.fit(X, y).cv_results_
    elapsed = time.perf_counter() - start
    work = 3 * np.sum(results["mean_fit_time"] + results["mean_score_time"])
    return work / (n_jobs * elapsed)


def simulated(n_workers, asynchronous, n_candidates, seed=0):
    """Return how busy simulated workers are: in all, and while there is a new one."""
    optimizer = HyperbandOptimizer(
        LINE,
        max_resources=81,
        n_candidates=n_candidates,
        sampler="random",
        asynchronous=asynchronous,
        random_state=seed,
    )
    rng = np.random.default_rng(seed)
    running, now, work, full = [], 0.0, 0.0, None
    while True:
        trials = optimizer.ask(n_workers - len(running))
        for trial in trials:
            duration = trial.resource * rng.lognormal(0.0, 0.7)
            work += duration
            heapq.heappush(running, (now + duration, trial.number, trial))
        if full is None and now > 0 and len(running) < n_workers:
            left = sum(max(0.0, end - now) for end, *_ in running)
            full = (work - left) / (n_workers * now)
        if not running:
            return work / (n_workers * now), full
        now, _, trial = heapq.heappop(running)
        score = trial.params["y"] - 1 / trial.resource
        optimizer.tell(trial, Outcome(np.array([score])))


if __name__ == "__main__":
    sample_efficiency()
    for asynchronous in (True, False):
        share = busy_workers(asynchronous)
        print(f"2 processes, asynchronous={asynchronous}: busy {share:.1%}")
    for n_workers, n_candidates in ((64, 1430), (64, 14300), (512, 57200)):
        for asynchronous in (True, False):
            start = time.perf_counter()
            share, full = simulated(n_workers, asynchronous, n_candidates)
            seconds = time.perf_counter() - start
            print(
                f"{n_workers} simulated workers, {n_candidates} candidates, "
                f"asynchronous={asynchronous}: busy {share:.1%} in all, "
                f"{full:.1%} until one is first idle ({seconds:.1f} s)"
            )
