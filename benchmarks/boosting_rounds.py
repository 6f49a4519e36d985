"""What it saves to choose the number of boosting rounds from prefixes of one fit.

    python -m benchmarks.boosting_rounds TABLE.csv[:TARGET] [...] [--seeds 3]
    python -m benchmarks.boosting_rounds --scoring-cost

LightGBM, 30 candidates of BayesSearchCV, 5 folds, two workers, on 2,000 rows of each
table (without TARGET, its last column is predicted), scored on up to 10,000 other rows:

- `dimension`: n_estimators is searched like any other parameter (log, 20 to 1,000);
- `prefixes`: ``resource="n_estimators"``, with early stopping;
- `all prefixes`, with ``--all-prefixes``: the same without.

Trees are those of all folds of all candidates; seconds are of the whole search without
the refit. Scores are AUC for classes and R2 for numbers, of cross-validation and of the
refitted winner on the other rows. With ``--scoring-cost``, the time that scores after
every tenth round take, relative to training, on 10,000 rows.
"""

import argparse
import time
import warnings

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import make_classification
from sklearn.metrics import get_scorer

import skhp
from benchmarks._tables import read_table

SPACE = {
    "learning_rate": (0.01, 0.3, "log-uniform"),
    "num_leaves": (4, 64, "log-uniform"),
    "min_child_samples": (5, 100, "log-uniform"),
    "colsample_bytree": (0.4, 1.0),
    "reg_lambda": (1e-3, 100.0, "log-uniform"),
}
ROUNDS = (20, 1000, "log-uniform")
WAYS = ("dimension", "prefixes", "all prefixes")


def run(way, path, seed):
    table = read_table(path)
    split = table.split(2000, 10_000, seed)
    scoring, has_classes = table.scoring, table.has_classes
    model = (LGBMClassifier if has_classes else LGBMRegressor)(
        verbose=-1, random_state=seed, subsample=0.8, subsample_freq=1
    )
    space = dict(SPACE, n_estimators=ROUNDS) if way == "dimension" else SPACE
    search = skhp.BayesSearchCV(
        model,
        space,
        n_iter=30,
        scoring=scoring,
        n_jobs=2,
        cv=5,
        random_state=seed,
        resource=None if way == "dimension" else "n_estimators",
        early_stopping=way != "all prefixes",
        refit=False,
    )
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(split.X, split.y)
    seconds = time.perf_counter() - start
    results = search.cv_results_
    n_trees = results.get("n_resources_trained")
    if n_trees is None:
        n_trees = np.asarray(results["param_n_estimators"], dtype=int)
    best = model.set_params(**search.best_params_).fit(split.X, split.y)
    return {
        "trees": 5 * int(n_trees.sum()),
        "seconds": seconds,
        "cv": search.best_score_,
        "test": get_scorer(scoring)(best, split.X_test, split.y_test),
    }


def compare(paths, n_seeds, ways):
    rows = []
    for seed in range(n_seeds):
        for path in paths:
            for way in ways:
                found = run(way, path, seed)
                rows.append({"table": path, "seed": seed, "way": way, **found})
                print(rows[-1], flush=True)
    everything = pd.DataFrame(rows).set_index(["table", "seed", "way"]).unstack("way")
    for path in paths:
        report(path, everything.loc[[path]], ways)
    report("all tables", everything, ways)


def report(name, frame, ways):
    print(f"\n{name}")
    for way in ways[1:]:
        for cost in ("trees", "seconds"):
            ratio = frame[cost][way] / frame[cost]["dimension"]
            total = frame[cost][way].sum() / frame[cost]["dimension"].sum()
            each = f"median ratio {ratio.median():.2f}, of the sum {total:.2f}"
            print(f"{way:13s} {cost:8s} {each}")
        for score in ("cv", "test"):
            gain = 100 * (frame[score][way] - frame[score]["dimension"])
            error = gain.std(ddof=1) / np.sqrt(len(gain))
            print(
                f"{way:13s} {score:8s} mean gain {gain.mean():+.2f} ({error:.2f}) "
                f"points, better in {100 * (gain > 0).mean():.0f} % of runs"
            )


def scoring_cost():
    X, y = make_classification(10_000, 20, n_informative=10, random_state=0)
    for scoring in ("roc_auc", "neg_log_loss", "accuracy"):
        search = skhp.GridSearchCV(
            LGBMClassifier(verbose=-1, n_jobs=1),
            {"num_leaves": [31]},
            resource="n_estimators",
            early_stopping=False,
            scoring=scoring,
            refit=False,
        )
        plain = skhp.GridSearchCV(
            LGBMClassifier(verbose=-1, n_jobs=1, n_estimators=1000),
            {"num_leaves": [31]},
            n_jobs=1,
            scoring=scoring,
            refit=False,
        )
        ratios, shares = [], []
        for _ in range(3):
            start = time.process_time()
            plain.fit(X, y)
            alone = time.process_time() - start
            results = search.fit(X, y).cv_results_
            ratios.append((time.process_time() - start) / alone - 1)
            shares.append(results["mean_score_time"][0] / results["mean_fit_time"][0])
        print(
            f"{scoring}: scores take {np.median(shares):.2f} of training; all in all "
            f"{np.median(ratios):.2f} times the CPU seconds of plain fits"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE.csv[:TARGET]")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--all-prefixes", action="store_true")
    parser.add_argument("--scoring-cost", action="store_true")
    arguments = parser.parse_args()
    if arguments.scoring_cost:
        scoring_cost()
    if arguments.tables:
        ways = WAYS if arguments.all_prefixes else WAYS[:2]
        compare(arguments.tables, arguments.seeds, ways)
