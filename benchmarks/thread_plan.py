"""What the thread plan gains: LightGBM with its default n_jobs, two workers.

    python -m benchmarks.thread_plan [--repeats 3] [--n-jobs 2] [--rows 20000]

scikit-learn's GridSearchCV and ours fit the same candidates on the same splits, in
turns, in one process. LightGBM's n_jobs is left alone, so that in scikit-learn's search
each fit starts as many threads as there are cores. Threads alive are counted from /proc
while the searches run: those of the worker process that has the most.
"""

import argparse
import glob
import os
import statistics
import threading
import time

import joblib
import lightgbm
import numpy as np
import sklearn.model_selection
from joblib.externals.loky import get_reusable_executor

import skhp

GRID = {"num_leaves": [7, 15, 31, 63], "learning_rate": [0.03, 0.1, 0.3]}


def threads_alive():
    counts = []
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{folder}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == os.getpid():
            counts.append(int(fields[17]))
    return max(counts, default=0)


class Watch(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.most, self.done = 0, False

    def run(self):
        while not self.done:
            self.most = max(self.most, threads_alive())
            time.sleep(0.01)


def measure(search_class, n_jobs, X, y):
    get_reusable_executor().shutdown(wait=True)  # threads stay alive in old workers
    joblib.Parallel(n_jobs)(joblib.delayed(time.sleep)(0.2) for _ in range(n_jobs))
    model = lightgbm.LGBMClassifier(n_estimators=50, verbose=-1)
    search = search_class(model, GRID, cv=5, n_jobs=n_jobs, refit=False)
    watch = Watch()
    watch.start()
    start = time.perf_counter()
    search.fit(X, y)
    seconds = time.perf_counter() - start
    watch.done = True
    watch.join()
    return seconds, watch.most, search.best_params_


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--rows", type=int, default=20000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(options.rows, 20))
    y = (X[:, 0] * X[:, 1] + rng.normal(size=options.rows) > 0).astype(int)
    classes = {
        "scikit-learn": sklearn.model_selection.GridSearchCV,
        "skhp": skhp.GridSearchCV,
    }
    found = {name: [] for name in classes}
    for _ in range(options.repeats):
        for name, search_class in classes.items():
            found[name].append(measure(search_class, options.n_jobs, X, y))
    print(f"{'search':14} {'seconds':>8} {'threads of a worker':>20}  best")
    for name, runs in found.items():
        seconds = statistics.median(run[0] for run in runs)
        print(f"{name:14} {seconds:8.2f} {max(run[1] for run in runs):20} {runs[0][2]}")
    pairs = zip(found["skhp"], found["scikit-learn"], strict=True)
    ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in pairs)
    print(f"ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
