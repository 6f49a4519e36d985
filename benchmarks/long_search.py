"""Whether a candidate costs as much at the end of a long search as at its beginning.

    python benchmarks/long_search.py [--random 20000] [--bayes 1500]

Trivial fits: a random search on two workers, a Bayesian one without. Seconds are CPU
seconds of this process per candidate, in each tenth of the search, and those that the
surrogate takes are shown apart. Memory is what the process holds more at the end of a
tenth than at its beginning, per candidate.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from search_overhead import Trivial

import skhp
from skhp import Real
from skhp.optimizers import BayesOptimizer


def memory() -> int:
    """Return the bytes that this process holds in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Watch:
    """A callback that notes CPU time, memory and the surrogate's time by tenths."""

    def __init__(self, n_iter: int) -> None:
        self.tenth = n_iter // 10
        self.n = 0
        self.asking = 0.0
        self.notes: list[tuple[float, float, int]] = [self.now()]

    def now(self) -> tuple[float, float, int]:
        return time.process_time(), self.asking, memory()

    def __call__(self, search: Any) -> bool:
        self.n += 1
        if self.n % self.tenth == 0:
            self.notes.append(self.now())
        return False

    def table(self) -> None:
        print("   tenth   ms a candidate   of it surrogate    KB a candidate")
        spans = zip(self.notes, self.notes[1:], strict=False)
        for i, ((t0, a0, m0), (t1, a1, m1)) in enumerate(spans, 1):
            cpu, asked = 1e3 * (t1 - t0) / self.tenth, 1e3 * (a1 - a0) / self.tenth
            grown = (m1 - m0) / self.tenth / 1024
            print(f"   {i:5d}   {cpu:14.3f}   {asked:15.3f}   {grown:15.2f}")


def watched(watch: Watch) -> None:
    """Have the watch count the time of the optimizer's proposals."""
    ask = BayesOptimizer.ask

    def timed(self: BayesOptimizer, n: int = 1) -> list[Any]:
        begin = time.process_time()
        try:
            return ask(self, n)
        finally:
            watch.asking += time.process_time() - begin

    BayesOptimizer.ask = timed  # type: ignore[method-assign]


def main() -> None:
    """Run both searches and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=20_000)
    parser.add_argument("--bayes", type=int, default=1_500)
    args = parser.parse_args()
    X, y = np.zeros((20, 2)), np.arange(20) % 2
    space = {"alpha": Real(0.0, 1.0)}
    for name, n_iter, n_jobs in (
        ("RandomizedSearchCV", args.random, 2),
        ("BayesSearchCV", args.bayes, 1),
    ):
        watch = Watch(n_iter)
        watched(watch)
        search = getattr(skhp, name)(
            Trivial(),
            space,
            n_iter=n_iter,
            cv=2,
            n_jobs=n_jobs,
            refit=False,
            callbacks=[watch],
            random_state=0,
        )
        print(f"{name}, {n_iter} candidates, n_jobs={n_jobs}")
        search.fit(X, y)
        watch.table()


if __name__ == "__main__":
    main()
