"""Ctrl-C once: the results so far; twice: out."""

import os
import pty
import re
import signal
import sys
import time

import pytest

import skhp
from skhp.exceptions import SearchInterruptedWarning
from tests._toys import Echo, X, y

SCRIPT = """
import os, sys, time, warnings
import joblib
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Sleeps(BaseEstimator):
    def __init__(self, value=0):
        self.value = value
    def fit(self, X, y=None):
        slow = self.value > 3 or len(X) == 8 and sys.argv[3] == "slow-refit"
        open(f"{sys.argv[1]}/{'slow' if slow else 'quick'}-{len(X)}", "a").close()
        time.sleep(30 if slow else 0)
        return self
    def score(self, X, y=None):
        return float(self.value)

def told(message, category, *args, **kwargs):
    print(category.__name__, message, flush=True)

if __name__ == "__main__":
    warnings.showwarning = told
    backend, n_jobs = sys.argv[2].split("-")
    search = skhp.GridSearchCV(Sleeps(), {"value": list(range(20))}, cv=2,
        journal=sys.argv[1] + "/journal")
    with joblib.parallel_config(backend, n_jobs=int(n_jobs)):
        search.fit(np.ones((8, 1)))
    print("best", search.best_params_["value"], len(search.cv_results_["params"]),
        (search.cv_results_["status"] == "stopped").sum() > 0,
        search.best_estimator_.value, flush=True)
    os._exit(0)  # threads cannot be stopped
"""


def processes_of(group):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(name))
    return found


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


class Run:
    """A script in a pseudo-terminal, where Ctrl-C reaches all its processes."""

    def __init__(self, folder, root, *args):
        (folder / "temporary").mkdir()
        (folder / "script.py").write_text(SCRIPT)
        env = {
            **os.environ,
            "PYTHONPATH": str(root),
            "JOBLIB_TEMP_FOLDER": str(folder / "temporary"),
        }
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            command = [sys.executable, str(folder / "script.py"), str(folder), *args]
            os.execve(sys.executable, command, env)

    def press_ctrl_c(self):
        os.write(self.terminal, b"\x03")

    def output(self):
        text = b""
        while True:
            try:
                block = os.read(self.terminal, 65536)
            except OSError:  # all its processes are gone
                block = b""
            if not block:
                break
            text += block
        os.waitpid(self.pid, 0)
        return text.decode()

    def close(self):
        for pid in processes_of(self.pid):
            os.kill(pid, signal.SIGKILL)
        os.close(self.terminal)


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc"), reason="reads /proc")


@needs_proc
@pytest.mark.parametrize("workers", ["loky-1", "loky-2", "threading-2"])
def test_once_gives_the_results_so_far(workers, tmp_path, request):
    run = Run(tmp_path, request.config.rootpath, workers, "quick-refit")
    try:
        assert wait_for((tmp_path / "slow-4").exists)
        run.press_ctrl_c()
        output = run.output()
        assert "SearchInterruptedWarning The search was interrupted after" in output
        # With two workers the last quick ones may travel with a slow one.
        assert re.search(r"best ([23]) \d+ True \1", output)
        assert "Traceback" not in output
        assert wait_for(lambda: not processes_of(run.pid))
        assert list((tmp_path / "temporary").iterdir()) == []
    finally:
        run.close()


@needs_proc
@pytest.mark.parametrize("workers", ["loky-1", "loky-2"])
def test_twice_is_out_at_once(workers, tmp_path, request):
    run = Run(tmp_path, request.config.rootpath, workers, "slow-refit")
    try:
        assert wait_for((tmp_path / "slow-4").exists)
        run.press_ctrl_c()
        assert wait_for((tmp_path / "slow-8").exists)
        run.press_ctrl_c()
        output = run.output()
        assert output.rstrip().endswith("KeyboardInterrupt")
        assert wait_for(lambda: not processes_of(run.pid))
    finally:
        run.close()


class InterruptsAt(Echo):
    def fit(self, X, y=None):
        if self.value == self.other:
            signal.raise_signal(signal.SIGINT)
        return self


def test_interrupted_search_is_gone_on_with():
    grid = {"value": [1, 2, 3, 4, 5]}
    search = skhp.GridSearchCV(InterruptsAt(other=3), grid, cv=2)
    with pytest.warns(SearchInterruptedWarning, match="after 2 of 5 candidates"):
        search.fit(X, y)
    assert search.best_params_ == {"value": 2}
    assert search.cv_results_["status"].tolist() == ["ok", "ok", "stopped"]
    with pytest.warns(SearchInterruptedWarning, match="after 2 of 5 candidates"):
        search.extend(X, y)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_in_a_callback_waits_for_a_good_moment():
    def interrupt(search):
        if len(search.cv_results_["params"]) == 3:
            signal.raise_signal(signal.SIGINT)

    grid = {"value": [1, 2, 3, 4, 5]}
    search = skhp.GridSearchCV(Echo(), grid, cv=2, callbacks=interrupt)
    with pytest.warns(SearchInterruptedWarning, match="after 3 of 5 candidates"):
        search.fit(X, y)
    search.extend(X, y)
    assert search.best_params_ == {"value": 5}


def test_handler_of_the_user_is_left_alone():
    heard = []

    def handler(number, frame):
        heard.append(number)

    before = signal.signal(signal.SIGINT, handler)
    try:
        search = skhp.GridSearchCV(InterruptsAt(other=3), {"value": [1, 3]}, cv=2)
        search.fit(X, y)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT] * 3


def test_nothing_finished_is_a_keyboard_interrupt():
    search = skhp.GridSearchCV(InterruptsAt(other=1), {"value": [1, 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
