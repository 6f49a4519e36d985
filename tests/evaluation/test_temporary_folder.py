import os
import shutil
import signal
import subprocess
import sys
from weakref import WeakSet

import pytest

from skhp.evaluation import _temporary_folder
from skhp.evaluation._temporary_folder import (
    TemporaryFolder,
    remove_temporary_folders,
    temporary_folder,
)


@pytest.fixture
def nothing_chosen(monkeypatch):
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)


def test_folder_that_was_chosen_is_made(tmp_path, monkeypatch):
    chosen = tmp_path / "new" / "one"
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(chosen))
    assert temporary_folder(2**60) == str(chosen)
    assert chosen.is_dir()


@pytest.mark.parametrize(("free", "folder"), [(201, "/dev/shm"), (200, None)])
def test_shared_memory_is_used_where_half_of_it_remains(
    free, folder, nothing_chosen, monkeypatch
):
    monkeypatch.setattr("os.access", lambda path, mode: path == "/dev/shm")
    usage = type(shutil.disk_usage("."))
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(400, 400 - free, free))
    assert temporary_folder(100) == folder


def test_system_chooses_where_there_is_no_shared_memory(nothing_chosen, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert temporary_folder(1) is None


# --- folders of processes ---------------------------------------------------------

locks = pytest.mark.skipif(
    not os.path.exists("/proc/sys/kernel/random/boot_id"), reason="Linux only"
)
OWNER = """
import sys
from skhp.evaluation._temporary_folder import TemporaryFolder
folder = TemporaryFolder(1)
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return tmp_path


@pytest.fixture
def owner(home):
    """Another process that has a folder, and the path of that."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def in_fork(do):
    """Do something in a fork that ends as programs do; return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            do()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_folder_is_there_until_it_is_removed(home):
    folder = TemporaryFolder(1, "models-")
    assert os.path.basename(folder.path).startswith("skhp-models-")
    assert os.path.dirname(folder.path) == str(home)
    (home / folder.path / "file").touch()
    folder.remove()
    folder.remove()
    assert list(home.iterdir()) == []


def test_folder_goes_with_its_object(home):
    folder = TemporaryFolder(1)
    del folder
    assert list(home.iterdir()) == []


def test_all_folders_can_be_removed_at_once(home, monkeypatch):
    monkeypatch.setattr(_temporary_folder, "_open", WeakSet())
    folders = [TemporaryFolder(1) for _ in range(2)]
    assert len(list(home.iterdir())) == len(folders)
    remove_temporary_folders()
    assert list(home.iterdir()) == []


@locks
def test_folder_of_a_killed_process_is_removed_by_the_next(owner, home):
    process, path = owner
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert os.path.isdir(path)
    folder = TemporaryFolder(1)
    assert [str(left) for left in home.iterdir()] == [folder.path]


@pytest.mark.parametrize(
    "where", ["tempfile.mkdtemp", "fcntl.flock", "os.unlink", "os.rmdir"]
)
@pytest.mark.parametrize("when", ["before", "after"])
@locks
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_folder_of_a_process_killed_while_it_is_made_or_removed_is_removed_by_the_next(
    where, when, home
):
    module, _, function = where.partition(".")
    real = getattr(sys.modules[module], function)

    def die(*args, **kwargs):
        if when == "after":
            real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    def make_and_remove():
        setattr(sys.modules[module], function, die)
        folder = TemporaryFolder(1)
        for name in "az":
            (home / folder.path / name).touch()
        folder.remove()

    assert in_fork(make_and_remove) == -signal.SIGKILL
    TemporaryFolder(1).remove()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("at", ["open", "flock", "stat"])
@locks
def test_folder_that_is_removed_before_it_is_locked_is_made_again(
    at, home, monkeypatch
):
    import fcntl

    def taken_away(function):
        calls = []

        def called(*args, **kwargs):
            calls.append(args)
            if len(calls) == 1:
                with monkeypatch.context() as patched:
                    patched.setattr(module, at, function)
                    _temporary_folder._clear_up({str(home)})
            return function(*args, **kwargs)

        return called

    module = fcntl if at == "flock" else os
    n_open = len(os.listdir("/dev/fd"))
    monkeypatch.setattr(module, at, taken_away(getattr(module, at)))
    folder = TemporaryFolder(1)
    assert [str(left) for left in home.iterdir()] == [folder.path]
    assert len(os.listdir("/dev/fd")) == n_open + 1
    folder.remove()


def test_folder_of_a_living_process_stays(owner, home):
    _, path = owner
    folder = TemporaryFolder(1)
    assert {str(left) for left in home.iterdir()} == {folder.path, path}


@locks
def test_folder_of_another_machine_stays(owner, home, monkeypatch, tmp_path_factory):
    process, path = owner
    process.kill()
    process.wait()
    other = tmp_path_factory.mktemp("boot") / "boot_id"
    other.write_text("another")
    monkeypatch.setattr(_temporary_folder, "_BOOT_ID", other)
    folder = TemporaryFolder(1)
    assert {str(left) for left in home.iterdir()} == {folder.path, path}


def test_what_others_have_named_alike_stays(home):
    (home / "skhp-results").mkdir()
    (home / "skhp-notes").touch()
    (home / "skhp-link").symlink_to(home / "skhp-results")
    TemporaryFolder(1).remove()
    assert len(list(home.iterdir())) == 3


def test_folder_without_locks_is_no_less_a_folder(home, monkeypatch):
    monkeypatch.setattr(_temporary_folder, "fcntl", None)
    folder = TemporaryFolder(1)
    assert os.path.isdir(folder.path)
    folder.remove()
    assert list(home.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_fork_removes_nothing_of_its_parent(home, monkeypatch):
    monkeypatch.setattr(_temporary_folder, "_open", WeakSet())
    folder = TemporaryFolder(1)
    assert in_fork(folder.remove) == 0
    assert os.path.isdir(folder.path)
    folder.remove()


# --- Ctrl-C -----------------------------------------------------------------------


def pressed_in(function):
    """Return the function, but for a Ctrl-C in its first call."""
    calls = []

    def pressed(*args, **kwargs):
        calls.append(args)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return function(*args, **kwargs)

    return pressed


@pytest.mark.parametrize("name", ["os.rmdir", "os.unlink", "shutil.rmtree"])
def test_folder_is_removed_although_ctrl_c_is_pressed_meanwhile(
    name, home, monkeypatch
):
    folder = TemporaryFolder(1)
    (home / folder.path / "file").touch()
    n_open = len(os.listdir("/dev/fd"))
    module, _, function = name.partition(".")
    real = getattr({"os": os, "shutil": shutil}[module], function)
    monkeypatch.setattr(name, pressed_in(real))
    with pytest.raises(KeyboardInterrupt):
        folder.remove()
    assert os.listdir(home) == []
    assert len(os.listdir("/dev/fd")) < n_open


@pytest.mark.parametrize("name", ["os.open", "fcntl.flock", "weakref.finalize"])
@locks
def test_ctrl_c_while_a_folder_is_made_leaves_none(name, home, monkeypatch):
    import fcntl
    import weakref

    modules = {"os": os, "fcntl": fcntl, "weakref": weakref}
    module, _, function = name.partition(".")
    monkeypatch.setattr(name, pressed_in(getattr(modules[module], function)))
    n_open = len(os.listdir("/dev/fd"))
    with pytest.raises(KeyboardInterrupt):
        TemporaryFolder(1)
    assert os.listdir(home) == []
    assert len(os.listdir("/dev/fd")) == n_open
