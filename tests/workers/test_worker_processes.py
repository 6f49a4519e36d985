import os
import signal
import sys
from concurrent.futures import Future
from functools import partial
from multiprocessing import resource_tracker

import pytest

from skhp.workers import _worker_processes
from skhp.workers._joblib import LokySettings, TerminatedWorkerError
from skhp.workers._worker_processes import give_back, take_processes

pytestmark = pytest.mark.slow

SETTINGS = LokySettings(60.0, {"SKHP_TEST": "1"}, None, ())
OTHER = LokySettings(60.0, {"SKHP_TEST": "2"}, None, ())


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Take none of the processes that other tests have left, and leave none."""
    monkeypatch.setattr(_worker_processes, "_idle", [])
    yield
    take_processes(SETTINGS, 0)


def pid_of(process):
    return process.submit(os.getpid).result()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_is_a_process_of_its_own_with_its_environment():
    processes = take_processes(SETTINGS, 2)
    pids = {pid_of(process) for process in processes}
    assert len(pids - {os.getpid()}) == 2
    assert processes[0].submit(partial(os.getenv, "SKHP_TEST")).result() == "1"
    give_back(processes)


def test_idle_process_is_taken_again_if_it_was_started_like_this():
    [process] = take_processes(SETTINGS, 1)
    pid = pid_of(process)
    give_back([process])
    again, new = take_processes(SETTINGS, 2)
    assert again is process
    assert pid_of(again) == pid
    give_back([again, new])
    [other] = take_processes(OTHER, 1)
    assert other not in (again, new)
    assert _worker_processes._idle == []


def test_process_that_is_taken_is_taken_by_one_search():
    first, second = take_processes(SETTINGS, 1), take_processes(SETTINGS, 1)
    assert first != second


def test_process_that_another_has_started_keeps_none(monkeypatch):
    monkeypatch.setattr("multiprocessing.parent_process", lambda: "a parent")
    [process] = take_processes(SETTINGS, 1)
    pid = pid_of(process)
    give_back([process])
    assert _worker_processes._idle == []
    assert not is_alive(pid)


def test_killing_one_leaves_the_other_at_its_work():
    one, other = take_processes(SETTINGS, 2)
    pids = pid_of(one), pid_of(other)
    lost = one.submit(signal.pause)
    kill = one.replace()
    kill()
    assert lost.exception() is not None
    assert not is_alive(pids[0])
    assert pid_of(other) == pids[1]
    assert pid_of(one) not in pids
    one.kill()
    other.kill()
    assert not is_alive(pids[1])


def test_process_is_killed_although_ctrl_c_is_pressed_meanwhile(monkeypatch):
    [process] = take_processes(SETTINGS, 1)
    pid = pid_of(process)
    process._future = Future()  # as if loky had not taken it over yet

    def pressed(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", pressed)
    with pytest.raises(KeyboardInterrupt):
        process.kill()
    assert not is_alive(pid)


def test_process_that_died_is_replaced_by_a_new_one(capfd):
    [process] = take_processes(SETTINGS, 1)
    assert isinstance(process.submit(os.abort).exception(), TerminatedWorkerError)
    assert pid_of(process) != os.getpid()
    process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of this kind")
def test_more_files_are_allowed_where_many_processes_need_them():
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    n_open = len(os.listdir("/dev/fd"))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n_open + 20, limit[1]))
        processes = take_processes(SETTINGS, 8)
        assert len(os.listdir("/dev/fd")) > n_open + 20
        assert len(processes) == 8
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)
    return "alive"


def test_ctrl_c_of_a_terminal_is_left_to_the_parent():
    [process] = take_processes(SETTINGS, 1)
    pid = pid_of(process)
    assert process.submit(press_ctrl_c).result() == "alive"
    assert pid_of(process) == pid
    give_back([process])


PRESSED_WHILE_IT_STARTS = """
import os, signal
if os.environ.get("SKHP_TEST") == "press":
    os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be blocked there")
@pytest.mark.parametrize("is_first", [False, True])
def test_ctrl_c_while_a_process_starts_is_left_to_the_parent(
    is_first, tmp_path, capfd, monkeypatch
):
    if is_first:  # of this program: multiprocessing's tracker does not run yet
        tracker = resource_tracker.ResourceTracker()
        monkeypatch.setattr(resource_tracker, "_resource_tracker", tracker)
        monkeypatch.setattr(resource_tracker, "ensure_running", tracker.ensure_running)
    (tmp_path / "sitecustomize.py").write_text(PRESSED_WHILE_IT_STARTS)
    env = {"SKHP_TEST": "press", "PYTHONPATH": str(tmp_path)}
    [process] = take_processes(LokySettings(60.0, env, None, ()), 1)
    blocked = process.submit(partial(signal.pthread_sigmask, signal.SIG_BLOCK, []))
    assert signal.SIGINT not in blocked.result()  # what a fit starts hears of it
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert capfd.readouterr().err == ""
    give_back([process])
