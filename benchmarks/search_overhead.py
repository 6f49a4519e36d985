"""What a search costs beside the fits: 2,000 trivial fits, ours and scikit-learn's.

    python benchmarks/search_overhead.py [--repeats 5] [--n-jobs 1 2]

Both classes run the same 400 candidates on the same 5 splits, in turns, in one
process. The estimator does nothing, so the time is the search's own.
"""

import argparse
import statistics
import time

import numpy as np
import sklearn.model_selection
from sklearn.base import BaseEstimator, ClassifierMixin

import skhp


class Trivial(ClassifierMixin, BaseEstimator):
    """Predicts the first class, after no work at all."""

    def __init__(self, alpha=0):
        self.alpha = alpha

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return float(self.alpha)


def seconds(search_class, n_jobs, X, y):
    search = search_class(
        Trivial(), {"alpha": list(range(400))}, cv=5, n_jobs=n_jobs, refit=False
    )
    start = time.perf_counter()
    search.fit(X, y)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--n-jobs", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 4)), rng.integers(2, size=100)
    theirs, ours = sklearn.model_selection.GridSearchCV, skhp.GridSearchCV
    print(f"{'n_jobs':>6} {'scikit-learn':>13} {'skhp':>8} {'ratio':>6}  (seconds)")
    for n_jobs in options.n_jobs:
        seconds(theirs, n_jobs, X, y), seconds(ours, n_jobs, X, y)  # start workers
        pairs = [
            (seconds(theirs, n_jobs, X, y), seconds(ours, n_jobs, X, y))
            for _ in range(options.repeats)
        ]
        a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(ours / theirs for theirs, ours in pairs)
        print(f"{n_jobs:>6} {a:>13.3f} {b:>8.3f} {ratio:>6.2f}")


if __name__ == "__main__":
    main()
