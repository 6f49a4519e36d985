import os
import time
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.model_selection import cross_validate

from skhp import GridSearchCV
from skhp.workers import open_workers
from skhp.workers._in_process import InProcessWorkers
from skhp.workers._joblib_backends import JoblibWorkers
from tests._toys import Echo, X, make_job, y

BACKENDS = ["threading", "loky", "multiprocessing"]
# A forked child of a process with threads could deadlock; these tests do not fork
# while such a thread holds a lock.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


class Where(Echo):
    """Its score is the number of the process that it is scored in."""

    def score(self, X, y=None):
        time.sleep(0.02)
        return float(os.getpid())


class Configured(Echo):
    """Its score says which settings it sees: 1 routing, 2 pandas output, 4 errors."""

    def score(self, X, y=None):
        config = sklearn.get_config()
        total = 1.0 * config["enable_metadata_routing"]
        total += 2.0 * (config["transform_output"] == "pandas")
        try:
            warnings.warn("to be made an error", UserWarning, stacklevel=1)
        except UserWarning:
            total += 4.0
        return total


def scores_of(estimator, n_values=4, *, n_jobs=None, **kwargs):
    grid = {"value": [float(i) for i in range(n_values)]}
    search = GridSearchCV(
        estimator, grid, cv=2, refit=False, n_jobs=n_jobs, error_score="raise", **kwargs
    )
    return search.fit(X, y).cv_results_["mean_test_score"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_gives_the_same_results(backend):
    with joblib.parallel_config(backend, n_jobs=2):
        assert scores_of(Echo(), 20).tolist() == list(range(20))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "here"),
    [("threading", True), ("loky", False), ("multiprocessing", False)],
)
def test_n_jobs_none_takes_the_active_backend_and_its_number(backend, here):
    with joblib.parallel_config(backend, n_jobs=2):
        assert (os.getpid() in scores_of(Where())) == here


@pytest.mark.parametrize("n_jobs", [None, 1])
def test_without_a_context_the_work_is_done_here(n_jobs):
    with open_workers(make_job(), n_jobs) as workers:
        assert isinstance(workers, InProcessWorkers)
    assert set(scores_of(Where(), n_jobs=n_jobs)) == {os.getpid()}


def test_n_jobs_wins_over_the_context():
    with joblib.parallel_config("loky", n_jobs=2):
        assert set(scores_of(Where(), n_jobs=1)) == {os.getpid()}
    with (
        joblib.parallel_config("threading", n_jobs=1),
        open_workers(make_job(), 3) as w,
    ):
        assert isinstance(w, JoblibWorkers)
        assert w.n_slots == 3
        assert w.shares_memory


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("backend", BACKENDS)
def test_config_and_warning_filters_reach_the_workers(backend, n_jobs):
    with (
        joblib.parallel_config(backend),
        sklearn.config_context(enable_metadata_routing=True, transform_output="pandas"),
    ):
        assert set(scores_of(Configured(), n_jobs=n_jobs)) == {7.0}
    with joblib.parallel_config(backend), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert set(scores_of(Configured(), n_jobs=n_jobs)) == {0.0}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "stage"),
    [
        ("threading", "fit"),
        ("threading", "score"),
        ("loky", "fit"),
        ("multiprocessing", "score"),
    ],
)
def test_exception_of_a_worker_surfaces(backend, stage):
    with joblib.parallel_config(backend, n_jobs=2):
        with pytest.raises(RuntimeError, match=f"no {stage} with"):
            scores_of(Echo(fails=stage))
        assert len(scores_of(Echo())) == 4  # and the backend works on


class Family(Echo):
    """Leaves a file with the number of its process in the folder `other`."""

    def fit(self, X, y=None):
        with open(os.path.join(self.other, str(os.getpid())), "w"):
            return self


@pytest.mark.slow
@pytest.mark.parametrize("outer", [None, 1, 2])
def test_search_in_search_in_cross_validate_does_not_multiply_processes(
    outer, tmp_path
):
    inner = GridSearchCV(Family(other=str(tmp_path)), {"value": [0, 1]}, cv=2, n_jobs=2)
    middle = GridSearchCV(inner, {"estimator__value": [0, 1]}, cv=2, n_jobs=2)
    data = np.ones((32, 2))
    out = cross_validate(middle, data, cv=2, n_jobs=outer, error_score="raise")
    assert len(out["test_score"]) == 2
    used = {int(path.name) for path in tmp_path.iterdir()}
    assert len(used - {os.getpid()}) <= 2
