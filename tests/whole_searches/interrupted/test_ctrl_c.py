"""Ctrl-C once: the results so far; twice, or with none: out."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

import skhp
from skhp.exceptions import SearchInterruptedWarning
from tests._toys import Echo, X, y


@pytest.fixture(scope="module")
def said(request, tmp_path_factory):
    """What the program has to tell of each search."""
    if not os.path.isdir("/proc"):
        pytest.skip("reads /proc")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.whole_searches.interrupted._ctrl_c",
            tmp_path_factory.mktemp("c"),
        ],
        cwd=request.config.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = map(json.loads, run.stdout.splitlines())
    return {search["name"]: search for search in told}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "best"),
    # With two workers the last quick ones may travel with a slow one.
    [("no workers", "3"), ("processes", "[0-3]"), ("threads", "[0-3]")],
)
def test_once_gives_the_results_so_far(workers, best, said):
    search = said[f"once, {workers}"]
    assert "SearchInterruptedWarning The search was inter" in search["output"]
    assert re.search(rf"best ({best}) \d+ True \1", search["output"])
    assert "Traceback" not in search["output"]
    assert (search["processes"], search["files"]) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["no workers", "processes"])
def test_twice_is_out_at_once(workers, said):
    search = said[f"twice, {workers}"]
    assert search["output"].rstrip().endswith("KeyboardInterrupt")
    assert search["processes"] == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["no workers", "processes", "not the workers"])
def test_before_anything_is_finished_it_leaves_no_process_and_no_file(workers, said):
    search = said[f"at first, {workers}"]
    assert search["output"].rstrip().endswith("KeyboardInterrupt")
    assert "ExecutorManagerThread" not in search["output"]
    assert (search["processes"], search["files"]) == ([], [])


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


def test_interrupt_is_no_failed_fit_and_a_second_search_works():
    with pytest.raises(KeyboardInterrupt):
        skhp.GridSearchCV(InterruptsAt(other=1), {"value": [1, 2]}, cv=2).fit(X, y)
    search = skhp.GridSearchCV(Echo(), {"value": [1, 2]}, cv=2)
    assert search.fit(X, y).best_params_ == {"value": 2}


# --- fits that would end normally -------------------------------------------------


class EndsEarly(InterruptsAt):
    """Returns what it has at Ctrl-C, as the training of neural networks may."""

    def fit(self, X, y=None):
        with suppress(KeyboardInterrupt):
            super().fit(X, y)
            self.is_whole_ = True
        return self

    def score(self, X, y=None):
        return super().score(X, y) if hasattr(self, "is_whole_") else -1.0


@contextmanager
def ctrl_c_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def raises_interrupt(number, frame):
    raise KeyboardInterrupt


def nested():
    inner = skhp.GridSearchCV(InterruptsAt(other=0), {"value": [1, 2, 3]}, cv=2)
    return inner, {"estimator__other": [0, 3]}


@pytest.mark.parametrize(
    ("estimator", "grid", "handler"),
    [
        (*nested(), signal.default_int_handler),
        (*nested(), raises_interrupt),
        (EndsEarly(other=2), {"value": [1, 2]}, signal.default_int_handler),
    ],
    ids=["a search", "a search, own handler", "a fit that ends early"],
)
def test_interrupted_fit_is_done_again_on_resume(estimator, grid, handler, tmp_path):
    def search(name):
        return skhp.GridSearchCV(
            estimator, grid, cv=2, refit=False, journal=tmp_path / name
        )

    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.warns(SearchInterruptedWarning) as told:
            search("cut").fit(X, y)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(told) == 1
    assert "after 1 of 2 candidates" in str(told[0].message)
    with ctrl_c_ignored():
        resumed, whole = search("cut").fit(X, y), search("whole").fit(X, y)
    for name in ("split0_test_score", "split1_test_score"):
        expected = whole.cv_results_[name].tolist()
        assert resumed.cv_results_[name].tolist() == expected
