import threading

import joblib
import pytest

from skhp.evaluation import Task
from skhp.optimizers import Trial
from skhp.workers._joblib import Backend
from skhp.workers._joblib_backends import JoblibWorkers
from tests._toys import Echo, make_job
from tests.workers.test_joblib import Elsewhere

# A forked child of a process with threads could deadlock; these tests do not fork
# while such a thread holds a lock.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


@pytest.fixture(params=["threading", "multiprocessing", "elsewhere"])
def backend(request):
    joblib.register_parallel_backend("elsewhere", Elsewhere)
    with joblib.parallel_config(request.param), Backend(3) as backend:
        yield backend


def tasks(n, **params):
    return [Task(Trial(i, {"value": float(i), **params}), i % 2) for i in range(n)]


def closed(workers):
    workers.abort()
    workers.close()


def test_batch_comes_back_with_its_tasks_in_order(backend):
    workers = JoblibWorkers(make_job(), backend)
    assert workers.n_slots == 3
    batch = tasks(5)
    workers.submit(batch)
    finished = workers.collect()
    assert [task for task, _ in finished] == batch
    assert [result.test_scores for _, result in finished] == [0.0, 1.0, 2.0, 3.0, 4.0]
    workers.close()


def test_error_is_raised_where_the_batch_is_collected(backend):
    workers = JoblibWorkers(make_job(Echo(fails="fit"), error_score="raise"), backend)
    workers.submit(tasks(1))
    with pytest.raises(RuntimeError, match="no fit with"):
        workers.collect()
    closed(workers)


def test_only_processes_of_this_machine_are_given_a_file(
    backend, tmp_path, monkeypatch
):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    workers = JoblibWorkers(make_job(), backend)
    n_files = len(list(tmp_path.glob("skhp-*")))
    assert n_files == (backend.kind == "multiprocessing")
    assert workers.shares_memory == (backend.kind == "threads")
    assert not workers.ends_fits
    workers.close()
    assert list(tmp_path.glob("skhp-*")) == []


class Meets(Echo):
    """Its fit ends when two others run at the same time."""

    barrier = threading.Barrier(3)

    def fit(self, X, y=None):
        self.barrier.wait()
        return self


def test_threads_run_at_once():
    with joblib.parallel_config("threading"), Backend(3) as backend:
        workers = JoblibWorkers(make_job(Meets()), backend)
        for task in tasks(6):
            workers.submit([task])
        values = sorted(workers.collect()[0][1].test_scores for _ in range(6))
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
