"""Search spaces for estimators that are tuned often.

The ranges are meant for tables of 100 to 100,000 rows; parameters that are rarely worth
tuning keep their defaults. `_preset_tables.py` has the sources.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from skhp.exceptions import InvalidParameterError
from skhp.space._dimensions import Categorical, Real
from skhp.space._preset_tables import MORE_PRESETS, Preset, log_integer, log_real
from skhp.space.conditions import OneOf

# Subclasses of known ones that work otherwise: these forests have a single round, in
# which a learning rate only makes the model smaller.
_UNLIKE_THEIR_KIND = {"XGBRFClassifier", "XGBRFRegressor"}

# What estimators call the one that they are around.
_INNER = ("estimator", "regressor", "classifier", "base_estimator")


def _lightgbm() -> Preset:
    return {
        "n_estimators": log_integer(50, 500),
        "learning_rate": log_real(0.01, 0.3),
        # Trees as large as those of XGBoost 2 to 7 levels deep; the default is 31.
        "num_leaves": log_integer(4, 128),
        "min_child_samples": log_integer(2, 100),
        "subsample": Real(0.5, 1.0),
        "subsample_freq": 1,  # without it LightGBM ignores subsample
        "colsample_bytree": Real(0.3, 1.0),
        "reg_alpha": log_real(1e-8, 10.0),
        "reg_lambda": log_real(1e-8, 10.0),
    }


def _hist_gradient_boosting() -> Preset:
    return {
        "max_iter": log_integer(50, 500),
        "learning_rate": log_real(0.01, 0.3),
        "max_leaf_nodes": log_integer(4, 128),  # as num_leaves of LightGBM
        "min_samples_leaf": log_integer(2, 100),
        "l2_regularization": log_real(1e-8, 10.0),
        "max_features": Real(0.3, 1.0),
    }


def _forest() -> Preset:
    return {
        "n_estimators": log_integer(50, 500),
        "max_features": Real(0.1, 1.0),  # the most tunable one in Probst
        "min_samples_leaf": log_integer(1, 50),  # Grinsztajn
        "max_depth": Categorical([None, 4, 8, 16]),
    }


def _logistic_regression() -> Preset:
    # Probst 2^-10 to 2^10; wider, as the columns may have any scale.
    return {"C": log_real(1e-4, 1e4), "class_weight": Categorical([None, "balanced"])}


def _svm() -> Preset:
    return {
        # Probst 2^-10 to 2^10 for both. A C below 0.01 hardly fits anything; a gamma of
        # 1e-5 is for hundreds of columns.
        "C": log_real(1e-2, 1e4),
        "gamma": log_real(1e-5, 1e1),
        "kernel": Categorical(["rbf", "sigmoid"]),
    }


def _svr() -> Preset:
    return {**_svm(), "epsilon": log_real(1e-3, 1.0)}


def _ridge() -> Preset:
    # Wider than Probst's 2^-10 to 2^10: the penalty grows with the number of rows.
    return {"alpha": log_real(1e-4, 1e4)}


def _elastic_net() -> Preset:
    # As for Lasso; below 0.05, coordinate descent converges slowly.
    return {"alpha": log_real(1e-4, 1e2), "l1_ratio": Real(0.05, 1.0)}


def _neighbors() -> Preset:
    return {
        # Probst 1 to 30; half of 100 rows are what two folds train on.
        "n_neighbors": log_integer(1, 50),
        "weights": Categorical(["uniform", "distance"]),
        "p": Categorical([1, 2]),
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
    **MORE_PRESETS,
}


def preset_space(estimator: Any, prefix: str = "") -> Preset:
    """Return a search space for known estimators, as a dict to use or change.

    Parameters
    ----------
    estimator : estimator, list of estimators, or str
        A known estimator, or the name of its class. Of a pipeline, the last step is
        searched, and of an estimator around a known one, the known one. Of several in a
        list, one is chosen together with its parameters.
    prefix : str, default=""
        Put before each name: ``"clf__"`` for the step "clf" of a pipeline, which is
        itself set where there is a list.

    Returns
    -------
    dict
        A new dict of dimensions and fixed values.

    Raises
    ------
    InvalidParameterError
        If there is no space for an estimator (the message lists those there are), or it
        is a class, or a pipeline has two steps for which there is the same.

    Examples
    --------
    >>> from skhp.space import preset_space
    >>> preset_space("Ridge", prefix="model__")
    {'model__alpha': Real(low=0.0001, high=10000.0, prior='log-uniform')}
    >>> from sklearn.linear_model import Lasso, Ridge
    >>> preset_space([Lasso(), Ridge()], prefix="model__")
    {'model': OneOf({'Lasso': (Lasso(), {'alpha': Real(low=0.0001, high=100.0, \
prior='log-uniform')}), 'Ridge': (Ridge(), {'alpha': Real(low=0.0001, high=10000.0, \
prior='log-uniform')})})}
    """
    if isinstance(estimator, type):
        name = estimator.__name__
        raise InvalidParameterError(
            "preset_space must be given an estimator, or the name of its class. Got "
            f"the class {name}: write {name}() or {name!r}."
        )
    if isinstance(estimator, list | tuple):
        return {prefix.removesuffix("__"): _one_of(estimator, prefix)}
    if isinstance(estimator, str):
        path, kind = "", estimator if estimator in _PRESETS else None
    else:
        path, kind = _model_of(estimator)
    if kind is None:
        raise _unknown(estimator)
    return {f"{prefix}{path}{name}": v for name, v in _PRESETS[kind]().items()}


def _one_of(estimators: Sequence[Any], prefix: str) -> OneOf:
    if not prefix.removesuffix("__") or not estimators:
        raise InvalidParameterError(
            "preset_space of several estimators must be given at least one of them, "
            "and the parameter that is set to them, such as prefix='model__'. "
            f"Got {list(estimators)!r} and prefix={prefix!r}."
        )
    chosen: dict[str, Any] = {}
    for each in estimators:
        name = type(each).__name__
        n_alike = sum(label.partition(" ")[0] == name for label in chosen)
        label = f"{name} {n_alike + 1}" if n_alike else name
        chosen[label] = each, preset_space(each)
    return OneOf(chosen)


def _kind_of(estimator: Any) -> str | None:
    """Return the known class that an estimator is of."""
    names = [cls.__name__ for cls in type(estimator).__mro__]
    if _UNLIKE_THEIR_KIND & set(names):
        return None
    kind = next((name for name in names if name in _PRESETS), None)
    return kind if kind is None or _takes(type(estimator), _PRESETS[kind]()) else None


def _takes(cls: type[Any], names: Iterable[str]) -> bool:
    """Whether a class takes parameters, which LogisticRegressionCV does not take."""
    taken = inspect.signature(cls).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    return takes_any or all(name in taken for name in names)


def _model_of(estimator: Any) -> tuple[str, str | None]:
    """Return the prefix of the known estimator within one, and its class."""
    kind = _kind_of(estimator)
    steps = getattr(estimator, "steps", None)
    if kind is not None or not hasattr(estimator, "get_params"):
        return "", kind
    if isinstance(steps, list) and steps:
        name, last = steps[-1]
        path, kind = _model_of(last)
        for other, step in steps[:-1]:
            if kind is not None and _are_alike(_model_of(step)[1], kind):
                raise InvalidParameterError(
                    f"A space for the pipeline must be written out, because its steps "
                    f"{other!r} and {name!r} could be searched alike: start with "
                    f"preset_space({kind!r}, prefix={f'{name}__'!r})."
                )
        return f"{name}__{path}", kind
    own = estimator.get_params(deep=False)
    for name in _INNER:
        if name in own and not isinstance(own[name], type):
            path, kind = _model_of(own[name])
            return f"{name}__{path}", kind
    return "", None


def _are_alike(kind: str | None, other: str) -> bool:
    return kind is not None and _PRESETS[kind] is _PRESETS[other]


def _unknown(estimator: Any) -> InvalidParameterError:
    given = estimator if isinstance(estimator, str) else type(estimator).__name__
    return InvalidParameterError(
        "There are search spaces for "
        f"{', '.join(sorted(_PRESETS))}, also as the last step of a pipeline. "
        f"Got {given!r}: write its search space."
    )
