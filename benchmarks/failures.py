"""What failed fits cost a Bayesian search: regret on Hartmann-6, with and without.

Failures come at random (a share of all fits), or always in a part of the space: beyond
a plane that cuts off half of it, close to the optimum.

    python -m benchmarks.failures [--seeds 20] [--n-iter 60]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skhp.optimizers import BayesOptimizer, Outcome
from skhp.space import Real, Space

_Floats = NDArray[np.float64]
_Fails = Callable[[_Floats, np.random.Generator], bool]

OPTIMUM = np.array([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573])
BEST = 3.32237
NAMES = [f"x{i}" for i in range(6)]


def hartmann6(x: _Floats) -> float:
    """Return the Hartmann function of six variables in [0, 1], to be maximised."""
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    A = np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    )
    P = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    return float(alpha @ np.exp(-np.sum(A * np.square(x - P), axis=1)))


def at_random(share: float) -> _Fails:
    """Return failures of a share of all fits, wherever they are."""
    return lambda x, rng: bool(rng.random() < share)


def beyond(offset: float) -> _Fails:
    """Return failures beyond a plane at a distance from the optimum."""
    return lambda x, rng: bool((x - OPTIMUM).sum() / np.sqrt(6.0) > offset)


CASES: dict[str, _Fails] = {
    "no failures": at_random(0.0),
    "16 % at random": at_random(0.16),
    "30 % at random": at_random(0.30),
    "beyond a plane, .2 away": beyond(0.2),
    "beyond a plane, .05 away": beyond(0.05),
}


def run(fails: _Fails, n_iter: int, seed: int) -> tuple[_Floats, _Floats]:
    """Return the regret after each trial, and which trials failed."""
    rng = np.random.default_rng(1000 + seed)
    space = Space({name: Real(0, 1) for name in NAMES})
    optimizer = BayesOptimizer(space, n_iter, random_state=seed)
    scores = []
    while not optimizer.done:
        (trial,) = optimizer.ask(1)
        x = np.array([trial.params[name] for name in NAMES])
        score = np.nan if fails(x, rng) else hartmann6(x)
        optimizer.tell(trial, Outcome(np.array([score])))
        scores.append(score)
    best = np.fmax.accumulate(np.append(0.0, scores))[1:]
    return BEST - best, np.isnan(scores).astype(np.float64)


def main() -> None:
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--n-iter", type=int, default=60)
    args = parser.parse_args()
    print(f"{'':26s}  regret@{args.n_iter}  worst tenth  failed  in the last third")
    for name, fails in CASES.items():
        runs = [run(fails, args.n_iter, seed) for seed in range(args.seeds)]
        regret = np.sort([r[-1] for r, _ in runs])
        failed = np.mean([f for _, f in runs], axis=0)
        tail = regret[-max(args.seeds // 10, 1) :].mean()
        print(
            f"{name:26s}  {regret.mean():9.3f}  {tail:11.3f}  {failed.mean():6.1%}  "
            f"{failed[-args.n_iter // 3 :].mean():16.1%}"
        )


if __name__ == "__main__":
    main()
