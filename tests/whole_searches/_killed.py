"""A program: searches that are killed over and over, and gone on with each time.

Run as ``python -m tests.whole_searches._killed folder``; it prints a line of
JSON for each.
"""

import json
import os
import random
import re
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import uniform
from sklearn.base import BaseEstimator

import skhp

X = np.arange(24.0).reshape(12, 2)
MAX_KILLS = 20
LISTS = {"a": [k / 12 for k in range(13)], "b": ["x", "y"]}
SPACE = {"a": (0.0, 1.0), "b": ["x", "y"]}
RUNGS = {"resource": "n", "max_resources": 9, "min_resources": 1}
MAKERS = {
    "grid": lambda **kw: skhp.GridSearchCV(Works(), LISTS, **kw),
    "random": lambda **kw: skhp.RandomizedSearchCV(
        Works(), {"a": uniform(), "b": ["x", "y"]}, n_iter=25, random_state=0, **kw
    ),
    "bayes": lambda **kw: skhp.BayesSearchCV(
        Works(), SPACE, n_iter=25, random_state=0, **kw
    ),
    "halving": lambda **kw: skhp.HalvingGridSearchCV(
        Works(), LISTS, random_state=0, **RUNGS, **kw
    ),
    "hyperband": lambda **kw: skhp.HyperbandSearchCV(
        Works(), SPACE, random_state=0, **RUNGS, **kw
    ),
}

write_really = os.write


class Moment:
    """When to die: after so many fits have begun, or so many writes."""

    def __init__(self, what, n):
        self.what, self.n_left = what, n

    def happens(self, what):
        self.n_left -= what == self.what
        if self.n_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


moment, started = Moment("never", 1), -1


class Works(BaseEstimator):
    def __init__(self, a=0.0, b="x", n=1):
        self.a, self.b, self.n = a, b, n

    def fit(self, X, y=None):
        if started >= 0:
            write_really(started, b"x")
        moment.happens("fit")
        return self

    def score(self, X, y=None):
        return -((self.a - 0.3) ** 2) + 0.1 * (self.b == "x") + float(X.mean()) / self.n


def write_in_parts(fd, data):
    moment.happens("write")
    return write_really(fd, data[: max(1, len(data) // 2)])


def in_child(do):
    """Do something in another process; return how that ended."""
    child = os.fork()
    if child == 0:
        try:
            do()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def n_fits(journal):
    """Count the fits that a journal holds, those that are torn left out."""
    content = journal.read_bytes() if journal.exists() else b""
    whole = rb'^\{"fit": .*, "#": "[0-9a-f]{8}"\}$'
    return len(re.findall(whole, content, re.MULTILINE)), content


def kill_over_and_over(kind, folder):
    """Return how often a search was killed, how many fits that cost, and its end."""
    global moment, started
    folder.mkdir()
    journal, begun = folder / "journal", folder / "started"
    started = os.open(begun, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    rng, said = random.Random(kind), {"kind": kind, "killed": 0, "lost": []}
    os.write, code = write_in_parts, None
    while code != 0:
        n_begun, (n_held, content) = begun.stat().st_size, n_fits(journal)
        moment = Moment(
            *rng.choice([("fit", rng.randint(1, 9)), ("write", rng.randint(1, 70))])
        )
        if said["killed"] == MAX_KILLS:
            moment = Moment("never", 1)
        code = in_child(lambda: MAKERS[kind](journal=journal, cv=3, refit=False).fit(X))
        if code not in (0, -signal.SIGKILL):
            raise RuntimeError(f"{kind} has ended with {code}.")
        n_now, now = n_fits(journal)
        assert now.startswith(content)
        said["lost"].append(begun.stat().st_size - n_begun - (n_now - n_held))
        said["killed"] += code != 0
    os.write, moment, started = write_really, Moment("never", 1), -1
    resumed = MAKERS[kind](journal=journal, cv=3, refit=False).fit(X).cv_results_
    whole = MAKERS[kind](cv=3, refit=False).fit(X).cv_results_
    said["torn"] = journal.read_bytes().count(b'{"dropped"')
    said["same params"] = resumed["params"] == whole["params"]
    said["same scores"] = all(
        np.array_equal(resumed[f"split{k}_test_score"], whole[f"split{k}_test_score"])
        for k in range(3)
    )
    said["n_fits"], said["n_rows"] = n_fits(journal)[0], len(whole["params"])
    return said


def kill_with_workers(folder):
    """Return what comes of a search that is killed together with its two workers."""
    folder.mkdir()
    journal = folder / "journal"

    def search(**kwargs):
        return skhp.BayesSearchCV(
            Works(),
            SPACE,
            n_iter=20,
            cv=2,
            n_jobs=2,
            random_state=0,
            journal=journal,
            refit=False,
            **kwargs,
        ).fit(X)

    def kill_all(search):
        if len(search.cv_results_["params"]) >= 6:
            os.killpg(0, signal.SIGKILL)

    def until_killed():
        os.setsid()
        search(callbacks=kill_all)

    code = in_child(until_killed)
    n_held, content = n_fits(journal)
    results = search().cv_results_
    return {
        "kind": "two workers",
        "code": code,
        "held": n_held,
        "kept": journal.read_bytes().startswith(content),
        "n_fits": n_fits(journal)[0],
        "n_scores": int(np.isfinite(results["mean_test_score"]).sum()),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore", skhp.exceptions.JournalWarning)
    for kind in MAKERS:
        print(
            json.dumps(kill_over_and_over(kind, Path(sys.argv[1]) / kind)), flush=True
        )
    print(json.dumps(kill_with_workers(Path(sys.argv[1]) / "workers")), flush=True)
