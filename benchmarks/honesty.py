"""What racing and refining save and cost, and what the best score is worth.

    python -m benchmarks.honesty TABLE [TABLE ...] [--rows 500 1000 5000]
        [--seeds 3] [--candidates 10 40] [--jobs 2] [--results FOLDER]

A table is a bundled one, ``TABLE.csv`` or ``TABLE.csv:TARGET``; without TARGET, the
last column is predicted. LightGBM is searched on subsamples of the rows and its winner
scored on up to 6,000 others: AUC for two classes, accuracy for more, R2 for numbers. A
target of up to 20 different numbers is made two classes at its median.

- `plain`: five folds for each candidate, with each of the numbers of candidates;
- `racing`: the same with ``racing=True``, with the largest number of candidates;
- `refined`: that, then ``refine_top=5`` on two further shuffles.

Differences are against `plain` with the same seed, in points (hundredths), with the
standard error over runs. The second table compares estimates of the winner's score on
new data, from the plain searches, by number of candidates and of rows: the score
itself, the correction of Tibshirani and Tibshirani (2009), and
``best_score_corrected_``, a bootstrap of the splits (Tsamardinos et al., 2018).

``honesty.csv`` has one row for each search. Those that it has are not repeated.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold

import skhp
from benchmarks._results import OWN_FOLDER, Results
from benchmarks._tables import read_table

KEY = ("table", "rows", "seed", "kind", "way", "n_candidates")
COLUMNS = (
    "folds",
    "seconds",
    "score",
    "tibshirani",
    "corrected",
    "low",
    "high",
    "test",
)

SPACE = {
    "n_estimators": skhp.Integer(20, 200, "log-uniform"),
    "learning_rate": skhp.Real(0.01, 0.3, "log-uniform"),
    "num_leaves": skhp.Integer(4, 64, "log-uniform"),
    "min_child_samples": skhp.Integer(2, 100, "log-uniform"),
    "reg_lambda": skhp.Real(1e-3, 100.0, "log-uniform"),
    "colsample_bytree": skhp.Real(0.3, 1.0),
    "subsample": skhp.Real(0.5, 1.0),
}
SEARCHES = {"random": skhp.RandomizedSearchCV, "bayes": skhp.BayesSearchCV}
WAYS = {
    "plain": {},
    "racing": {"racing": True},
    "refined": {"racing": True, "refine_top": 5, "refine_repeats": 2},
}


def run(table, n_rows, seed, kind, way, n_candidates, n_jobs):
    split, scoring = table.split(n_rows, 6000, seed), table.scoring
    folds = StratifiedKFold if table.has_classes else KFold
    model = LGBMClassifier if table.has_classes else LGBMRegressor
    search = SEARCHES[kind](
        model(verbose=-1, n_jobs=1, random_state=seed, subsample_freq=1),
        SPACE,
        n_iter=n_candidates,
        scoring=scoring,
        cv=folds(5, shuffle=True, random_state=seed),
        n_jobs=n_jobs,
        random_state=seed,
        **WAYS[way],
    )
    start = time.perf_counter()
    search.fit(split.X, split.y)
    seconds = time.perf_counter() - start
    results = search.cv_results_
    scores = np.column_stack([results[f"split{k}_test_score"] for k in range(5)])
    n_folds = int(np.sum(~np.isnan(scores)))
    if way == "refined":
        n_folds += 5 * int(search.refine_results_["n_repeats_evaluated"].sum())
    luck = np.nanmax(scores, axis=0) - scores[search.best_index_]
    return {
        "folds": n_folds,
        "seconds": seconds,
        "score": search.best_score_,
        "tibshirani": search.best_score_ - luck.mean(),
        "corrected": search.best_score_corrected_,
        "low": search.best_score_interval_[0],
        "high": search.best_score_interval_[1],
        "test": get_scorer(scoring)(search.best_estimator_, split.X_test, split.y_test),
    }


def mean_text(values):
    values = np.asarray(values, dtype=float)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():+.2f} ({error:.2f})"


def tell_ways(frame):
    print("\nagainst plain       runs  folds  seconds  test score      better  worse")
    run = ["table", "rows", "seed", "n_candidates"]
    for kind in SEARCHES:
        for way in list(WAYS)[1:]:
            own, plain = (
                frame[(frame.kind == kind) & (frame.way == w)].set_index(run)
                for w in (way, "plain")
            )
            own, plain = own.align(plain, join="inner", axis=0)
            if not len(own):
                continue
            gain = 100 * (own.test - plain.test)
            folds = own.folds.sum() / plain.folds.sum()
            seconds = own.seconds.sum() / plain.seconds.sum()
            better, worse = (100 * np.mean(sign * gain > 1e-9) for sign in (1, -1))
            print(
                f"{kind:8s} {way:10s} {len(own):4d} {folds:6.2f} {seconds:8.2f}  "
                f"{mean_text(gain):15s} {better:4.0f} % {worse:4.0f} %"
            )


def estimates(frame):
    """Return how far the estimates of plain searches are from the test score.

    By number of rows and of candidates: the mean difference and its standard error, the
    mean absolute one, and how often the interval covers the test score; in hundredths.
    """
    plain = frame[frame.way == "plain"]
    rows = []
    for (n_rows, n_candidates), part in plain.groupby(["rows", "n_candidates"]):
        row = {"rows": n_rows, "candidates": n_candidates, "runs": len(part)}
        for name in ("score", "tibshirani", "corrected"):
            error = 100 * (part[name] - part.test)
            row[name] = mean_text(error)
            row[f"{name}, absolute"] = round(error.abs().mean(), 2)
        inside = (part.low <= part.test) & (part.test <= part.high)
        row["interval covers"] = f"{100 * inside.mean():.0f} %"
        rows.append(row)
    return pd.DataFrame(rows)


def report(path):
    frame = pd.read_csv(path)
    tell_ways(frame)
    print("\nestimates minus test score")
    print(estimates(frame).to_string(index=False))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--rows", nargs="+", type=int, default=[500, 1000, 5000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--candidates", nargs="+", type=int, default=[10, 40])
    parser.add_argument("--kinds", nargs="+", default=list(SEARCHES), choices=SEARCHES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=OWN_FOLDER)
    given = parser.parse_args(arguments)
    results = Results(given.results / "honesty.csv", KEY, COLUMNS)
    most = max(given.candidates)
    tables = [read_table(each).coded().halved() for each in given.tables]
    settings = [
        (seed, n_rows, table, kind, way, n_candidates)
        for seed in range(given.seeds)
        for n_rows in given.rows
        for table in tables
        for kind in given.kinds
        for way in WAYS
        for n_candidates in given.candidates
        if way == "plain" or n_candidates == most
    ]
    for seed, n_rows, table, kind, way, n_candidates in settings:
        values = (table.name, n_rows, seed, kind, way, n_candidates)
        key = dict(zip(KEY, values, strict=True))
        if results.has(key):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = run(table, *values[1:], given.jobs)
        results.add(key, [found])
        told = " ".join(f"{name} {value:.4g}" for name, value in found.items())
        print(*values, told, flush=True)
    report(results.path)


if __name__ == "__main__":
    main()
