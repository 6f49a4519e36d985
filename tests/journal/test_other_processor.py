"""A journal that was begun on one processor is gone on with on another.

OpenBLAS computes with other instructions on each, and so rounds differently.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

# Of each line it reads a folder and a number: it runs every class for as many trials,
# with its journal in there, and prints what each has come to.
PROGRAM = """
import json, sys
from sklearn.datasets import load_iris
from sklearn.svm import SVC
import skhp

X, y = load_iris(return_X_y=True)
space = {"C": (1e-3, 1e3, "log-uniform"), "gamma": (1e-4, 1.0, "log-uniform")}
lists = {name: skhp.Real(*bounds) for name, bounds in space.items()}
rungs = {"resource": "max_iter", "max_resources": 9, "min_resources": 1}

def make_searches():
    return {
        "bayes": skhp.BayesSearchCV(SVC(), space, n_iter=20),
        "batches": skhp.BayesSearchCV(SVC(), space, n_iter=20, n_points=4),
        "hyperband": skhp.HyperbandSearchCV(SVC(), space, n_brackets=4, **rungs),
        "halving": skhp.HalvingRandomSearchCV(SVC(), lists, n_candidates=9, **rungs),
        "random": skhp.RandomizedSearchCV(SVC(), space, n_iter=20),
    }

for line in sys.stdin:
    folder, n_trials = json.loads(line)
    said = {}
    for name, search in make_searches().items():
        search.set_params(
            cv=3,
            random_state=0,
            refit=False,
            journal=f"{folder}/{name}.jsonl",
            callbacks=lambda s: len(s.cv_results_["params"]) >= n_trials,
        )
        results = search.fit(X, y).cv_results_
        rows = zip(results["params"], results["mean_test_score"].tolist())
        said[name] = [[repr(params), score] for params, score in rows]
    print(json.dumps(said), flush=True)
"""
pytestmark = pytest.mark.slow  # two programs, 25 searches between them
MODELLED = ["bayes", "batches", "hyperband"]
CLASSES = [*MODELLED, "halving", "random"]
FIRST = 11  # where they are stopped


class Processor:
    """A Python that believes it runs on a processor of the given kind."""

    def __init__(self, core):
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROGRAM],
            env={**os.environ, "OPENBLAS_CORETYPE": core},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, folder, n_trials):
        """Start the searches; each ends after so many trials."""
        folder.mkdir(exist_ok=True)
        self._process.stdin.write(json.dumps([str(folder), n_trials]) + "\n")
        self._process.stdin.flush()

    def rows(self):
        """Return the rows of each search, when all have ended."""
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()
        return json.loads(line)

    def close(self):
        self._process.communicate()


def cut(path):
    """Keep a journal up to the middle of its trial FIRST."""
    lines = path.read_bytes().splitlines(keepends=True)
    begun = [n for n, line in enumerate(lines) if line.startswith(b'{"ask"')]
    path.write_bytes(b"".join(lines[: begun[FIRST - 1] + 2]))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Searches begun on one processor and ended on another, or the same, or whole."""
    folder = tmp_path_factory.mktemp("journals")
    first, second = Processor("Haswell"), Processor("Nehalem")
    first.start(folder / "begun", FIRST)
    second.start(folder / "whole", 1000)
    runs = {"begun": first.rows(), "whole": second.rows()}
    first.close()
    shutil.copytree(folder / "begun", folder / "moved")
    shutil.copytree(folder / "whole", folder / "resumed")
    for path in (folder / "resumed").iterdir():
        cut(path)
    for name in ("moved", "resumed"):
        second.start(folder / name, 1000)
        runs[name] = second.rows()
    second.close()
    return folder, runs


@pytest.mark.parametrize("name", CLASSES)
def test_what_was_finished_elsewhere_is_kept(name, runs):
    _, rows = runs
    assert rows["moved"][name][:FIRST] == rows["begun"][name]
    assert len(rows["moved"][name]) == len(rows["whole"][name])


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_is_written_anew_or_fitted_twice(name, runs):
    folder, _ = runs
    before = (folder / "begun" / f"{name}.jsonl").read_bytes()
    after = (folder / "moved" / f"{name}.jsonl").read_bytes()
    assert after.startswith(before)
    events = [json.loads(line) for line in after.splitlines()[1:]]
    fits = [tuple(event["fit"]) for event in events if "fit" in event]
    assert len(fits) == len(set(fits))


@pytest.mark.parametrize("name", CLASSES)
def test_on_one_processor_it_goes_on_as_if_it_had_never_stopped(name, runs):
    _, rows = runs
    assert rows["resumed"][name] == rows["whole"][name]


@pytest.mark.parametrize("name", ["halving", "random"])
def test_without_a_model_it_goes_on_the_same_on_another_one(name, runs):
    _, rows = runs
    assert rows["moved"][name] == rows["whole"][name]
