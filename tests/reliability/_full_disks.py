"""Searches whose journal meets a full disk, and go on when there is room again."""

import resource
import warnings
from functools import partial

from skhp.exceptions import JournalError
from tests.reliability._processes import in_child
from tests.reliability._run import Verdict
from tests.reliability._searches import (
    MAKERS,
    Plan,
    X,
    Y,
    begun_fits,
    finished_fits,
    make,
    set_plan,
    table,
    whole,
)

KINDS = tuple(MAKERS)


def one_run(run, folder):
    """Run a search whose files may not grow beyond a size; return what came of it."""
    draws, verdict = run.draws(), Verdict()
    kind = KINDS[run.number % len(KINDS)]
    n_bytes = draws.randint(0, 240 * 3 * len(whole(kind)))
    verdict.what = f"{kind}, full after {n_bytes} bytes"
    ended = in_child(partial(_search, kind, n_bytes, folder), folder)
    if verdict.ended(ended):
        _check(kind, ended.said, verdict)
    verdict.files_left(folder)
    return verdict


def _search(kind, n_bytes, folder):
    """Search with a full disk, and again with room; return what was seen."""
    journal, said = folder / "journal", {"rows": None}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            said["rows"] = table(make(kind, journal=journal).fit(X, Y).cv_results_)
    except JournalError as error:
        said["refused"] = str(error)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said["warnings"] = [str(warning.message) for warning in heard]
    held = finished_fits(journal)
    set_plan(Plan(str(folder / "begun")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said["resumed"] = table(make(kind, journal=journal).fit(X, Y).cv_results_)
    begun = begun_fits(folder / "begun")
    said["again"] = len(set(begun) & set(held))
    said["n_held"], said["n_begun"] = len(held), len(begun)
    said["n_held_now"] = len(finished_fits(journal))
    return said


def _check(kind, said, verdict):
    """Enter what is not as promised."""
    n_fits = 3 * len(whole(kind))
    is_full = said["n_held"] < n_fits
    verdict.notes["disks that were full"] += is_full
    verdict.notes["fits lost"] += n_fits - said["n_held"]
    if said["rows"] is None:
        verdict.notes["full before the first fit"] += 1
        if (
            said["n_held"]
            or "must be a file that can be written" not in said["refused"]
        ):
            verdict.wrong(f"It was refused: {said['refused']}")
    elif said["rows"] != whole(kind):
        verdict.wrong("The table is another.", "wrong scores")
    elif len(said["warnings"]) != is_full:
        verdict.wrong(f"The warnings are {said['warnings']}.")
    if said["again"] or said["n_begun"] != n_fits - said["n_held"]:
        n = said["again"]
        verdict.wrong("Fits of the journal were run again.", "fitted again", n)
    if said["resumed"] != whole(kind):
        verdict.wrong("The table is another when resumed.", "wrong scores")
    if said["n_held_now"] != n_fits:
        verdict.wrong("The journal is not complete in the end.")
