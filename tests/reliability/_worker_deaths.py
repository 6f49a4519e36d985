"""Searches in worker processes of which some fits end badly."""

import ctypes
import math
import os
import signal
import sys
import threading
from functools import partial

import numpy as np

from tests.reliability._processes import in_child
from tests.reliability._run import Verdict
from tests.reliability._searches import (
    CV,
    LISTS,
    Works,
    X,
    Y,
    make,
    split_of,
    true_score,
)

N_BAD = 5  # fits that end badly in each run
FIT_TIMEOUT = 2.0
KINDS = ("grid", "random", "halving grid", "bayes")
CHOICES = {"a": LISTS["a"], "b": LISTS["b"]}


class OddScore(float):
    """A score that cannot be sent as it is, only as the number that it is."""

    def __reduce__(self):
        raise TypeError("this cannot be pickled")


class OddError(Exception):
    """An error that cannot be sent at all."""

    def __init__(self):
        self.lock = threading.Lock()


def _raise(error):
    raise error


def _recur(model):
    return _recur(model)


ODD_SCORE = 0.5
# How a fit ends, and the status that its candidate has then.
WAYS = {
    "kill": (lambda model: os.kill(os.getpid(), signal.SIGKILL), "crashed"),
    "exit": (lambda model: os._exit(3), "crashed"),
    "segfault": (lambda model: ctypes.string_at(0), "crashed"),
    "hang": (lambda model: signal.pause(), "timeout"),
    "SystemExit": (lambda model: sys.exit(3), "failed"),
    "MemoryError": (lambda model: _raise(MemoryError()), "failed"),
    "recursion": (_recur, "failed"),
    "odd error": (lambda model: _raise(OddError()), "failed"),
    "odd score": (lambda model: setattr(model, "score_", OddScore(ODD_SCORE)), "ok"),
}


class Dies(Works):
    """Ends as `bad` says of its parameters and of the split."""

    def __init__(self, a=0.0, b="x", n=1, bad=()):
        super().__init__(a, b, n)
        self.bad = bad

    def fit(self, X, y=None):
        super().fit(X, y)
        way = dict(self.bad).get((self.a, self.b, split_of(X)))
        if way is not None:
            WAYS[way][0](self)
        return self

    def score(self, X, y=None):
        return getattr(self, "score_", None) or super().score(X, y)


def one_run(run, folder):
    """Run a search with a few bad fits; return what came of it."""
    draws, verdict = run.draws(), Verdict()
    kind = KINDS[run.number % len(KINDS)]
    candidates = [(a, b) for a in LISTS["a"] for b in LISTS["b"]]
    victims = draws.sample(candidates, N_BAD)
    bad = [((*who, draws.randrange(CV)), draws.choice(list(WAYS))) for who in victims]
    verdict.what = f"{kind}, {', '.join(way for _, way in bad)}"
    ended = in_child(partial(_search, kind, bad), folder)
    if verdict.ended(ended):
        _check(ended.said, dict(bad), verdict)
    verdict.files_left(folder)
    return verdict


def _search(kind, bad):
    settings = {"estimator": Dies(bad=tuple(bad)), "n_jobs": 2}
    search = make(kind, fit_timeout=FIT_TIMEOUT, **settings)
    if kind in ("random", "bayes"):  # over candidates that are known beforehand
        name = "search_spaces" if kind == "bayes" else "param_distributions"
        search.set_params(**{name: CHOICES})
    results = search.fit(X, Y).cv_results_
    scores = [results[f"split{k}_test_score"].tolist() for k in range(CV)]
    statuses = list(results.get("status", ["ok"] * len(results["params"])))
    return list(zip(results["params"], statuses, *scores, strict=True))


def _check(rows, bad, verdict):
    """Enter the candidates that have another status or score than they must have."""
    for params, status, *scores in rows:
        who = params["a"], params["b"]
        ways = [bad.get((*who, k)) for k in range(CV)]
        [way] = [way for way in ways if way] or [None]
        expected = WAYS[way][1] if way else "ok"
        if way is not None:
            verdict.notes["fits that ended badly"] += 1
            verdict.notes[f"of them {way}"] += 1
        if status != expected:
            verdict.wrong(f"{who} has status {status}, not {expected}.")
        for k, score in enumerate(scores):
            true = true_score((*who, params.get("n", 1)), k)
            if ways[k]:
                true = ODD_SCORE if way == "odd score" else math.nan
            if not np.array_equal(score, true, equal_nan=True):
                verdict.wrong(f"{who} has {score} on split {k}.", "wrong scores")
