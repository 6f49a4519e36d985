"""Ctrl-C at any moment of a search that resumes: a result or KeyboardInterrupt."""

import signal
import sys
from pathlib import Path

import numpy as np
import pytest

import skhp
from tests._toys import Echo, X, y
from tests.journal._forged import lines_of

SOURCE = Path(skhp.__file__).parent
FILES = {
    *map(str, (SOURCE / "journal").iterdir()),
    str(SOURCE / "search" / "_session.py"),
    str(SOURCE / "evaluation" / "_interrupt.py"),
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::skhp.exceptions.SearchInterruptedWarning"),
    pytest.mark.filterwarnings("ignore::skhp.exceptions.JournalWarning"),
    # A file that is closed only because nothing refers to it any more.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def search(path):
    grid = {"value": [0.1, 0.5, 0.3, 0.9]}
    return skhp.GridSearchCV(Echo(), grid, cv=2, refit=False, journal=path)


class CtrlC:
    """Presses Ctrl-C before certain lines that work on a journal are executed."""

    def __init__(self, lines):
        self._lines, self.n = lines, 0

    def __call__(self, frame, event, arg):
        if event == "call":
            return self if frame.f_code.co_filename in FILES else None
        if event == "line":
            self.n += 1
            if self.n in self._lines:
                signal.raise_signal(signal.SIGINT)
        return self


def fit_with_ctrl_c(path, lines):
    """Return the number of lines that were executed."""
    hook, before = CtrlC(lines), sys.gettrace()
    sys.settrace(hook)
    try:
        search(path).fit(X, y)
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return hook.n


@pytest.mark.parametrize("is_torn", [False, True])
@pytest.mark.parametrize("apart", [None, 1, 40])
def test_search_resumes_after_ctrl_c_at_any_line(apart, is_torn, tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda fd: None)
    whole = search(tmp_path / "whole").fit(X, y)
    cut = b"".join(lines_of(tmp_path / "whole")[:5])[: -9 if is_torn else None]
    (tmp_path / "all").write_bytes(cut)
    n_lines = fit_with_ctrl_c(tmp_path / "all", [])
    assert n_lines > 300
    step = 37 if apart is None else 101
    for at in range(1 + is_torn * step // 2, n_lines + 1, step):
        path = tmp_path / f"at{at}"
        path.write_bytes(cut)
        fit_with_ctrl_c(path, [at] if apart is None else [at, at + apart])
        resumed = search(path).fit(X, y)
        assert resumed.cv_results_["params"] == whole.cv_results_["params"]
        for name in ("split0_test_score", "split1_test_score"):
            assert np.array_equal(resumed.cv_results_[name], whole.cv_results_[name])
