"""A search that is told to end by its system leaves no process and no file."""

import os
import select
import signal
import subprocess
import sys

import joblib
import pytest

import skhp
from tests._toys import Echo, X, y

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="waits at a FIFO")

SCRIPT = """
import sys, threading
import joblib
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Waits(BaseEstimator):
    def __init__(self, value=0, n=1, fifo=""):
        self.value, self.n, self.fifo = value, n, fifo
    def fit(self, X, y=None):
        self.open_ = open(self.fifo, "w")
        print("begun", file=self.open_, flush=True)
        threading.Event().wait()
    def score(self, X, y=None):
        return 1.0

if __name__ == "__main__":
    backend, n_jobs, fifo = sys.argv[1:]
    search = skhp.HalvingGridSearchCV(
        Waits(fifo=fifo),
        {"value": [1, 2, 3, 4]},
        resource="n",
        min_resources=1,
        max_resources=4,
        cv=2,
    )
    with joblib.parallel_config(backend, n_jobs=int(n_jobs)):
        search.fit(np.ones((8, 1)))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "n_jobs"), [("loky", 2)])
def test_nothing_is_left_of_it(backend, n_jobs, tmp_path):
    """All processes keep a FIFO open, which a reader sees the end of then."""
    fifo, script, temporary = (tmp_path / name for name in ("fifo", "s.py", "files"))
    script.write_text(SCRIPT)
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(fifo, os.O_WRONLY)  # no end before all have begun
    os.set_blocking(reading, True)
    search = subprocess.Popen(
        [sys.executable, script, backend, str(n_jobs), fifo],
        env={
            **os.environ,
            "PYTHONPATH": os.getcwd(),
            "JOBLIB_TEMP_FOLDER": str(temporary),
        },
        stderr=subprocess.PIPE,
    )
    heard = b""
    while heard.count(b"begun") < n_jobs:
        assert search.poll() is None, search.stderr.read()
        if select.select([reading], [], [], 0.1)[0]:
            heard += os.read(reading, 100)
    assert list(temporary.glob("skhp-*"))
    search.terminate()
    _, errors = search.communicate()
    os.close(writing)
    while os.read(reading, 100):
        pass
    os.close(reading)
    assert search.returncode == -signal.SIGTERM
    assert b"Traceback" not in errors
    assert list(temporary.glob("skhp-*")) == []


@pytest.mark.parametrize(
    ("backend", "n_jobs", "is_deferred"),
    [
        ("loky", 1, False),
        ("threading", 2, False),
        ("multiprocessing", 2, False),
        ("loky", 2, True),
    ],
)
def test_it_is_killed_at_once_if_there_is_no_process_to_end(
    backend, n_jobs, is_deferred
):
    """A handler in Python would wait for the end of a call into compiled code."""
    before, found = signal.getsignal(signal.SIGTERM), []
    search = skhp.GridSearchCV(
        Echo(),
        {"value": [1, 2]},
        cv=2,
        callbacks=lambda search: found.append(signal.getsignal(signal.SIGTERM)),
    )
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        search.fit(X, y)
    assert [each is not before for each in found] == [is_deferred] * 2
    assert signal.getsignal(signal.SIGTERM) is before
