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

DEADLINE = 120.0  # seconds for what takes a few, if nothing is broken

SETUP = """
import threading
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Waits(BaseEstimator):
    def __init__(self, value=0.0, ends_below=5):
        self.value = value
        self.ends_below = ends_below

    def fit(self, X, y=None):
        if self.value >= self.ends_below:
            threading.Event().wait()
        return self

    def score(self, X, y=None):
        return self.value

X = np.zeros((12, 1))

def tell(search):
    print("One more is finished.", flush=True)

def search(n_jobs, n=300):
    grid = {"value": [float(i) for i in range(n)]}
    return skhp.GridSearchCV(Waits(), grid, cv=2, n_jobs=n_jobs, verbose=1)
"""


class Notebook:
    def __init__(self):
        self.manager, self.client = jupyter_client.manager.start_new_kernel(
            kernel_name="python3", startup_timeout=DEADLINE
        )

    def start(self, code):
        return self.client.execute(code)

    def finish(self, cell, until=None, on_display=lambda message: None):
        """Return the texts that a cell has shown, and its error if there was one.

        With `until`, return as soon as this has been shown.
        """
        texts, error, give_up = [], None, time.monotonic() + DEADLINE
        while time.monotonic() < give_up:
            try:
                got = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if got["parent_header"].get("msg_id") != cell:
                continue
            content = got["content"]
            if got["msg_type"] == "stream":
                texts.append(content["text"])
            elif got["msg_type"] in ("display_data", "update_display_data"):
                on_display(got)
            elif got["msg_type"] == "error":
                error = content["ename"]
            elif content.get("execution_state") == "idle":
                return "".join(texts), error
            if until is not None and until in "".join(texts):
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


def wait_for_no_worker(notebook, but):
    """Return the workers, but for some, that are left at the deadline."""
    give_up = time.monotonic() + DEADLINE
    while left := [pid for pid in workers_of(notebook) if pid not in but]:
        if time.monotonic() > give_up:
            break
        time.sleep(0.01)
    return left


@pytest.mark.slow
def test_class_of_a_cell_reaches_the_workers(notebook):
    text, error = notebook.run("print(search(2, 4).fit(X).best_score_)")
    assert error is None
    assert text.endswith("3.0\n")


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_stop_button_ends_the_cell_with_the_best_so_far(notebook, n_jobs):
    # The first time the workers are there; the second time they start.
    idle = [] if n_jobs == 2 else workers_of(notebook)  # of another search
    for _ in range(2):
        cell = notebook.start(f"s = search({n_jobs}).set_params(callbacks=tell).fit(X)")
        notebook.finish(cell, until="One more is finished.")
        notebook.manager.interrupt_kernel()
        text, error = notebook.finish(cell)
        assert error is None
        assert "SearchInterruptedWarning" in text
        text, error = notebook.run(
            "n = len(s.cv_results_['params']); m = s.cv_results_['mean_test_score']; "
            "print(0 < np.isfinite(m).sum() <= n < 300, "
            "s.best_score_ == s.best_estimator_.value == np.nanmax(m) < 5)"
        )
        assert (text, error) == ("True True\n", None)
    assert wait_for_no_worker(notebook, but=idle) == []


def test_bar_is_one_line_that_comes_to_its_end(notebook):
    cell, states = notebook.start("s = search(1, 5).fit(X)"), []
    text, error = notebook.finish(cell, on_display=states.append)
    assert error is None
    header, edge = text.splitlines()
    assert header == "Fitting 2 folds for each of 5 candidates, totalling 10 fits"
    assert "edge of the search space: value=4 of [0, 4]" in edge
    kinds = [message["msg_type"] for message in states]
    assert kinds == ["display_data"] + ["update_display_data"] * (len(states) - 1)
    contents = [message["content"] for message in states]
    assert len({content["transient"]["display_id"] for content in contents}) == 1
    lines = [content["data"]["text/plain"] for content in contents]
    assert lines[0].startswith("████░░░░░░░░░░░░░░░░ [1/5] best 0 (#0) | ")
    assert lines[-1].startswith("████████████████████ [5/5] best 4 (#4) | ")
    assert not [line for line in lines if "\n" in line or "\r" in line]
