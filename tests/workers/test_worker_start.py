import os
import signal
import subprocess
import sys
from queue import SimpleQueue

import pytest

from skhp.workers import _worker_start
from skhp.workers._worker_start import start_worker

PARENT = """
import os, sys
from functools import partial
from skhp.workers._joblib import LokySettings
from skhp.workers._worker_processes import take_processes

def hold(fd):
    return os.open(fd, os.O_RDWR)

if __name__ == "__main__":
    processes = take_processes(LokySettings(600.0, None, None, ()), 2)
    for process in processes:  # one is idle then, the other at work
        process.submit(partial(hold, sys.argv[1])).result()
    processes[0].submit(partial(__import__("time").sleep, 600))
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="waits at a FIFO")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    """They keep a FIFO open, which a reader sees the end of when they are gone."""
    fifo, script = tmp_path / "fifo", tmp_path / "parent.py"
    os.mkfifo(fifo)
    script.write_text(PARENT)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    with subprocess.Popen(
        [sys.executable, script, fifo],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        text=True,
    ) as parent:
        assert parent.stdout.readline() == "ready\n"
        parent.kill()
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_initializer_is_called_in_a_process_that_ignores_ctrl_c(monkeypatch):
    parents, called = SimpleQueue(), []
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(_worker_start, "_end_with", parents.put)
    before = signal.getsignal(signal.SIGINT)
    try:
        start_worker(7, lambda *args: called.append(args), (1, 2))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert called == [(1, 2)]
    assert parents.get() == 7


def test_nothing_watches_the_parent_on_windows(monkeypatch):
    started = []
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("threading.Thread.start", started.append)
    before = signal.getsignal(signal.SIGINT)
    try:
        start_worker(7, None, ())
    finally:
        signal.signal(signal.SIGINT, before)
    assert started == []
