"""How searches scale from 1 to 1,024 workers, on a virtual clock.

    python -m benchmarks.scaling [--workers 1 8 64 512 1024] [--fits 30] [--seeds 3]

The optimizers and the loop are the real ones. Only the workers are simulated: a fit
takes a time drawn from a log-normal distribution (mean `--fit-seconds`, sigma 0.7, the
slowest tenth about six times as long as the fastest), one in 100 is a straggler that
takes ten mean times, one in 100 fails after a fifth of its time. The CPU time that the
main process really spends between two calls, in suggesting, submitting and recording,
passes on the virtual clock too, and meanwhile nothing is handed out: a search that
decides too slowly leaves its workers idle here as it would in life.

Each search has 5 splits per candidate, `--fits` per worker, at least 60 candidates;
successive halving and Hyperband have about as much time, in resources. "busy"
is the share of the workers' time that is spent in fits: of all the time until the last
fit ends, and until there is first nothing left to hand out. "main" is the share of the
time that the main process works, and what that makes per fit. Regret (of a Hartmann
function of 6 variables, 0 is perfect, after the mean time of 5, 10, 20 and 30 fits, and
at the end) shows what more workers buy. All figures are medians of `--seeds` runs.
"""

import argparse
import heapq
import time
from collections import deque

import numpy as np

from skhp.evaluation import Loop, Record, SplitResult
from skhp.optimizers import (
    BayesOptimizer,
    HalvingOptimizer,
    HyperbandOptimizer,
    RandomOptimizer,
)
from skhp.space import Space
from skhp.testing import hartmann6

N_SPLITS = 5
MOST = 81  # of the resource
BEST = 3.32237  # of hartmann6
SPACE = Space({f"x{i}": (0.0, 1.0) for i in range(6)})
MARKS = (5, 10, 20, 30)


class VirtualWorkers:
    """Workers that only say how long they take; batches wait in line, as in joblib."""

    shares_memory = True
    ends_fits = False

    def __init__(self, n_slots, fit_seconds, seed=0):
        self.n_slots = n_slots
        self._mean = fit_seconds
        self._rng = np.random.default_rng(seed)
        self._line, self._running, self._finished = deque(), [], deque()
        self._n_started = 0
        self._left_at = time.process_time()
        self.now = 0.0  # virtual
        self.main_seconds = 0.0  # real
        self.busy_seconds = 0.0
        self.n_fits = 0
        self.first_idle = None  # when there was nothing to hand out, and busy by then

    def submit(self, batch):
        self._main_worked()
        self._line.append(batch)
        self._start(self.now)
        self._left_at = time.process_time()

    def collect(self):
        self._main_worked()
        while not self._finished:
            self._advance(self._running[0][0])
        batch = self._finished.popleft()
        self._left_at = time.process_time()
        return batch

    def idle_from_here(self):
        """Note that the optimizer has nothing more to give."""
        if self.first_idle is None:
            unfinished = sum(end - self.now for end, *_ in self._running)
            self.first_idle = self.now, self.busy_seconds - unfinished

    def _main_worked(self):
        seconds = time.process_time() - self._left_at
        self.main_seconds += seconds
        self._advance(self.now + seconds)

    def _advance(self, to):
        """Let workers that finish until then take what waits in line."""
        while self._running and self._running[0][0] <= to:
            end, _, results = heapq.heappop(self._running)
            self._finished.append(results)
            self._start(end)
        self.now = max(self.now, to)

    def _start(self, now):
        while self._line and len(self._running) < self.n_slots:
            results, seconds = [], 0.0
            for task in self._line.popleft():
                result = self._fit(task)
                results.append((task, result))
                seconds += result.fit_time
            self._n_started += 1
            self.n_fits += len(results)
            self.busy_seconds += seconds
            heapq.heappush(self._running, (now + seconds, self._n_started, results))

    def _fit(self, task):
        share = 1.0 if task.trial.resource is None else task.trial.resource / MOST
        seconds = self._mean * share * self._rng.lognormal(-0.245, 0.7)
        luck = self._rng.random()
        if luck < 1 / 100:
            seconds = 10 * self._mean * share
        if luck > 1 - 1 / 100:
            error = "RuntimeError: simulated\n"
            return SplitResult(np.nan, None, seconds / 5, 0.0, 20, fit_error=error)
        score = hartmann6(task.trial.params)
        if task.trial.resource is not None:  # a learning curve
            score -= (1 + task.trial.params["x0"]) * (
                task.trial.resource**-0.5 - MOST**-0.5
            )
        return SplitResult(score, None, seconds, 0.0, 20)


class Regret:
    """Notes, in virtual time, how good the best candidate is that has it all."""

    def __init__(self, workers):
        self._workers, self.path = workers, [(0.0, BEST)]

    def asked(self, trial, seconds):
        pass

    def split_done(self, task, result):
        pass

    def trial_done(self, row):
        regret = BEST - hartmann6(row.trial.params)
        full = row.trial.resource in (None, MOST)
        worked = all(np.isfinite(r.test_scores) for r in row.results if r is not None)
        if full and worked and regret < self.path[-1][1]:
            self.path.append((self._workers.now, regret))

    def at(self, moment):
        return next(r for when, r in reversed(self.path) if when <= moment)


class Watched:
    """An optimizer that lets the workers know when it has no more."""

    def __init__(self, optimizer, workers):
        self._optimizer, self._workers = optimizer, workers

    def __getattr__(self, name):
        return getattr(self._optimizer, name)

    def ask(self, n):
        trials = self._optimizer.ask(n)
        if self._optimizer.done or not trials:
            self._workers.idle_from_here()
        return trials


def make_optimizer(kind, n_fits, seed=0):
    n_trials = max(n_fits // N_SPLITS, 60)
    if kind == "random":
        return RandomOptimizer(SPACE, n_trials, seed)
    if kind == "bayes":
        return BayesOptimizer(SPACE, n_trials, random_state=seed)
    # A rung costs about as much as the one below: five rungs of n / 81 full fits.
    if kind == "halving":
        candidates = RandomOptimizer(SPACE, n_trials * MOST // 5, seed).ask(10**9)
        return HalvingOptimizer(
            [trial.params for trial in candidates], min_resources=1, max_resources=MOST
        )
    return HyperbandOptimizer(
        SPACE,
        max_resources=MOST,
        n_candidates=n_trials * 143 // 23,  # candidates and full fits of one round
        sampler="bayes" if kind == "hyperband" else "random",
        random_state=seed,
    )


def run(kind, n_workers, fits, fit_seconds, seed=0):
    workers = VirtualWorkers(n_workers, fit_seconds, seed)
    optimizer = make_optimizer(kind, n_workers * fits, seed)
    regret, record = Regret(workers), Record(N_SPLITS)
    Loop(
        Watched(optimizer, workers),
        workers,
        record,
        observers=[regret],
        clock=lambda: workers.now,
    ).run()
    busy = workers.busy_seconds / (n_workers * workers.now)
    until, worked = workers.first_idle
    fed = worked / (n_workers * until) if until else 1.0
    marks = [regret.at(mark * fit_seconds) for mark in MARKS]
    return {
        "candidates": len(record.rows),
        "fits": workers.n_fits,
        "busy": busy,
        "fed": fed,
        "main": workers.main_seconds / workers.now,
        "ms": 1e3 * workers.main_seconds / workers.n_fits,
        "regret": [*marks, regret.path[-1][1]],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8, 64, 512, 1024])
    parser.add_argument("--fit-seconds", type=float, default=10.0)
    parser.add_argument("--fits", type=int, default=30, help="per worker")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--searches",
        nargs="+",
        default=["random", "bayes", "halving", "hyperband-random", "hyperband"],
    )
    options = parser.parse_args()
    marks = " ".join(f"{f'@{mark}':>6}" for mark in MARKS)
    print(
        "| search | workers | candidates | fits | busy | busy while fed | main | "
        f"ms per fit | regret {marks}    end |"
    )
    print("|---" * 9 + "|")
    for kind in options.searches:
        for n_workers in options.workers:
            runs = [
                run(kind, n_workers, options.fits, options.fit_seconds, seed)
                for seed in range(options.seeds)
            ]
            found = {
                name: np.median([each[name] for each in runs], axis=0)
                for name in runs[0]
            }
            regret = " ".join(f"{value:6.3f}" for value in found["regret"])
            print(
                f"| {kind} | {n_workers} | {found['candidates']:.0f} | "
                f"{found['fits']:.0f} | {found['busy']:.1%} | {found['fed']:.1%} | "
                f"{found['main']:.1%} | "
                f"{found['ms']:.2f} | {regret} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
