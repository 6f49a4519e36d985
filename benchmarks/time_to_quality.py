"""What is reached in how much time: models on tables, searched by several libraries.

    python -m benchmarks.time_to_quality [TABLE ...] [--models ...] [--searches ...]
        [--seeds 5] [--candidates 60] [--max-rows 2000] [--results FOLDER]

A table is a bundled one (breast_cancer, digits, diabetes, wine), ``TABLE.csv`` or
``TABLE.csv:TARGET``; without TARGET, the last column is predicted. Each search sees at
most `max-rows` rows, 70 % at most; its winner and all that were the best before it are
refitted and scored on up to 5,000 others. The score is AUC for two classes, accuracy
for more, R2 for numbers.

The clock starts with `fit`. Before, a plain search of the same library has run with two
candidates on few rows, so that everything is imported and worker processes are there.
What is taken as the time of a candidate is told in `benchmarks/peers/_searches.py`. All
have two workers; the searches of one seed run in turns, so that a machine that becomes
slower is so to all.

``time_to_quality.csv`` has a row for each candidate that was the best so far, and one
for the end. Runs that it has already are not repeated.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold

from benchmarks._results import OWN_FOLDER, Results
from benchmarks._tables import Split, Table, read_table
from benchmarks.peers._searches import SEARCHES, Found, Setting, missing, warm_up
from benchmarks.problems._models import MODELS

TABLES = ("breast_cancer", "digits", "diabetes")
KEY = ("table", "model", "search", "seed", "n_candidates", "max_rows")
COLUMNS = ("event", "seconds", "cv_score", "test_score", "note")
REFERENCE = "sklearn_random"


def run(table: Table, model: str, search: str, seed: int, n: int, n_rows: int) -> list:
    """Return the rows of one run."""
    split = _standardised(table.split(n_rows, 5000, seed), table.has_classes)
    folds = StratifiedKFold if table.has_classes else KFold
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setting = Setting(
            MODELS[model](table.has_classes),
            table.scoring,
            folds(3, shuffle=True, random_state=seed),
            n,
            seed,
            Path(folder, "scores"),
        )
        few = slice(0, max(100, 12 * len(np.unique(table.y)) * table.has_classes))
        warm = replace(setting, n_candidates=2, log=Path(folder, "first"))
        warm_up(search, warm, split.X[few], split.y[few])
        found = SEARCHES[search](setting, split.X, split.y)
        return list(_rows(found, setting, split))


def _rows(found: Found, setting: Setting, split: Split) -> Iterator[dict[str, Any]]:
    scorer = get_scorer(setting.scoring)
    for one in found.incumbents:
        best = clone(setting.model.pipeline).set_params(**one.params)
        best.fit(split.X, split.y)
        test = float(scorer(best, split.X_test, split.y_test))
        yield _row("best so far", one.seconds, one.score, test)
    test = float(scorer(found.search.best_estimator_, split.X_test, split.y_test))
    yield _row("end", found.seconds, float(found.search.best_score_), test)


def _row(event: str, seconds: float, cv: float, test: float) -> dict[str, Any]:
    return {"event": event, "seconds": seconds, "cv_score": cv, "test_score": test}


def _standardised(split: Split, has_classes: bool) -> Split:
    """Standardise numbers to predict: networks need it, and R2 remains the same."""
    if has_classes:
        return split
    mean, deviation = split.y.mean(), split.y.std()
    return replace(
        split, y=(split.y - mean) / deviation, y_test=(split.y_test - mean) / deviation
    )


def searches_for(model: str, names: list[str]) -> list[str]:
    """Return the searches that suit a model; one is only for boosting."""
    has_rounds = MODELS[model](True).rounds is not None
    return [name for name in names if has_rounds or name != "skhp_bayes_rounds"]


def measure(results: Results, options: argparse.Namespace) -> None:
    """Run what is missing, seed by seed."""
    names = []
    for name in options.searches:
        if module := missing(name):
            print(f"{name} is left out: {module} is not installed.")
        else:
            names.append(name)
    settings = (options.candidates, options.max_rows)
    tables = [read_table(given) for given in options.tables]
    for seed in range(options.seeds):
        for table in tables:
            for model in options.models:
                for search in searches_for(model, names):
                    values = (table.name, model, search, seed, *settings)
                    key = dict(zip(KEY, values, strict=True))
                    if not results.has(key):
                        _record(results, key, table)


def _record(results: Results, key: dict[str, Any], table: Table) -> None:
    told = f"{key['table']}, {key['model']}, {key['search']}, seed {key['seed']}"
    try:
        rows = run(table, *(key[name] for name in KEY[1:]))
    except Exception as error:  # a library's failure is a result, too
        note = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
        results.add(key, [{"event": "failed", "note": note}])
        print(f"{told:56s} failed: {note}", flush=True)
        return
    results.add(key, rows)
    end = rows[-1]
    print(
        f"{told:56s} {end['seconds']:7.2f} s  cv {end['cv_score']:.4f}  "
        f"test {end['test_score']:.4f}",
        flush=True,
    )


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each search: how it compares with random search, seed by seed.

    Columns: `runs`; `seconds`, of the whole search relative to random search;
    `reached`, the share of runs that found a CV score as good as the one that random
    search had at its end; `time to reach`, the median of when, relative to the seconds
    that random search took in all (infinite if not reached); `cv gain` and `test gain`,
    the mean difference to random search at the end, in hundredths, and `error`, the
    standard error of the latter.
    """
    run = ["table", "model", "seed", "n_candidates", "max_rows"]
    ends = frame[frame.event == "end"].set_index([*run, "search"])
    reference = ends.xs(REFERENCE, level="search")
    rows = []
    for search in SEARCHES:
        if search not in ends.index.get_level_values("search"):
            continue
        own = ends.xs(search, level="search")
        own, other = own.align(reference, join="inner", axis=0)
        test = 100 * (own.test_score - other.test_score)
        when = _time_to_reach(frame[frame.search == search], run, other)
        rows.append(
            {
                "search": search,
                "runs": len(own),
                "seconds": (own.seconds / other.seconds).median(),
                "reached": np.isfinite(when).mean(),
                "time to reach": np.median(when) if len(when) else np.nan,
                "cv gain": 100 * (own.cv_score - other.cv_score).mean(),
                "test gain": test.mean(),
                "error": test.std(ddof=1) / np.sqrt(len(test)),
            }
        )
    return pd.DataFrame(rows)


def _time_to_reach(
    frame: pd.DataFrame, run: list[str], reference: pd.DataFrame
) -> np.ndarray:
    events = frame[frame.event == "best so far"].set_index(run)
    theirs = reference[["cv_score", "seconds"]].add_suffix("_random")
    joined = events.join(theirs, how="inner")
    reached = joined[joined.cv_score >= joined.cv_score_random - 1e-6]
    share = (reached.seconds / reached.seconds_random).groupby(level=run).min()
    return share.reindex(reference.index, fill_value=np.inf).to_numpy()


def report(path: Path) -> None:
    """Print the table, of all models together and of each."""
    frame = pd.read_csv(path)
    for model, part in [("all models", frame), *frame.groupby("model")]:
        print(f"\n{model}, beside {REFERENCE}")
        print(summary(part).to_string(index=False, float_format="%.2f"))


def main(arguments: list[str] | None = None) -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", default=TABLES, metavar="TABLE")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    searches = list(SEARCHES)
    parser.add_argument("--searches", nargs="+", default=searches, choices=searches)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--candidates", type=int, default=60)
    parser.add_argument("--max-rows", type=int, default=2000)
    parser.add_argument("--results", type=Path, default=OWN_FOLDER)
    options = parser.parse_args(arguments)
    results = Results(options.results / "time_to_quality.csv", KEY, COLUMNS)
    measure(results, options)
    report(results.path)


if __name__ == "__main__":
    main()
