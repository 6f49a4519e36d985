"""All campaigns, one after the other, and the table of their results."""

import argparse
import os
import pickle
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path

import threadpoolctl

from tests.reliability import (
    _forgeries,
    _full_disks,
    _interrupts,
    _kills,
    _worker_deaths,
)
from tests.reliability._run import Run, Verdict

CAMPAIGNS = {
    "kills": _kills.one_run,
    "forgeries": _forgeries.one_run,
    "worker-deaths": _worker_deaths.one_run,
    "interrupts": _interrupts.one_run,
    "full-disks": _full_disks.one_run,
}
COLUMNS = ("as promised", "fitted again", "wrong scores", "hangs")
COLUMNS += ("processes left", "files left")


def run_one(run):
    """Return what comes of one run, in a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="reliability-"))
    try:
        return CAMPAIGNS[run.campaign](run, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_all(runs, longest):
    """Run some of a campaign, print its violations, and return what came of it."""
    total = Verdict()
    for run in runs:
        verdict = run_one(run)
        total.add(verdict)
        total.counts["as promised"] += not verdict.problems
        for problem in verdict.problems:
            print(f"{run} ({verdict.what}): {problem[-longest:]}", flush=True)
    return total


def run_side_by_side(runs, n_jobs, longest):
    """Do the same in several forks, which share the runs."""
    forks, total = [], Verdict()
    for i in range(n_jobs):
        results, there = os.pipe()
        child = os.fork()
        if child == 0:
            with os.fdopen(there, "wb") as file:
                pickle.dump(run_all(runs[i::n_jobs], longest), file)
            os._exit(0)
        os.close(there)
        forks.append((child, results))
    for child, results in forks:
        with os.fdopen(results, "rb") as file:
            total.add(pickle.load(file))
        os.waitpid(child, 0)
    return total


def run_campaign(name, numbers, options):
    """Run a campaign; return its row of the table, and what else is to be said."""
    start, runs = time.perf_counter(), [Run(name, options.seed, n) for n in numbers]
    if options.only:
        total = run_all(runs, longest=10_000)
    else:
        total = run_side_by_side(runs, options.jobs, longest=300)
    seconds = time.perf_counter() - start
    counts = [total.counts[column] for column in COLUMNS]
    facts = [f"{n} {what}" for what, n in sorted(total.notes.items())]
    facts += [f"{what}: {n}" for what, n in sorted(total.most.items())]
    return [name, len(runs), *counts, f"{seconds:.0f}"], f"{name}: {', '.join(facts)}"


def print_table(rows):
    """Print rows of cells in columns, the first of them headings."""
    widths = [
        max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)
    ]
    for row in rows:
        cells = [
            str(cell).rjust(width) for cell, width in zip(row, widths, strict=True)
        ]
        print("  ".join([str(row[0]).ljust(widths[0]), *cells[1:]]))


def parse(arguments):
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability")
    for name in CAMPAIGNS:
        parser.add_argument(f"--{name}", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="of all that is random")
    parser.add_argument("--jobs", type=int, default=1, help="how many runs at once")
    parser.add_argument("--only", metavar="CAMPAIGN:N", help="this one run")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run what the command line says; return 1 if not all ended as promised."""
    options = parse(arguments)
    numbers = {
        name: range(getattr(options, name.replace("-", "_"))) for name in CAMPAIGNS
    }
    if options.only:
        name, _, number = options.only.partition(":")
        numbers = {name: range(int(number), int(number) + 1)}
    # As in a program that is started in a terminal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threadpoolctl.threadpool_limits(1)  # others wait in busy loops
    warnings.simplefilter("ignore")
    os.environ.pop("JOBLIB_TEMP_FOLDER", None)
    rows = [["campaign", "runs", *COLUMNS, "seconds"]]
    for name, chosen in numbers.items():
        if chosen:
            row, fact = run_campaign(name, chosen, options)
            rows.append(row)
            print(fact, flush=True)  # at once: the whole takes long
    print_table(rows)
    return int(any(row[1] != row[2] for row in rows[1:]))
