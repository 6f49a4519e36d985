"""joblib's undocumented names do what they are used for, in each version tested."""

import os
import threading
from concurrent.futures import Future

import joblib
import pytest
from joblib.parallel import ParallelBackendBase

from skhp.workers._joblib import Backend, LokySettings

KINDS = {"loky": "loky", "threading": "threads", "multiprocessing": "multiprocessing"}


@pytest.mark.parametrize("name", KINDS)
def test_kind_and_number_of_the_active_backend(name):
    with joblib.parallel_config(name, n_jobs=2), Backend(None) as backend:
        assert (backend.kind, backend.n_workers) == (KINDS[name], 2)
    with joblib.parallel_config(name), Backend(1) as backend:
        assert backend.n_workers == 1


def test_without_a_context_there_is_one_worker():
    with Backend(None) as backend:
        assert backend.n_workers == 1


@pytest.mark.parametrize("inner", [None, 1])
def test_processes_have_the_environment_that_joblib_gives_its_own(inner):
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=inner):
        with Backend(None) as backend:
            settings = backend.loky_settings
    assert settings.idle_timeout == 300
    assert settings.initializer is None
    threads = inner or max(1, joblib.cpu_count() // 2)
    expected = os.environ.get("OMP_NUM_THREADS", threads) if inner is None else inner
    assert settings.env["OMP_NUM_THREADS"] == str(expected)


@pytest.mark.slow
def test_initializer_and_environment_reach_the_process():
    settings = LokySettings(60, {"A_NAME": "a value"}, os.putenv, ("B", "b"))
    executor = settings.executor()
    assert executor.submit(os.getenv, "A_NAME").result() == "a value"
    assert executor.submit(os.popen, "echo $B").exception() is not None  # no pipe
    executor.shutdown(kill_workers=True)


def backend_inside():
    return Backend(2).__enter__().kind


@pytest.mark.parametrize("name", ["threading", "loky"])
def test_call_uses_inside_what_joblib_wants_there(name):
    with joblib.parallel_config(name), Backend(2) as backend:
        call = backend.call(backend_inside)
        assert call() == ["threads"]


def test_result_of_a_call_comes_to_the_callback_and_errors_are_raised():
    heard, came = [], threading.Event()

    def hear(out):
        heard.append(out)
        came.set()

    with joblib.parallel_config("threading"), Backend(2) as backend:
        for function in (len, int):
            came.clear()
            backend.submit(backend.call(function, "abc"), hear)
            came.wait()
        assert backend.result(heard[0]) == [3]
        with pytest.raises(ValueError, match="invalid literal"):
            backend.result(heard[1])
        backend.abort()


class Elsewhere(ParallelBackendBase):
    """A backend that joblib does not know: each call is made in a new thread."""

    supports_retrieve_callback = True

    def effective_n_jobs(self, n_jobs):
        return 3

    def submit(self, func, callback=None):
        future = Future()
        future.add_done_callback(callback)
        threading.Thread(target=self.make, args=(func, future)).start()

    apply_async = submit  # as it was called before joblib 1.5

    def make(self, func, future):
        try:
            future.set_result(func())
        except Exception as error:
            future.set_exception(error)

    def retrieve_result_callback(self, out):
        return out.result()


def test_unknown_backend_is_used_as_it_is():
    joblib.register_parallel_backend("elsewhere", Elsewhere)
    with joblib.parallel_config("elsewhere"), Backend(-1) as backend:
        assert (backend.kind, backend.n_workers) == ("other", 3)
        heard, came = [], threading.Event()
        call = backend.call(len, "ab")
        backend.submit(call, lambda out: (heard.append(out), came.set()))
        came.wait()
    assert backend.result(heard[0]) == [2]
