"""What importing skhp needs, and what it does not bring along."""

import subprocess
import sys

import pytest

# What Python has on Linux and macOS only, and what it has on Linux only.
MODULES_OF_POSIX = ["fcntl", "grp", "posix", "pwd", "resource", "termios", "tty"]
NAMES_OF_POSIX = {
    "os": [
        "O_DIRECTORY",
        "O_NOFOLLOW",
        "WNOHANG",
        "fork",
        "geteuid",
        "getuid",
        "killpg",
        "register_at_fork",
        "sched_getaffinity",
        "setsid",
        "sysconf",
        "uname",
    ],
    "signal": ["SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "pthread_sigmask"],
    "select": ["epoll", "poll"],
}
AS_ON_WINDOWS = f"""
import importlib, pkgutil, sys
import joblib, numpy, scipy.stats, sklearn.model_selection, sklearn.pipeline, tempfile
import distributed, lightgbm, matplotlib.pyplot, optuna, pandas, plotly

for name in {MODULES_OF_POSIX}:
    sys.modules[name] = None
for module, names in {NAMES_OF_POSIX}.items():
    for name in names:
        vars(importlib.import_module(module)).pop(name, None)
sys.platform = "win32"

import skhp
from sklearn.linear_model import LogisticRegression
from sklearn.datasets import load_iris

for found in pkgutil.walk_packages(skhp.__path__, "skhp."):
    if found.name != "skhp.__main__":
        importlib.import_module(found.name)
search = skhp.BayesSearchCV(
    LogisticRegression(max_iter=1000),
    {{"C": (0.1, 1.0)}},
    n_iter=6,
    journal=sys.argv[1],
)
print(len(search.fit(*load_iris(return_X_y=True)).cv_results_["params"]))
"""
BRINGS_NOT = [
    "IPython",
    "catboost",
    "dask",
    "distributed",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "optuna",
    "pandas",
    "plotly",
    "polars",
    "skopt",
    "xgboost",
]
LISTS_WHAT_IT_BRINGS = """
import sys, sklearn.model_selection
before = set(sys.modules)
import skhp
print(*{name.split(".")[0] for name in set(sys.modules) - before})
"""


def output(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_nothing_that_only_linux_has_is_needed_in_the_main_process(tmp_path):
    assert output(AS_ON_WINDOWS, str(tmp_path / "journal.jsonl")) == ["6"]


def test_import_brings_no_optional_library_along():
    brought = output(LISTS_WHAT_IT_BRINGS)
    assert "skhp" in brought
    assert not set(BRINGS_NOT) & set(brought)
