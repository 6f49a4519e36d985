"""Whether ``search_spaces="auto"`` beats the defaults of an estimator on new rows.

    python -m benchmarks.auto_space [--seeds 3] [--candidates 20] [--rows 400]

For each model and each of scikit-learn's bundled tables that suits it, `BayesSearchCV`
chooses among the defaults and candidates of the estimator's own space by 3 folds of so
many rows; the winner and the defaults are then scored on the other rows: minus the log
loss for classes, R^2 for numbers. Printed: the mean gain over the defaults, its
standard error, and in how many runs the test score is better or worse.
"""

import argparse
import warnings

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import is_classifier
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import ElasticNet, LogisticRegression, SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skhp

CLASSES = {"cancer": load_breast_cancer, "digits": load_digits, "wine": load_wine}
NUMBERS = {"diabetes": load_diabetes}
MODELS = [
    DecisionTreeClassifier(random_state=0),
    DecisionTreeRegressor(random_state=0),
    ElasticNet(),
    KNeighborsClassifier(),
    LGBMClassifier(random_state=0, verbose=-1, n_jobs=1),
    LGBMRegressor(random_state=0, verbose=-1, n_jobs=1),
    LogisticRegression(max_iter=500),
    MLPClassifier(random_state=0, max_iter=60),
    RandomForestClassifier(random_state=0),
    RandomForestRegressor(random_state=0),
    SGDClassifier(loss="log_loss", random_state=0),
    SVR(),
]


def gain(model, load, seed, n_candidates, n_rows):
    """Return the scores on new rows of the winner and of the defaults."""
    X, y = load(return_X_y=True)
    n_train = min(n_rows, len(X) * 2 // 3)
    stratify = y if is_classifier(model) else None
    X, X_new, y, y_new = train_test_split(
        X, y, train_size=n_train, stratify=stratify, random_state=seed
    )
    defaults = Pipeline([("scale", StandardScaler()), ("model", model)])
    scoring = "neg_log_loss" if is_classifier(model) else "r2"
    space = "auto"
    if isinstance(model, SGDClassifier):  # whose other losses give no probabilities
        space = skhp.space.preset_space(defaults) | {
            "model__loss": ["log_loss", "modified_huber"]
        }
    search = skhp.BayesSearchCV(
        defaults,
        space,
        n_iter=n_candidates,
        cv=3,
        scoring=scoring,
        random_state=seed,
    ).fit(X, y)
    score = get_scorer(scoring)
    return score(search, X_new, y_new), score(defaults.fit(X, y), X_new, y_new)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--rows", type=int, default=400)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'model':26s} {'defaults':>9s} {'auto':>9s} {'gain':>9s} better worse")
    for model in MODELS:
        tables = CLASSES if is_classifier(model) else NUMBERS
        found = np.array(
            [
                gain(model, load, seed, options.candidates, options.rows)
                for load in tables.values()
                for seed in range(options.seeds)
            ]
        )
        tuned, given = found.T
        better, worse = np.count_nonzero(tuned > given), np.count_nonzero(tuned < given)
        error = np.std(tuned - given, ddof=1) / np.sqrt(len(found))
        print(
            f"{type(model).__name__:26s} {given.mean():9.3f} {tuned.mean():9.3f} "
            f"{np.mean(tuned - given):+.3f} ± {error:.3f} {better:4d} {worse:5d}",
            flush=True,
        )


if __name__ == "__main__":
    main()
