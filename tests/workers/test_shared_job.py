import os
import subprocess
import sys
import textwrap
import time

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from skhp import GridSearchCV
from skhp.evaluation import Task
from skhp.optimizers import Trial
from skhp.workers import _shared_job, open_workers
from skhp.workers._shared_job import SharedJob, load_job
from tests._toys import Echo, X, make_job, y


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where jobs lie during a test."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return tmp_path


def sent(job):
    """Return what another process would read."""
    shared = SharedJob(job)
    try:
        return _shared_job._read(shared.path)
    finally:
        shared.close()


RNG = np.random.default_rng(0)
ARRAYS = {
    "floats": RNG.normal(size=(50, 3)),
    "Fortran order": np.asfortranarray(RNG.normal(size=(50, 3))),
    "a slice": RNG.normal(size=(50, 6))[::2, 1:4],
    "integers": np.arange(7, dtype=np.int8),
    "booleans": np.array([True, False]),
    "text": np.array(["a", "bcd"]),
    "objects": np.array(["a", 1, None], dtype=object),
    "dates": np.array(["2026-01-01", "NaT"], dtype="M8[D]"),
    "empty": np.empty((0, 3)),
    "one number": np.array(5.0),
    "records": np.ones(3, dtype=[("a", "f8"), ("b", "i2")]),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_arrive_equal_aligned_and_writable(array, folder):
    arrived = sent({"X": array})["X"]
    np.testing.assert_array_equal(arrived, array)
    assert (arrived.dtype, arrived.shape) == (array.dtype, array.shape)
    assert arrived.flags.writeable
    assert arrived.flags.aligned


def test_read_only_array_arrives_readable(folder):
    array = np.arange(5.0)
    array.flags.writeable = False
    np.testing.assert_array_equal(sent(array), array)


FRAME = pd.DataFrame(
    {"a": [1.5, np.nan], "b": ["x", None], "c": pd.Categorical(["u", "v"])}
)


@pytest.mark.parametrize("frame", [FRAME, FRAME["a"], FRAME.iloc[:0]])
def test_pandas_arrives_equal(frame, folder):
    arrived = sent(frame)
    assert arrived.equals(frame)
    assert type(arrived) is type(frame)


@pytest.mark.parametrize("data", [pl.from_pandas(FRAME), pl.Series("a", [1, None])])
def test_polars_arrives_equal(data, folder):
    assert sent(data).equals(data)


@pytest.mark.parametrize("make", [sp.csr_matrix, sp.csc_array, sp.coo_matrix])
def test_sparse_matrix_arrives_equal(make, folder):
    matrix = make(np.diag([1.0, 0.0, 3.0]))
    arrived = sent(matrix)
    assert type(arrived) is type(matrix)
    np.testing.assert_array_equal(arrived.toarray(), matrix.toarray())


def test_list_of_texts_arrives_equal(folder):
    assert sent(["one", "two", ""]) == ["one", "two", ""]


def test_what_was_defined_on_the_spot_can_be_sent(folder):
    class Local:
        constant = 3

    job = sent({"class": Local, "function": lambda a: a + Local.constant})
    assert job["class"].constant == 3
    assert job["function"](1) == 4


def test_each_reader_has_its_own_copy_on_write(folder):
    array = np.zeros(5000)
    shared = SharedJob(array)
    one, other = _shared_job._read(shared.path), _shared_job._read(shared.path)
    one[:] = 1
    shared.close()
    assert one.sum() == 5000
    assert other.sum() == array.sum() == 0


class ColumnVandal(Echo):
    """Writes into its input in place, slices and all."""

    def fit(self, X, y=None):
        X *= 0
        return self

    def score(self, X, y=None):
        total = float(X.sum())
        X += 1
        return total


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_estimator_that_writes_to_its_input_spoils_nothing(n_jobs):
    data = X.copy()
    grid = {"value": list(range(6))}
    search = GridSearchCV(ColumnVandal(), grid, cv=2, n_jobs=n_jobs, refit=False)
    scores = search.fit(data, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(data, X)
    assert len(set(scores)) == 1


def test_file_is_removed_when_it_is_closed_or_forgotten(folder):
    closed, forgotten = SharedJob(1), SharedJob(2)
    assert len(list(folder.iterdir())) == 2
    closed.close()
    closed.close()
    del forgotten
    assert list(folder.iterdir()) == []


def test_job_is_opened_once_and_let_go_when_its_file_is_gone(folder, monkeypatch):
    monkeypatch.setattr(_shared_job, "_DROP_SECONDS", 0.01)
    shared = SharedJob({"X": 1})
    assert load_job(shared.path) is load_job(shared.path)
    shared.close()
    for _ in range(500):
        if shared.path not in _shared_job._open_jobs:
            break
        time.sleep(0.01)
    assert shared.path not in _shared_job._open_jobs


def skhp_files(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith("skhp-")]


class Witness(Echo):
    """Fails unless a shared job lies in the folder `other` during the fit."""

    def fit(self, X, y=None):
        assert any(name.startswith("skhp-") for name in os.listdir(self.other))
        return super().fit(X, y)


@pytest.mark.parametrize("fails", ["", "fit"])
def test_no_file_is_left_after_fit_or_an_error(fails, folder):
    search = GridSearchCV(
        Witness(other=str(folder), fails=fails),
        {"value": [1.0, 2.0]},
        cv=2,
        n_jobs=2,
        refit=False,
        error_score="raise",
    )
    if fails:
        with pytest.raises(RuntimeError, match="no fit with"):
            search.fit(X, y)
    else:
        search.fit(X, y)
    assert skhp_files(folder) == []


def private_megabytes():
    with open("/proc/self/smaps_rollup") as file:
        sizes = dict(line.split()[:2] for line in list(file)[1:])
    return int(sizes["Anonymous:"]) / 1024


def growth_by_reading(path):
    before = private_megabytes()
    total = load_job(path).sum()
    return os.getpid(), total, private_megabytes() - before


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="Linux only")
def test_a_large_array_is_shared_by_the_workers_not_copied():
    array = np.ones(25_000_000)  # 200 MB
    shared = SharedJob(array)
    with joblib.parallel_config("loky", n_jobs=2):
        reports = joblib.Parallel()(
            joblib.delayed(growth_by_reading)(shared.path) for _ in range(4)
        )
    shared.close()
    for _, total, megabytes in reports:
        assert total == array.sum()
        assert megabytes < 50


@pytest.mark.slow
def test_data_are_sent_once_not_with_each_task():
    sizes = []

    class Big(Echo):
        def __reduce__(self):
            sizes.append(1)
            return Echo, (self.value, self.other, self.fails)

    with open_workers(make_job(Big()), 2) as workers:
        for i in range(6):
            workers.submit([Task(Trial(i, {"value": float(i)}), 0)])
        values = [workers.collect()[0][1].test_scores for _ in range(6)]
    assert sorted(values) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(sizes) == 1


SCRIPT = """
import os, sys, warnings
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Mine(BaseEstimator):
    def __init__(self, value=0):
        self.value = value
    def fit(self, X, y=None):
        return self
    def score(self, X, y=None):
        return float(self.value)

if __name__ == "__main__":
    warnings.simplefilter("error")
    search = skhp.GridSearchCV(Mine(), {"value": [1, 5, 3]}, cv=2, n_jobs=2)
    print(search.fit(np.ones((8, 1))).best_params_)
"""


@pytest.mark.slow
def test_class_of_a_script_reaches_the_workers(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    out = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=env, timeout=60
    )
    assert out.stderr == ""
    assert out.stdout == "{'value': 5}\n"
