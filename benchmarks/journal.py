"""What a journal costs while a search runs, and how long resuming takes.

Run as ``python benchmarks/journal.py``.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.stats import uniform
from sklearn.base import BaseEstimator

import skhp

X = np.arange(40.0).reshape(20, 2)


class Works(BaseEstimator):
    """Takes `seconds` to fit."""

    def __init__(self, a=0.0, b=0.0, seconds=0.0):
        self.a, self.b, self.seconds = a, b, seconds

    def fit(self, X, y=None):
        if self.seconds:
            end = time.perf_counter() + self.seconds
            while time.perf_counter() < end:
                pass
        return self

    def score(self, X, y=None):
        return -((self.a - 0.3) ** 2) - (self.b - 0.6) ** 2


def seconds_of(make, **kwargs):
    start = time.perf_counter()
    make(**kwargs).fit(X)
    return time.perf_counter() - start


def random_search(n_iter, seconds=0.0, **kwargs):
    return skhp.RandomizedSearchCV(
        Works(seconds=seconds),
        {"a": uniform(), "b": uniform()},
        n_iter=n_iter,
        cv=5,
        random_state=0,
        refit=False,
        **kwargs,
    )


def bayes_search(n_iter, **kwargs):
    space = {"a": (0.0, 1.0), "b": (0.0, 1.0)}
    return skhp.BayesSearchCV(
        Works(), space, n_iter=n_iter, cv=5, random_state=0, refit=False, **kwargs
    )


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "journal")
        plain, journaled = [], []
        for i in range(3):
            plain.append(seconds_of(random_search, n_iter=20, seconds=0.02))
            journaled.append(
                seconds_of(random_search, n_iter=20, seconds=0.02, journal=f"{path}{i}")
            )
        share = min(journaled) / min(plain) - 1
        print(f"100 fits of 20 ms: {min(plain):.3f} s; journal: {share:+.2%}")

        kinds = {"random": (random_search, 16_667), "bayes": (bayes_search, 300)}
        for name, (make, n_iter) in kinds.items():
            path = Path(folder, name)
            without = seconds_of(make, n_iter=n_iter)
            writing = seconds_of(make, n_iter=n_iter, journal=path)
            with open(path, "rb") as file:
                n_lines = sum(1 for _ in file)
            resuming = seconds_of(make, n_iter=n_iter, journal=path)
            per_fit = (writing - without) / (5 * n_iter) * 1e6
            print(
                f"{name}: {n_lines} lines ({path.stat().st_size / 1e6:.1f} MB) cost "
                f"{per_fit:.0f} us per fit, and are resumed from in {resuming:.2f} s"
            )


if __name__ == "__main__":
    main()
