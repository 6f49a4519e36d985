"""Libraries that propose one configuration after the other, as their users call them.

Each function maximises the score of a problem with so many sequential evaluations.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
from sklearn.base import BaseEstimator

from benchmarks.peers import _spaces, is_installed
from benchmarks.peers._spaces import Params
from benchmarks.problems._functions import Problem


class Meter:
    """Evaluates a problem, and notes scores and the CPU time of the evaluations.

    `observed` has the scores with noise, which the optimizer sees, and `true` those
    without.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.noise = np.random.default_rng([seed, 1])
        self.observed: list[float] = []
        self.true: list[float] = []
        self.cpu = 0.0

    def __call__(self, params: Params) -> float:
        start = time.process_time()
        score = self.problem.score(params)
        self.true.append(score)
        self.observed.append(score + self.problem.noise * self.noise.normal())
        self.cpu += time.process_time() - start
        return self.observed[-1]


def random(meter: Meter, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(n):
        meter(_spaces.draw(meter.problem.dimensions, rng))


class _Scored(BaseEstimator):
    """An estimator whose parameters are those of a problem, and its score theirs."""

    def __init__(self, meter: Meter | None = None) -> None:
        self.meter = meter

    def get_params(self, deep: bool = True) -> Params:
        names = [d.name for d in self.meter.problem.dimensions]
        return {"meter": self.meter} | {
            name: getattr(self, name, None) for name in names
        }

    def set_params(self, **params: object) -> _Scored:
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __sklearn_clone__(self) -> _Scored:
        return type(self)(self.meter)

    def fit(self, X, y=None) -> _Scored:
        return self

    def score(self, X, y=None) -> float:
        names = [d.name for d in self.meter.problem.dimensions]
        return self.meter({name: getattr(self, name, None) for name in names})


def skhp_bayes(meter: Meter, n: int, seed: int) -> None:
    """Search with BayesSearchCV and its defaults, and one split instead of five."""
    import skhp

    skhp.BayesSearchCV(
        _Scored(meter),
        _spaces.for_skhp(meter.problem.dimensions),
        n_iter=n,
        cv=[([0, 1], [2, 3])],
        refit=False,
        random_state=seed,
        error_score="raise",
    ).fit(np.zeros((4, 1)), np.zeros(4))


def optuna_tpe(meter: Meter, n: int, seed: int) -> None:
    import optuna

    _optuna(meter, n, optuna.samplers.TPESampler(seed=seed))


def optuna_tpe_multivariate(meter: Meter, n: int, seed: int) -> None:
    import optuna

    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)
    _optuna(meter, n, sampler)


def optuna_gp(meter: Meter, n: int, seed: int) -> None:
    import optuna

    is_exact = meter.problem.noise == 0
    sampler = optuna.samplers.GPSampler(seed=seed, deterministic_objective=is_exact)
    _optuna(meter, n, sampler)


def _optuna(meter: Meter, n: int, sampler: object) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler, direction="maximize")
    dimensions = meter.problem.dimensions

    def objective(trial: object) -> float:
        return meter(_spaces.suggested_by_optuna(dimensions, trial))

    study.optimize(objective, n_trials=n)


def skopt_gp(meter: Meter, n: int, seed: int) -> None:
    _skopt(meter, n, seed, "GP")


def skopt_forest(meter: Meter, n: int, seed: int) -> None:
    _skopt(meter, n, seed, "ET")


def _skopt(meter: Meter, n: int, seed: int, kind: str) -> None:
    import skopt

    space = _spaces.for_skopt(meter.problem.dimensions)
    optimizer = skopt.Optimizer(list(space.values()), kind, random_state=seed)
    for _ in range(n):
        point = optimizer.ask()
        optimizer.tell(point, -meter(dict(zip(space, point, strict=True))))


def smac(meter: Meter, n: int, seed: int) -> None:
    """Search with SMAC's facade for hyperparameters: random forests."""
    import tempfile

    import smac as library

    logging.disable(logging.WARNING)
    is_exact = meter.problem.noise == 0
    with tempfile.TemporaryDirectory() as folder:
        facade = library.HyperparameterOptimizationFacade
        scenario = library.Scenario(
            _spaces.for_smac(meter.problem.dimensions, seed),
            n_trials=n,
            deterministic=is_exact,
            seed=seed,
            output_directory=folder,
        )

        def loss(configuration: object, seed: int = 0) -> float:
            return -meter(dict(configuration))

        facade(scenario, loss, overwrite=True).optimize()
    logging.disable(logging.NOTSET)


PEERS: dict[str, Callable[[Meter, int, int], None]] = {
    f.__name__: f
    for f in (
        skhp_bayes,
        random,
        optuna_tpe,
        optuna_tpe_multivariate,
        optuna_gp,
        skopt_gp,
        skopt_forest,
        smac,
    )
}
_NEEDS = {
    "optuna_tpe": ["optuna"],
    "optuna_tpe_multivariate": ["optuna"],
    "optuna_gp": ["optuna", "torch"],
    "skopt_gp": ["skopt"],
    "skopt_forest": ["skopt"],
    "smac": ["smac"],
}


def missing(peer: str) -> str:
    """Return the module that a peer needs and that is not installed, or ''."""
    for module in _NEEDS.get(peer, ()):
        if not is_installed(module):
            return module
    return ""


@contextmanager
def quiet():
    """Ignore what the libraries warn of, whatever filters they set themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
