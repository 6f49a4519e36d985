"""Searches that are killed, with their workers or without, and gone on with."""

import os
import signal
from functools import partial

from skhp.evaluation import _loop
from tests.reliability._processes import in_child, send_signal
from tests.reliability._run import Verdict
from tests.reliability._searches import (
    KILL,
    LEARNS,
    MAKERS,
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

MOST_KILLS = 4
KINDS = tuple(MAKERS)
# Fits that may be lost: all that are begun and not written down. With two workers four
# batches are submitted and unfinished, of one fit each, or of many that take no time.
MOST_LOST = {"n_jobs=1": 1, "n_jobs=2": 4, "n_jobs=2, in batches": 1000}


# The signal, and whether all processes of the search hear of it.
WAYS = {
    "all killed": (KILL, True),
    "only the main process killed": (KILL, False),
    "SIGTERM": (int(signal.SIGTERM), False),
}


def one_run(run, folder):
    """Kill a search up to four times; return what came of it in the end."""
    draws, verdict = run.draws(), Verdict()
    kind = KINDS[run.number % len(KINDS)]
    how = draws.choices(list(MOST_LOST), (8, 1, 1))[0]
    n_kills = draws.randint(1, MOST_KILLS if how == "n_jobs=1" else 2)
    way = draws.choices(list(WAYS), (3, 1, 1))[0]
    verdict.what = f"{kind}, {how}, {way}"
    moments = [draw_moment(draws, kind, how) for _ in range(n_kills)]
    for moment in [*moments, Moment()]:
        verdict.what += f", {moment.what} {moment.n:g}"
        if not _session(kind, how, way, moment, folder, verdict):
            break
    verdict.files_left(folder)
    return verdict


def draw_moment(draws, kind, how):
    """Draw when a search is killed."""
    n_fits = 3 * len(whole(kind))
    what = draws.choice(["fit", "fit", "byte", "byte", "time"])
    if what == "fit":
        delay = draws.uniform(0.0, 0.02) if draws.random() < 0.5 else 0.0
        return Moment("fit", draws.randint(1, n_fits // 2), delay)
    if what == "byte":
        return Moment("byte", draws.randint(1, 120 * n_fits))
    return Moment("time", draws.uniform(0.0, 0.15 if how == "n_jobs=1" else 3.0))


def _session(kind, how, way, moment, folder, verdict):
    """Run the search until it is killed, or to its end; return whether it was."""
    number, reaches_all = WAYS[way]
    journal, begun = folder / "journal", folder / "begun"
    content = journal.read_bytes() if journal.exists() else b""
    held, n_begun = finished_fits(journal), len(begun_fits(begun))
    do = partial(_search, kind, how, way, moment, journal, begun, n_begun)
    moments = {"after": moment.n} if moment.what == "time" else {}
    if moment.what == "fit" and moment.delay:
        moments = {"after_mark": moment.delay}
    end = partial(_end, number, reaches_all)
    ended = in_child(do, folder, end=end, **moments)
    now = journal.read_bytes() if journal.exists() else b""
    if not now.startswith(content):
        verdict.wrong("The journal was changed, not continued.")
    _count_fits(how, begun_fits(begun, n_begun), held, finished_fits(journal), verdict)
    if not verdict.ended(ended, codes=(0, -number)):
        return False
    verdict.notes[way] += ended.code != 0
    verdict.notes["torn lines"] += not now.endswith(b"\n") and now != b""
    if ended.code == 0:
        _check_end(kind, how, ended.said, verdict)
    if number != KILL:
        verdict.files_left(folder)
    return ended.code != 0


def _end(number, reaches_all, child):
    send_signal(number, -child if reaches_all else child)


def _search(kind, how, way, moment, journal, begun, n_begun):
    fits = (n_begun + moment.n,) if moment.what == "fit" else ()
    number, reaches_all = WAYS[way]
    action = (
        (0 if moment.delay else number),
        -os.getpid() if reaches_all else os.getpid(),
    )
    set_plan(Plan(str(begun), fits, *action))
    if moment.what == "byte":
        os.write = WatchedWrites(journal, moment.n, lambda: send(*action))
    if "batches" not in how:
        _loop._BATCH_SECONDS = 0.0
    search = make(kind, n_jobs=2 if "2" in how else 1, journal=journal)
    return table(search.fit(X, Y).cv_results_)


def _count_fits(how, begun, held, now_held, verdict):
    again = len(set(begun) & set(held))
    if again:
        n = f"{again} fits of the journal"
        verdict.wrong(f"{n} were fitted again.", "fitted again", again)
    if len(set(now_held)) != len(now_held):
        verdict.wrong("The journal holds a fit twice.")
    lost = len(begun) - (len(now_held) - len(held))
    verdict.notes["fits lost"] += lost
    most = f"most fits lost with {how}"
    verdict.most[most] = max(lost, verdict.most.get(most, 0))
    if lost > MOST_LOST[how]:
        verdict.wrong(f"{lost} fits were lost.")


def _check_end(kind, how, rows, verdict):
    wrong = n_wrong(rows)
    if wrong:
        verdict.wrong(f"{wrong} scores are wrong.", "wrong scores", wrong)
    if how == "n_jobs=1" or kind not in LEARNS:
        if rows != whole(kind):
            verdict.wrong("The table is not that of a search that never stopped.")
    elif len(rows) < len(whole(kind)) // 2:
        verdict.wrong(f"There are only {len(rows)} candidates.")
