import io
import os
import signal

import pytest

from skhp.journal import _lock
from skhp.journal._lock import lock

needs_flock = pytest.mark.skipif(_lock.fcntl is None, reason="locks files")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def opened(tmp_path):
    """Open the same file over and over; close what is open at the end."""
    files = []

    def open_file():
        files.append(io.FileIO(tmp_path / "file", "a"))
        return files[-1]

    yield open_file
    for file in files:
        file.close()


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
    first, second = opened(), opened()
    assert lock(first)
    assert not lock(second)
    assert lock(first)  # it has it
    first.close()
    assert lock(second)


@needs_flock
def test_killed_process_gives_the_lock_up(opened):
    child = Child(lambda: b"y" if lock(opened()) else b"n")
    file = opened()
    assert child.said == b"y"
    assert not lock(file)
    child.kill()
    assert lock(file)


@needs_flock
def test_forked_child_does_not_keep_the_lock(opened):
    held = opened()
    assert lock(held)
    child = Child(lambda: b"closed" if held.closed else b"open")
    try:
        assert child.said == b"closed"
        waiting = opened()
        assert not lock(waiting)  # the child has not unlocked it either
        held.close()
        assert lock(waiting)
    finally:
        child.kill()


def test_child_leaves_alone_what_was_closed_before(opened):
    held = opened()
    assert lock(held)
    held.close()
    other = opened()  # perhaps with the same descriptor
    child = Child(lambda: b"open" if os.fstat(other.fileno()) else b"")
    child.kill()
    assert child.said == b"open"


def test_without_locks_everybody_may_have_it(opened, monkeypatch):
    monkeypatch.setattr(_lock, "fcntl", None)
    assert lock(opened())
    assert lock(opened())


@needs_flock
def test_file_system_without_locks_is_put_up_with(opened, monkeypatch):
    def unsupported(fd, how):
        raise OSError("no locks available")

    monkeypatch.setattr(_lock.fcntl, "flock", unsupported)
    assert lock(opened())
