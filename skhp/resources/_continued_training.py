"""How estimators of known libraries are trained further instead of being fitted anew.

==========================================  ==============  ===========  ============
estimator                                   parameter       by           equals fresh
==========================================  ==============  ===========  ============
LightGBM (gbdt, goss)                       n_estimators    init_model   to rounding,
                                                                         unless rows
                                                                         or columns are
                                                                         drawn
XGBoost (gbtree)                            n_estimators    xgb_model    to rounding,
                                                                         unless rows
                                                                         or columns are
                                                                         drawn
random forests, extra trees, bagging        n_estimators    warm_start   yes
GradientBoosting*                           n_estimators    warm_start   yes
HistGradientBoosting*                       max_iter        warm_start   to rounding
SGD*, Perceptron, PassiveAggressive*        max_iter        partial_fit  no: the order
                                                                         of rows repeats
MLP*                                        max_iter        warm_start   no: the solver
                                                                         starts again
==========================================  ==============  ===========  ============

"Yes" requires an integer ``random_state``. All other estimators are fitted anew, and so
are these if their training may stop early, as it is then unknown how far it has come.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

# Continues `model`, which has come to `start`, in place or in `fresh`, which has the
# candidate's parameters and is not fitted; returns what is fitted.
Method = Callable[[Any, Any, int, int, Any, Any, Mapping[str, Any]], Any]

_EARLY = ("early_stopping_round", "early_stopping_rounds", "n_iter_no_change")
_BOOSTING = ("boosting_type", "boosting", "boost", "booster")
_SAFE_BOOSTING = {"gbdt", "goss", "gbtree"}  # dart changes the trees that there are


_SAME_AS_FRESH = {"BaseForest", "BaseBagging", "BaseGradientBoosting"}


def is_same_as_fresh(estimator: Any) -> bool:
    """Whether it comes to exactly the same to fit it anew and to continue it."""
    names = {cls.__name__ for cls in type(estimator).mro()}
    seed = estimator.get_params(deep=False).get("random_state")
    return bool(names & _SAME_AS_FRESH) and isinstance(seed, Integral)


def method_for(
    estimator: Any, param: str, fit_params: Mapping[str, Any]
) -> Method | None:
    """Return how an estimator is continued when `param` grows; None if it cannot be."""
    kin = {
        (cls.__module__.split(".")[0], cls.__name__) for cls in type(estimator).mro()
    }
    for library, base, its_param, method, is_safe in _KNOWN:
        if (library, base) in kin and param == its_param:
            return method if is_safe(estimator, fit_params) else None
    return None


def _by_init_model(
    model: Any, fresh: Any, start: int, stop: int, X: Any, y: Any, params: Any
) -> Any:
    fresh.set_params(n_estimators=stop - start)
    fresh.fit(X, y, init_model=model.booster_, **params)
    return fresh.set_params(n_estimators=stop)


def _by_xgb_model(
    model: Any, fresh: Any, start: int, stop: int, X: Any, y: Any, params: Any
) -> Any:
    fresh.set_params(n_estimators=stop - start)
    fresh.fit(X, y, xgb_model=model.get_booster(), **params)
    return fresh.set_params(n_estimators=stop)


def _by_warm_start(param: str, *, adds: bool = False) -> Method:
    """Return a method for ``warm_start``; with `adds`, `param` counts new rounds."""

    def method(
        model: Any, fresh: Any, start: int, stop: int, X: Any, y: Any, params: Any
    ) -> Any:
        warm_start = model.get_params(deep=False)["warm_start"]
        until = stop - start if adds else stop
        model.set_params(**{param: until, "warm_start": True})
        with warnings.catch_warnings():
            # Its advice is for other rows than before, but these are the same
            warnings.filterwarnings("ignore", "class_weight presets", UserWarning)
            model.fit(X, y, **params)
        return model.set_params(**{param: stop, "warm_start": warm_start})

    return method


def _by_partial_fit(
    model: Any, fresh: Any, start: int, stop: int, X: Any, y: Any, params: Any
) -> Any:
    for _ in range(stop - start):
        model.partial_fit(X, y, **params)
    return model.set_params(max_iter=stop)


def _trains_to_the_end(estimator: Any, fit_params: Mapping[str, Any]) -> bool:
    """Whether nothing stops or changes the training of a booster early."""
    settings = estimator.get_params(deep=False)
    kinds = {settings[name] for name in _BOOSTING if settings.get(name)}
    return (
        kinds <= _SAFE_BOOSTING
        and not any(settings.get(name) for name in _EARLY)
        and not settings.get("callbacks")
        and not {"callbacks", "init_model", "xgb_model"} & set(fit_params)
    )


def _never_stops(estimator: Any, fit_params: Mapping[str, Any]) -> bool:
    settings = estimator.get_params(deep=False)
    stops = settings.get("early_stopping", settings.get("n_iter_no_change"))
    return not stops and not fit_params.keys() & {"monitor", "X_val", "y_val"}


def _grows_by_warm_start(estimator: Any, fit_params: Mapping[str, Any]) -> bool:
    """Whether bagging accepts ``warm_start``: not with rows out of the bag."""
    return not estimator.get_params(deep=False).get("oob_score")


def _never_stops_early(estimator: Any, fit_params: Mapping[str, Any]) -> bool:
    """Whether SGD or a network does not hold out rows to decide when to stop."""
    return not estimator.get_params(deep=False).get("early_stopping")


def _has_no_early_stopping(estimator: Any, fit_params: Mapping[str, Any]) -> bool:
    """Whether early stopping is off for all data; "auto" depends on their size."""
    settings = estimator.get_params(deep=False)
    return settings["early_stopping"] is False and not fit_params.keys() & {
        "X_val",
        "y_val",
    }


_TREES = _by_warm_start("n_estimators")
_KNOWN: list[tuple[str, str, str, Method, Callable[[Any, Any], bool]]] = [
    ("lightgbm", "LGBMModel", "n_estimators", _by_init_model, _trains_to_the_end),
    ("xgboost", "XGBModel", "n_estimators", _by_xgb_model, _trains_to_the_end),
    ("sklearn", "BaseForest", "n_estimators", _TREES, _never_stops),
    ("sklearn", "BaseBagging", "n_estimators", _TREES, _grows_by_warm_start),
    ("sklearn", "BaseGradientBoosting", "n_estimators", _TREES, _never_stops),
    (
        "sklearn",
        "BaseHistGradientBoosting",
        "max_iter",
        _by_warm_start("max_iter"),
        _has_no_early_stopping,
    ),
    ("sklearn", "BaseSGD", "max_iter", _by_partial_fit, _never_stops_early),
    (
        "sklearn",
        "BaseMultilayerPerceptron",
        "max_iter",
        _by_warm_start("max_iter", adds=True),
        _never_stops_early,
    ),
]
