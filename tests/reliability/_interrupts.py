"""Searches in which Ctrl-C is pressed once or twice, at any moment."""

import os
import shutil
import signal
import sys
import tempfile
import warnings
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import joblib

from skhp.exceptions import SearchInterruptedWarning
from tests.reliability._processes import in_child
from tests.reliability._run import Verdict
from tests.reliability._searches import (
    INTERRUPT,
    LEARNS,
    MAKERS,
    CountedCalls,
    Moment,
    Plan,
    WatchedWrites,
    X,
    Y,
    begun_fits,
    finished_fits,
    make,
    n_wrong,
    send,
    set_plan,
    table,
    whole,
)

KINDS = tuple(MAKERS)
WORKERS = {"none": 0.55, "threading": 0.27, "loky": 0.16, "dask": 0.02}


@cache
def n_calls(kind):
    """Count the calls and returns in a search that nothing happens to."""
    search = make(kind)
    with CountedCalls(0, None) as calls:
        search.fit(X, Y)
    return calls.n


def one_run(run, folder):
    """Interrupt a search; return what came of it."""
    draws, verdict = run.draws(), Verdict()
    kind, known = KINDS[run.number % len(KINDS)], dict(WORKERS)
    if find_spec("distributed") is None:
        del known["dask"]
    workers = draws.choices(list(known), list(known.values()))[0]
    moment = draw_moment(draws, kind, workers)
    again = 10 ** draws.uniform(-5, -1) if draws.random() < 0.4 else 0.0
    reaches_all = draws.random() < 0.5  # as in a terminal
    verdict.what = f"{kind}, workers {workers}, {moment.what} {moment.n:g}"
    if again:
        verdict.what += f" and {again:.2g} seconds later"
    do = partial(_search, kind, workers, moment, again, reaches_all, folder)
    ended = in_child(do, folder)
    if verdict.ended(ended):
        _check(kind, workers, ended.said, ended.output, verdict)
    verdict.files_left(folder)
    return verdict


def draw_moment(draws, kind, workers):
    """Draw when Ctrl-C is pressed."""
    n_fits = 3 * len(whole(kind))
    what = draws.choice(["call", "call", "fit", "byte", "time"])
    if what == "call":
        return Moment("call", draws.randint(1, n_calls(kind)))
    if what == "fit":
        return Moment("fit", draws.randint(1, n_fits))
    if what == "byte":
        return Moment("byte", draws.randint(1, 120 * n_fits))
    slow = {"loky": 3.0, "dask": 1.0}
    return Moment("time", draws.uniform(0.001, slow.get(workers, 0.1)))


class _Presses:
    """Presses Ctrl-C at a moment, and knows how often and where that was heard.

    Parameters
    ----------
    moment : Moment
        When it is pressed first.
    again : float
        Seconds after which it is pressed again; 0: it is not.
    reaches_all : bool
        Whether all processes of the group hear of it, as in a terminal.
    folder : Path
        Where the journal is, and the file of the fits that were begun.

    Attributes
    ----------
    n_outside : int
        How often Python's own handler heard of it, and not that of the search.
    """

    def __init__(self, moment, again, reaches_all, folder):
        self.n_outside = 0
        self._moment, self._again = moment, again
        self._main = -os.getpgid(0) if reaches_all else os.getpid()
        self._journal, self._begun = folder / "journal", str(folder / "begun")
        self._heard, self._hears = os.pipe()
        for end in (self._heard, self._hears):
            os.set_blocking(end, False)

    def __enter__(self):
        # The search replaces a handler only if it is this very object.
        handler = signal.default_int_handler = self._hear_outside
        signal.signal(signal.SIGINT, handler)
        signal.signal(signal.SIGALRM, lambda number, frame: self._press())
        signal.set_wakeup_fd(self._hears, warn_on_full_buffer=False)
        what, n = self._moment.what, self._moment.n
        # A fit in another process cannot set the timer here.
        fits = ((n, n + 1) if self._again else (n,)) if what == "fit" else ()
        set_plan(Plan(self._begun, fits, INTERRUPT, self._main))
        if what == "time":
            signal.setitimer(signal.ITIMER_REAL, n)
        elif what == "byte":
            os.write = WatchedWrites(self._journal, n, self._press)
        elif what == "call":
            CountedCalls(n, self._press).__enter__()

    def __exit__(self, *exc_info):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.setprofile(None)
        signal.setitimer(signal.ITIMER_REAL, 0)
        set_plan(Plan(self._begun))

    def _press(self):
        if self._again:
            signal.setitimer(signal.ITIMER_REAL, self._again)
            self._again = 0.0
        send(INTERRUPT, self._main)

    def _hear_outside(self, number, frame):
        self.n_outside += 1
        raise KeyboardInterrupt

    @property
    def n_heard(self):
        """How often it was pressed."""
        signal.set_wakeup_fd(-1)
        try:
            return os.read(self._heard, 4096).count(bytes([INTERRUPT]))
        except BlockingIOError:
            return 0


def _workers(name):
    """Return a context in which a search has these workers."""
    if name == "dask":
        from distributed import Client

        return _Dask(
            Client(
                n_workers=1,
                threads_per_worker=2,
                processes=False,
                dashboard_address=None,
                silence_logs=50,
            )
        )
    if name == "none":
        return joblib.parallel_config(n_jobs=1)
    return joblib.parallel_config(name, n_jobs=2)


class _Dask:
    """A cluster of threads in this process, and joblib's use of it."""

    def __init__(self, client):
        self._client = client

    def __enter__(self):
        self._config = joblib.parallel_config("dask")
        self._config.__enter__()

    def __exit__(self, *exc_info):
        self._config.__exit__(*exc_info)
        self._client.close()
        shutil.rmtree(Path(tempfile.gettempdir(), "dask-scratch-space"), True)


def _search(kind, workers, moment, again, reaches_all, folder):
    """Interrupt the search, then take it to its end; return what was seen."""
    said = {"outcome": "KeyboardInterrupt", "warnings": [], "done": 0}

    def count(search):
        said["done"] += 1

    settings = {"journal": folder / "journal", "refit": True}
    search = make(kind, callbacks=count, **settings)
    presses = _Presses(moment, again, reaches_all, folder)
    with warnings.catch_warnings(record=True) as heard, _workers(workers):
        warnings.simplefilter("always")
        try:
            with presses:
                search.fit(X, Y)
                said["outcome"] = "result"
        except KeyboardInterrupt:
            pass
    said["pressed"], said["outside"] = presses.n_heard, presses.n_outside
    said["warnings"] = [w.category for w in heard if _is_ours(w.category)]
    if said["outcome"] == "result":
        said["rows"] = len(search.cv_results_["params"])
        said["complete"] = "status" not in search.cv_results_
        search.extend(X, Y)
        said["extended"] = table(search.cv_results_)
    _resume(kind, folder, said)
    return said


def _is_ours(category):
    return category.__module__.startswith("skhp")


def _resume(kind, folder, said):
    held, n_begun = finished_fits(folder / "journal"), len(begun_fits(folder / "begun"))
    again = make(kind, journal=folder / "journal").fit(X, Y)
    said["resumed"] = table(again.cv_results_)
    said["again"] = len(set(begun_fits(folder / "begun", n_begun)) & set(held))


def _check(kind, workers, said, output, verdict):
    """Enter what is not as promised."""
    verdict.notes[said["outcome"]] += said["pressed"] > 0
    verdict.notes["not reached"] += said["pressed"] == 0
    verdict.notes["pressed twice"] += said["pressed"] > 1
    if said["outcome"] == "result":
        is_interrupted = SearchInterruptedWarning in said["warnings"]
        is_whole = said["complete"] and said["rows"] >= len(whole(kind))
        verdict.notes["results with a warning"] += is_interrupted
        if not is_interrupted and not (is_whole or kind in LEARNS):
            verdict.wrong("The result is of a part, without a warning.")
        if len(said["warnings"]) > is_interrupted:
            verdict.wrong(f"There were other warnings: {said['warnings']}.")
    elif said["pressed"] == 1 and not said["outside"] and said["done"]:
        verdict.wrong(f"KeyboardInterrupt, with {said['done']} candidates done.")
    if "Traceback" in output and "Exception ignored" not in output:  # as in __del__
        verdict.wrong(f"It printed {output!r}.")
    if said["again"]:
        verdict.wrong(
            "Fits of the journal were run again.", "fitted again", said["again"]
        )
    for name in ("extended", "resumed"):
        rows = said.get(name, whole(kind))
        if n_wrong(rows):
            verdict.wrong(
                f"Scores are wrong when {name}.", "wrong scores", n_wrong(rows)
            )
        if rows != whole(kind) and (workers == "none" or kind not in LEARNS):
            verdict.wrong(f"The table is another when {name}.")
