"""What racing and refining save and cost, and what the best score is worth.

    python benchmarks/honesty.py TABLE.csv [TABLE.csv ...] [--rows 500 1000]
        [--seeds 3] [--candidates 40] [--jobs 2]

The last column of a table is the target, or the one that --target names. LightGBM is
searched on subsamples of the rows and its winner scored on up to 6,000 others: AUC for
classes, R2 for numbers. A target of up to 20 different numbers is made two classes at
its median.

- `plain`: five folds for each candidate;
- `racing`: the same with ``racing=True``;
- `refined`: the same, then ``refine_top=5`` on two further shuffles.

Differences are against `plain` with the same seed, in points (hundredths), with the
standard error over runs. The second table compares estimates of the winner's score on
new data, from the plain searches: the score itself, the correction of Tibshirani and
Tibshirani (2009), and ``best_score_corrected_``, which is a bootstrap of the splits
(Tsamardinos et al., 2018).
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

import skhp

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


def table(path, target, n_rows, seed):
    """Return rows to search on, other rows, and whether they have classes."""
    data = pd.read_csv(path)
    y = data.pop(target if target in data else data.columns[-1])
    for name in data.columns:
        if not pd.api.types.is_numeric_dtype(data[name]):
            data[name] = pd.factorize(data[name])[0]
    is_text = not pd.api.types.is_numeric_dtype(y)
    has_classes = is_text or y.nunique() <= 20
    if is_text:
        y = pd.Series(pd.factorize(y)[0])
    elif y.nunique() > 2 and has_classes:
        y = (y > y.median()).astype(int)
    split = train_test_split(
        data.to_numpy(float),
        y.to_numpy(),
        train_size=n_rows,
        test_size=min(len(y) - n_rows, 6000),
        random_state=seed,
        stratify=y if has_classes else None,
    )
    return split, has_classes


def run(path, target, n_rows, seed, kind, way, n_candidates, n_jobs):
    (X, X_test, y, y_test), has_classes = table(path, target, n_rows, seed)
    scoring = "roc_auc" if has_classes else "r2"
    folds = StratifiedKFold if has_classes else KFold
    model = LGBMClassifier if has_classes else LGBMRegressor
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
    search.fit(X, y)
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
        "test": get_scorer(scoring)(search.best_estimator_, X_test, y_test),
    }


def mean_text(values):
    values = np.asarray(values, dtype=float)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():+.2f} ({error:.2f})"


def tell_ways(frame):
    print("\nagainst plain       runs  folds  seconds  test score      better  worse")
    for kind in SEARCHES:
        for way in list(WAYS)[1:]:
            own, plain = (
                frame[(frame.kind == kind) & (frame.way == w)].set_index("run")
                for w in (way, "plain")
            )
            gain = 100 * (own.test - plain.test)
            folds = own.folds.sum() / plain.folds.sum()
            seconds = own.seconds.sum() / plain.seconds.sum()
            better, worse = (100 * np.mean(sign * gain > 1e-9) for sign in (1, -1))
            print(
                f"{kind:8s} {way:10s} {len(own):4d} {folds:6.2f} {seconds:8.2f}  "
                f"{mean_text(gain):15s} {better:4.0f} % {worse:4.0f} %"
            )


def tell_estimates(frame):
    plain = frame[frame.way == "plain"]
    raw = (plain.score - plain.test).abs()
    print("\nestimate      minus test score  absolute  closer than the score itself")
    for name in ("score", "tibshirani", "corrected"):
        error = 100 * (plain[name] - plain.test)
        closer = 100 * (error.abs() / 100 < raw).mean()
        print(
            f"{name:12s}  {mean_text(error):16s} {error.abs().mean():8.2f}"
            f"  {closer:6.0f} %"
        )
    inside = ((plain.low <= plain.test) & (plain.test <= plain.high)).mean()
    print(f"best_score_interval_ covers the test score in {100 * inside:.0f} % of runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--target", default="")
    parser.add_argument("--rows", nargs="+", type=int, default=[500, 1000, 5000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for seed in range(given.seeds):
        for n_rows in given.rows:
            for path in given.tables:
                for kind in SEARCHES:
                    for way in WAYS:
                        found = run(
                            path,
                            given.target,
                            n_rows,
                            seed,
                            kind,
                            way,
                            given.candidates,
                            given.jobs,
                        )
                        name = f"{Path(path).name} {n_rows} {seed}"
                        rows.append({"run": name, "kind": kind, "way": way, **found})
                        print(
                            f"{name:34s} {kind:7s} {way:8s}",
                            *(f"{k} {v:.4g}" for k, v in found.items()),
                            flush=True,
                        )
    frame = pd.DataFrame(rows)
    tell_ways(frame)
    tell_estimates(frame)


if __name__ == "__main__":
    main()
