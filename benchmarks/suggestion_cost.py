"""CPU time of one suggestion, beside Optuna's GPSampler and scikit-optimize.

    python benchmarks/suggestion_cost.py [--at 60,300,1000] [--peers] [--asks 20]

Seven numeric dimensions, a smooth noisy score, one BLAS thread. The history is random;
then asks and tells alternate, and what is printed is the mean CPU time of an ask and
its tell in milliseconds: refits are part of it. Peers that are not installed are left
out; scikit-optimize is not run above 300 results, where it takes minutes.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from skhp.optimizers import BayesOptimizer, Outcome
from skhp.space import Real, Space

NAMES = [f"x{i}" for i in range(7)]


def score(x: np.ndarray, rng: np.random.Generator) -> float:
    weights = np.arange(1, 8) / 7
    return float(-weights @ (x - 0.4) ** 2 + 0.01 * rng.standard_normal())


def skhp_bayes(n: int, n_asks: int, rng: np.random.Generator) -> float:
    space = Space({name: Real(0.0, 1.0) for name in NAMES})
    points = space.to_params(rng.random((n, 7)))
    optimizer = BayesOptimizer(
        space, n + n_asks + 1, random_state=0, initial_points=points
    )

    def step() -> None:
        (trial,) = optimizer.ask(1)
        x = np.array([trial.params[name] for name in NAMES])
        optimizer.tell(trial, Outcome(np.array([score(x, rng)])))

    for _ in range(n + 1):  # the first fit is paid once in a run, not here
        step()
    return _mean_cpu(step, n_asks)


def optuna_gp(n: int, n_asks: int, rng: np.random.Generator) -> float:
    import optuna
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.GPSampler(seed=0, deterministic_objective=False)
    study = optuna.create_study(sampler=sampler, direction="maximize")
    ranges = {name: optuna.distributions.FloatDistribution(0, 1) for name in NAMES}
    for x in rng.random((n, 7)):
        params = dict(zip(NAMES, x.tolist(), strict=True))
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions=ranges, value=score(x, rng)
            )
        )

    def step() -> None:
        trial = study.ask(ranges)
        x = np.array([trial.params[name] for name in NAMES])
        study.tell(trial, score(x, rng))

    step()
    return _mean_cpu(step, max(n_asks // 8, 2))


def skopt_gp(n: int, n_asks: int, rng: np.random.Generator) -> float:
    import skopt

    warnings.simplefilter("ignore")
    optimizer = skopt.Optimizer(
        [(0.0, 1.0)] * 7, "GP", n_initial_points=1, random_state=0
    )
    X = rng.random((n, 7))
    optimizer.tell(X.tolist(), [-score(x, rng) for x in X])

    def step() -> None:
        x = optimizer.ask()
        optimizer.tell(x, -score(np.array(x), rng))

    return _mean_cpu(step, max(n_asks // 8, 2))


def _mean_cpu(step: Callable[[], None], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - start) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at", default="60,300,1000")
    parser.add_argument("--peers", action="store_true", help="run the peers, too")
    parser.add_argument("--asks", type=int, default=40)
    options = parser.parse_args()
    sizes = [int(n) for n in options.at.split(",")]
    contestants = [skhp_bayes] + [optuna_gp, skopt_gp] * options.peers
    print(f"{'ms CPU per suggestion':24s}" + "".join(f"{n:>10d}" for n in sizes))
    for contestant in contestants:
        cells = []
        for n in sizes:
            if contestant is skopt_gp and n > 300:
                cells.append(f"{'-':>10s}")
                continue
            try:
                with threadpool_limits(1):
                    mean = contestant(n, options.asks, np.random.default_rng(0))
            except ImportError:
                cells.append(f"{'absent':>10s}")
                continue
            cells.append(f"{mean * 1e3:10.2f}")
        print(f"{contestant.__name__:24s}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
