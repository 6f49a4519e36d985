"""Search spaces for estimators that are tuned often.

The ranges are meant for tables of 100 to 100,000 rows; parameters that are rarely worth
tuning keep their defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skhp.exceptions import InvalidParameterError
from skhp.space._dimensions import Categorical, Integer, Real

Preset = dict[str, Any]


def _log(low: float, high: float) -> Real:
    return Real(low, high, "log-uniform")


def _log_int(low: int, high: int) -> Integer:
    return Integer(low, high, "log-uniform")


def _lightgbm() -> Preset:
    return {
        "n_estimators": _log_int(50, 500),
        "learning_rate": _log(0.01, 0.3),
        "num_leaves": _log_int(4, 128),
        "min_child_samples": _log_int(2, 100),
        "subsample": Real(0.5, 1.0),
        "subsample_freq": 1,  # without it LightGBM ignores subsample
        "colsample_bytree": Real(0.3, 1.0),
        "reg_alpha": _log(1e-8, 10.0),
        "reg_lambda": _log(1e-8, 10.0),
    }


def _hist_gradient_boosting() -> Preset:
    return {
        "max_iter": _log_int(50, 500),
        "learning_rate": _log(0.01, 0.3),
        "max_leaf_nodes": _log_int(4, 128),
        "min_samples_leaf": _log_int(2, 100),
        "l2_regularization": _log(1e-8, 10.0),
        "max_features": Real(0.3, 1.0),
    }


def _forest() -> Preset:
    return {
        "n_estimators": _log_int(50, 500),
        "max_features": Real(0.1, 1.0),
        "min_samples_leaf": _log_int(1, 50),
        "max_depth": Categorical([None, 4, 8, 16]),
    }


def _logistic_regression() -> Preset:
    return {"C": _log(1e-4, 1e4), "class_weight": Categorical([None, "balanced"])}


def _svm() -> Preset:
    return {
        "C": _log(1e-2, 1e4),
        "gamma": _log(1e-5, 1e1),
        "kernel": Categorical(["rbf", "sigmoid"]),
    }


def _svr() -> Preset:
    return {**_svm(), "epsilon": _log(1e-3, 1.0)}


def _ridge() -> Preset:
    return {"alpha": _log(1e-4, 1e4)}


def _elastic_net() -> Preset:
    return {"alpha": _log(1e-4, 1e2), "l1_ratio": Real(0.05, 1.0)}


def _neighbors() -> Preset:
    return {
        "n_neighbors": _log_int(1, 100),
        "weights": Categorical(["uniform", "distance"]),
        "p": Categorical([1, 2]),
    }


def _mlp() -> Preset:
    return {
        "hidden_layer_sizes": Categorical([(32,), (64,), (128,), (64, 32), (128, 64)]),
        "alpha": _log(1e-6, 1.0),
        "learning_rate_init": _log(1e-4, 1e-1),
        "activation": Categorical(["relu", "tanh"]),
    }


_PRESETS: dict[str, Callable[[], Preset]] = {
    "LGBMClassifier": _lightgbm,
    "LGBMRegressor": _lightgbm,
    "HistGradientBoostingClassifier": _hist_gradient_boosting,
    "HistGradientBoostingRegressor": _hist_gradient_boosting,
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
    "ExtraTreesClassifier": _forest,
    "ExtraTreesRegressor": _forest,
    "LogisticRegression": _logistic_regression,
    "SVC": _svm,
    "SVR": _svr,
    "Ridge": _ridge,
    "ElasticNet": _elastic_net,
    "KNeighborsClassifier": _neighbors,
    "KNeighborsRegressor": _neighbors,
    "MLPClassifier": _mlp,
    "MLPRegressor": _mlp,
}


def preset_space(estimator_name: str, prefix: str = "") -> Preset:
    """Search space for a known estimator, as a dict to use or change.

    Parameters
    ----------
    estimator_name : str
        Name of the class, such as ``"LGBMClassifier"``.
    prefix : str, default=""
        Put before each name: ``"clf__"`` for the step "clf" of a pipeline.

    Returns
    -------
    dict
        A new dict of dimensions and fixed values.

    Raises
    ------
    InvalidParameterError
        If there is no space for this class; the message lists those there are.

    Examples
    --------
    >>> from skhp.space import preset_space
    >>> preset_space("Ridge", prefix="model__")
    {'model__alpha': Real(low=0.0001, high=10000.0, prior='log-uniform')}
    """
    if estimator_name not in _PRESETS:
        raise InvalidParameterError(
            f"The 'estimator_name' of preset_space must be one of {sorted(_PRESETS)}. "
            f"Got {estimator_name!r}."
        )
    return {prefix + name: v for name, v in _PRESETS[estimator_name]().items()}
