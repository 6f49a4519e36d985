"""A program: searches in terminals of their own, in which Ctrl-C is pressed.

Run as ``python -m tests.whole_searches.interrupted._ctrl_c folder``; it prints a line
of JSON for each.
"""

import json
import os
import pty
import select
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import BaseEstimator

import skhp
from tests.reliability._processes import DEADLINE, processes_of

# By name: backend, workers, value of the first fit that does not end by itself, whether
# the refit ends, and what is pressed when: "terminal" reaches all processes, "process"
# only the one that searches; the number is how many rows the fit then has.
ONCE = (("terminal", 4),)
TWICE = (("terminal", 4), ("terminal", 8))
CASES = {
    "once, no workers": ("loky", 1, 4, True, ONCE),
    "once, processes": ("loky", 2, 4, True, ONCE),
    "once, threads": ("threading", 2, 4, True, ONCE),
    "twice, no workers": ("loky", 1, 4, False, TWICE),
    "twice, processes": ("loky", 2, 4, False, TWICE),
    "at first, no workers": ("loky", 1, 0, True, ONCE),
    "at first, processes": ("loky", 2, 0, True, ONCE),
    "at first, not the workers": ("loky", 2, 0, True, (("process", 4),)),
}


class Waits(BaseEstimator):
    def __init__(self, value=0, slow_from=0, refit_ends=True, pipe=""):
        self.value = value
        self.slow_from = slow_from
        self.refit_ends = refit_ends
        self.pipe = pipe

    def fit(self, X, y=None):
        is_refit = len(X) == 8
        if not self.refit_ends if is_refit else self.value >= self.slow_from:
            with open(self.pipe, "w") as pipe:
                pipe.write(f"{len(X)}\n")
            threading.Event().wait()
        return self

    def score(self, X, y=None):
        return float(self.value)


def told(message, category, *args, **kwargs):
    print(category.__name__, message, flush=True)


def search(folder, backend, n_jobs, slow_from, refit_ends):
    warnings.showwarning = told
    model = Waits(0, slow_from, refit_ends, str(folder / "pipe"))
    search = skhp.GridSearchCV(
        model, {"value": list(range(20))}, cv=2, journal=folder / "journal"
    )
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        search.fit(np.ones((8, 1)))
    results = search.cv_results_
    print(
        "best",
        search.best_params_["value"],
        len(results["params"]),
        (results["status"] == "stopped").sum() > 0,
        search.best_estimator_.value,
        flush=True,
    )
    if backend == "threading":
        os._exit(0)  # threads cannot be stopped


def wait_for_no_process(group):
    """Return those that are left at the deadline."""
    end = time.monotonic() + DEADLINE
    while (found := processes_of(group)) and time.monotonic() < end:
        time.sleep(0.01)
    return found


def read_within(file, what):
    if not select.select([file], [], [], DEADLINE)[0]:
        raise TimeoutError(what)
    return os.read(file, 65536)


def output_of(terminal):
    """Return all that is written until nobody has the terminal open any more."""
    text = b""
    while True:
        try:
            block = read_within(terminal, text.decode())
        except OSError:  # all its processes are gone
            return text.decode()
        if not block:
            return text.decode()
        text += block


def press_ctrl_c(name, folder, pid, terminal):
    """Press it where the case says, and return what comes of it."""
    pipe, heard = os.open(folder / "pipe", os.O_RDWR), ""
    try:
        for who, n_rows in CASES[name][-1]:
            while f"{n_rows}\n" not in heard:
                heard += read_within(pipe, f"{name}: {n_rows} in {heard!r}").decode()
            if who == "terminal":
                os.write(terminal, b"\x03")
            else:
                os.kill(pid, signal.SIGINT)
        said = {"name": name, "output": output_of(terminal)}
        os.waitpid(pid, 0)
        said["processes"] = wait_for_no_process(pid)
        said["files"] = [path.name for path in (folder / "temporary").iterdir()]
        return said
    finally:
        for number in processes_of(pid):
            os.kill(number, signal.SIGKILL)
        os.close(pipe)
        os.close(terminal)


def main():
    for number, (name, case) in enumerate(CASES.items()):
        folder = Path(sys.argv[1]) / str(number)
        (folder / "temporary").mkdir(parents=True)
        os.mkfifo(folder / "pipe")
        os.environ["JOBLIB_TEMP_FOLDER"] = str(folder / "temporary")
        pid, terminal = pty.fork()
        if pid == 0:
            return search(folder, *case[:-1])
        print(json.dumps(press_ctrl_c(name, folder, pid, terminal)), flush=True)
    return None


if __name__ == "__main__":
    main()
