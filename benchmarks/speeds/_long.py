"""Whether a candidate costs as much at the end of a long search as at its beginning."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sklearn.model_selection
from scipy.stats import uniform

import skhp
from benchmarks.speeds._fits import Trivial, trivial_data
from skhp.optimizers import BayesOptimizer


def memory() -> int:
    """Return the bytes that this process holds in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Watch:
    """A callback that notes CPU time, the surrogate's, and memory by tenths."""

    def __init__(self, n_iter: int) -> None:
        self.tenth, self.n, self.asking = n_iter // 10, 0, 0.0
        self.notes = [self._now()]

    def _now(self) -> tuple[float, float, int]:
        return time.process_time(), self.asking, memory()

    def __call__(self, search: Any) -> bool:
        self.n += 1
        if self.n % self.tenth == 0:
            self.notes.append(self._now())
        return False

    def rows(self, setting: str) -> Iterator[dict[str, Any]]:
        """Yield milliseconds and kilobytes per candidate in each tenth."""
        spans = zip(self.notes, self.notes[1:], strict=False)
        for i, ((t0, a0, m0), (t1, a1, m1)) in enumerate(spans, 1):
            for subject, value, unit in (
                ("candidate", 1e3 * (t1 - t0), "ms CPU"),
                ("of it the surrogate", 1e3 * (a1 - a0), "ms CPU"),
                ("memory a candidate", (m1 - m0) / 1024, "KB"),
            ):
                yield {
                    "subject": subject,
                    "setting": f"{setting}, tenth {i:02d}",
                    "value": value / self.tenth,
                    "unit": unit,
                }


class timed_asks:
    """Within it, a watch counts the time of the optimizer's proposals."""

    def __init__(self, watch: Watch) -> None:
        self.watch, self.ask = watch, BayesOptimizer.ask

    def __enter__(self) -> None:
        def timed(optimizer: BayesOptimizer, n: int = 1) -> list[Any]:
            begin = time.process_time()
            try:
                return self.ask(optimizer, n)
            finally:
                self.watch.asking += time.process_time() - begin

        BayesOptimizer.ask = timed  # type: ignore[method-assign]

    def __exit__(self, *error: object) -> None:
        BayesOptimizer.ask = self.ask  # type: ignore[method-assign]


def rows(is_quick: bool) -> Iterator[dict[str, Any]]:
    """Yield figures of a long random and a long Bayesian search."""
    space = {"alpha": uniform(), "beta": uniform()}
    for name, n_iter, n_jobs in (
        ("RandomizedSearchCV", 40 if is_quick else 20_000, 2),
        ("BayesSearchCV", 20 if is_quick else 1500, 1),
    ):
        watch = Watch(n_iter)
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
        with timed_asks(watch):
            search.fit(*trivial_data())
        yield from watch.rows(f"{name}, {n_iter} candidates")
    for library in ("skhp", "scikit-learn"):
        n_iter = 40 if is_quick else 20_000
        yield {
            "subject": library,
            "setting": f"peak memory added by {n_iter} candidates",
            "value": _peak(library, n_iter),
            "unit": "MB",
        }


def _peak(library: str, n_iter: int) -> float:
    """Return the megabytes that a random search adds to a new process's peak."""
    code = f"from {__name__} import print_peak; print_peak({library!r}, {n_iter})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def print_peak(library: str, n_iter: int) -> None:
    """Search in this process, and print by how many megabytes its peak has grown."""
    import resource

    home = skhp if library == "skhp" else sklearn.model_selection
    space = {"alpha": uniform(), "beta": uniform()}
    peaks = []
    for n in (10, n_iter):
        search = home.RandomizedSearchCV(
            Trivial(), space, n_iter=n, cv=2, refit=False, random_state=0
        )
        search.fit(*trivial_data())
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print((peaks[1] - peaks[0]) / 1024)
