"""Ctrl-C, and estimators that misbehave."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import skhp
from tests._toys import Echo, X, y

SCRIPT = """
import sys, time
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Sleeps(BaseEstimator):
    def __init__(self, value=0):
        self.value = value
    def fit(self, X, y=None):
        open(sys.argv[1] + "/started", "a").close()
        time.sleep(30)
        return self
    def score(self, X, y=None):
        return 0.0

if __name__ == "__main__":
    skhp.GridSearchCV(
        Sleeps(), {"value": list(range(20))}, cv=2, n_jobs=int(sys.argv[2])
    ).fit(np.ones((8, 1)))
"""


def processes_of_group(group):
    """Return the numbers of the processes in a group that are not zombies."""
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
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="reads /proc")
@pytest.mark.parametrize("whole_group", [True, False])
@pytest.mark.parametrize("n_jobs", ["1", "2"])
def test_ctrl_c_leaves_no_process_and_no_file(n_jobs, whole_group, tmp_path, request):
    script, folder = tmp_path / "script.py", tmp_path / "temporary"
    folder.mkdir()
    script.write_text(SCRIPT)
    root = str(request.config.rootpath)
    env = {**os.environ, "PYTHONPATH": root, "JOBLIB_TEMP_FOLDER": str(folder)}
    run = subprocess.Popen(
        [sys.executable, script, tmp_path, n_jobs],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert wait_for((tmp_path / "started").exists)
        (os.killpg if whole_group else os.kill)(run.pid, signal.SIGINT)
        _, errors = run.communicate(timeout=20)
        assert errors.rstrip().endswith("KeyboardInterrupt")
        assert "ExecutorManagerThread" not in errors
        assert wait_for(lambda: not processes_of_group(run.pid))
        assert list(folder.iterdir()) == []
    finally:
        for number in processes_of_group(run.pid):
            os.kill(number, signal.SIGKILL)


class Interrupts(Echo):
    def fit(self, X, y=None):
        raise KeyboardInterrupt


def test_interrupt_is_no_failed_fit_and_a_second_search_works():
    with pytest.raises(KeyboardInterrupt):
        skhp.GridSearchCV(Interrupts(), {"value": [1, 2]}, cv=2).fit(X, y)
    search = skhp.GridSearchCV(Echo(), {"value": [1, 2]}, cv=2)
    assert search.fit(X, y).best_params_ == {"value": 2}


class Prints(Echo):
    def fit(self, X, y=None):
        print("fitting", flush=True)
        return self


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_estimator_that_prints_does_not_disturb(n_jobs, capsys):
    search = skhp.GridSearchCV(Prints(), {"value": [1, 2]}, cv=2, n_jobs=n_jobs)
    search.fit(X, y)
    assert search.best_params_ == {"value": 2}
    if n_jobs == 1:  # what workers print goes where they were started
        assert capsys.readouterr().out.count("fitting") == 5


def test_estimator_without_a_seed_is_fitted_anew_for_each_split():
    tree = DecisionTreeClassifier(random_state=None, splitter="random")
    search = skhp.GridSearchCV(tree, {"min_samples_leaf": [1, 2]}, cv=2)
    assert len(search.fit(X, y).cv_results_["params"]) == 2
    assert tree.random_state is None


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_texts_are_data_too(n_jobs):
    texts = ["good day", "bad day", "good night", "bad night"] * 4
    labels = np.array([1, 0, 1, 0] * 4)
    search = skhp.GridSearchCV(
        make_pipeline(CountVectorizer(), MultinomialNB()),
        {"countvectorizer__binary": [True, False]},
        cv=2,
        n_jobs=n_jobs,
    )
    assert search.fit(texts, labels).score(texts, labels) == 1.0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_splits_may_come_from_a_generator(n_jobs):
    splits = ((np.arange(k), np.arange(k, 12)) for k in (4, 6, 8))
    search = skhp.GridSearchCV(Echo(), {"value": [1, 2, 3]}, cv=splits, n_jobs=n_jobs)
    assert search.fit(X, y).n_splits_ == 3
    assert search.best_params_ == {"value": 3}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_thousands_of_candidates(n_jobs):
    grid = {"value": [float(i) for i in range(3000)]}
    search = skhp.GridSearchCV(Echo(), grid, cv=2, n_jobs=n_jobs, refit=False)
    scores = search.fit(X, y).cv_results_["mean_test_score"]
    assert scores.tolist() == grid["value"]
