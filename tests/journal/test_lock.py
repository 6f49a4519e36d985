import os
import signal

import pytest

from skhp.journal import _lock
from skhp.journal._lock import FileLock

needs_flock = pytest.mark.skipif(_lock.fcntl is None, reason="locks files")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def opened(tmp_path):
    """Open the same file over and over; close what is open at the end."""
    fds = []

    def open_file():
        fds.append(os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT))
        return fds[-1]

    yield open_file
    for fd in fds:
        try:
            os.close(fd)
        except OSError:  # the test has closed it
            pass


class Child:
    """A forked process that does something, says so, and waits to be killed."""

    def __init__(self, do):
        says, self._hears = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.write(says[1], do())
            os.close(self._hears[1])
            os.read(self._hears[0], 1)  # until the parent has closed its end
            os._exit(0)
        self.said = os.read(says[0], 10)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@needs_flock
def test_one_holder_at_a_time(opened):
    first, second = FileLock(opened()), FileLock(opened())
    assert first.acquire()
    assert not second.acquire()
    assert first.acquire()  # it has it
    first.forget()
    os.close(first.fd)
    assert second.acquire()


@needs_flock
def test_killed_process_gives_the_lock_up(opened):
    child = Child(lambda: b"y" if FileLock(opened()).acquire() else b"n")
    lock = FileLock(opened())
    assert child.said == b"y"
    assert not lock.acquire()
    child.kill()
    assert lock.acquire()


@needs_flock
def test_forked_child_does_not_keep_the_lock(opened):
    held = FileLock(opened())
    assert held.acquire()
    child = Child(lambda: b"%d" % held.fd)
    try:
        assert child.said == b"-1"
        waiting = FileLock(opened())
        assert not waiting.acquire()  # the child has not unlocked it either
        held.forget()
        os.close(held.fd)
        assert waiting.acquire()
    finally:
        child.kill()


def test_child_leaves_alone_what_was_closed_before(opened):
    lock = FileLock(opened())
    assert lock.acquire()
    lock.forget()
    child = Child(lambda: b"open" if os.fstat(lock.fd) else b"")
    child.kill()
    assert child.said == b"open"


def test_without_locks_everybody_may_have_it(opened, monkeypatch):
    monkeypatch.setattr(_lock, "fcntl", None)
    assert FileLock(opened()).acquire()
    assert FileLock(opened()).acquire()


@needs_flock
def test_file_system_without_locks_is_put_up_with(opened, monkeypatch):
    def unsupported(fd, how):
        raise OSError("no locks available")

    monkeypatch.setattr(_lock.fcntl, "flock", unsupported)
    assert FileLock(opened()).acquire()
