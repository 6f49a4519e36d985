"""Searches in a real Jupyter kernel, as a notebook runs them."""

import os
import queue
import time
from pathlib import Path

import pytest

jupyter_client = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")

pytestmark = [
    pytest.mark.skipif(not os.path.exists("/proc"), reason="looks for processes there"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

SETUP = """
import time
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Slow(BaseEstimator):
    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y=None):
        time.sleep(0.1)
        return self

    def score(self, X, y=None):
        return self.value

X = np.zeros((12, 1))

def search(n_jobs, n=300):
    grid = {"value": [float(i) for i in range(n)]}
    return skhp.GridSearchCV(Slow(), grid, cv=2, n_jobs=n_jobs, verbose=1)
"""


class Notebook:
    def __init__(self):
        self.manager, self.client = jupyter_client.manager.start_new_kernel(
            kernel_name="python3", startup_timeout=60
        )

    def start(self, code):
        return self.client.execute(code)

    def finish(self, message, timeout=60):
        """Return the texts that a cell has shown, and its error if there was one."""
        texts, error, give_up = [], None, time.monotonic() + timeout
        while time.monotonic() < give_up:
            try:
                got = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if got["parent_header"].get("msg_id") != message:
                continue
            content = got["content"]
            if got["msg_type"] == "stream":
                texts.append(content["text"])
            elif got["msg_type"] == "display_data":
                texts.append(content["data"].get("text/plain", ""))
            elif got["msg_type"] == "error":
                error = content["ename"]
            elif content.get("execution_state") == "idle":
                return "".join(texts), error
        raise TimeoutError("".join(texts))

    def run(self, code):
        return self.finish(self.start(code))


@pytest.fixture(scope="module")
def notebook():
    notebook = Notebook()
    assert notebook.run(SETUP) == ("", None)
    yield notebook
    notebook.client.stop_channels()
    notebook.manager.shutdown_kernel(now=True)


def workers_of(notebook):
    kernel, found = notebook.manager.provisioner.pid, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == kernel and state != "Z" and "popen_loky" in command:
            found.append(folder.name)
    return found


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_stop_button_ends_the_cell_with_the_best_so_far(notebook, n_jobs):
    # The first time the workers start; the second time they are there.
    for _ in range(2):
        cell = notebook.start(f"s = search({n_jobs}).fit(X)")
        time.sleep(3.0)
        notebook.manager.interrupt_kernel()
        text, error = notebook.finish(cell)
        assert error is None
        assert "SearchInterruptedWarning" in text
        text, error = notebook.run(
            "n = len(s.cv_results_['params']); done = np.isfinite("
            "s.cv_results_['mean_test_score']).sum(); print(0 < done <= n < 300, "
            "s.best_score_ == s.best_estimator_.value == done - 1)"
        )
        assert (text, error) == ("True True\n", None)
    give_up = time.monotonic() + 10
    while workers_of(notebook) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert workers_of(notebook) == []


def test_bar_shows_the_best_score_and_comes_to_its_end(notebook):
    # Without widgets the bar is text, which can be read here.
    without = "import sys; sys.modules['ipywidgets'] = None"
    text, error = notebook.run(f"{without}; s = search(1, 5).fit(X)")
    assert error is None
    assert "Fitting 2 folds for each of 5 candidates" in text
    assert "best 4 (#4)" in text
    assert "5/5" in text


def test_class_of_a_cell_reaches_the_workers(notebook):
    text, error = notebook.run("print(search(2, 4).fit(X).best_score_)")
    assert error is None
    assert text.endswith("3.0\n")
