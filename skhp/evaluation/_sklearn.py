"""The only place where scikit-learn's underscored names are used.

=============================================  =====================================
name                                           seen in
=============================================  =====================================
sklearn.base._fit_context                      1.6, 1.7, 1.8, 1.9
sklearn.metrics._scorer._BaseScorer            1.6, 1.7, 1.8, 1.9
sklearn.metrics._scorer._MultimetricScorer     1.6, 1.7, 1.8, 1.9
sklearn.metrics._scorer._PassthroughScorer     1.6, 1.7, 1.8, 1.9
sklearn.metrics._scorer._Scorer                1.6, 1.7, 1.8, 1.9
_BaseScorer._kwargs                            1.6, 1.7, 1.8, 1.9
_BaseScorer._score_func                        1.6, 1.7, 1.8, 1.9
_BaseScorer._sign                              1.6, 1.7, 1.8, 1.9
_MultimetricScorer._scorers                    1.6, 1.7, 1.8, 1.9
sklearn.utils._param_validation.Interval       1.6, 1.7, 1.8, 1.9
sklearn.utils._param_validation.StrOptions     1.6, 1.7, 1.8, 1.9
validate_parameter_constraints                 1.6, 1.7, 1.8, 1.9
sklearn.utils.metaestimators._safe_split       1.6, 1.7, 1.8, 1.9
sklearn.utils.validation._check_method_params  1.6, 1.7, 1.8, 1.9
sklearn.utils.validation._num_samples          1.6, 1.7, 1.8, 1.9
BaseSearchCV._check_refit_for_multimetric      1.6, 1.7, 1.8, 1.9
BaseSearchCV._get_routed_params_for_fit        1.6, 1.7, 1.8, 1.9
BaseSearchCV._get_scorers                      1.6, 1.7, 1.8, 1.9
BaseSearchCV._parameter_constraints            1.6, 1.7, 1.8, 1.9
BaseSearchCV._select_best_index                1.6, 1.7, 1.8, 1.9
CallbackSupportMixin._init_callback_context    1.9
CallbackContext._children_map                  1.9
BaseHistGradientBoosting._predictors           1.6, 1.7, 1.8, 1.9
BaseHistGradientBoosting._scorer               1.6, 1.7, 1.8, 1.9
BaseHistGradientBoosting._staged_raw_predict   1.6, 1.7, 1.8, 1.9
BaseHistGradientBoosting._loss                 1.6, 1.7, 1.8, 1.9
BaseGradientBoosting._loss                     1.6, 1.7, 1.8, 1.9
estimator._skl_callbacks                       1.9
=============================================  =====================================
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context, is_classifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.metrics._scorer import _BaseScorer, _PassthroughScorer, _Scorer
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "Interval",
    "MultimetricScorer",
    "StrOptions",
    "accepts",
    "callback_root",
    "check_method_params",
    "check_refit_metric",
    "constraints_of",
    "drop_callback_context",
    "first_rounds",
    "fit_context",
    "has_callbacks",
    "is_scorer_of_predictions",
    "metric_of",
    "n_rounds_so_far",
    "num_samples",
    "portable_context",
    "responses_of_raw",
    "routed_params",
    "safe_split",
    "scorer_names",
    "scorers_of",
    "select_best_index",
    "staged_raw",
    "unwrap_scorer",
]

Fit = TypeVar("Fit", bound=Callable[..., Any])


def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Fit], Fit]:
    """Return scikit-learn's decorator of `fit`, which leaves its type as it is."""
    return _fit_context(  # type: ignore[no-any-return]
        prefer_skip_nested_validation=prefer_skip_nested_validation
    )


def constraints_of(search_class: type) -> dict[str, Any]:
    """Return what scikit-learn checks of the parameters of its own class."""
    return dict(search_class._parameter_constraints)  # type: ignore[attr-defined]


def accepts(estimator: Any, name: str, value: Any) -> bool | None:
    """Return whether an estimator accepts a value; None if that is not known."""
    known = getattr(type(estimator), "_parameter_constraints", None)
    if not isinstance(known, dict) or name not in known:
        return None
    try:
        validate_parameter_constraints({name: known[name]}, {name: value}, name)
    except ValueError:
        return False
    return True


def scorers_of(search: Any) -> tuple[Any, str]:
    """Return the scorer of a search (it may give several scores), and what to refit."""
    scorers, refit_metric = search._get_scorers()
    return scorers, refit_metric


def scorer_names(scorer: Any) -> list[str] | None:
    """Return the metrics of a scorer of several; None for a single or unknown one."""
    return list(scorer._scorers) if isinstance(scorer, MultimetricScorer) else None


def is_scorer_of_predictions(scorer: Any) -> bool:
    """Whether a scorer only asks a model to predict, as those of scikit-learn do."""
    several = scorer._scorers.values() if isinstance(scorer, MultimetricScorer) else ()
    known = (_BaseScorer, _PassthroughScorer)
    return all(isinstance(each, known) for each in several or [scorer])


def metric_of(scorer: Any, model: Any) -> tuple[Any, float] | None:
    """Return the metric of a scorer and its sign; None if it is not that alone."""
    if isinstance(scorer, _PassthroughScorer):
        return (accuracy_score if is_classifier(model) else r2_score), 1.0
    if type(scorer) is not _Scorer or scorer._kwargs:
        return None
    return scorer._score_func, float(scorer._sign)


def unwrap_scorer(scorer: Any) -> Any:
    """Return what users find as ``scorer_``: a callable, or a dict of callables."""
    return scorer._scorers if isinstance(scorer, MultimetricScorer) else scorer


def routed_params(search: Any, params: dict[str, Any]) -> Any:
    """Return the `params` of fit by who consumes them: estimator, splitter, scorer."""
    return search._get_routed_params_for_fit(params)


def check_refit_metric(search: Any, scores: Any) -> None:
    """Raise unless ``refit`` names one of several metrics, is callable, or is False."""
    search._check_refit_for_multimetric(scores)


def select_best_index(
    search: Any, refit: Any, metric: str, results: dict[str, Any]
) -> Any:
    """Return the row of the best candidate, as scikit-learn chooses it."""
    return search._select_best_index(refit, metric, results)


def has_callbacks(*estimators: Any) -> bool:
    """Whether one of the estimators, or an estimator inside, has callbacks set."""
    for estimator in estimators:
        if getattr(estimator, "_skl_callbacks", None):
            return True
        if hasattr(estimator, "get_params") and not isinstance(estimator, type):
            values = estimator.get_params().values()
            if any(getattr(value, "_skl_callbacks", None) for value in values):
                return True
    return False


def callback_root(search: Any, max_subtasks: int) -> Any:
    """Return the callback context of a whole fit; None before scikit-learn 1.9."""
    if not hasattr(search, "_init_callback_context"):
        return None
    return search._init_callback_context(max_subtasks=max_subtasks)


def drop_callback_context(state: dict[str, Any]) -> None:
    """Drop from an estimator's attributes the callback context of a running fit."""
    state.pop("_callback_fit_ctx", None)


def portable_context(context: Any) -> Any:
    """Return a copy of a callback context that can be pickled while others are made.

    The copy keeps its line of ancestors and leaves out its siblings, so that its
    pickle is small however many tasks there are.
    """
    if context is None:
        return None
    twin = copy.copy(context)
    twin._children_map = {}
    twin.parent = portable_context(context.parent)
    return twin


def n_rounds_so_far(model: Any) -> int:
    """Return how many rounds a histogram gradient boosting model has been trained."""
    return len(model._predictors)


def forget_scores(model: Any) -> None:
    """Leave a histogram gradient boosting model as a fit leaves it that scores nothing.

    The scorer may be a function that cannot be pickled.
    """
    model._scorer = None
    model.do_early_stopping_ = False
    model.train_score_ = model.validation_score_ = np.empty(0)


def first_rounds(model: Any, n: int) -> Any:
    """Return a histogram gradient boosting model of the first `n` rounds of another."""
    short = copy.copy(model)
    short._predictors = model._predictors[:n]
    return short


class _Growing(list[Any]):
    """The rounds of a model in training, with the length that they will have."""

    def __init__(self, rounds: list[Any], n: int) -> None:
        super().__init__()
        self.rounds, self.n = rounds, n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> Any:
        return self.rounds[index]


def staged_raw(model: Any, X: Any, n: int) -> Iterator[NDArray[Any]]:
    """Return raw predictions after each round of histogram gradient boosting.

    The model may be in training; there must be a round more whenever one is asked for.
    """
    growing = copy.copy(model)
    growing._predictors = _Growing(model._predictors, n)
    return growing._staged_raw_predict(X)  # type: ignore[no-any-return]


def responses_of_raw(model: Any, raw: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return what one of scikit-learn's boosting models predicts, by method."""
    is_hist = hasattr(model, "_predictors")
    if raw.ndim == 2 and raw.shape[1] == 1:
        raw = raw.ravel()
    if not is_classifier(model):
        return {"predict": model._loss.link.inverse(raw) if is_hist else raw}
    proba = model._loss.predict_proba(raw)
    if raw.ndim == 1:
        codes = raw > 0 if is_hist else raw >= 0
    else:
        codes = np.argmax(raw, axis=1)
    classes = model.classes_[codes.astype(int)]
    return {"decision_function": raw, "predict_proba": proba, "predict": classes}
