"""What works with which library: each row of doc/libraries.md and its proof.

A check is a function that uses the library as its users do. Its docstring is what the
page says of it.
"""

from __future__ import annotations

import inspect
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import skhp
from skhp.callbacks import MLflowLogger
from skhp.inspection import to_optuna
from skhp.workers._thread_parameters import thread_parameters

X, y = make_classification(120, n_features=6, n_informative=3, random_state=0)
VALIDATION = {"X_val": X[:50], "y_val": y[:50]}
C = (0.01, 100.0, "log-uniform")


@dataclass(frozen=True)
class Library:
    """A row: the library, the modules it takes, and the check."""

    name: str
    modules: tuple[str, ...]
    check: Callable[..., Any]

    @property
    def how(self) -> str:
        """What the page says."""
        return " ".join((inspect.getdoc(self.check) or "").split())


LIBRARIES: list[Library] = []


def library(name: str, *modules: str) -> Callable[..., Any]:
    def add(check: Callable[..., Any]) -> Callable[..., Any]:
        LIBRARIES.append(Library(name, modules, check))
        return check

    return add


def bayes(
    estimator: Any, space: Any, *data: Any, passed: Any = None, **params: Any
) -> Any:
    """Return a small Bayesian search, fitted; one failed fit fails the check."""
    params = {"n_iter": 3, "cv": 2, "random_state": 0, **params}
    search = skhp.BayesSearchCV(estimator, space, error_score="raise", **params)
    return search.fit(*(data or (X, y)), **(passed or {}))


def hyperband(estimator: Any, space: Any, resource: str) -> Any:
    search = skhp.HyperbandSearchCV(
        estimator,
        space,
        resource=resource,
        max_resources=9,
        cv=2,
        random_state=0,
        error_score="raise",
    )
    return search.fit(X, y)


def drawn(written: Any, n: int = 40) -> list[dict[str, Any]]:
    """Return configurations of a space, all of it modelled and not just drawn."""
    space = skhp.Space(written)
    assert not space.sampled_names
    return space.to_params(space.sample(n, np.random.default_rng(0)))


# Estimators


@library("LightGBM", "lightgbm")
def lightgbm_models(lightgbm):
    """Any parameter and alias can be searched; `resource="n_estimators"` trains
    promising candidates further; threads are shared out through `n_jobs`; validation
    data go through a pipeline with `eval_X` and `transform_input` (4.7)."""
    model = lightgbm.LGBMClassifier(verbose=-1, random_state=0)
    space = {"num_leaf": (2, 9), "extra_trees": [True]}
    search = hyperband(model, space, "n_estimators")
    assert search.best_estimator_.n_estimators == 9
    assert search.best_estimator_.booster_.num_trees() == 9


@library("XGBoost", "xgboost")
def xgboost_models(xgboost):
    """Any parameter can be searched; `resource="n_estimators"` trains promising
    candidates further; threads are shared out through `n_jobs`; validation data go
    through a pipeline with a subclass (see the guide). Without a GPU the package
    `xgboost-cpu` is enough, and 20 times smaller."""
    model = xgboost.XGBClassifier(random_state=0)
    search = hyperband(model, {"max_depth": (1, 4), "eta": (0.1, 0.5)}, "n_estimators")
    assert search.best_estimator_.get_booster().num_boosted_rounds() == 9

    class Validated(xgboost.XGBClassifier):
        def fit(self, X, y, X_val=None, y_val=None):
            return super().fit(X, y, eval_set=[(X_val, y_val)], verbose=False)

    model = Validated(early_stopping_rounds=3, n_estimators=20)
    with sklearn.config_context(enable_metadata_routing=True):
        model.set_fit_request(X_val=True, y_val=True)
        last = ("model", model)
        steps = Pipeline([("scale", StandardScaler()), last], transform_input=["X_val"])
        bayes(steps, {"model__max_depth": (1, 4)}, passed=VALIDATION)


@library("CatBoost", "catboost")
def catboost_models(catboost):
    """Every parameter of the constructor and its aliases can be searched, also those
    that `get_params` does not list; `resource="iterations"` fits anew on each rung;
    threads are shared out through `thread_count`."""
    model = catboost.CatBoostClassifier(verbose=0, allow_writing_files=False)
    search = hyperband(model, {"depth": (1, 4), "eta": (0.1, 0.5)}, "iterations")
    assert search.best_estimator_.tree_count_ == 9
    assert thread_parameters(model, 2) == {"thread_count": 2}
    bayes(
        make_pipeline(StandardScaler(), model.set_params(iterations=3)),
        {"catboostclassifier__l2_leaf_reg": C},
    )


@library("imbalanced-learn", "imblearn")
def imbalanced_pipelines(imblearn):
    """Its pipelines and samplers: training folds are resampled, test folds are not."""
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline as make_imbalanced

    rare = np.arange(120) % 6 == 0
    steps = make_imbalanced(RandomOverSampler(random_state=0), LogisticRegression())
    space = {
        "randomoversampler__sampling_strategy": (0.5, 1.0),
        "logisticregression__C": C,
    }
    seen = []

    def scorer(model, X, y):
        seen.append(np.mean(y))
        return model.score(X, y)

    bayes(steps, space, X, rare, scoring=scorer)
    assert np.ptp(seen) == 0


@library("skrub", "skrub", "pandas")
def skrub_tables(skrub, pandas):
    """`TableVectorizer` and the like as steps; `choose_float`, `choose_int`,
    `choose_from`, `choose_bool` and `optional` as dimensions."""
    table = pandas.DataFrame(X[:, :2], columns=["a", "b"])
    table["word"] = np.where(y, "yes", "no")
    steps = make_pipeline(skrub.TableVectorizer(), LogisticRegression())
    space = {
        "logisticregression__C": skrub.choose_float(0.01, 100, log=True),
        "tablevectorizer__cardinality_threshold": skrub.choose_int(2, 40),
    }
    assert bayes(steps, space, table, y).best_score_ > 0.9


# Spaces


@library("SciPy", "scipy.stats")
def scipy_distributions(stats):
    """Any frozen distribution, continuous or discrete, is a dimension."""
    points = drawn({"a": stats.loguniform(0.1, 9), "b": stats.randint(2, 6)})
    assert {type(point["b"]) for point in points} == {int}


@library("scikit-optimize", "skopt")
def skopt_searches(skopt):
    """Dimensions, tuples, `(space, n_iter)` pairs, `optimizer_kwargs`, callbacks, and
    `optimizer_results_` for `skopt.plots`."""
    space = {"C": skopt.space.Real(0.01, 100, "log-uniform")}
    search = bayes(LogisticRegression(), [(space, 3)], optimizer_kwargs={})
    assert len(search.optimizer_results_[0].func_vals) == 3


@library("Optuna", "optuna")
def optuna_distributions(optuna):
    """`FloatDistribution`, `IntDistribution` and `CategoricalDistribution` are
    dimensions, log scales and steps included; a Study as `initial_points`, and
    `skhp.inspection.to_optuna` returns one, for its plots and its dashboard."""
    kinds = optuna.distributions
    points = drawn(
        {
            "C": kinds.FloatDistribution(0.01, 9, log=True),
            "n": kinds.IntDistribution(2, 8, step=3),
            "k": kinds.CategoricalDistribution(("a", "b")),
        }
    )
    assert {point["n"] for point in points} == {2, 5, 8}
    study = to_optuna(bayes(LogisticRegression(), {"C": C}))
    search = bayes(LogisticRegression(), {"C": C}, initial_points=study)
    assert study.best_params in search.cv_results_["params"]


@library("MLflow", "mlflow")
def mlflow_runs(mlflow):
    """`mlflow.sklearn.autolog()` records every search as it records `GridSearchCV`;
    `skhp.callbacks.MLflowLogger` makes a run for each candidate while the search runs.
    """
    before = mlflow.get_tracking_uri()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it uses warns of its own future
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        experiment = mlflow.create_experiment("searches", folder)  # with its artifacts
        mlflow.set_experiment(experiment_id=experiment)
        # With log_datasets=False, MLflow itself sometimes enters a data set twice.
        mlflow.sklearn.autolog(log_models=False, silent=True)
        try:
            bayes(LogisticRegression(), {"C": C}, refit=False)
            assert len(mlflow.MlflowClient().search_runs([experiment])) == 4
            mlflow.sklearn.autolog(disable=True)
            bayes(LogisticRegression(), {"C": C}, callbacks=MLflowLogger())
            assert len(mlflow.MlflowClient().search_runs([experiment])) == 8
        finally:
            mlflow.sklearn.autolog(disable=True)
            mlflow.set_tracking_uri(before)


@library("ConfigSpace", "ConfigSpace")
def config_spaces(cs):
    """A whole `ConfigurationSpace` with its conditions and forbidden clauses, or single
    hyperparameters as dimensions."""
    space = cs.ConfigurationSpace({"C": (0.01, 100.0), "l1_ratio": (0.0, 1.0)})
    space.add(cs.Categorical("solver", ["saga", "lbfgs"]))
    space.add(cs.EqualsCondition(space["l1_ratio"], space["solver"], "saga"))
    points = drawn(space)
    assert all(("l1_ratio" in p) == (p["solver"] == "saga") for p in points)


@library("hyperopt", "hyperopt")
def hyperopt_spaces(hyperopt):
    """`hp.uniform`, `loguniform`, `quniform`, `randint`, `uniformint`, `normal`,
    `lognormal` and `choice` of plain values are dimensions."""
    hp = hyperopt.hp
    points = drawn({"C": hp.loguniform("C", -3, 3), "k": hp.choice("k", ["a", "b"])})
    assert {point["k"] for point in points} == {"a", "b"}
    assert all(np.exp(-3) <= point["C"] <= np.exp(3) for point in points)


@library("Ray Tune", "ray.tune")
def ray_domains(tune):
    """`tune.uniform`, `loguniform`, `quniform`, `randint`, `qrandint`, `lograndint`,
    `randn` and `choice` are dimensions."""
    points = drawn(
        {
            "C": tune.loguniform(0.01, 9),
            "k": tune.choice(["a", "b"]),
            "n": tune.randint(2, 5),
        }
    )
    assert {point["n"] for point in points} == {2, 3, 4}


@library("sklearn-genetic-opt", "sklearn_genetic.space")
def genetic_dimensions(space):
    """`Continuous`, `Integer` and `Categorical` are dimensions."""
    points = drawn(
        {
            "C": space.Continuous(0.01, 9),
            "n": space.Integer(2, 4),
            "k": space.Categorical(["a", "b"]),
        }
    )
    assert {point["n"] for point in points} == {2, 3, 4}


# Data


@library("pandas", "pandas")
def pandas_tables(pandas):
    """Data frames and series in, with `feature_names_in_`; `cv_results_`, or an earlier
    table of results as `initial_points`, as a data frame."""
    table = pandas.DataFrame(X).add_prefix("x")
    search = bayes(LogisticRegression(), {"C": C}, table, pandas.Series(y))
    assert list(search.feature_names_in_) == list(table)
    results = pandas.DataFrame(search.cv_results_)
    assert len(results) == 3
    again = bayes(LogisticRegression(), {"C": C}, initial_points=results, n_iter=4)
    assert again.cv_results_["params"][1] in search.cv_results_["params"]


@library("polars", "polars")
def polars_tables(polars):
    """Data frames and series in, with `feature_names_in_`."""
    table = polars.DataFrame({f"x{i}": column for i, column in enumerate(X.T)})
    search = bayes(LogisticRegression(), {"C": C}, table, polars.Series(y))
    assert list(search.feature_names_in_) == table.columns


# Workers and files


@library("joblib", "joblib")
def joblib_backends(joblib):
    """`n_jobs` and `joblib.parallel_config`, with its own backends and registered
    ones."""
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend, n_jobs=2):
            assert bayes(LogisticRegression(), {"C": C}).best_score_ > 0.5


@library("dask", "distributed")
def dask_clusters(distributed):
    """Searches inside `joblib.parallel_config("dask")` run on its cluster; the data are
    scattered once, and no worker waits for another."""
    import joblib

    settings = {"processes": False, "n_workers": 1, "dashboard_address": None}
    with distributed.Client(**settings), joblib.parallel_config("dask"):
        assert bayes(LogisticRegression(), {"C": C}).best_score_ > 0.5


@library("skops", "skops.io")
def skops_files(io):
    """`skops.io.dumps` stores a fitted search, which can be loaded without pickle."""
    search = bayes(LogisticRegression(), {"C": C})
    stored = io.dumps(search)
    loaded = io.loads(stored, trusted=io.get_untrusted_types(data=stored))
    assert (loaded.predict(X) == search.predict(X)).all()
