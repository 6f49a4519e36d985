"""How good the best of so few evaluations is: regret on functions, beside the peers.

    python -m benchmarks.efficiency [--peers ...] [--functions ...] [--seeds 10]
        [--evaluations 60] [--yahpo FOLDER] [--jobs 2] [--results FOLDER]

The functions are those of `benchmarks/problems/_functions.py`: real, mixed, conditional
and noisy. With ``--yahpo``, surrogates of real training runs from a folder of YAHPO Gym
are added. Each library is called as its users call it, one evaluation after the other:
conditions are given to those that have them (skhp, Optuna, SMAC); the others search all
dimensions. skhp runs through BayesSearchCV.

Regret is that of the configuration with the best score *observed* so far, by its score
without noise: 0 is the best score that the function has, 1 the median of random
configurations. Rank is among the peers, on the same function with the same seed, at the
last of the evaluations. The test is Wilcoxon's, over the functions' mean regrets: how
likely so large a difference to skhp is if there is none. It has few pairs and says
nothing about other kinds of functions.

``efficiency.csv`` has one row for each evaluation that improved on those before it.
Runs that it has already are not repeated.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata, wilcoxon

from benchmarks._results import OWN_FOLDER, Results
from benchmarks.peers._optimizers import PEERS, Meter, missing, quiet
from benchmarks.problems._functions import PROBLEMS, Problem
from benchmarks.problems._yahpo import yahpo_problems

OURS = "skhp_bayes"
KEY = ("suite", "function", "peer", "seed", "n_evaluations")
COLUMNS = ("evaluation", "regret", "cpu_seconds")
_problems: dict[str, Problem] = {}  # of a worker


def suites(yahpo: Path | None, known: Path) -> dict[str, tuple[Problem, ...]]:
    """Return the functions by suite."""
    found = {"synthetic": PROBLEMS}
    if yahpo is not None:
        found["yahpo"] = yahpo_problems(yahpo, known)
    return found


def run(name: str, peer: str, seed: int, n: int) -> list[dict[str, Any]]:
    """Return the rows of one run; the CPU seconds are those of the peer alone."""
    problem = _problems[name]
    meter = Meter(problem, seed)
    start = time.process_time()
    with quiet():
        PEERS[peer](meter, n, seed)
    cpu = time.process_time() - start - meter.cpu
    rows, best = [], -np.inf
    for i, (seen, true) in enumerate(zip(meter.observed, meter.true, strict=True), 1):
        if seen > best:
            best = seen
            rows.append({"evaluation": i, "regret": problem.regret(true)})
    rows.append({"evaluation": n, "regret": rows[-1]["regret"], "cpu_seconds": cpu})
    return rows


def prepare(yahpo: Path | None, known: Path) -> None:
    """Have the functions at hand in a worker."""
    for problems in suites(yahpo, known).values():
        _problems.update({problem.name: problem for problem in problems})


def missing_runs(results: Results, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return what has not been run, seed by seed."""
    peers = []
    for peer in options.peers:
        if module := missing(peer):
            print(f"{peer} is left out: {module} is not installed.")
        else:
            peers.append(peer)
    found = suites(options.yahpo, options.results / "yahpo.json")
    runs = [
        dict(zip(KEY, (suite, p.name, peer, seed, options.evaluations), strict=True))
        for seed in range(options.seeds)
        for suite, problems in found.items()
        for p in problems
        if not options.functions or p.name in options.functions
        for peer in peers
    ]
    return [run for run in runs if not results.has(run)]


def measure(results: Results, options: argparse.Namespace) -> None:
    """Run what is missing, in as many processes as asked for, one thread each."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    runs = missing_runs(results, options)
    known = options.results / "yahpo.json"
    with ProcessPoolExecutor(
        options.jobs, get_context("spawn"), prepare, (options.yahpo, known)
    ) as pool:
        futures = [
            (each, pool.submit(run, *(each[name] for name in KEY[1:]))) for each in runs
        ]
        for i, (each, future) in enumerate(futures, 1):
            rows = future.result()
            results.add(each, rows)
            told = f"{each['function']}, {each['peer']}, seed {each['seed']}"
            print(
                f"{i:5d}/{len(runs)}  {told:52s} {rows[-1]['regret']:.4f}", flush=True
            )


def regret_at(frame: pd.DataFrame, n: int) -> pd.Series:
    """Return the regret after `n` evaluations, of each run."""
    seen = frame[frame.evaluation <= n].sort_values("evaluation", kind="stable")
    return seen.groupby(["function", "seed", "peer"]).regret.last()


def summary(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield a row of the table for each peer, of runs that all peers have."""
    n = int(frame.n_evaluations.max())
    frame = frame[frame.n_evaluations == n]
    at = {
        m: regret_at(frame, m).unstack("peer").dropna() for m in (n // 3, 2 * n // 3, n)
    }
    last = at[n]
    ranks = pd.DataFrame(
        rankdata(last.round(9), axis=1), index=last.index, columns=last.columns
    ).mean()
    cpu = frame.groupby("peer").cpu_seconds.mean() / n
    means = last.groupby("function").mean()
    for peer in ranks.sort_values().index:
        row = {"peer": peer, "runs": len(last)}
        for m, regret in at.items():
            values = regret[peer]
            row[f"mean at {m}"] = values.mean()
            row[f"median at {m}"] = values.median()
            row[f"worst tenth at {m}"] = values.quantile(0.9)
        row["rank"] = ranks[peer]
        row["p against skhp"] = _p_value(means, peer)
        row["CPU ms a suggestion"] = 1e3 * cpu[peer]
        yield row


def _p_value(means: pd.DataFrame, peer: str) -> float:
    if peer == OURS or OURS not in means or len(means) < 2:
        return np.nan
    difference = means[peer] - means[OURS]
    return float(wilcoxon(difference).pvalue) if difference.any() else 1.0


def report(path: Path) -> None:
    """Print a table for each suite."""
    frame = pd.read_csv(path)
    for suite, part in frame.groupby("suite"):
        print(f"\n{suite}: {part.function.nunique()} functions; regret")
        print(pd.DataFrame(summary(part)).to_string(index=False, float_format="%.3f"))


def main(arguments: list[str] | None = None) -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--functions", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--yahpo", type=Path, help="a folder of YAHPO Gym's scenarios")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=OWN_FOLDER)
    options = parser.parse_args(arguments)
    results = Results(options.results / "efficiency.csv", KEY, COLUMNS)
    measure(results, options)
    report(results.path)


if __name__ == "__main__":
    main()
