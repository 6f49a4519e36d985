"""Searches in processes that were forked from one that has searched itself."""

import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks"),
]

SCRIPT = """
import multiprocessing, os, sys
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Pid(BaseEstimator):
    def __init__(self, value=0.0):
        self.value = value
    def fit(self, X, y=None):
        return self
    def score(self, X, y=None):
        return float(os.getpid())

ONE = [(np.arange(4), np.arange(4, 8))]

def pids():
    grid = {"value": list(range(6))}
    search = skhp.GridSearchCV(Pid(), grid, cv=ONE, n_jobs=2, refit=False)
    return set(search.fit(np.ones((8, 1))).cv_results_["mean_test_score"])

def check(known):
    for _ in range(2):
        found = pids()
        print(not found & known, os.getpid() not in found, flush=True)

if __name__ == "__main__":
    known = pids()
    if sys.argv[1] == "os.fork":
        child = os.fork()
        if child == 0:
            check(known)
            os._exit(0)
        os.waitpid(child, 0)
    else:
        fork = multiprocessing.get_context("fork")
        child = fork.Process(target=check, args=(known,), daemon="daemon" in sys.argv)
        child.start()
        child.join()
    print(bool(pids() & known))
"""


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        # With workers of its own
        (["os.fork"], "True True True True True"),
        # A daemon may have none: joblib has it do the work itself.
        (["multiprocessing", "daemon"], "True False True False True"),
    ],
)
def test_fork_searches_as_its_parent_did_before_and_ends(how, expected, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", script, *how],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        timeout=200,  # workers that nobody ends wait for longer
    )
    assert done.stdout.split() == expected.split(), done.stderr


FORKED_DURING_FIT = """
import os, signal, threading
from sklearn.base import BaseEstimator
import numpy as np
import skhp

runs, forked = threading.Event(), threading.Event()

class Waits(BaseEstimator):
    def __init__(self, value=0.0):
        self.value = value
    def fit(self, X, y=None):
        if not forked.is_set():
            runs.set()
            forked.wait()
        return self
    def score(self, X, y=None):
        return self.value

ONE = [(np.arange(4), np.arange(4, 8))]
search = skhp.GridSearchCV(Waits(), {"value": [1.0, 2.0]}, cv=ONE, refit=False)
thread = threading.Thread(target=search.fit, args=(np.ones((8, 1)),))
thread.start()
runs.wait()
child = os.fork()
forked.set()
if child == 0:
    signal.alarm(100)  # ends it if it waits for a lock that nobody will release
    print(search.fit(np.ones((8, 1))).best_score_, flush=True)
    os._exit(0)
os.waitpid(child, 0)
thread.join()
print(search.best_score_)
"""


def test_fork_fits_a_search_that_a_thread_of_its_parent_is_fitting(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(FORKED_DURING_FIT)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        timeout=200,
    )
    assert done.stdout.split() == ["2.0", "2.0"], done.stderr
