"""What an ensemble of models that are fitted anyway gains on new rows, and its cost.

    python -m benchmarks.ensembles TABLE.csv [TABLE.csv ...] [--rows 500 1000]
        [--seeds 3] [--search random] [--models boosting mixture] [--candidates 30]

For each table (the last column is the target, or the one that ``TABLE.csv:name``
names), size and seed, one search with 5 folds on so many rows; all ensembles are made
of its models. `boosting` is LightGBM; `mixture` adds extra trees, linear models and
neighbours. Scores are on up to 4,000 other rows, AUC x 100 for two classes and for
numbers the root mean squared error in per cent of the standard deviation (negative),
minus the score of ``best_estimator_``: mean, standard error, share of runs with a
better score, the worst run. Keeping the models and making the greedy ensemble
are told as a share of the processor time of the search without them, in one process.
"""

import argparse
import time
import warnings
from unittest import mock

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy.stats import loguniform, randint, uniform
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import skhp
from benchmarks._tables import read_table
from skhp.ensembles import Ensemble, FoldModels
from skhp.ensembles._keeping import KeepFolds

SETTINGS = {
    "folds of the winner": Ensemble("folds"),
    "mean of the best 5": Ensemble("best", n_candidates=5),
    "mean of the best 10": Ensemble("best", n_candidates=10),
    "greedy": Ensemble("greedy"),
    "greedy, 20 rounds": Ensemble("greedy", n_rounds=20),
    "greedy of 5": Ensemble("greedy", n_candidates=5),
    "greedy, at most 3": Ensemble("greedy", max_members=3),
    "greedy, refitted": Ensemble("greedy", refit=True),
}


def space(models, has_classes):
    """Return the estimator and what is searched."""
    booster = (LGBMClassifier if has_classes else LGBMRegressor)(
        n_jobs=1, verbose=-1, random_state=0
    )
    trees = (ExtraTreesClassifier if has_classes else ExtraTreesRegressor)(
        random_state=0
    )
    neighbours = KNeighborsClassifier() if has_classes else KNeighborsRegressor()
    linear = LogisticRegression(max_iter=1000) if has_classes else Ridge()
    strength = {"model__C" if has_classes else "model__alpha": loguniform(1e-3, 1e2)}
    spaces = [
        {
            "model": [booster],
            "model__n_estimators": randint(20, 400),
            "model__learning_rate": loguniform(0.01, 0.3),
            "model__num_leaves": randint(4, 64),
            "model__min_child_samples": randint(5, 100),
            "model__colsample_bytree": uniform(0.4, 0.6),
            "model__reg_lambda": loguniform(1e-3, 100),
        },
        {
            "model": [trees],
            "model__max_features": uniform(0.2, 0.8),
            "model__min_samples_leaf": randint(1, 11),
        },
        {"model": [linear], **strength},
        {
            "model": [neighbours],
            "model__n_neighbors": randint(1, 41),
            "model__weights": ["uniform", "distance"],
        },
    ]
    estimator = Pipeline([("scale", StandardScaler()), ("model", booster)])
    return estimator, spaces[:1] if models == "boosting" else spaces


class Watch:
    """Makes all ensembles of a search, and measures how long that takes."""

    def __init__(self):
        self.keeping = self.making = self.making_all = 0.0
        self.found = {}

    def keep(self, keep, *args):
        start = time.process_time()
        kept = keep(*args)
        self.keeping += time.process_time() - start
        return kept

    def make(self, make, folds, *args):
        for name, settings in SETTINGS.items():
            start = time.process_time()
            folds._ensemble = settings
            self.found[name] = make(folds, *args)
            seconds = time.process_time() - start
            self.making_all += seconds
            if name == "greedy":
                self.making = seconds
        return self.found["greedy"]


def run(given, n_rows, seed, kind, models, n_candidates):
    """Return gains by name, the winner's score and shares of time of one search."""
    table = read_table(given).filled()
    has_classes, split = table.has_classes, table.split(n_rows, 4000, seed)
    scale = 1.0 if has_classes else split.y.std()
    X, y = split.X.to_numpy(), split.y / scale if scale != 1.0 else split.y
    X_test, y_test = split.X_test.to_numpy(), split.y_test / scale
    estimator, searched = space(models, has_classes)
    splitter = StratifiedKFold if has_classes else KFold
    scoring = "roc_auc" if has_classes else "neg_root_mean_squared_error"
    search = getattr(skhp, kind)(
        estimator,
        searched,
        n_iter=n_candidates,
        random_state=seed,
        cv=splitter(5, shuffle=True, random_state=seed),
        scoring=scoring,
        ensemble="greedy",
    )
    watch, keep, make = Watch(), KeepFolds.keep, FoldModels.attributes
    kept = mock.patch.object(KeepFolds, "keep", lambda *a: watch.keep(keep, *a))
    made = mock.patch.object(FoldModels, "attributes", lambda *a: watch.make(make, *a))
    with kept, made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        search.fit(X, y)
        seconds = time.process_time() - start - watch.keeping - watch.making_all
    scorer = get_scorer(scoring)
    winner = scorer(search.best_estimator_, X_test, y_test)
    gains = {
        name: 100 * (scorer(found["ensemble_"], X_test, y_test) - winner)
        for name, found in watch.found.items()
    }
    return gains, watch.keeping / seconds, watch.making / seconds, search.ensemble_info_


def main():
    """Run all of them and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 1000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=30)
    parser.add_argument("--search", nargs="+", default=["random"])
    parser.add_argument("--models", nargs="+", default=["boosting", "mixture"])
    given = parser.parse_args()
    classes = {"random": "RandomizedSearchCV", "bayes": "BayesSearchCV"}
    for kind in given.search:
        for models in given.models:
            runs = []
            for seed in range(given.seeds):
                for n_rows in given.rows:
                    for path in given.tables:
                        args = path, n_rows, seed, classes[kind], models
                        runs.append(run(*args, given.candidates))
                        print(".", end="", flush=True)
            print(f"\n{classes[kind]}, {models}, {len(runs)} runs")
            report(runs)


def report(runs):
    """Print gains, costs and sizes."""
    for name in SETTINGS:
        gains = np.array([gains[name] for gains, *_ in runs])
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
        print(
            f"  {name:22s} {gains.mean():+.2f} ({error:.2f})"
            f"  {np.mean(gains > 0):4.0%}  worst {gains.min():+.2f}"
        )
    _, keeping, making, told = zip(*runs, strict=True)
    members = [len(each["candidates"]) for each in told]
    slower = [
        each["seconds_per_1000_rows"] / each["best_seconds_per_1000_rows"]
        for each in told
    ]
    print(
        f"  keeping {np.mean(keeping):.1%} of the search (most {np.max(keeping):.1%}), "
        f"making {np.mean(making):.1%} (most {np.max(making):.1%})\n"
        f"  the greedy one: {np.mean(members):.1f} candidates, prediction takes "
        f"{np.median(slower):.0f} times as long"
    )


if __name__ == "__main__":
    main()
