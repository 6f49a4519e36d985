"""Estimators, optimizers and workers that do just what a test needs."""

import heapq
import time
from collections import deque

import numpy as np
from sklearn.base import BaseEstimator

import skhp.evaluation
from skhp.evaluation import Job, SplitResult
from skhp.optimizers import Trial

try:  # joblib carried a copy of it before 1.6
    import cloudpickle
except ImportError:
    from joblib.externals import cloudpickle

try:
    import sys

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
except KeyError:  # not imported as a module of that name
    pass

X = np.arange(24.0).reshape(12, 2)
y = np.arange(12.0) % 2
SPLITS = [(np.arange(4, 12), np.arange(4)), (np.arange(8), np.arange(8, 12))]


class Echo(BaseEstimator):
    """Its score is its parameter `value`, and a fraction of the size of the split."""

    def __init__(self, value=0.0, other=None, fails=""):
        self.value = value
        self.other = other
        self.fails = fails

    def fit(self, X, y=None):
        if self.fails == "fit":
            raise RuntimeError(f"no fit with {self.value}")
        return self

    def score(self, X, y=None):
        if self.fails == "score":
            raise RuntimeError(f"no score with {self.value}")
        return self.value


def echo_score(estimator, X, y=None):
    return estimator.score(X, y)


def make_job(estimator=None, scorer=echo_score, **kwargs):
    data = {"X": X, "y": y, "splits": SPLITS, **kwargs}
    return Job(estimator or Echo(), scorer=scorer, **data)


def result_of(score, *, fit_time=1.0, score_time=0.5, train=None, **kwargs):
    return SplitResult(score, train, fit_time, score_time, 4, **kwargs)


def filled_record(trials, results, n_splits, objective=None):
    """Return a record with `results[i][k]` (None: not run) of trial i on split k."""
    record = skhp.evaluation.Record(n_splits, objective)
    are_new = [record.open(trial) for trial in trials]
    for trial, row, is_new in zip(trials, results, are_new, strict=True):
        for k, result in enumerate(row):
            if result is not None and is_new:
                record.put(trial.number, k, result)
    return record


class Scripted:
    """An optimizer of `n` trials that writes down what it had been told at each ask.

    With `n_distinct` it has no more than so many configurations, over and over.
    """

    exhausted = can_extend = False

    def __init__(self, n, *, learns=True, n_distinct=None):
        self.n_trials, self.learns = n, learns
        self._n_distinct = n_distinct or n
        self.n_asked, self.told, self.seen = 0, [], []

    @property
    def done(self):
        return self.n_asked >= self.n_trials

    def ask(self, n=1):
        n = min(n, self.n_trials - self.n_asked)
        self.seen += [len(self.told)] * n
        first, self.n_asked = self.n_asked, self.n_asked + n
        return [self._trial(i) for i in range(first, self.n_asked)]

    def _trial(self, i):
        same = i % self._n_distinct
        repeats = same if same < i else None
        return Trial(i, {"value": float(same)}, repeats=repeats)

    def adopt(self, proposal):
        return self.ask(1)[0]

    def extend(self, n_more):
        raise NotImplementedError

    def tell(self, trial, outcome):
        self.told.append((trial.number, outcome))


class Simulated:
    """Workers in simulated time. Batches wait in line, as in joblib."""

    shares_memory = True

    def __init__(self, n_slots, seconds=lambda task: 1.0):
        self.n_slots, self._seconds = n_slots, seconds
        self.now = 0.0
        self._line, self._running = deque(), []
        self.n_started = 0
        self.batches, self.most_in_flight, self.busy_at_wait = [], 0, []

    def clock(self):
        return self.now

    def submit(self, batch):
        self.batches.append(list(batch))
        self._line.append(list(batch))
        self._start()
        in_flight = len(self._line) + len(self._running)
        self.most_in_flight = max(self.most_in_flight, in_flight)

    def collect(self):
        self.busy_at_wait.append(len(self._running))
        self.now, _, batch = heapq.heappop(self._running)
        self._start()
        return [(task, self._result(task)) for task in batch]

    def _start(self):
        while self._line and len(self._running) < self.n_slots:
            batch = self._line.popleft()
            self.n_started += 1
            end = self.now + sum(map(self._seconds, batch))
            heapq.heappush(self._running, (end, self.n_started, batch))

    def _result(self, task):
        value = task.trial.params.get("value", 0.0)
        return result_of(value, fit_time=self._seconds(task), score_time=0.0)


class Slow(Echo):
    """An Echo that takes `other` seconds."""

    def fit(self, X, y=None):
        time.sleep(self.other or 0)
        return self
