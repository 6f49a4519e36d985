"""CPU time of one suggestion, by the length of the history and the dimensions."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.peers import is_installed
from skhp.optimizers import BayesOptimizer, Outcome
from skhp.space import Real, Space

LENGTHS = (10, 30, 100, 300, 500)
DIMENSIONS = (2, 7, 15, 30)
Step = Callable[[], None]


class History:
    """Random points and their scores: smooth, with a little noise."""

    def __init__(self, n: int, n_dimensions: int) -> None:
        self.rng = np.random.default_rng(0)
        self.names = [f"x{i}" for i in range(n_dimensions)]
        self.weights = np.arange(1, n_dimensions + 1) / n_dimensions
        self.X = self.rng.random((n, n_dimensions))

    def score(self, x: np.ndarray) -> float:
        """Return the score of a point."""
        noise = 0.01 * self.rng.standard_normal()
        return float(-self.weights @ (x - 0.4) ** 2 + noise)

    def score_of(self, params: dict[str, float]) -> float:
        """Return the score of parameters."""
        return self.score(np.array([params[name] for name in self.names]))


def skhp_bayes(history: History) -> Step:
    n = len(history.X)
    space = Space({name: Real(0.0, 1.0) for name in history.names})
    points = space.to_params(history.X)
    optimizer = BayesOptimizer(space, n + 1000, random_state=0, initial_points=points)

    def step() -> None:
        (trial,) = optimizer.ask(1)
        score = history.score_of(trial.params)
        optimizer.tell(trial, Outcome(np.array([score])))

    for _ in range(n):
        step()
    return step


def optuna_tpe(history: History) -> Step:
    import optuna

    return _optuna(history, optuna.samplers.TPESampler(seed=0))


def optuna_gp(history: History) -> Step:
    import optuna

    sampler = optuna.samplers.GPSampler(seed=0, deterministic_objective=False)
    return _optuna(history, sampler)


def _optuna(history: History, sampler: Any) -> Step:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler, direction="maximize")
    uniform = optuna.distributions.FloatDistribution(0, 1)
    ranges = dict.fromkeys(history.names, uniform)
    for x in history.X:
        params = dict(zip(history.names, x.tolist(), strict=True))
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions=ranges, value=history.score(x)
            )
        )

    def step() -> None:
        trial = study.ask(ranges)
        study.tell(trial, history.score_of(trial.params))

    return step


def skopt_gp(history: History) -> Step:
    import skopt

    bounds = [(0.0, 1.0)] * len(history.names)
    optimizer = skopt.Optimizer(bounds, "GP", n_initial_points=1, random_state=0)
    optimizer.tell(history.X.tolist(), [-history.score(x) for x in history.X])

    def step() -> None:
        x = optimizer.ask()
        optimizer.tell(x, -history.score(np.array(x)))

    return step


PEERS: dict[Callable[[History], Step], tuple[tuple[str, ...], int]] = {
    skhp_bayes: ((), 40),
    optuna_tpe: (("optuna",), 20),
    optuna_gp: (("optuna", "torch"), 4),
    skopt_gp: (("skopt",), 3),
}


def rows(is_quick: bool) -> Iterator[dict[str, Any]]:
    """Yield milliseconds of CPU time per suggestion."""
    points = [(n, 7) for n in LENGTHS] + [(100, d) for d in DIMENSIONS if d != 7]
    if is_quick:
        points = [(10, 7), (30, 2)]
    for peer, (modules, n_asks) in PEERS.items():
        absent = [name for name in modules if not is_installed(name)]
        if absent:
            print(f"{peer.__name__} is left out: {absent[0]} is not installed.")
            continue
        for n, n_dimensions in points:
            with threadpool_limits(1), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                step = peer(History(n, n_dimensions))
                step()  # the first fit is paid once in a search
                value = 1e3 * _mean_cpu(step, 1 if is_quick else n_asks)
            yield {
                "subject": peer.__name__,
                "setting": f"{n} results, {n_dimensions} dimensions",
                "value": value,
                "unit": "ms CPU",
            }


def _mean_cpu(step: Step, times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - start) / times
