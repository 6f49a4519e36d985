"""The conformance kit, on every optimizer of ours and on some that break it."""

import os
import signal
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.linear_model import LogisticRegression

import skhp
from skhp.optimizers import (
    BatchedOptimizer,
    BayesOptimizer,
    GridOptimizer,
    RandomOptimizer,
    SobolOptimizer,
)
from skhp.testing import branin, check_optimizer, check_search, hartmann6, run_optimizer

MIXED = skhp.Space(
    {
        "x": skhp.Real(1e-3, 1e3, prior="log-uniform"),
        "n": skhp.Integer(1, 40),
        "kind": ["a", None, ("t", 1)],
        "fixed": 3,
    }
)
CONDITIONAL = skhp.Space(
    [{"kernel": ["rbf"], "gamma": (0.0, 1.0)}, {"kernel": ["poly"], "degree": (2, 9)}]
)
SMALL = skhp.Space({"a": [1, 2, 3], "b": ["x", "y"]})
CONSTRAINED = skhp.Space(
    {"x": (0.0, 1.0), "y": (0.0, 1.0)}, constraints=lambda p: p["x"] > p["y"]
)
SPACES = {
    "mixed": MIXED,
    "conditional": CONDITIONAL,
    "small": SMALL,
    "constrained": CONSTRAINED,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("cls", [RandomOptimizer, SobolOptimizer, BayesOptimizer])
def test_optimizers_of_a_space_conform(cls, name):
    space = SPACES[name]
    check_optimizer(lambda seed: cls(space, 20, random_state=seed), space=space)


def test_grid_conforms():
    check_optimizer(lambda seed: GridOptimizer({"a": [1, 2, 3], "b": ["x", None]}))


def test_scikit_learns_own_dialect_conforms():
    written = {"x": loguniform(1e-3, 1.0), "n": randint(1, 9), "kind": ["a", "b"]}
    check_optimizer(lambda seed: RandomOptimizer(written, 20, random_state=seed))


@pytest.mark.parametrize("batch_size", [1, 4])
def test_batches_conform(batch_size):
    check_optimizer(
        lambda seed: BatchedOptimizer(
            BayesOptimizer(MIXED, 20, random_state=seed), batch_size
        ),
        space=MIXED,
    )


class Broken(GridOptimizer):
    """Keeps the contract but for one clause."""

    def __init__(self, fault):
        super().__init__({"a": list(range(6))})
        self.fault = fault
        self.learns = fault == "repeats"
        if fault == "repeats":
            self._candidates = [{"a": 1}] * 6
        if fault == "depends on the hash seed":
            self._candidates = [{"a": v} for v in {"p", "q", "r", "s", "t", "u"}]
        if fault == "forgets when pickled":
            self._memory = 0

    def ask(self, n=1):
        if self.fault == "asks too much":
            return super().ask(n + 1)
        return super().ask(n)

    def tell(self, trial, outcome):
        if self.fault != "takes any tell":
            super().tell(trial, outcome)

    def __getstate__(self):
        state = self.__dict__.copy()
        if self.fault == "forgets when pickled":
            state["_candidates"] = state["_candidates"][::-1]
        return state


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("asks too much", "returned 2 trials"),
        ("takes any tell", "an unknown tell"),
        ("repeats", "asked for twice"),
        ("forgets when pickled", "pickles in mid-run"),
        ("depends on the hash seed", "in any process"),
    ],
)
def test_a_broken_optimizer_is_found_out(fault, message):
    with pytest.raises(AssertionError, match=message):
        check_optimizer(lambda seed: Broken(fault), n_most=6)


class Abroad(GridOptimizer):
    """Does something in any process but the one it comes from."""

    def __init__(self, does, home):
        super().__init__({"a": [1, 2, 3]})
        self.does, self.home = does, home

    def ask(self, n=1):
        if os.getpid() != self.home:
            self.does()
        return super().ask(n)


def check_abroad(does):
    home = os.getpid()
    check_optimizer(lambda seed: Abroad(does, home), n_most=3)


def fail():
    raise RuntimeError("not here")


@pytest.mark.parametrize(
    ("does", "message"),
    [
        (fail, "runs in another process: .*RuntimeError: not here"),
        (lambda: sys.exit(3), "runs in another process: .*SystemExit: 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "died with exit code -9"),
    ],
    ids=["raises", "exits", "dies"],
)
def test_what_happens_in_the_other_process_only_is_told(does, message):
    with pytest.raises(AssertionError, match=f"(?s){message}"):
        check_abroad(does)


def test_what_is_printed_in_the_other_process_is_no_answer():
    check_abroad(lambda: print("hello"))


def test_another_check_finds_nothing_that_one_before_left():
    def leave(mark):
        assert getattr(os, "left", mark) == mark, "somebody was here"
        os.left = mark

    for i in range(2):
        check_abroad(partial(leave, i))


SCRIPT = """
import os, sys
from skhp import testing
from skhp.optimizers import GridOptimizer

sys.path.insert(0, {path!r})
import mine

for _ in range(2):
    testing.check_optimizer(lambda seed: mine.Mine({{"a": [1, 2, 3]}}))
(server,) = testing._SERVERS.values()
print(server.pid, flush=True)
if not os.fork():
    testing.check_optimizer(lambda seed: mine.Mine({{"a": [1, 2, 3]}}))
    sys.exit(0)
assert os.wait()[1] == 0
assert server.poll() is None
"""


@pytest.mark.slow
def test_one_other_process_serves_a_script_and_ends_with_it(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from skhp.optimizers import GridOptimizer\nclass Mine(GridOptimizer): pass"
    )
    script = SCRIPT.format(path=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


@pytest.mark.parametrize(
    "search",
    [
        skhp.GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}),
        skhp.RandomizedSearchCV(
            LogisticRegression(), {"C": loguniform(0.1, 1)}, n_iter=4, random_state=0
        ),
        skhp.BayesSearchCV(
            LogisticRegression(), {"C": loguniform(0.1, 1)}, n_iter=12, random_state=0
        ),
    ],
    ids=lambda search: type(search).__name__,
)
def test_searches_conform(search):
    check_search(search)


def test_run_optimizer_tells_what_it_asks():
    space = skhp.Space({f"x{i}": (0.0, 1.0) for i in range(6)})
    history = run_optimizer(RandomOptimizer(space, 30, random_state=0), hartmann6)
    assert [trial.number for trial, _ in history] == list(range(30))
    assert max(outcome.mean for _, outcome in history) <= 3.32237


def test_branin_has_three_maxima():
    for x, y in [(-np.pi, 12.275), (np.pi, 2.275), (9.42478, 2.475)]:
        assert branin({"x": x, "y": y}) == pytest.approx(-0.397887, abs=1e-5)
