"""Searches over fits that do almost nothing, and the moments at which things happen.

Each fit that is begun writes down which one it is, in a file that only grows. Where
that file is, and at which of the fits what is done, they read from an environment
variable, which worker processes inherit.
"""

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np
from scipy.stats import uniform
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import KFold

import skhp
from tests.reliability._processes import MARK, send_signal

X = np.arange(24.0).reshape(12, 2)
Y = np.sin(np.arange(12.0))
CV = 3
SPLITS = list(KFold(CV).split(X))
_SPLIT_OF = {
    float(X[rows].sum()): k for k, split in enumerate(SPLITS) for rows in split
}
_RECORD = 80  # bytes of a line about a fit
_VARIABLE = "SKHP_RELIABILITY"


@dataclass(frozen=True)
class Moment:
    """When something is done: at a fit, a byte, a call, or after some seconds.

    Attributes
    ----------
    what : {"fit", "byte", "call", "time", "never"}
        What is counted: fits that have begun, in whatever process; bytes that were
        written to the journal; calls and returns in the main thread.
    n : float
        How many of them, or how many seconds.
    delay : float
        Seconds from there on.
    """

    what: str = "never"
    n: float = 0
    delay: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Where fits are noted, and what is done to the search when.

    Attributes
    ----------
    begun : str
        The file of the fits that were begun.
    fits : list of int
        At which of them something is done.
    signal : int
        The signal that is sent then; 0: a `MARK` is printed instead.
    main : int
        The process that it is sent to, or if negative, the group.
    """

    begun: str = ""
    fits: tuple[int, ...] = ()
    signal: int = 0
    main: int = 0


def set_plan(plan):
    """Make a plan that of this process and of those that it will start."""
    os.environ[_VARIABLE] = json.dumps(asdict(plan))


def send(number, main):
    """Send a signal to a process or a group, or print a mark."""
    if number == 0:
        os.write(1, MARK)
    else:
        send_signal(number, main)


def note_fit(*key):
    """Write down that a fit begins, and do what is to be done at it."""
    if _VARIABLE not in os.environ:
        return
    plan = Plan(**json.loads(os.environ[_VARIABLE]))
    line = repr(key).encode().ljust(_RECORD - 1) + b"\n"
    file = os.open(plan.begun, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line)
        n = os.fstat(file).st_size // _RECORD
    finally:
        os.close(file)
    if n in plan.fits:
        send(plan.signal, plan.main)


def split_of(X):
    """Return which of the splits has these rows on one side; -1 if it is all rows."""
    return _SPLIT_OF.get(float(np.sum(X)), -1)


class Works(BaseEstimator):
    """Scores by a formula, at once."""

    def __init__(self, a=0.0, b="x", n=1):
        self.a, self.b, self.n = a, b, n

    def fit(self, X, y=None):
        note_fit(float(self.a), self.b, self.n, split_of(X))
        return self

    def score(self, X, y=None):
        return -((self.a - 0.3) ** 2) + 0.1 * (self.b == "x") + float(X.mean()) / self.n


class Boosts(GradientBoostingRegressor):
    """Can be trained further, and comes to the same as if it was trained at once.

    It notes a fit where it is scored: a model that a killed search has lost is trained
    from the first rung on, but only what is scored is a fit of the search.
    """

    def score(self, X, y, sample_weight=None):
        rate = float(self.learning_rate)
        note_fit(rate, self.max_depth, self.n_estimators, split_of(X))
        return super().score(X, y)


LISTS = {"a": [k / 12 for k in range(13)], "b": ["x", "y"]}
DRAWN = {"a": uniform(), "b": ["x", "y"]}
SPACE = {"a": (0.0, 1.0), "b": ["x", "y"]}
RUNGS = {"resource": "n", "max_resources": 9, "min_resources": 1}
TREES = {"resource": "n_estimators", "max_resources": 9, "min_resources": 1}
_BOOSTS = Boosts(random_state=0)

MAKERS = {
    "grid": lambda **kw: skhp.GridSearchCV(kw.pop("estimator", Works()), LISTS, **kw),
    "random": lambda **kw: skhp.RandomizedSearchCV(
        kw.pop("estimator", Works()), DRAWN, n_iter=25, random_state=0, **kw
    ),
    "bayes": lambda **kw: skhp.BayesSearchCV(
        kw.pop("estimator", Works()), SPACE, n_iter=14, random_state=0, **kw
    ),
    "halving grid": lambda **kw: skhp.HalvingGridSearchCV(
        kw.pop("estimator", Works()), LISTS, random_state=0, **RUNGS, **kw
    ),
    "halving random": lambda **kw: skhp.HalvingRandomSearchCV(
        kw.pop("estimator", Works()), DRAWN, random_state=0, **RUNGS, **kw
    ),
    "hyperband": lambda **kw: skhp.HyperbandSearchCV(
        kw.pop("estimator", Works()), SPACE, random_state=0, **RUNGS, **kw
    ),
    "continued halving": lambda **kw: skhp.HalvingGridSearchCV(
        _BOOSTS,
        {"learning_rate": [k / 10 for k in range(1, 10)], "max_depth": [1, 2]},
        random_state=0,
        **TREES,
        **kw,
    ),
    "continued hyperband": lambda **kw: skhp.HyperbandSearchCV(
        _BOOSTS,
        {"learning_rate": (0.01, 1.0), "max_depth": (1, 3)},
        random_state=0,
        **TREES,
        **kw,
    ),
}
# Whose candidates depend on the order in which results arrive.
LEARNS = ("bayes", "hyperband", "continued hyperband")
# The names of what a fit writes down: two parameters, and the resource.
_NAMES = ("a", "b", "n"), ("learning_rate", "max_depth", "n_estimators")


def make(kind, **kwargs):
    """Return a search of a kind, which refits nothing."""
    settings = {"cv": CV, "refit": False, "return_train_score": False}
    return MAKERS[kind](**{**settings, **kwargs})


def key_of(params):
    """Return what tells a candidate from all others, its resource included."""
    names = _NAMES["a" not in params]
    return tuple(params.get(name, 1) for name in names)


@cache
def true_score(key, split):
    """Return the score that a fit must have."""
    is_works = key[1] in ("x", "y")
    estimator = Works() if is_works else clone(_BOOSTS)
    names = _NAMES[0 if is_works else 1]
    estimator.set_params(**dict(zip(names, key, strict=True)))
    train, test = SPLITS[split]
    return estimator.fit(X[train], Y[train]).score(X[test], Y[test])


def table(results):
    """Return the parameters and scores of each row of ``cv_results_``."""
    scores = [results[f"split{k}_test_score"] for k in range(CV)]
    return [
        (params, [float(column[i]) for column in scores])
        for i, params in enumerate(results["params"])
    ]


@cache
def whole(kind):
    """Return the table of a search that nothing has happened to."""
    return table(make(kind).fit(X, Y).cv_results_)


def n_wrong(rows):
    """Count the scores that are not those of their candidates."""
    return sum(
        score != true_score(key_of(params), k)
        for params, scores in rows
        for k, score in enumerate(scores)
    )


def begun_fits(path, start=0):
    """Return the fits that were begun, beginning with that of number `start`."""
    if not path.exists():
        return []
    lines = path.read_bytes()[start * _RECORD :].splitlines()
    return [eval(line, {}) for line in lines]


def finished_fits(journal):
    """Return the fits that a journal holds, those in torn lines left out."""
    asked, found = {}, []
    content = journal.read_bytes() if journal.exists() else b""
    for line in content.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if "ask" in entry:
            asked[entry["ask"]] = key_of(entry["params"])
        elif "fit" in entry:
            trial, split = entry["fit"]
            found.append((*asked[trial], split))
    return found


class WatchedWrites:
    """Counts the bytes of a journal that are written; at one, something is done.

    It stands in for ``os.write``. Other bytes than those of the journal pass.
    """

    def __init__(self, journal, n, do):
        self._journal, self._n_left, self._do = journal, n, do
        self._write = os.write

    def __call__(self, fd, data):
        if self._n_left < 0 or not self._is_journal(fd):
            return self._write(fd, data)
        if len(data) < self._n_left:
            self._n_left -= len(data)
            return self._write(fd, data)
        n = self._write(fd, data[: max(int(self._n_left), 1)])
        self._n_left = -1
        self._do()
        return n

    def _is_journal(self, fd):
        try:
            return os.path.samestat(os.fstat(fd), os.stat(self._journal))
        except OSError:
            return False


class CountedCalls:
    """Counts calls and returns in this thread; at one of them, something is done."""

    def __init__(self, n, do):
        self.n, self._at, self._do = 0, n, do

    def __enter__(self):
        sys.setprofile(self._count)
        return self

    def __exit__(self, *exc_info):
        sys.setprofile(None)

    def _count(self, frame, event, arg):
        self.n += 1
        if self.n == self._at:
            self._do()


KILL = int(signal.SIGKILL)
INTERRUPT = int(signal.SIGINT)
