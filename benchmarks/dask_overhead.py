"""What a search costs on a dask cluster: 300 tiny fits, ours and scikit-learn's.

    python -m benchmarks.dask_overhead [--repeats 5] [--workers 2]

scikit-learn's GridSearchCV goes through joblib's own dask backend, which sends batches;
ours scatters the data once and submits tasks one by one, or in small batches where they
are much shorter than a round trip. Both run the same 100 candidates on the same 3
splits, in turns, on one LocalCluster of processes.
"""

import argparse
import statistics
import time

import joblib
import numpy as np
import sklearn.model_selection
from distributed import Client, LocalCluster
from sklearn.naive_bayes import GaussianNB

import skhp


def seconds(search_class, X, y):
    grid = {"var_smoothing": list(np.logspace(-9, 0, 100))}
    search = search_class(GaussianNB(), grid, cv=3, refit=False)
    start = time.perf_counter()
    with joblib.parallel_config("dask"):
        search.fit(X, y)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(500, 10)), rng.integers(2, size=500)
    theirs, ours = sklearn.model_selection.GridSearchCV, skhp.GridSearchCV
    cluster = LocalCluster(
        n_workers=options.workers, threads_per_worker=1, dashboard_address=":0"
    )
    with cluster, Client(cluster):
        seconds(theirs, X, y), seconds(ours, X, y)  # workers import what they need
        pairs = [
            (seconds(theirs, X, y), seconds(ours, X, y)) for _ in range(options.repeats)
        ]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    print(f"scikit-learn {a:.2f} s, skhp {b:.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
