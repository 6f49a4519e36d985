"""Forked children in process groups of their own, and what they leave behind."""

import atexit
import os
import pickle
import select
import signal
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEADLINE = 600.0  # seconds for what takes a minute at most, on a machine that does more
MARK = b"\0"  # that a child prints when something is to be done to it


@dataclass
class Ended:
    """How a child ended.

    Attributes
    ----------
    code : int
        Its exit code, or the negative number of the signal that ended it.
    said : object
        What its function returned.
    output : str
        What its processes printed.
    hung : bool
        Whether it was still there at the deadline.
    n_processes : int
        How many processes it had left behind when it had ended.
    """

    code: int
    said: Any
    output: str
    hung: bool
    n_processes: int


def processes_of(group):
    """Return the numbers of the processes in a group that are not zombies."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{name}/stat").read_text()
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(name))
    return found


def kill_group(group):
    """Kill all processes of a group."""
    send_signal(signal.SIGKILL, -group)


def send_signal(number, whom):
    """Send a signal to a process, or to a group if the number is negative."""
    try:
        if whom < 0:
            os.killpg(-whom, number)
        else:
            os.kill(whom, number)
    except ProcessLookupError:
        pass


def in_child(do, folder, *, end=kill_group, after=None, after_mark=None):
    """Do something in a forked child, which leads a process group of its own.

    All processes that it starts print into one pipe, so they are gone when the pipe
    has ended. Temporary files go into ``folder / "temporary"``.

    Parameters
    ----------
    do : callable
        What to do; it returns something that can be pickled.
    folder : Path
    end : callable
        Ends the child, given its number; by default it kills the whole group.
    after : float, default=None
        Seconds after which the child is ended.
    after_mark : float, default=None
        The same, counted from a `MARK` in what is printed.
    """
    (folder / "temporary").mkdir(exist_ok=True)
    output, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(output)
        _be_child(do, folder, there)
    os.close(there)
    try:
        return _watched(child, output, folder / "said", end, after, after_mark)
    finally:
        os.close(output)


def _be_child(do, folder, output):
    code = 1
    try:
        os.setsid()
        for number in (1, 2):
            os.dup2(output, number)
        os.close(output)
        for name in ("TMPDIR", "JOBLIB_TEMP_FOLDER"):
            os.environ[name] = str(folder / "temporary")
        tempfile.tempdir = None
        (folder / "said").unlink(missing_ok=True)
        said = do()
        (folder / "said").write_bytes(pickle.dumps(said))
        code = 0
    except BaseException:
        traceback.print_exc()
    # As an interpreter ends, but without taking its modules apart.
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _watched(child, output, said, end, after, after_mark):
    """Wait until the child and all that it has started are gone."""
    give_up = time.monotonic() + DEADLINE
    moment = None if after is None else time.monotonic() + after
    text, n_left, hung, process = b"", 0, False, os.pidfd_open(child)
    try:
        while True:
            now = time.monotonic()
            if moment is not None and now >= moment:
                moment = end(child)
            if now >= give_up:
                hung = not select.select([process], [], [], 0)[0]
                n_left = 0 if hung else len(processes_of(child))
                kill_group(child)
                give_up = now + DEADLINE
            wait = min(give_up, moment or give_up) - now
            if not select.select([output], [], [], max(wait, 0.0))[0]:
                continue
            block = os.read(output, 65536)
            if not block:
                break
            text += block
            if MARK in block and after_mark is not None and moment is None:
                moment = time.monotonic() + after_mark
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os.close(process)
    what = pickle.loads(said.read_bytes()) if code == 0 and said.exists() else None
    shown = text.replace(MARK, b"").decode(errors="replace")
    return Ended(code, what, shown, hung, n_left)
