"""How busy the workers of a search are, with fits that take unequally long.

    python -m benchmarks.worker_busy [--n-jobs 2] [--n-iter 40] [--mean 0.1]

Fits sleep for a time drawn from a log-normal distribution, seeded by their
parameters, and note when they began and ended. A worker is busy while it fits; the
share is of the time between the first fit's begin and the last fit's end, and of the
same time without the drain at the end, when there is nothing left to hand out.
"""

import argparse
import pathlib
import tempfile
import time

import numpy as np
from sklearn.base import BaseEstimator

import skhp


class Sleeper(BaseEstimator):
    def __init__(self, x=0.5, y=0.5, mean=0.1, log=None):
        self.x, self.y, self.mean, self.log = x, y, mean, log

    def fit(self, X, y=None):
        rng = np.random.default_rng([int(self.x * 1e9), int(self.y * 1e9), len(X)])
        begin = time.time()
        time.sleep(self.mean * rng.lognormal(-0.5, 1.0))
        with open(self.log, "a") as file:
            file.write(f"{begin} {time.time()}\n")
        return self

    def score(self, X, y=None):
        return -((self.x - 0.3) ** 2) - (self.y - 0.8) ** 2


def busy(search_class, n_jobs, n_iter, mean):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "fits"
        space = {"x": (0.0, 1.0, "uniform"), "y": (0.0, 1.0, "uniform")}
        search = search_class(
            Sleeper(mean=mean, log=str(log)),
            space,
            n_iter=n_iter,
            cv=3,
            n_jobs=n_jobs,
            refit=False,
            random_state=0,
        )
        search.fit(np.zeros((30, 1)))
        times = np.loadtxt(log)
    begin, end = times[:, 0].min(), times[:, 1].max()
    last_begin = times[:, 0].max()
    whole = (times[:, 1] - times[:, 0]).sum() / (n_jobs * (end - begin))
    clipped = np.minimum(times[:, 1], last_begin) - np.minimum(times[:, 0], last_begin)
    fed = clipped.sum() / (n_jobs * (last_begin - begin))
    return whole, fed


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--n-iter", type=int, default=40)
    parser.add_argument("--mean", type=float, default=0.1, help="seconds of a fit")
    options = parser.parse_args()
    print(f"{'search':22} {'first to last fit':>18} {'while there is work':>20}")
    for search_class in (skhp.RandomizedSearchCV, skhp.BayesSearchCV):
        busy(search_class, options.n_jobs, 4, 0.01)  # starts the workers
        whole, fed = busy(search_class, options.n_jobs, options.n_iter, options.mean)
        print(f"{search_class.__name__:22} {whole:>18.1%} {fed:>20.1%}")


if __name__ == "__main__":
    main()
