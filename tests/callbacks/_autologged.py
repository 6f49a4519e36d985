"""Fit searches under mlflow.sklearn.autolog() and print what MLflow recorded.

A process of its own, because autologging changes classes of scikit-learn.
"""

import json
import sys
import warnings

import sklearn.model_selection
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skhp

try:
    import mlflow
    import mlflow.models
    import mlflow.sklearn
except ImportError:  # the tests that run this are skipped
    mlflow = None

X, y = load_iris(return_X_y=True)
SPACE = {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 2, 3]}
SEEDED = {"n_iter": 6, "random_state": 0}
DEPTHS = {"max_leaf_nodes": [2, 3, 4, 5, 6, 7, 8, 9, 10]}
RUNGS = {"resource": "max_depth", "min_resources": 1, "max_resources": 9}
ROWS = {"random_state": 0, "max_resources": 90}


def tree():
    return DecisionTreeClassifier(random_state=0)


def kinds(n_jobs):
    shared = {"cv": 3, "n_jobs": n_jobs}
    theirs = sklearn.model_selection
    yield "theirs", theirs.GridSearchCV(tree(), SPACE, **shared)
    yield "grid", skhp.GridSearchCV(tree(), SPACE, **shared)
    yield "random", skhp.RandomizedSearchCV(tree(), SPACE, **SEEDED, **shared)
    yield "bayes", skhp.BayesSearchCV(tree(), SPACE, **SEEDED, **shared)
    yield (
        "halving random",
        skhp.HalvingRandomSearchCV(tree(), SPACE, **ROWS, **shared),
    )
    yield "halving grid", skhp.HalvingGridSearchCV(tree(), SPACE, **ROWS, **shared)
    yield (
        "hyperband",
        skhp.HyperbandSearchCV(tree(), DEPTHS, **RUNGS, **shared, random_state=0),
    )


def recorded(name, act):
    """Return the runs and models that an experiment has after `act`."""
    experiment = mlflow.set_experiment(name).experiment_id
    act()
    assert mlflow.active_run() is None
    client = mlflow.MlflowClient()
    runs = client.search_runs([experiment])
    return {
        "runs": [
            {
                "id": run.info.run_id,
                "status": run.info.status,
                "parent": run.data.tags.get("mlflow.parentRunId"),
                "tags": run.data.tags,
                "params": run.data.params,
                "metrics": run.data.metrics,
            }
            for run in runs
        ],
        "models": [m.name for m in client.search_logged_models([experiment])],
    }


def within_a_run(search):
    with mlflow.start_run():
        mlflow.log_param("mine", 1)
        search.fit(X, y)


def fit_that_fails(search):
    def fails(search):
        raise ZeroDivisionError

    try:
        search.set_params(callbacks=fails).fit(X, y)
    except ZeroDivisionError:
        return
    raise AssertionError("the error of the fit was lost")


def fit_and_score(search):
    search.fit(X, y)
    search.score(X[:30], y[:30])


def fit_and_extend(search):
    search.fit(X, y)
    search.extend(X, y, n_iter=2)


def cross_validated(search):
    # Taken from the module, where autologging has changed it.
    sklearn.model_selection.cross_val_score(search, X, y, cv=2)


def warned_of(search):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y)
    files = [w.filename for w in caught if "search space has only" in str(w.message)]
    assert files == [__file__], files


def main(folder):
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.sklearn.autolog(log_models=False, max_tuning_runs=None, silent=True)
    found = {}
    for n_jobs in (1, 2):
        for name, search in kinds(n_jobs):
            name = f"{name} {n_jobs}"
            found[name] = recorded(name, lambda search=search: search.fit(X, y))
            found[name]["n_candidates"] = len(search.cv_results_["params"])
    few = dict(kinds(1))
    pipeline = make_pipeline(StandardScaler(), few["grid"])
    rest = {
        "nested run": lambda: within_a_run(few["bayes"]),
        "pipeline": lambda: pipeline.fit(X, y),
        "nested search": lambda: cross_validated(few["bayes"]),
        "failure": lambda: fit_that_fails(dict(kinds(1))["grid"]),
        "score": lambda: fit_and_score(few["grid"]),
        "extended": lambda: fit_and_extend(few["random"]),
        "warning": lambda: warned_of(few["bayes"].set_params(n_iter=99)),
    }
    found |= {name: recorded(name, act) for name, act in rest.items()}
    # What a model needs is found out by loading it in another process.
    mlflow.models.infer_pip_requirements = lambda *args, **kwargs: ["scikit-learn"]
    mlflow.sklearn.autolog(max_tuning_runs=2, silent=True)
    for name in ("theirs", "grid", "halving grid"):
        search = dict(kinds(1))[name]
        key = f"{name} model"
        found[key] = recorded(key, lambda search=search: search.fit(X, y))
    mlflow.sklearn.autolog(disable=True)
    found["disabled"] = recorded("disabled", lambda: few["grid"].fit(X, y))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
