"""Models in pipelines that take any table, and what is searched of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, SVR

from benchmarks.peers._spaces import Dimension, choice, integer, real


@dataclass(frozen=True)
class Model:
    """A pipeline for a table, and its dimensions.

    Parameters
    ----------
    pipeline : Pipeline
        The last step is called `model`.
    dimensions : tuple of Dimension
        All that is searched.
    rounds : str or None
        The parameter that is the number of boosting rounds.
    """

    pipeline: Pipeline
    dimensions: tuple[Dimension, ...]
    rounds: str | None = None

    @property
    def without_rounds(self) -> tuple[Dimension, ...]:
        """The dimensions of a search whose resource are the rounds."""
        return tuple(d for d in self.dimensions if d.name != self.rounds)


def _prepared(estimator: Any, *, is_tree: bool) -> Pipeline:
    """Return a pipeline of the estimator behind what it needs of a mixed table."""
    if is_tree:
        numbers: Any = SimpleImputer(strategy="median")
        texts: Any = OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=-1,
            encoded_missing_value=-1,
        )
    else:
        numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        texts = OneHotEncoder(
            handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False
        )
    is_text = make_column_selector(dtype_include="category")
    is_number = make_column_selector(dtype_exclude="category")
    columns = ColumnTransformer(
        [("numbers", numbers, is_number), ("texts", texts, is_text)]
    )
    return Pipeline([("columns", columns), ("model", estimator)])


def lightgbm(has_classes: bool) -> Model:
    estimator = (LGBMClassifier if has_classes else LGBMRegressor)(
        n_jobs=1, verbose=-1, random_state=0
    )
    return Model(
        _prepared(estimator, is_tree=True),
        (
            integer("model__n_estimators", 20, 500, log=True),
            real("model__learning_rate", 0.01, 0.3, log=True),
            integer("model__num_leaves", 4, 64, log=True),
            integer("model__min_child_samples", 5, 100, log=True),
            real("model__colsample_bytree", 0.4, 1.0),
            real("model__reg_lambda", 1e-3, 100.0, log=True),
        ),
        rounds="model__n_estimators",
    )


def hist_boosting(has_classes: bool) -> Model:
    estimator = (
        HistGradientBoostingClassifier if has_classes else HistGradientBoostingRegressor
    )(early_stopping=False, random_state=0)
    return Model(
        _prepared(estimator, is_tree=True),
        (
            integer("model__max_iter", 20, 500, log=True),
            real("model__learning_rate", 0.01, 0.3, log=True),
            integer("model__max_leaf_nodes", 4, 64, log=True),
            integer("model__min_samples_leaf", 5, 100, log=True),
            real("model__max_features", 0.3, 1.0),
            real("model__l2_regularization", 1e-3, 100.0, log=True),
        ),
        rounds="model__max_iter",
    )


def forest(has_classes: bool) -> Model:
    estimator = (RandomForestClassifier if has_classes else RandomForestRegressor)(
        n_estimators=100, n_jobs=1, random_state=0
    )

    dimensions = (
        real("model__max_features", 0.05, 1.0),
        integer("model__min_samples_leaf", 1, 30, log=True),
        integer("model__max_depth", 3, 30, log=True),
        real("model__max_samples", 0.3, 1.0),
    )
    if has_classes:
        dimensions += (choice("model__criterion", "gini", "entropy"),)
    return Model(_prepared(estimator, is_tree=True), dimensions)


def svm(has_classes: bool) -> Model:
    estimator = SVC(max_iter=20_000) if has_classes else SVR(max_iter=20_000)
    return Model(
        _prepared(estimator, is_tree=False),
        (
            choice("model__kernel", "rbf", "poly", "sigmoid"),
            real("model__C", 1e-2, 1e3, log=True),
            real("model__gamma", 1e-4, 1.0, log=True),
            integer("model__degree", 2, 4, when={"model__kernel": ("poly",)}),
        ),
    )


def linear(has_classes: bool) -> Model:
    if not has_classes:
        dimensions = (
            real("model__alpha", 1e-4, 1e4, log=True),
            choice("model__fit_intercept", True, False),
        )
        return Model(_prepared(Ridge(), is_tree=False), dimensions)
    return Model(
        _prepared(LogisticRegression(max_iter=300), is_tree=False),
        (
            real("model__C", 1e-4, 1e3, log=True),
            choice("model__class_weight", None, "balanced"),
            choice("model__fit_intercept", True, False),
        ),
    )


def mlp(has_classes: bool) -> Model:
    estimator = (MLPClassifier if has_classes else MLPRegressor)(
        max_iter=40, random_state=0
    )
    layers = ((32,), (64,), (128,), (32, 32), (64, 32), (128, 64), (64, 64, 32))
    return Model(
        _prepared(estimator, is_tree=False),
        (
            real("model__learning_rate_init", 1e-4, 1e-1, log=True),
            integer("model__batch_size", 16, 256, log=True),
            real("model__alpha", 1e-6, 1.0, log=True),
            choice("model__hidden_layer_sizes", *layers),
            choice("model__activation", "relu", "tanh", "logistic"),
        ),
    )


MODELS: dict[str, Callable[[bool], Model]] = {
    f.__name__: f for f in (lightgbm, hist_boosting, forest, svm, linear, mlp)
}
