"""Boosting libraries, whose fits are watched from round to round.

==========================  ================  ==========================================
estimator                   parameter         how its predictions are seen during a fit
==========================  ================  ==========================================
LightGBM (gbdt, goss)       ``n_estimators``  as those of an evaluation set
XGBoost (gbtree)            ``n_estimators``  by a callback; XGBoost adds new trees only
HistGradientBoosting*       ``max_iter``      by its early stopping, from ``scoring``
GradientBoosting*           ``n_estimators``  by its ``monitor``
CatBoost                    ``iterations``    afterwards: it never shows them
==========================  ================  ==========================================

Watching changes nothing in a model. Its first n rounds are the model that a fit of n
rounds makes, bit for bit.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from skhp.evaluation._sklearn import (
    first_rounds,
    forget_scores,
    n_rounds_so_far,
    responses_of_raw,
    staged_raw,
)

Responses = dict[str, NDArray[Any]]  # by method, such as "predict_proba"

# Is called after each round with the number of rounds and a function that returns what
# the model predicts; returns whether to stop.
Watch = Callable[[int, Callable[[], Responses]], bool]

_STOPS_BY_ITSELF = (
    "early_stopping_round",
    "early_stopping_rounds",
    "early_stopping",
    "n_iter_no_change",
    "od_type",
    "od_wait",
)
_NOT_WITH = (
    "eval_set",
    "eval_X",
    "eval_y",
    "eval_metric",
    "eval_names",
    "eval_sample_weight",
    "eval_class_weight",
    "eval_init_score",
    "sample_weight_eval_set",
    "base_margin_eval_set",
    "X_val",
    "y_val",
    "init_model",
    "xgb_model",
    "monitor",
)
_METHODS = ("predict", "predict_proba", "decision_function", "score")


class Booster:
    """How the fits of one library are watched.

    Attributes
    ----------
    classes : set of (str, str)
        The library and the name of the classes, or base classes, it is for.
    param : str
        The parameter that holds the number of rounds.
    aliases : set of str
        Other names of this parameter.
    fixed : dict of str to object
        Parameters that a model must have, here and in the refit, so that it is trained
        for the number of rounds that it is given.
    """

    classes: ClassVar[frozenset[tuple[str, str]]]
    param: ClassVar[str] = "n_estimators"
    aliases: ClassVar[frozenset[str]] = frozenset()
    fixed: ClassVar[Mapping[str, Any]] = {}

    def problem(self, model: Any, searched: Collection[str] = ()) -> str | None:
        """Return why the prefixes of a model cannot be used; None if they can.

        The `searched` parameters are not judged: each candidate has its own.
        """
        return None

    def train(
        self,
        model: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        X_test: Any,
        watch: Watch,
    ) -> None:
        """Fit a model, and show it after each round with predictions for `X_test`."""
        raise NotImplementedError

    def classes_of(self, model: Any, y: Any) -> NDArray[Any]:
        """Return the classes of a model that is watched, in its order."""
        return np.unique(np.asarray(y))

    def first_rounds(self, model: Any, n: int) -> Any:
        """Return a fitted model cut down to its first `n` rounds, with `n` for `param`.

        The given model may be changed: it is not to be used any more but by cutting.
        """
        raise NotImplementedError


def booster_for(model: Any) -> Booster | None:
    """Return how fits of a model are watched; None if it is not known."""
    kin = {(cls.__module__.split(".")[0], cls.__name__) for cls in type(model).mro()}
    return next((known for known in _KNOWN if kin & known.classes), None)


def _judged(model: Any, searched: Collection[str]) -> dict[str, Any]:
    """Return the parameters of a model but for those that are searched."""
    given = model.get_params(deep=False)
    return {name: value for name, value in given.items() if name not in searched}


def what_stops_by_itself(
    model: Any, params: Mapping[str, Any], searched: Collection[str] = ()
) -> str | None:
    """Return the parameter of a model or of its fit that would end training early.

    The `searched` parameters are not judged: each candidate has its own.
    """
    given = _judged(model, searched)
    switch = "early_stopping"  # of scikit-learn
    if switch in searched or given.get(switch) in (False, "auto"):
        given.pop("n_iter_no_change", None)
    for name in _STOPS_BY_ITSELF:
        if given.get(name) not in (None, False, "auto", 0):
            return name
    callbacks = [*(params.get("callbacks") or ()), *(given.get("callbacks") or ())]
    if any("EarlyStopping" in type(each).__name__ for each in callbacks):
        return "callbacks=[early_stopping(...)]"
    return next((name for name in _NOT_WITH if params.get(name) is not None), None)


def predicts_as_its_library(model: Any) -> bool:
    """Whether the predictions and scores of a model are not those of a subclass."""
    for name in _METHODS:
        owner = next((cls for cls in type(model).mro() if name in vars(cls)), None)
        library = owner and owner.__module__.partition(".")[0]
        if library not in (None, "sklearn", "lightgbm", "xgboost", "catboost"):
            return False
    return True


class _LightGBM(Booster):
    classes = frozenset({("lightgbm", "LGBMClassifier"), ("lightgbm", "LGBMRegressor")})
    aliases = frozenset(
        {
            "max_iter",
            "n_iter",
            "nrounds",
            "num_boost_round",
            "num_iteration",
            "num_iterations",
            "num_round",
            "num_rounds",
            "num_tree",
            "num_trees",
        }
    )

    def problem(self, model: Any, searched: Collection[str] = ()) -> str | None:
        given = _judged(model, searched)
        for name in ("boosting_type", "boosting", "boost"):
            if given.get(name, "gbdt") not in ("gbdt", "goss", "gbrt"):
                return f"with {name}={given[name]!r}, rounds do not add up one by one"
        if callable(given.get("objective")) and is_classifier(model):
            return "with an objective of your own, it predicts no probabilities"
        return None

    def train(
        self,
        model: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        X_test: Any,
        watch: Watch,
    ) -> None:
        from lightgbm import EarlyStopException

        is_over = False
        latest: list[NDArray[Any]] = []

        def hear(predictions: NDArray[Any], _: Any) -> tuple[str, float, bool]:
            latest[:] = [predictions]
            return "round", 0.0, True

        def after_round(env: Any) -> None:
            n = env.iteration - env.begin_iteration + 1

            def responses() -> Responses:
                if is_over:  # and the evaluation set is gone
                    name = "predict_proba" if is_classifier(model) else "predict"
                    return {name: getattr(model, name)(X_test, num_iteration=n)}
                env.model.eval_valid(hear)  # not by `eval_metric`: after each round
                return _predicted(model, _in_rows(latest[0], X_test))

            if watch(n, responses):
                raise EarlyStopException(env.iteration, [])

        after_round.order = 99  # type: ignore[attr-defined]  # after those of the user
        params = dict(params)
        own = copy.deepcopy(params.pop("callbacks", None)) or []  # they have a state
        # Not the true targets, which may hold other classes: nobody looks at them.
        targets = np.full(_n_rows(X_test), np.asarray(y)[0])
        rows: dict[str, Any] = {"eval_set": [(X_test, targets)]}
        if "eval_X" in inspect.signature(model.fit).parameters:  # LightGBM 4.7
            # It does not translate these classes into numbers.
            codes = np.zeros(len(targets)) if is_classifier(model) else targets
            rows = {"eval_X": X_test, "eval_y": codes}
        given = model.get_params
        # Not by set_params: what LightGBM's constructor does not list is never lost.
        model.get_params = lambda deep=True: {**given(deep), "metric": "None"}
        try:
            model.fit(X, y, callbacks=[*own, after_round], **rows, **params)
        finally:
            del model.get_params
        is_over = True

    def first_rounds(self, model: Any, n: int) -> Any:
        model.booster_.best_iteration = n
        return model.set_params(n_estimators=n)


def _in_rows(predictions: NDArray[Any], X: Any) -> NDArray[Any]:
    """Return a copy of predictions, those for several classes in columns.

    LightGBM writes each round's over those of the last.
    """
    predictions, n = np.array(predictions), _n_rows(X)
    if predictions.ndim == 1 and len(predictions) != n:
        return predictions.reshape(n, -1, order="F")
    return predictions


class _XGBoost(Booster):
    classes = frozenset({("xgboost", "XGBClassifier"), ("xgboost", "XGBRegressor")})

    def problem(self, model: Any, searched: Collection[str] = ()) -> str | None:
        given = _judged(model, searched)
        if given.get("booster") not in (None, "gbtree"):
            return f"with booster={given['booster']!r}, rounds are no trees that add up"
        if type(model).__name__.startswith("XGBRF"):
            return "a forest has one round"
        if given.get("objective") == "multi:softmax":
            return "with objective='multi:softmax', it predicts no probabilities"
        return None

    def train(
        self,
        model: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        X_test: Any,
        watch: Watch,
    ) -> None:
        from xgboost import DMatrix
        from xgboost.callback import TrainingCallback

        given = model.get_params(deep=False)
        # XGBoost keeps the predictions for this matrix, and adds those of new trees.
        test = DMatrix(
            X_test,
            missing=given["missing"],
            feature_types=given["feature_types"],
            enable_categorical=given["enable_categorical"],
            nthread=given["n_jobs"],
        )

        class _Rounds(TrainingCallback):
            def after_iteration(self, trained: Any, epoch: int, evals_log: Any) -> bool:
                return watch(
                    epoch + 1, lambda: _predicted(model, trained.predict(test))
                )

        own = copy.deepcopy(given["callbacks"]) or []
        model.set_params(callbacks=[*own, _Rounds()])
        try:
            model.fit(X, y, **params)
        finally:
            model.set_params(callbacks=given["callbacks"])

    def first_rounds(self, model: Any, n: int) -> Any:
        model.get_booster().set_attr(best_iteration=str(n - 1))
        return model.set_params(n_estimators=n)


class _HistGradientBoosting(Booster):
    classes = frozenset({("sklearn", "BaseHistGradientBoosting")})
    param = "max_iter"
    fixed: ClassVar[Mapping[str, Any]] = {"early_stopping": False}  # not "auto"

    def train(
        self,
        model: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        X_test: Any,
        watch: Watch,
    ) -> None:
        raw: list[Iterator[NDArray[Any]]] = []
        seen = 0

        def score(trained: Any, *_: Any, **__: Any) -> float:
            """Watch; return a higher number than before, unless it is to stop."""
            nonlocal seen
            n = n_rounds_so_far(trained)
            if n == seen:
                return float(seen)
            if not raw:
                raw.append(staged_raw(trained, X_test, model.max_iter))
            latest, seen = next(raw[0]), n
            stops = watch(n, lambda: responses_of_raw(trained, latest))
            return -1.0 if stops else float(n)

        watching = {
            "early_stopping": True,
            "validation_fraction": None,
            "scoring": score,
            "n_iter_no_change": 1,
            "tol": 0.0,
        }
        given = model.get_params(deep=False)
        before = {name: given[name] for name in watching}
        model.set_params(**watching)
        try:
            model.fit(X, y, **params)
            forget_scores(model)
        finally:
            model.set_params(**before)

    def first_rounds(self, model: Any, n: int) -> Any:
        return first_rounds(model, n).set_params(max_iter=n)


class _GradientBoosting(Booster):
    classes = frozenset(
        {
            ("sklearn", "GradientBoostingClassifier"),
            ("sklearn", "GradientBoostingRegressor"),
        }
    )

    def train(
        self,
        model: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        X_test: Any,
        watch: Watch,
    ) -> None:
        stages: list[Iterator[NDArray[Any]]] = []

        def monitor(i: int, trained: Any, _: Any) -> bool:
            if not stages:  # they are made one by one, as trees are added
                name = "decision_function" if is_classifier(trained) else "predict"
                stages.append(getattr(trained, f"staged_{name}")(X_test))
            latest = next(stages[0])
            return watch(i + 1, lambda: responses_of_raw(trained, latest))

        model.fit(X, y, monitor=monitor, **params)

    def first_rounds(self, model: Any, n: int) -> Any:
        short = copy.copy(model).set_params(n_estimators=n)
        short.estimators_, short.n_estimators_ = model.estimators_[:n], n
        for name in ("train_score_", "oob_improvement_", "oob_scores_"):
            if name in vars(model):
                setattr(short, name, vars(model)[name][:n])
        if "oob_score_" in vars(model):
            short.oob_score_ = short.oob_scores_[-1]
        return short


class _CatBoost(Booster):
    classes = frozenset(
        {("catboost", "CatBoostClassifier"), ("catboost", "CatBoostRegressor")}
    )
    param = "iterations"
    aliases = frozenset({"n_estimators", "num_boost_round", "num_trees"})
    shrinking = (
        "model_shrink_rate",
        "langevin",
        "diffusion_temperature",
        "posterior_sampling",
    )

    def problem(self, model: Any, searched: Collection[str] = ()) -> str | None:
        given = _judged(model, searched)
        is_set = {"learning_rate", "eta"} & set(searched)
        if not is_set and given.get("learning_rate", given.get("eta")) is None:
            return (
                "its learning_rate, left open, depends on the number of rounds: set it"
            )
        for name in self.shrinking:
            if given.get(name):
                return (
                    f"with {name}={given[name]!r}, later rounds change the earlier ones"
                )
        return None

    def train(
        self,
        model: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        X_test: Any,
        watch: Watch,
    ) -> None:
        model.fit(X, y, **params)
        names = ["predict", "predict_proba"] if is_classifier(model) else ["predict"]
        for n in range(1, model.tree_count_ + 1):
            # Not in stages: sums of trees would be rounded in another order.
            def responses(n: int = n) -> Responses:
                found = {name: getattr(model, name) for name in names}
                return {k: _flat(f(X_test, ntree_end=n)) for k, f in found.items()}

            if watch(n, responses):
                return

    def classes_of(self, model: Any, y: Any) -> NDArray[Any]:
        return np.asarray(model.classes_)  # perhaps those of class_names

    def first_rounds(self, model: Any, n: int) -> Any:
        short = model.copy()
        short.shrink(n)
        short.__setstate__({self.param: n})  # no fitted model takes set_params
        return short


_KNOWN: tuple[Booster, ...] = (
    _LightGBM(),
    _XGBoost(),
    _HistGradientBoosting(),
    _GradientBoosting(),
    _CatBoost(),
)


def _predicted(model: Any, predictions: NDArray[Any]) -> Responses:
    """Return what the library predicts: probabilities of classes, or values."""
    if not is_classifier(model):
        return {"predict": predictions}
    if predictions.ndim == 1:
        predictions = np.vstack((1.0 - predictions, predictions)).transpose()
    return {"predict_proba": predictions}


def _flat(values: Any) -> NDArray[Any]:
    """Return predictions without a second axis of length one."""
    array = np.asarray(values)
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _n_rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
